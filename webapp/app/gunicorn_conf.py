"""gunicorn's configuration; every number that somebody may want to change is one of the settings."""

from __future__ import annotations

import os
import subprocess
import sys

from webapp.app.processes import limit_threads, share_one_heap

limit_threads()
share_one_heap()

from forecasting.errors import InputError  # noqa: E402
from forecasting.settings import Settings  # noqa: E402
from webapp.app.serve import url  # noqa: E402

try:
    _settings = Settings.from_environment()
except InputError as error:
    raise SystemExit(error.message) from error

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "gthread"
threads = 4
# Models are loaded by each worker after the fork, never before: forked OpenMP hangs.
preload_app = False
timeout = 120
graceful_timeout = 25
keepalive = 5
# A worker that starts anew does not answer for seconds: at a thousand requests a second that is worth it once an hour.
max_requests = 2_000_000
max_requests_jitter = 200_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
loglevel = "warning"


def when_ready(_server) -> None:
    """Say where to look, once, when the port is open."""
    print(f"DataFlow Autoscaling is at {url(_settings.host, _settings.port)} (Ctrl-C stops it)", flush=True)  # noqa: T201


def on_starting(_server) -> None:
    """Have the simulator's kernels compiled by a process of its own, so that no request waits for it.

    Where they are compiled already this takes a second.
    """
    subprocess.Popen([sys.executable, "-m", "forecasting.scaling.kernels"])
