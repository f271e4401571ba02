"""A job that a command line submits and waits for."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from forecasting.errors import Conflict, WorkFailed
from forecasting.jobs import CANCELLED, FAILED, QUEUED, Job, JobQueue
from forecasting.jobs.schedule import Schedule
from forecasting.jobs.schedules import Schedules
from forecasting.progress import Progress
from forecasting.settings import Settings
from webapp.jobs.job_requests import requested_job
from webapp.jobs.local_runner import LocalRunner
from webapp.jobs.submission import runner_of

LOOK_SECONDS = 0.3
WAKE_SECONDS = 10.0
"""A server that was about to do the job may have ended."""
COMMAND_LINE = "command line"


def queued(settings: Settings, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Queue a job and return it; raises what `requested_job` does, and QueueFull."""
    job = JobQueue(settings).submit(requested_job(settings, kind, arguments, COMMAND_LINE))
    if settings.redis_url:
        runner_of(settings).wake(job.id)
    return job


def finished(settings: Settings, job: Job, progress: Progress) -> Job:
    """Wait until a job has ended and return it; without Redis and a server this process has it done.

    An interruption cancels the job. Raises WorkFailed with its error, Conflict if it was cancelled.
    """
    queue, woken = JobQueue(settings), -WAKE_SECONDS
    try:
        while job.active:
            if job.state == QUEUED and not settings.redis_url and time.monotonic() - woken > WAKE_SECONDS:
                LocalRunner(settings, os.getpid()).wake(job.id)
                woken = time.monotonic()
            progress(job.share, job.stage)
            time.sleep(LOOK_SECONDS)
            job = queue.get(job.id)
    except KeyboardInterrupt:
        queue.cancel(job.id)
        raise
    if job.state == FAILED:
        raise WorkFailed(job.error or "The job failed.")
    if job.state == CANCELLED:
        raise Conflict(f"Job {job.id} was cancelled.")
    return job


def scheduled(
    settings: Settings, name: str, kind: str, arguments: Mapping[str, Any], cron: str, time_zone: str
) -> Schedule:
    """Store a schedule, in place of one of that name; raises what `requested_job` and `Schedules.put` do."""
    request = requested_job(settings, kind, arguments, COMMAND_LINE)
    return Schedules(settings).put(name, kind, request.arguments, cron, time_zone)
