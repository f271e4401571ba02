"""Dash's manager of background callbacks, without its fork: a job is a process of its own from the start.

A fork of a worker with several threads may hang for ever in a lock that one of them held, be it numerics' or SQLite's.
So the callback of a job does not do the work. It is called in the worker, with a function that starts `watcher` as a
fresh process, and says of which task.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path

import diskcache
import orjson
from dash import DiskcacheManager
from dash.background_callback.managers import BaseBackgroundCallbackManager

from forecasting.settings import Settings, make_private
from webapp.app.serve import environment_of

Start = Callable[[str, object], int]
"""Starts a task with what a page asked for; gives the process."""


class JobManager(DiskcacheManager):
    """Keeps jobs in the home, so that any worker can say how far one is.

    The home may not be writable: that is for `/health` to say, so nothing is opened before a job is asked for.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self.expire = None
        BaseBackgroundCallbackManager.__init__(self, cache_by=None)

    @property
    def _folder(self) -> str:
        return str(self._settings.cache_path / "jobs")

    @cached_property
    def handle(self) -> diskcache.Cache:
        """The store that the workers share."""
        self._settings.prepare_home()
        return diskcache.Cache(make_private(Path(self._folder)))

    def make_job_fn(self, fn: Callable, progress: bool, key: str | None = None) -> Callable:
        """The callback itself."""
        return fn

    def call_job_fn(self, key: str, job_fn: Callable, args: Sequence[object], context: object) -> int:
        """Have the callback start its task; gives the process to watch or to kill."""
        return job_fn(partial(self._start, key), *args)

    def _start(self, key: str, task: str, request: object) -> int:
        job = {
            "folder": self._folder,
            "key": key,
            "progress_key": self._make_progress_key(key),
            "server": os.getppid(),
            "task": task,
            "request": request,
        }
        command = [sys.executable, "-m", "webapp.jobs.watcher"]
        environment = {**os.environ, **environment_of(self._settings)}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)  # noqa: S603
        with process.stdin as stream:
            stream.write(orjson.dumps(job))
        # Whoever waits for it buries it at once: Dash would take a second over one that is dead and not buried.
        threading.Thread(target=process.wait, daemon=True).start()
        return process.pid
