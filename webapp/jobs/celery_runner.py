"""The runner with Redis: a message for each job, which a `dataflow worker` on any machine takes."""

from __future__ import annotations

import logging

from celery.exceptions import OperationalError

from forecasting.jobs import JobQueue
from forecasting.settings import Settings
from webapp.jobs.celery_app import DO_JOB, celery_app

log = logging.getLogger(__name__)

RESEND_SECONDS = 60.0
"""A queued job without a message for this long gets another one: Redis may have lost the first."""


class CeleryRunner:
    """Sends the ids of queued jobs."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def wake(self, job_id: str) -> None:
        """Send the id of a job; if Redis is away, the log says so, and the scheduler sends it later."""
        self._send(job_id)

    def renew(self, queue: JobQueue) -> None:
        """Send the queued jobs again that had no message lately."""
        for job_id in queue.unsent(RESEND_SECONDS):
            self._send(job_id, expires=2 * RESEND_SECONDS)

    def _send(self, job_id: str, expires: float | None = None) -> None:
        try:
            celery_app(self._settings).send_task(DO_JOB, [job_id], expires=expires, retry=False)
        except OperationalError as error:
            log.warning("Job %s is queued, but Redis cannot be reached now: %s", job_id, error)
