"""How gunicorn serves whatever is measured: one request at a time, over connections kept open."""

workers = 1
worker_class = "gthread"
threads = 1

# Longer than a connection waits for its turn while the other candidates are measured.
keepalive = 60

# Control by a socket in the home folder is on by default; nothing here uses it.
control_socket_disable = True
