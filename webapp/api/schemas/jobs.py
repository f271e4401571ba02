"""Requests and responses of the calls about jobs and schedules."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from forecasting.jobs import STATES
from forecasting.jobs.job_arguments import KindName
from forecasting.validation import OneOf
from webapp.api.schemas.common import Envelope, Request, TextFields, example, optional
from webapp.api.schemas.derived import answer_example

MOST_LISTED = 500

_ARGUMENTS = Field(
    description="Arguments of the kind. training: dataset, models, timeframes, until, model_set, candidate. "
    "comparison: dataset, timeframe, start, end, quick, and how the service is scaled as in POST /cost/compare",
    examples=[{"dataset": "sample"}],
)
_KIND = "training: train a model set; comparison: every policy on the same days"
_JOB = {
    "id": "5f0c2a9be1d34c77",
    "kind": "training",
    "version": "",
    "arguments": {"dataset": "sample"},
    "state": "running",
    "requested_by": "anonymous, by the API",
    "attempt": 1,
    "share": 0.4,
    "stage": "auto 5m: fitting",
    "created": "2026-11-30T03:00:00Z",
    "started": "2026-11-30T03:00:01Z",
    "ended": None,
    "error": None,
    "result_hash": None,
    "result_bytes": None,
}


class JobBody(Request):
    """The work to queue. An equal request that is queued or running already is the same job."""

    model_config = example(kind="training", arguments={"dataset": "sample", "timeframes": ["15m"]})

    kind: KindName = Field(description=_KIND)
    arguments: dict[str, Any] = _ARGUMENTS


class JobPath(BaseModel):
    """Which job."""

    job_id: str


class JobsQuery(TextFields):
    """Which jobs to list."""

    repeatable: ClassVar[frozenset[str]] = frozenset({"state"})

    state: list[Annotated[str, OneOf(STATES)]] = Field(default=[], description="Only jobs in these states; repeatable")
    kind: str | None = optional("Only jobs of this kind")
    limit: int = Field(default=100, ge=1, le=MOST_LISTED, description="How many to return, the newest first")


class JobOut(BaseModel):
    """One job. Times are UTC; `error` says why it failed."""

    model_config = ConfigDict(extra="allow")

    id: str
    kind: str
    arguments: dict[str, Any]
    state: str
    requested_by: str
    attempt: int
    share: float
    stage: str
    created: str
    started: str | None
    ended: str | None
    error: str | None


class OneJobOut(Envelope):
    """A job and, when it is done, its result."""

    model_config = answer_example("Job 5f0c2a9be1d34c77 is running.", job=_JOB, result=None)

    job: JobOut
    result: Any = None


class JobsOut(Envelope):
    """Jobs, the newest first."""

    model_config = answer_example("Jobs: 1.", jobs=[_JOB])

    jobs: list[JobOut]


class ScheduleBody(Request):
    """What to submit as a job, and when."""

    model_config = example(kind="training", arguments={"dataset": "sample"}, cron="0 3 * * *", time_zone="Europe/Paris")

    kind: KindName = Field(description=_KIND)
    arguments: dict[str, Any] = _ARGUMENTS
    cron: str = Field(description="Five fields: minute, hour, day of the month, month, day of the week")
    time_zone: str = Field(default="UTC", description="IANA name of the zone of the times. Default: UTC")


class SchedulePath(BaseModel):
    """Which schedule."""

    name: str


class ScheduleOut(BaseModel):
    """One schedule. `last_job` is the id of the job of its last run; a missed run runs once."""

    model_config = ConfigDict(extra="allow")

    name: str
    kind: str
    arguments: dict[str, Any]
    cron: str
    time_zone: str
    created: str
    next_run: str
    last_run: str | None
    last_job: str | None
    last_error: str | None


class OneScheduleOut(Envelope):
    """A schedule as it is stored."""

    schedule: ScheduleOut


class SchedulesOut(Envelope):
    """All schedules."""

    schedules: list[ScheduleOut]
