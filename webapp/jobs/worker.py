"""The process that computes: `python -m webapp.jobs.worker` does one claimed job and stores its result in the row.

It ends when standard input ends, whatever it is doing: then its supervisor has ended.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

import orjson

from forecasting.errors import ForecastingError, NotReady
from forecasting.jobs import Job, JobQueue
from forecasting.jobs.job_results import stored_form
from forecasting.settings import Settings
from webapp.app.processes import limit_threads

log = logging.getLogger(__name__)

NICENESS = 5
ABANDONED = 3
UNEXPECTED = "Unexpected error. See the server log."
STORE_SECONDS = 300.0
"""How long a finished job waits for a database that is away."""
PAUSE_SECONDS = 1.0


def main() -> None:
    """Do the job that standard input names."""
    limit_threads()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the supervisor ends this process
    os.nice(NICENESS)
    channel = _own_output()
    claim = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    _write(channel, _outcome(claim, channel))
    logging.shutdown()
    os._exit(0)  # an orderly end would wait for the thread that reads


def _own_output() -> BinaryIO:
    """Standard output for the lines of this module only: what libraries print goes to the log."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(ABANDONED)


def _outcome(claim: Mapping[str, str], channel: BinaryIO) -> dict[str, object]:
    # After `limit_threads`: it imports numeric libraries, which read their number of threads once.
    from webapp.jobs.tasks.registry import result_of

    settings = Settings.from_environment()
    queue = JobQueue(settings)

    def progress(share: float, stage: str = "", /) -> None:
        _write(channel, {"share": share, "stage": stage})

    try:
        job = queue.get(claim["id"])
        if job.owner != claim["owner"]:
            return {"done": True}  # it was cancelled, or is another runner's by now
        key, data = result_of(settings, progress, job)
        _finish(queue, job, key, data)
    except ForecastingError as error:
        return {"error": error.message}
    except Exception:  # whatever a bug raises: the row has a line, the log has the rest
        log.exception("Job %s failed.", claim["id"])
        return {"error": UNEXPECTED}
    return {"done": True}


def _finish(queue: JobQueue, job: Job, key: str, data: bytes) -> None:
    stored = stored_form(data, key)
    end = time.monotonic() + STORE_SECONDS
    while True:
        try:
            queue.finish(job, stored)
            return
        except NotReady as error:
            if time.monotonic() > end:
                raise
            log.warning("Job %s is done, but its result is not stored yet: %s", job.id, error.message)
            time.sleep(PAUSE_SECONDS)


def _write(channel: BinaryIO, message: Mapping[str, Any]) -> None:
    channel.write(orjson.dumps(message) + b"\n")


if __name__ == "__main__":
    main()
