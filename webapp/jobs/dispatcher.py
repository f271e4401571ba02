"""The process that claims jobs on this machine: `python -m webapp.jobs.dispatcher SERVER`, which ends with SERVER.

A waiting job costs no process: it is a row, which is claimed when one of the places is free.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time

import psutil
from filelock import Timeout

from forecasting.errors import NotReady
from forecasting.jobs import Job, JobQueue
from forecasting.settings import Settings
from webapp.jobs.local_runner import dispatcher_lock
from webapp.jobs.supervisor import owner_name, perform

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
SERVER_SECONDS = 1.0
IDLE_SECONDS = 20.0
LOCK_SECONDS = 1.0
"""A process that looks whether the lock is free holds it for a moment."""
AWAY_SECONDS = 2.0
"""The pause after a database did not answer."""
ABANDONED = 3


def main() -> None:
    """Do the jobs of the home in the environment until there are none, or the server has ended."""
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # a terminal signals the whole group: the server's end is what counts
        signal.signal(number, signal.SIG_IGN)
    settings = Settings.from_environment()
    stopping = threading.Event()
    threading.Thread(target=_stop_with, args=(int(sys.argv[1]), stopping), daemon=True).start()
    queue = JobQueue(settings)
    while not stopping.is_set():
        try:
            with dispatcher_lock(settings).acquire(timeout=LOCK_SECONDS):
                Dispatcher(queue, settings, stopping).run()
        except Timeout:
            return  # another one runs
        # What was queued while this one was about to end has not started another one.
        if stopping.is_set() or not queue.waiting():
            break
    sys.exit(ABANDONED if stopping.is_set() else 0)


class Dispatcher:
    """Claims queued jobs and has each done in a thread of its own, a bounded number at once."""

    def __init__(self, queue: JobQueue, settings: Settings, stopping: threading.Event):
        self._queue, self._settings, self._stopping = queue, settings, stopping
        self._running: list[threading.Thread] = []

    def run(self) -> None:
        """Return when nothing has been queued or running for a while, or on `stopping`, when all work has ended."""
        used = time.monotonic()
        while not self._stopping.wait(LOOK_SECONDS) and time.monotonic() - used < IDLE_SECONDS:
            self._running = [thread for thread in self._running if thread.is_alive()]
            try:
                while len(self._running) < self._settings.jobs_at_once and self._claim():
                    pass
            except NotReady as error:
                log.warning("No job can be claimed: %s", error.message)
                self._stopping.wait(AWAY_SECONDS)
            if self._running:
                used = time.monotonic()
        for thread in self._running:
            thread.join()

    def _claim(self) -> bool:
        """Start the oldest queued job; return whether there was one."""
        job = self._queue.claim(owner_name()) if self._queue.waiting() else None
        if job is not None:
            thread = threading.Thread(target=self._perform, args=(job,))
            thread.start()
            self._running.append(thread)
        return job is not None

    def _perform(self, job: Job) -> None:
        try:
            perform(job, self._queue, self._settings, self._stopping)
        except Exception:  # a process that cannot be started, say: the lease runs out, and the job is run again
            log.exception("Job %s could not be run.", job.id)


def _stop_with(process: int, stopping: threading.Event) -> None:
    """Set `stopping` when a process has ended."""
    try:
        server = psutil.Process(process)
        while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
            time.sleep(SERVER_SECONDS)
    except psutil.NoSuchProcess:
        pass
    stopping.set()


if __name__ == "__main__":
    main()
