"""Start the web server: the application for a worker, and the command that runs gunicorn with our configuration."""

from __future__ import annotations

import gc
import os
import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from forecasting.errors import NotReady
from forecasting.settings import Settings
from webapp import create_app
from webapp.access.access_texts import WARM_UP
from webapp.app.processes import environment_of, limit_threads

if TYPE_CHECKING:
    # `limit_threads` must run before Dash brings numpy.
    from dash import Dash
    from flask import Flask

APPLICATION = "webapp.app.serve:server()"
CONFIGURATION = "python:webapp.app.gunicorn_conf"


def application() -> Dash:
    """Return the application of one worker, warmed up.

    Dash registers the files of its pages with the first page it draws. A browser that requests one of them from a
    worker that has drawn none would get an error.
    """
    limit_threads()
    from webapp.http.request_log import configure  # Flask takes a while, and the master needs none
    from webapp.jobs.watch import start_watching  # it brings the database, which the command line does not need

    settings = Settings.from_environment()
    configure(settings)
    app = create_app(settings)
    client, warm_up = app.server.test_client(), {WARM_UP: True}
    response = client.get("/", headers={"Accept": "text/html"}, environ_overrides=warm_up)
    if response.status_code != 200:
        raise NotReady(f"The start page returned status {response.status_code}. See the server log.")
    client.get("/health", environ_overrides=warm_up)  # what is opened first may take longer than its deadline
    start_watching(app.server.extensions["dataflow"].settings)
    # All objects made so far stay. The garbage collector would go through them again and again, during requests.
    gc.collect()
    gc.freeze()
    return app


def server() -> Flask:
    """Return the WSGI callable of one worker; gunicorn calls this after the fork."""
    return application().server


def run(settings: Settings, host: str, port: int, workers: int) -> int:
    """Become gunicorn, serving on host:port. Return 1 if the port cannot be used; otherwise never return.

    The process is replaced, so that workers are forked from one that has loaded no numeric library.
    """
    problem = _port_problem(host, port)
    if problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1
    chosen = replace(settings, host=host, port=port, web_concurrency=workers)
    command = [sys.executable, "-m", "gunicorn", "--config", CONFIGURATION, APPLICATION]
    os.execve(command[0], command, {**os.environ, **environment_of(chosen)})  # noqa: S606


def url(host: str, port: int) -> str:
    """Return the address to open in a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def _port_problem(host: str, port: int) -> str | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return f"{host}:{port} cannot be used: {error.strerror}. Choose another with --port or PORT."
    return None
