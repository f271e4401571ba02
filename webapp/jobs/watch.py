"""What is looked after from time to time: jobs whose runner died, jobs that nobody was told of, and old ones.

Without Redis a thread of each web worker does it, with Redis Celery's beat has a worker do it. Two at once do no harm:
each change is one statement that only one of them can make.
"""

from __future__ import annotations

import logging
import threading
import time

from forecasting.errors import ForecastingError
from forecasting.jobs import JobQueue
from forecasting.jobs.schedules import Schedules
from forecasting.settings import Settings
from webapp.jobs.submission import runner_of

log = logging.getLogger(__name__)

WATCH_SECONDS = 10.0


def look_after(settings: Settings) -> None:
    """End the leases that have run out, submit what is due, remove old jobs, and have queued ones looked at."""
    queue = JobQueue(settings)
    if queue.overdue():
        again, lost = queue.expire()
        for job in again:
            log.warning("Job %s (%s) is queued again: its runner has gone.", job.id, job.kind)
        for job in lost:
            log.error("Job %s (%s) failed: %s", job.id, job.kind, job.error)
    for job in Schedules(settings).submit_due():
        log.info("Job %s (%s) is queued by its %s.", job.id, job.kind, job.requested_by)
    queue.prune()
    runner_of(settings).renew(queue)


def start_watching(settings: Settings) -> None:
    """Look after the jobs in a thread of this process, unless Celery's beat has it done."""
    if not settings.redis_url:
        threading.Thread(target=_watch, args=(settings,), daemon=True, name="job-watch").start()


def _watch(settings: Settings) -> None:
    trouble = ""
    while True:
        try:
            look_after(settings)
            trouble = ""
        except ForecastingError as error:
            if error.message != trouble:  # once, not every few seconds
                log.warning("The jobs cannot be looked after: %s", error.message)
            trouble = error.message
        time.sleep(WATCH_SECONDS)
