"""The history of jobs is bounded: in days, in number, and in the bytes of the results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from forecasting.database.database_clock import seconds_now
from forecasting.jobs.job import ACTIVE
from forecasting.jobs.job_table import jobs

LONGEST_DAYS = 30
MOST_ENDED = 1000

ENDED_JOBS = (
    sa.select(
        jobs.c.id,
        (jobs.c.ended < seconds_now() - 86_400 * LONGEST_DAYS).label("is_old"),
        sa.func.coalesce(sa.func.length(jobs.c.result), 0).label("size"),
    )
    .where(jobs.c.state.not_in(ACTIVE))
    .order_by(jobs.c.ended.desc(), jobs.c.id)
)
"""The ended jobs, the newest first."""


def surplus_of(rows: Sequence[sa.Row[Any]], most_bytes: int) -> list[str]:
    """Return the ids of ENDED_JOBS to remove: the oldest beyond the bounds. The newest one always stays."""
    surplus, size = [], 0
    for position, row in enumerate(rows):
        size += row.size
        if row.is_old or position >= MOST_ENDED or (position and size > most_bytes):
            surplus.append(row.id)
    return surplus
