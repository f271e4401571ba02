"""Long work as jobs, and the schedules on which it is submitted."""

from __future__ import annotations

import orjson
from flask import Response, request, url_for

from forecasting.jobs import DONE, JobQueue
from forecasting.jobs.schedules import Schedules
from forecasting.timeseries.formatting import counted
from webapp.access.identity import identity
from webapp.api.blueprint import api_blueprint, failures
from webapp.api.datasets import refuse_if_read_only
from webapp.api.request_parsing import documents, read_fields, read_json, refuse_query
from webapp.api.schemas.common import Envelope
from webapp.api.schemas.jobs import (
    JobBody,
    JobPath,
    JobsOut,
    JobsQuery,
    OneJobOut,
    OneScheduleOut,
    ScheduleBody,
    SchedulePath,
    SchedulesOut,
)
from webapp.app.context import context
from webapp.http.envelope import success
from webapp.jobs.job_requests import requested_job
from webapp.jobs.submission import submit

jobs = api_blueprint("jobs", 404)


def _caller() -> str:
    """Return how the row of a job names who requested it."""
    return f"{identity().name}, by the API"


@jobs.post("/jobs", responses={202: OneJobOut, **failures(403, 413, 415, 429)})
@documents(body=JobBody)
def submit_job() -> tuple[Response, int]:
    """Queue training or a comparison as a job; poll it under the address in `Location`."""
    body = read_json(JobBody)
    settings = context().settings
    job = submit(settings, requested_job(settings, body.kind, body.arguments, _caller()))
    response, status = success(f"Job {job.id} is {job.state}.", status=202, job=job.to_dict(), result=None)
    response.headers["Location"] = url_for("jobs.show_job", job_id=job.id)
    return response, status


@jobs.get("/jobs", responses={200: JobsOut})
@documents(query=JobsQuery)
def list_jobs() -> tuple[Response, int]:
    """Jobs, the newest first: those of pages, of the API, of the command line and of schedules."""
    query = read_fields(JobsQuery, request.args)
    rows = JobQueue(context().settings).list(states=query.state, kind=query.kind, limit=query.limit)
    return success(f"Jobs: {len(rows)}.", jobs=[job.to_dict() for job in rows])


@jobs.get("/jobs/<job_id>", responses={200: OneJobOut})
@documents(path=JobPath)
def show_job(job_id: str) -> tuple[Response, int]:
    """How far a job is, or how it ended, with its result when it is done."""
    refuse_query()
    queue = JobQueue(context().settings)
    job = queue.get(job_id)
    data = queue.result(job_id) if job.state == DONE else None
    result = None if data is None else orjson.loads(data)
    return success(f"Job {job.id} is {job.state}.", job=job.to_dict(), result=result)


@jobs.delete("/jobs/<job_id>", responses={200: OneJobOut, **failures(403, 409)})
@documents(path=JobPath)
def cancel_job(job_id: str) -> tuple[Response, int]:
    """Cancel a job that is queued or running; it stops within seconds. 409 if it has ended."""
    refuse_if_read_only(f"cancel the job {job_id}")
    refuse_query()
    job = JobQueue(context().settings).cancel(job_id)
    return success(f"Job {job.id} is {job.state}.", job=job.to_dict(), result=None)


@jobs.get("/schedules", responses={200: SchedulesOut})
def list_schedules() -> tuple[Response, int]:
    """All schedules with their next and last runs."""
    refuse_query()
    rows = Schedules(context().settings).every()
    return success(f"{counted(len(rows), 'schedule')}.", schedules=[one.to_dict() for one in rows])


@jobs.put("/schedules/<name>", responses={200: OneScheduleOut, **failures(403, 409, 413, 415)})
@documents(path=SchedulePath, body=ScheduleBody)
def store_schedule(name: str) -> tuple[Response, int]:
    """Submit a job at the times of a cron expression from now on; it replaces a schedule of that name."""
    refuse_if_read_only(f"store the schedule {name}")
    body = read_json(ScheduleBody)
    settings = context().settings
    made = requested_job(settings, body.kind, body.arguments, _caller())
    schedule = Schedules(settings).put(name, made.kind, made.arguments, body.cron, body.time_zone)
    return success(f"{name} runs next at {schedule.to_dict()['next_run']}.", schedule=schedule.to_dict())


@jobs.delete("/schedules/<name>", responses={200: Envelope, **failures(403)})
@documents(path=SchedulePath)
def remove_schedule(name: str) -> tuple[Response, int]:
    """Remove a schedule; the jobs that it has submitted stay."""
    refuse_if_read_only(f"remove the schedule {name}")
    refuse_query()
    Schedules(context().settings).remove(name)
    return success(f"{name} is removed.")
