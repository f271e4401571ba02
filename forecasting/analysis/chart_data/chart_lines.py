"""The lines of a chart of traffic over time: few points whatever the range, most of them in the visible part."""

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
"""In drawing order, the last on top."""

POINTS_ASIDE = 200
"""Points on either side of the visible part: enough for its overall shape."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line to draw: left edges of bins in wall seconds since 1970-01-01 (int64, n) and requests per minute (n,).

    It has about 2,000 points at most, chosen by `downsample`; NaN breaks it.
    """

    wall_seconds: np.ndarray
    requests_per_minute: np.ndarray


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines by name; None if no point is known or bins are as long as the window.

    `most_requests_per_minute` is the highest visible point above 0 of those lines; None if there is none.
    """

    by_name: dict[str, Line | None]
    most_requests_per_minute: float | None


def lines_of(
    series: Series,
    names: Iterable[str] = LINES,
    start: int | None = None,
    end: int | None = None,
    visible: tuple[str, str] | None = None,
) -> Lines:
    """Return the lines `names` over the bins whose left edge lies in [start, end), in absolute seconds.

    If `visible` is given (two wall times `YYYY-MM-DD HH:MM:SS`, or shorter), most points lie between them and few on
    either side. Raises InputError for a name not in `LINES`, for an invalid time, and for a range without a bin.
    """
    bins = bins_between(series, start, end)
    middle = bins if visible is None else _visible_bins(series, bins, visible)
    rates = {name: _rates(series, name, bins) for name in names}
    known = {name: rate for name, rate in rates.items() if rate is not None and not np.isnan(rate).all()}
    lines = {name: _line(series, bins, middle, rate) for name, rate in known.items()}
    tops = [_top(rate[middle.start - bins.start : middle.stop - bins.start]) for rate in known.values()]
    return Lines({name: lines.get(name) for name in rates}, max(filter(None, tops), default=None))


def _rates(series: Series, name: str, bins: slice) -> np.ndarray | None:
    """Return requests per minute (n,) of a line at the bins of a range."""
    ends = (bins.start, bins.stop)
    if name == TRAFFIC:
        return series.requests_count[bins] / bin_minutes(series)
    if name == WEEK_BEFORE:
        return week_before(series, *ends)
    if name in (HOUR_AVERAGE, DAY_AVERAGE):
        return getattr(moving_averages(series, *ends), f"{name.partition('_')[0]}_requests_per_minute")
    raise InputError(f"line must be one of {', '.join(LINES)} (got {name!r}).", field="line")


def _visible_bins(series: Series, bins: slice, visible: tuple[str, str]) -> slice:
    """Return the bins of a range between two wall times, at least one."""
    first, last = sorted(series.position(moment_of(text, series.time_zone)) for text in visible)
    first = min(max(first, bins.start), bins.stop - 1)
    return slice(first, max(first + 1, min(last + 1, bins.stop)))


def _line(series: Series, bins: slice, middle: slice, rates: np.ndarray) -> Line:
    """Return the line through the bins of a range, with most of its points in the middle."""
    parts = [(bins.start, middle.start), (middle.start, middle.stop), (middle.stop, bins.stop)]
    aside = POINTS_ASIDE * ((middle.start > bins.start) + (middle.stop < bins.stop))
    most = (POINTS_ASIDE, MOST_POINTS - aside, POINTS_ASIDE)
    seconds = series.bin_seconds * np.arange(len(rates))
    chosen = []
    for (first, end), points in zip(parts, most, strict=True):
        part = slice(first - bins.start, end - bins.start)
        chosen.append(part.start + downsample(seconds[part], rates[part], points))
    positions = np.concatenate(chosen)
    return Line(series.wall[bins][positions], rates[positions])


def _top(rates: np.ndarray) -> float | None:
    return None if np.isnan(rates).all() else float(np.nanmax(rates))
