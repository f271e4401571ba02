"""The WSGI entry point: `gunicorn --config webapp/app/gunicorn_conf.py wsgi:server`."""

from __future__ import annotations

from webapp.app.serve import application

app = application()
server = app.server
