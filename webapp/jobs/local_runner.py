"""The runner that needs no service: one dispatcher process for a home, with a worker process for each running job.

The dispatcher is started when something is queued and ends when nothing has been for a while. It ends with the server
that started it, and its workers with it: jobs that ran then are queued again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from filelock import FileLock, Timeout

from forecasting.errors import NotReady
from forecasting.file_cache import private_folder
from forecasting.jobs import JobQueue
from forecasting.settings import Settings
from webapp.app.processes import environment_of

LOCK_NAME = "job-dispatcher.lock"


class LocalRunner:
    """Starts the dispatcher of a home unless it runs. `server` is the process that it ends with."""

    def __init__(self, settings: Settings, server: int | None = None):
        self._settings = settings
        self._server = os.getppid() if server is None else server

    def wake(self, job_id: str) -> None:
        """Have the dispatcher look at the queue. Raises NotReady if the home cannot be used."""
        lock = dispatcher_lock(self._settings)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return  # it runs, and looks at the queue once more after it has released the lock
        lock.release()
        command = [sys.executable, "-m", "webapp.jobs.dispatcher", str(self._server)]
        environment = {**os.environ, **environment_of(self._settings)}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603
        # Reap the child in a thread, or a zombie remains.
        threading.Thread(target=process.wait, daemon=True).start()

    def renew(self, queue: JobQueue) -> None:
        """Have the dispatcher look if anything is queued."""
        if queue.waiting():
            self.wake("")


def dispatcher_lock(settings: Settings) -> FileLock:
    """Return the lock that the dispatcher of a home holds while it runs; raises NotReady if there can be none."""
    settings.prepare_home()
    try:
        return FileLock(private_folder(settings.cache_path) / LOCK_NAME)
    except OSError as error:
        raise NotReady(f"Jobs need the folder {settings.cache_path}, which cannot be used: {error}.") from error
