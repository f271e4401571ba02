"""What a runner does with a job that it has claimed: a fresh process works, and the job's row says how it goes."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import orjson

from forecasting.errors import ForecastingError, NotReady
from forecasting.jobs import Job, JobQueue
from forecasting.settings import Settings
from webapp.app.processes import environment_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks at the row: a cancelled job stops within that time."""
HEARTBEAT_SECONDS = 4.0
END_SECONDS = 2.0
STOPPED = "The work stopped before it was done. See the server log."


def perform(job: Job, queue: JobQueue, settings: Settings, stopping: threading.Event) -> None:
    """Have a worker process do a claimed job, until it has ended, the job is cancelled, or `stopping` is set.

    The worker stores the result in the row itself, and ends when its standard input does: however this process dies,
    nothing is left behind. A job that is stopped is queued again.
    """
    work = _Work(job, settings)
    try:
        _watch(work, job, queue, settings.max_job_seconds, stopping)
    except ForecastingError as error:
        work.error = error.message
    finally:
        work.end()
    if stopping.is_set() and not work.done:
        _store_end(lambda: queue.release(job), job)
    elif not work.done:
        _store_end(lambda: queue.fail(job, work.error or STOPPED), job)  # no effect on a job that was cancelled


def owner_name() -> str:
    """Return a name for one claim: the machine, the process, and what no other claim has."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}/{secrets.token_hex(4)}"


class _Work:
    """The worker process of a job: what it has reported, and whether it is done."""

    def __init__(self, job: Job, settings: Settings):
        self.share, self.stage = 0.0, ""
        self.done = False
        self.error: str | None = None
        self.ended = threading.Event()
        self.changed = threading.Event()
        command = [sys.executable, "-m", "webapp.jobs.worker"]
        environment = {**os.environ, **environment_of(settings)}
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self._reader = threading.Thread(target=self._follow, args=(job,), daemon=True)
        self._reader.start()

    def _follow(self, job: Job) -> None:
        process = self._process
        assert process.stdin is not None  # noqa: S101  # it was opened with pipes
        assert process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):  # a worker that has ended already reads nothing, and writes nothing either
            process.stdin.write(orjson.dumps({"id": job.id, "owner": job.owner}) + b"\n")
            process.stdin.flush()
        for line in process.stdout:
            message = orjson.loads(line)
            if "share" in message:
                self.share, self.stage = message["share"], message["stage"]
                self.changed.set()
            else:
                self.done, self.error = bool(message.get("done")), message.get("error")
        self.ended.set()

    def end(self) -> None:
        """End the process, if it still runs, and wait for it."""
        self._process.kill()
        self._process.wait()
        self._reader.join(END_SECONDS)
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()


def _watch(work: _Work, job: Job, queue: JobQueue, most_seconds: float, stopping: threading.Event) -> None:
    """Return when the work has ended or is to be ended; raise ForecastingError if it takes too long."""
    begin = beaten = time.monotonic()
    while not work.ended.wait(LOOK_SECONDS) and not stopping.is_set():
        now = time.monotonic()
        if now - begin > most_seconds:
            raise ForecastingError(
                f"The job was stopped after {most_seconds:.0f} s, the longest that DATAFLOW_MAX_JOB_SECONDS allows."
            )
        beats = work.changed.is_set() or now - beaten > HEARTBEAT_SECONDS
        try:
            if beats:
                work.changed.clear()
                owned = queue.heartbeat(job, work.share, work.stage)
                beaten = now
            else:
                owned = queue.get(job.id).owner == job.owner
        except NotReady as error:  # the work goes on; if it lasts, the lease runs out and the job is run again
            log.warning("Job %s: %s", job.id, error.message)
            continue
        if not owned:
            return


def _store_end(change: Callable[[], bool], job: Job) -> None:
    try:
        change()
    except ForecastingError as error:  # the lease runs out, and the job is run again
        log.error("The end of job %s could not be stored: %s", job.id, error.message)
