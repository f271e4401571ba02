"""gunicorn's configuration; every number that a user may want to change is one of the settings."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from webapp.app.processes import limit_threads, share_one_heap

limit_threads()
share_one_heap()

from forecasting.access.requirements import check_access  # noqa: E402
from forecasting.database.schema import migrate_embedded  # noqa: E402
from forecasting.errors import ForecastingError, InputError  # noqa: E402
from forecasting.settings import Settings  # noqa: E402
from webapp.access.access_texts import RESTRICTED  # noqa: E402
from webapp.app.serve import url  # noqa: E402

if TYPE_CHECKING:
    # gunicorn itself imports this module.
    from gunicorn.arbiter import Arbiter

try:
    _settings = Settings.from_environment()
    check_access(_settings)
except InputError as error:
    raise SystemExit(error.message) from error

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "webapp.server.buffering_worker.BufferingWorker"
backlog = 1024
# Each worker loads models after the fork, never before: OpenMP hangs after a fork.
preload_app = False
timeout = 120
graceful_timeout = 25
keepalive = 60
# A worker that restarts is away for seconds: at a thousand requests a second, once an hour is enough.
max_requests = 2_000_000
max_requests_jitter = 200_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
loglevel = "warning"


def when_ready(_server: Arbiter) -> None:
    """Print the address once the port is open."""
    print(f"DataFlow Autoscaling is at {url(_settings.host, _settings.port)} (Ctrl-C stops it)", flush=True)  # noqa: T201
    if _settings.is_restricted:
        print(RESTRICTED, flush=True)  # noqa: T201


def on_starting(_server: Arbiter) -> None:
    """Bring an embedded database up to date before a worker opens it, and compile the simulator's kernels.

    Model sets of an earlier release are taken into the database first. Compiling happens in a process of its own, so
    that no request waits for it; if they are compiled already, it takes a second. A database that cannot be upgraded is
    reported here and by every page and call that needs it.
    """
    try:
        migrate_embedded(_settings)
    except ForecastingError as error:
        print(error.message, file=sys.stderr, flush=True)  # noqa: T201
    if _settings.model_sets_path.is_dir():
        subprocess.run([sys.executable, "-m", "forecasting.model_sets.intake"], check=False)
    subprocess.Popen([sys.executable, "-m", "forecasting.scaling.kernels"])
