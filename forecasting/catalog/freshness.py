"""Freshness of a data set: how old its end is, and whether it is live."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.catalog import DatasetInfo
from forecasting.timeseries.timeframes import HOUR

LIVE_BINS, LIVE_SECONDS = 2, HOUR
"""A data set is live if its last bin ended at most this many bins or seconds ago, whichever is longer."""


@dataclass(frozen=True)
class Freshness:
    """The age of the end of a data set, negative if it lies in the future. Synthetic data is never live."""

    age_seconds: int
    is_live: bool


def freshness(info: DatasetInfo, now: int) -> Freshness:
    """Return the freshness of a data set at `now` (absolute seconds; an unknown time zone counts as UTC)."""
    age = now - info.end
    allowed = max(LIVE_BINS * info.bin_seconds, LIVE_SECONDS)
    return Freshness(age, not info.synthetic and -info.bin_seconds <= age <= allowed)
