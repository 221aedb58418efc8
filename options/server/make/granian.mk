	@options=$$(python -c "import os, wsgi; print('--port', wsgi.app.config['PORT'], \
		'--workers', os.environ.get('WEB_CONCURRENCY') or 2, \
		'--blocking-threads', os.environ.get('WEB_THREADS') or 4)") && \
		FLASK_DEBUG=0 granian --interface wsgi $$options --respawn-failed-workers wsgi:app
