"""Dash's manager of background callbacks, without its fork and its pickles.

A fork of a worker with several threads may hang forever in a lock that one of them held, in a numeric library or in
SQLite. So the callback of a job does not do the work. It is called in the web worker, with a function that starts the
`supervisor` as a fresh process. What Dash polls is JSON (see `store`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import NamedTuple

import orjson
import psutil
from dash.background_callback.managers import BaseBackgroundCallbackManager

from forecasting.errors import NotReady
from forecasting.settings import Settings
from webapp.app.json_cache import JsonFileCache
from webapp.app.processes import environment_of
from webapp.jobs.store import job_store

Start = Callable[[str, object], str]
"""Starts a task with the request of a page; returns the job's handle."""

SAME_PROCESS_SECONDS = 1.0
"""How far two readings of a process's start may differ."""


class Handle(NamedTuple):
    """One job as Dash carries it through the browser, signed: its process, when that started, and its outcome's key."""

    process: int
    started: float
    key: str

    @classmethod
    def of(cls, text: str | int) -> Handle:
        """The handle of its text; one of process 0, which never runs, for a text of any other form."""
        parts = str(text).split(".")
        if len(parts) != 3 or not (parts[0].isdigit() and parts[1].isdigit()):
            return cls(0, 0.0, "")
        return cls(int(parts[0]), int(parts[1]) / 1000, parts[2])

    def __str__(self) -> str:
        return f"{self.process}.{round(self.started * 1000)}.{self.key}"

    def running(self) -> psutil.Process | None:
        """The process while it runs; None once it has ended, also if another one has its number now."""
        try:
            process = psutil.Process(self.process) if self.process else None
            if process is None or abs(process.create_time() - self.started) > SAME_PROCESS_SECONDS:
                return None
            return None if process.status() == psutil.STATUS_ZOMBIE else process
        except psutil.NoSuchProcess:
            return None


class JobManager(BaseBackgroundCallbackManager):
    """Starts, follows and ends jobs; any web worker can follow a job that another one started.

    The home may not be writable: that is for `/health` to say, so nothing is opened before the first job.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        super().__init__(cache_by=None)

    @cached_property
    def store(self) -> JsonFileCache:
        """The store that all processes share."""
        self._settings.prepare_home()
        return job_store(self._settings.cache_path)

    def make_job_fn(self, fn: Callable, progress: bool, key: str | None = None) -> Callable:
        """Return the callback itself."""
        return fn

    def call_job_fn(self, key: str, job_fn: Callable, args: Sequence[object], context: object) -> str:
        """Have the callback start its task; return the job's handle."""
        return job_fn(partial(self._start, key), *args)

    def get_progress(self, key: str) -> object | None:
        """The progress since the last call; None if there is none."""
        progress_key = self._make_progress_key(key)
        progress = self.store.get(progress_key)
        if progress:
            self.store.delete(progress_key)
        return progress

    def result_ready(self, key: str) -> bool:
        """Whether a job's outcome is there."""
        return self.store.has(key)

    def get_result(self, key: str, job: str | None) -> object:
        """The outcome of a job, which is over then; UNDEFINED while there is none."""
        outcome = self.store.get(key)
        if outcome is None:
            return self.UNDEFINED
        self.clear_cache_entry(key)
        self.clear_cache_entry(self._make_progress_key(key))
        self.terminate_job(job)
        return outcome

    def get_updated_props(self, key: str) -> dict[str, object]:
        """Nothing: jobs change a page by their outcome only."""
        return {}

    def clear_cache_entry(self, key: str) -> None:
        """Remove an entry of the store."""
        self.store.delete(key)

    def get_or_create_signing_secret(self, generate: Callable[[], bytes]) -> str:
        """Return the secret that signs the handles, the same for all workers; raise NotReady if it cannot be stored."""
        self.store.add(self.SIGNING_SECRET_KEY, generate().decode(), timeout=0)
        secret = self.store.get(self.SIGNING_SECRET_KEY)
        if not isinstance(secret, str):
            raise NotReady(f"The jobs of {self._settings.home} cannot be signed. See the server log.")
        return secret

    def job_running(self, job: str | int) -> bool:
        """Whether a job runs, or has ended and left an outcome that no page fetched yet.

        Dash looks for the outcome first and asks this next. A job that ended in between would be taken for a cancelled
        one, and its outcome dropped.
        """
        handle = Handle.of(job)
        return handle.running() is not None or (bool(handle.key) and self.result_ready(handle.key))

    def terminate_job(self, job: str | int | None) -> None:
        """End a job with its worker, if it still runs."""
        process = Handle.of(job).running() if job is not None else None
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):
            for child in process.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            process.kill()
        with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            process.wait(1)

    def terminate_unhealthy_job(self, job: str | int) -> bool:
        """Nothing: a job that has ended needs no end. Return whether one was ended."""
        return False

    def _start(self, key: str, task: str, request: object) -> str:
        # A previous job of the same request may have left an outcome that no page fetched.
        self.clear_cache_entry(key)
        self.clear_cache_entry(self._make_progress_key(key))
        job = {
            "key": key,
            "progress_key": self._make_progress_key(key),
            "server": os.getppid(),
            "task": task,
            "request": request,
        }
        command = [sys.executable, "-m", "webapp.jobs.supervisor"]
        environment = {**os.environ, **environment_of(self._settings)}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)  # noqa: S603
        handle = Handle(process.pid, psutil.Process(process.pid).create_time(), key)
        with suppress(BrokenPipeError):  # it has ended already, and the log says why
            _write(process, orjson.dumps(job))
        # Reap the child in a thread: a zombie would look like a process that still runs.
        threading.Thread(target=process.wait, daemon=True).start()
        return str(handle)


def _write(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Write all of a process's standard input and close it."""
    assert process.stdin is not None  # noqa: S101  # it was opened with a pipe
    with process.stdin as stream:
        stream.write(data)
