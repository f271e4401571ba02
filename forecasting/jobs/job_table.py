"""The table of jobs."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from forecasting.database import metadata
from forecasting.jobs.job import Job

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(63), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("state", sa.String(9), nullable=False),
    sa.Column("requested_by", sa.String(200), nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(200)),
    sa.Column("lease_until", sa.Double),
    sa.Column("heartbeat", sa.Double),
    sa.Column("share", sa.Double, nullable=False),
    sa.Column("stage", sa.String(200), nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("started", sa.Double),
    sa.Column("ended", sa.Double),
    sa.Column("error", sa.Text),
    sa.Column("result_key", sa.String(64)),
    sa.Column("result_hash", sa.String(64)),
    sa.Column("result_bytes", sa.Integer),
    # The key of its request while the job is queued or running, else null: an equal request finds this job.
    sa.Column("active_key", sa.String(64), unique=True),
    sa.Column("sent", sa.Double),
    sa.Column("result", sa.LargeBinary),
    sa.Index("jobs_by_state", "state", "created"),
    sa.Index("jobs_by_result", "result_key"),
)
"""`sent` is when a message about the job was last given to a broker, if there is one."""

STORED_ONLY = ("active_key", "sent", "result")
COLUMNS = tuple(column for column in jobs.c if column.name not in STORED_ONLY)


def job_of(row: sa.Row[tuple[object, ...]]) -> Job:
    """Return the job of a row of COLUMNS."""
    values = dict(row._mapping)
    return Job(**{**values, "arguments": orjson.loads(str(values["arguments"]))})
