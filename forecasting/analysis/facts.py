"""Key figures of a range: volume, peak, bursts, and the change from the week before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from forecasting.analysis.chart_data.annotations import burst_flags
from forecasting.analysis.ranges import bin_minutes, days_earlier, shown
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import WEEK

MIN_PAIRED_SHARE = 0.5
"""The share of the last seven days' bins that must be known in both weeks for a comparison."""


class Levels(TypedDict):
    """Mean and peak of a range, by field of Facts."""

    mean_requests_per_bin: float | None
    mean_requests_per_minute: float | None
    peak_requests_per_bin: float | None
    peak_requests_per_minute: float | None
    peak_second: int | None
    peak_time: str | None
    peak_to_mean: float | None


NO_LEVELS = Levels(
    mean_requests_per_bin=None,
    mean_requests_per_minute=None,
    peak_requests_per_bin=None,
    peak_requests_per_minute=None,
    peak_second=None,
    peak_time=None,
    peak_to_mean=None,
)


@dataclass(frozen=True)
class WeekChange:
    """The last seven days of the range against the seven before, on the bins known in both.

    `change` is relative to the earlier week: 0.25 is a quarter more. `paired_share` is the share of seven days' bins
    that are compared. `from_time` is the wall time at which the later week begins.
    """

    change: float
    paired_share: float
    from_time: str


@dataclass(frozen=True)
class Facts:
    """Key figures of the known bins of a range; None if none is known or a ratio is undefined.

    `peak_second` is the left edge of the first of the highest bins in absolute seconds, `peak_time` the same as wall
    time. `burst_share` is the share of the known bins that belong to a burst; `are_bursts_given` says whether the
    source declares them (in bins coarser than its own, a bin with a burst in any part of it counts).
    """

    bins: int
    known_bins: int
    known_share: float
    requests: float
    mean_requests_per_bin: float | None
    mean_requests_per_minute: float | None
    peak_requests_per_bin: float | None
    peak_requests_per_minute: float | None
    peak_second: int | None
    peak_time: str | None
    peak_to_mean: float | None
    bursts: int
    burst_share: float | None
    are_bursts_given: bool
    events: int
    event_share: float | None
    week_change: WeekChange | None


def facts(series: Series, first: int = 0, end: int | None = None) -> Facts:
    """Return the key figures of the bins in range."""
    bins = shown(series, first, end)
    counts = series.requests_count[bins]
    known = ~np.isnan(counts)
    known_bins = int(np.count_nonzero(known))
    bursts = burst_flags(series)[bins]
    events = np.zeros(len(counts), bool) if series.is_event is None else series.is_event[bins]
    return Facts(
        bins=len(counts),
        known_bins=known_bins,
        known_share=known_bins / len(counts),
        requests=float(counts[known].sum()),
        **_levels(series, bins, counts, known_bins),
        bursts=_runs(bursts),
        burst_share=_share(bursts & known, known_bins),
        are_bursts_given=series.is_burst is not None,
        events=_runs(events),
        event_share=_share(events & known, known_bins),
        week_change=week_change(series, end),
    )


def week_change(series: Series, end: int | None = None) -> WeekChange | None:
    """Compare the seven days before bin `end` with the seven before those; None if less than half can be compared."""
    week = WEEK // series.bin_seconds
    last = shown(series, 0, end).stop
    bins = slice(max(0, last - week), last)
    later, earlier = series.requests_count[bins], days_earlier(series, bins, WEEK)
    paired = ~np.isnan(later + earlier)
    share = int(np.count_nonzero(paired)) / week
    before = float(earlier[paired].sum())
    if share < MIN_PAIRED_SHARE or before <= 0:
        return None
    from_time = wall_text(series.start + bins.start * series.bin_seconds, series.time_zone)
    return WeekChange(float(later[paired].sum()) / before - 1.0, share, from_time)


def _levels(series: Series, bins: slice, counts: np.ndarray, known_bins: int) -> Levels:
    if known_bins == 0:
        return NO_LEVELS
    highest = int(np.nanargmax(counts))
    mean, peak = float(np.nanmean(counts)), float(counts[highest])
    second = series.start + (bins.start + highest) * series.bin_seconds
    return Levels(
        mean_requests_per_bin=mean,
        mean_requests_per_minute=mean / bin_minutes(series),
        peak_requests_per_bin=peak,
        peak_requests_per_minute=peak / bin_minutes(series),
        peak_second=second,
        peak_time=wall_text(second, series.time_zone),
        peak_to_mean=peak / mean if mean > 0 else None,
    )


def _runs(flags: np.ndarray) -> int:
    """Return the number of runs of True."""
    return int(np.count_nonzero(flags[1:] & ~flags[:-1])) + int(flags[0])


def _share(flags: np.ndarray, of: int) -> float | None:
    return int(np.count_nonzero(flags)) / of if of else None
