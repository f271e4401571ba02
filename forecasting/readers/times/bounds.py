"""Which seconds can be times of requests at all."""

from __future__ import annotations

import time

import numpy as np

from forecasting.timeseries.timeframes import DAY

FIRST_SECOND = 631_152_000
"""1 January 1990: no access log is older."""

FAR_SECONDS = 60 * DAY
"""A few records or rows this far from all others have a wrong clock."""


def latest_second() -> int:
    """Return the end of tomorrow, roughly: a day and a half from now, whatever the zone."""
    return int(time.time()) + 3 * DAY // 2


def is_plausible(second: int) -> bool:
    """Return whether a request can have come at this second: from 1990 to tomorrow."""
    return FIRST_SECOND <= second <= latest_second()


def plausible(seconds: np.ndarray) -> np.ndarray:
    """Return for each second (n,) whether a request can have come then."""
    return (seconds >= FIRST_SECOND) & (seconds <= latest_second())
