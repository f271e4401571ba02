"""A schedule: what is submitted as a job, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cronsim import CronSim, CronSimError

from forecasting.errors import InputError
from forecasting.jobs.job import utc_text
from forecasting.plain_names import PLAIN_NAME, invalid_name
from forecasting.timeseries.clock import zone_of
from forecasting.validation import shortened

TIMES = ("created", "next_run", "last_run")


@dataclass(frozen=True)
class Schedule:
    """A job that is submitted at the times of a cron expression in a time zone; times are seconds since 1970.

    `last_error` is why the last run could not be submitted; None if it was.
    """

    name: str
    kind: str
    arguments: Mapping[str, Any]
    cron: str
    time_zone: str
    created: float
    next_run: float
    last_run: float | None = None
    last_job: str | None = None
    last_error: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON, with times in UTC."""
        times = {name: getattr(self, name) for name in TIMES}
        return {**vars(self), **{name: None if time is None else utc_text(time) for name, time in times.items()}}


def next_run(cron: str, time_zone: str, after: float) -> float:
    """Return the first time of a cron expression after a second; raises InputError for an invalid expression or zone.

    On the day of a clock change a time that does not exist moves to the next one that does, and one that exists twice
    runs once.
    """
    zone = zone_of(time_zone)
    if zone is None:
        raise InputError("time_zone must be an IANA name such as Europe/Paris, or UTC.", field="time_zone")
    try:
        return next(CronSim(cron, datetime.fromtimestamp(after, zone))).timestamp()
    except CronSimError as error:
        raise InputError(
            f"cron must have five fields such as 0 3 * * * (got {shortened(repr(cron))}: {error}).", field="cron"
        ) from error
    except StopIteration:
        raise InputError(f"cron must name a time that exists (got {shortened(repr(cron))}).", field="cron") from None


def checked_name(name: str) -> str:
    """Return the name of a schedule; raises InputError."""
    if not re.fullmatch(PLAIN_NAME, name):
        raise invalid_name(shortened(repr(name)))
    return name
