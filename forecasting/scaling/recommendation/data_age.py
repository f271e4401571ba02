"""How old the data of a recommendation is: said with every one, and first of all if it is too old to act on."""

from __future__ import annotations

import time
from dataclasses import replace

from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import duration

REFRESHES = 2
"""A recommendation is valid for this many bins after the last known one."""


def dated(recommendation: Recommendation, request: ScalingRequest) -> Recommendation:
    """Return a recommendation with the age of its data at the request's present, which is now unless it has an `end`.

    If the last known bin ended more than REFRESHES bins before, that is the first warning. The present of a series
    without a time zone is on its wall.
    """
    now = int(time.time()) if request.end is None else request.end
    ended = recommendation.origin + recommendation.bin_seconds
    age = max(now - ended, 0)
    warnings = recommendation.warnings
    if age > REFRESHES * recommendation.bin_seconds:
        text = stale_text(request.series.name, ended, age, request.series.time_zone)
        warnings = [f"{text}: this recommendation is for then, not for now. Append newer points.", *warnings]
    return replace(recommendation, data_age_seconds=age, warnings=warnings)


def stale_text(name: str, ended: int, age: int, time_zone: str | None) -> str:
    """Return when the last known bin of a series ended and how long ago that is."""
    return f"The last known bin of {name!r} ended at {wall_text(ended, time_zone)}, {duration(age)} ago"
