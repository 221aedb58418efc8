# Read by every `flask` command. The environment and .env take precedence.
FLASK_APP=wsgi.py
