"""The lines of a chart of traffic over time, with few points whatever the range, and more of them where one looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasting.analysis.chart_data.averages import moving_averages, week_before
from forecasting.analysis.chart_data.downsampling import MOST_POINTS, downsample
from forecasting.analysis.ranges import bin_minutes, bins_between
from forecasting.errors import InputError
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

TRAFFIC, HOUR_AVERAGE, DAY_AVERAGE, WEEK_BEFORE = "traffic", "hour_average", "day_average", "week_before"
LINES = (WEEK_BEFORE, TRAFFIC, HOUR_AVERAGE, DAY_AVERAGE)
"""In the order in which they are drawn, the last on top."""

POINTS_ASIDE = 200
"""Points on either side of what is seen: enough for the shape of all of it."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line to draw: left edges of bins in wall seconds since 1970-01-01 (int64, n) and requests per minute (n,).

    It has about 2,000 points at most, chosen by `downsample`; NaN breaks it.
    """

    wall_seconds: np.ndarray
    requests_per_minute: np.ndarray


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines by name, None where no point of one is known or bins are as long as its window.

    `most_requests_per_minute` is the highest point above 0 of those lines that is seen; None where there is none.
    """

    by_name: dict[str, Line | None]
    most_requests_per_minute: float | None


def lines_of(
    series: Series,
    names: Iterable[str] = LINES,
    start: int | None = None,
    end: int | None = None,
    seen: tuple[str, str] | None = None,
) -> Lines:
    """The lines `names` over the bins whose left edge lies in [start, end), in absolute seconds.

    Where only the wall times `seen` of it are looked at (both `YYYY-MM-DD HH:MM:SS`, or shorter), most points lie
    there and few on either side. Raises InputError for a name that is none of `LINES`, for what is no time, and where
    the range holds no bin.
    """
    bins = bins_between(series, start, end)
    middle = bins if seen is None else _seen_bins(series, bins, seen)
    rates = {name: _rates(series, name, bins) for name in names}
    there = {name: rate for name, rate in rates.items() if rate is not None and not np.isnan(rate).all()}
    lines = {name: _line(series, bins, middle, rate) for name, rate in there.items()}
    tops = [_top(rate[middle.start - bins.start : middle.stop - bins.start]) for rate in there.values()]
    return Lines({name: lines.get(name) for name in rates}, max(filter(None, tops), default=None))


def _rates(series: Series, name: str, bins: slice) -> np.ndarray | None:
    """Requests per minute (n,) of a line at the bins of a range."""
    ends = (bins.start, bins.stop)
    if name == TRAFFIC:
        return series.requests_count[bins] / bin_minutes(series)
    if name == WEEK_BEFORE:
        return week_before(series, *ends)
    if name in (HOUR_AVERAGE, DAY_AVERAGE):
        return getattr(moving_averages(series, *ends), f"{name.partition('_')[0]}_requests_per_minute")
    raise InputError(f"line is {name!r}; write one of {', '.join(LINES)}.", field="line")


def _seen_bins(series: Series, bins: slice, seen: tuple[str, str]) -> slice:
    """The bins of a range that two wall times lie around, at least one."""
    first, last = sorted(series.position(moment_of(text, series.time_zone)) for text in seen)
    first = min(max(first, bins.start), bins.stop - 1)
    return slice(first, max(first + 1, min(last + 1, bins.stop)))


def _line(series: Series, bins: slice, middle: slice, rates: np.ndarray) -> Line:
    """The line through the bins of a range, with most of its points in the middle."""
    parts = [(bins.start, middle.start), (middle.start, middle.stop), (middle.stop, bins.stop)]
    aside = POINTS_ASIDE * ((middle.start > bins.start) + (middle.stop < bins.stop))
    most = (POINTS_ASIDE, MOST_POINTS - aside, POINTS_ASIDE)
    seconds = series.bin_seconds * np.arange(len(rates))
    kept = []
    for (first, end), points in zip(parts, most, strict=True):
        part = slice(first - bins.start, end - bins.start)
        kept.append(part.start + downsample(seconds[part], rates[part], points))
    positions = np.concatenate(kept)
    return Line(series.wall[bins][positions], rates[positions])


def _top(rates: np.ndarray) -> float | None:
    return None if np.isnan(rates).all() else float(np.nanmax(rates))
