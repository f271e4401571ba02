"""Jobs: long work, each a row of the database that says what it is, how far it is, and its result.

A job is submitted, claimed by a runner with a lease, reported on, and finished, failed or cancelled. The row decides:
a runner only carries the id, so a job is seen from every process, outlives the one that requested it, and runs again
when its runner dies. What does the work is not here (see `webapp.jobs`).
"""

from __future__ import annotations

from forecasting.jobs.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, STATES, Job, JobRequest
from forecasting.jobs.job_queue import JobQueue

__all__ = ["CANCELLED", "DONE", "FAILED", "QUEUED", "RUNNING", "STATES", "Job", "JobQueue", "JobRequest"]
