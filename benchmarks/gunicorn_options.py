"""Options of gunicorn for all candidates: one request at a time, over persistent connections."""

workers = 1
worker_class = "gthread"
threads = 1

# Long enough to keep connections open while the other candidates are measured.
keepalive = 60

# By default, gunicorn opens a control socket in the home folder. Nothing here uses it.
control_socket_disable = True
