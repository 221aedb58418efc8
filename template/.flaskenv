# Read by every `flask` command, after the environment and .env.
FLASK_APP=wsgi.py
FLASK_RUN_PORT=${PORT:-5000}
