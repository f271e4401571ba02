"""Submit a job and have a runner look at it: the one door for pages, the API, the command line and schedules."""

from __future__ import annotations

from importlib import import_module

from forecasting.jobs import Job, JobQueue, JobRequest
from forecasting.settings import Settings
from webapp.jobs.local_runner import LocalRunner
from webapp.jobs.runner import Runner

WITH_REDIS = "webapp.jobs.celery_runner"
"""The module of the runner with Redis. It brings Celery, which is not imported without."""


def runner_of(settings: Settings) -> Runner:
    """Return the runner of these settings: Celery if they name a Redis, else processes of this machine."""
    if not settings.redis_url:
        return LocalRunner(settings)
    runner: Runner = import_module(WITH_REDIS).CeleryRunner(settings)
    return runner


def submit(settings: Settings, request: JobRequest) -> Job:
    """Queue a job, or return the active one of an equal request, and wake the runner. Raises QueueFull, NotReady."""
    job = JobQueue(settings).submit(request)
    runner_of(settings).wake(job.id)
    return job
