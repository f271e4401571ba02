"""What a WSGI server loads: `gunicorn --config webapp/gunicorn_conf.py wsgi:server`."""

from __future__ import annotations

from webapp.serve import application

app = application()
server = app.server
