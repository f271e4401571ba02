"""The distribution of requests per minute: a histogram with round edges, and quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecasting.analysis.ranges import bin_minutes, shown
from forecasting.timeseries.series import Series

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
MOST_CELLS = 60
SHOWN_LEVEL = 0.999
"""The histogram ends at this quantile; the few higher bins are counted separately, so a spike does not flatten it."""

LEAST_WIDTH = 1e-9
WHOLE_SHARE = 0.99
"""If this share of the counts is whole, no cell is narrower than one request."""

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, eq=False)
class Distribution:
    """Over the known bins in range; empty arrays and NaN if none is known.

    Cell i of the histogram has the `bins[i]` bins with edges[i] <= requests < edges[i + 1]; `bins_above` are at or
    beyond the last edge. `quantiles_requests_per_minute` are those at `levels`, interpolated linearly.
    """

    edges_requests_per_minute: np.ndarray
    bins: np.ndarray
    bins_above: int
    levels: tuple[float, ...]
    quantiles_requests_per_minute: np.ndarray


def distribution(series: Series, first: int = 0, end: int | None = None) -> Distribution:
    """Return histogram and quantiles of the bins in range.

    There are 40 to 60 cells (fewer if there are fewer distinct whole counts) of one round width, and the edges are
    multiples of it.
    """
    counts = series.requests_count[shown(series, first, end)]
    counts = np.sort(counts[~np.isnan(counts)])
    if len(counts) == 0:
        return Distribution(np.empty(0), np.empty(0, np.int64), 0, LEVELS, np.full(len(LEVELS), np.nan))
    edges = _edges(counts)
    below = np.searchsorted(counts, edges)
    below[0] = 0
    minutes = bin_minutes(series)
    return Distribution(
        edges / minutes,
        np.diff(below),
        len(counts) - int(below[-1]),
        LEVELS,
        _sorted_quantiles(counts, np.array(LEVELS)) / minutes,
    )


def _edges(counts: np.ndarray) -> np.ndarray:
    """Return the edges of cells over sorted counts, from below the lowest to above the `SHOWN_LEVEL` quantile."""
    low, high = float(counts[0]), float(_sorted_quantiles(counts, np.array([SHOWN_LEVEL]))[0])
    is_whole = np.count_nonzero(counts == np.rint(counts)) >= WHOLE_SHARE * len(counts)
    width = _round_width((high - low) / (MOST_CELLS - 2), high, whole=bool(is_whole))
    start, stop = math.floor(low / width), math.floor(high / width) + 1
    return width * np.arange(start, stop + 1)


def _round_width(least: float, high: float, *, whole: bool) -> float:
    """Return the first round width >= `least`; wide enough for distinct floats near `high`."""
    least = max(least or high / MOST_CELLS, 1.0 if whole else LEAST_WIDTH, high * 1e-9)
    power = 10.0 ** math.floor(math.log10(least))
    widths = (step * power for step in _STEPS if not whole or (step * power).is_integer())
    return next(width for width in widths if width >= least * (1 - 1e-12))


def _sorted_quantiles(counts: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of sorted counts; np.quantile would partition them again."""
    place = levels * (len(counts) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(counts) - 1)
    return counts[low] + (place - low) * (counts[high] - counts[low])
