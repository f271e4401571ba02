"""What a list of data sets says about each beyond its facts: whether it is live, and which models learnt from it."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.catalog import DatasetInfo
from forecasting.timeseries.timeframes import HOUR

LIVE_BINS, LIVE_SECONDS = 2, HOUR
"""A data set is live while its last bin ended at most so many bins, or so many seconds, ago: the longer of both."""


@dataclass(frozen=True)
class Freshness:
    """How old the end of a data set is; below 0 where it lies ahead. Synthetic data is never live."""

    age_seconds: int
    is_live: bool


def freshness(info: DatasetInfo, now: int) -> Freshness:
    """How fresh a data set is at `now` (absolute seconds; one without a time zone is taken to be in UTC)."""
    age = now - info.end
    allowed = max(LIVE_BINS * info.bin_seconds, LIVE_SECONDS)
    return Freshness(age, not info.synthetic and -info.bin_seconds <= age <= allowed)
