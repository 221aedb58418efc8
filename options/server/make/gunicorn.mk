	FLASK_DEBUG=0 gunicorn wsgi:app
