"""The height of demand, which it reached on two days, and the ceiling above it, so that one odd bin does not rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

HEIGHT_DAYS = 28
FEW_DAYS = 3
CEILING_HEIGHTS = 2.0


def height_of(series: Series, end: int) -> float:
    """Return the second highest daily maximum of the HEIGHT_DAYS before bin `end`, in requests a bin.

    While fewer than FEW_DAYS days are known it is the third highest bin. NaN if nothing is known.
    """
    first = max(0, end - HEIGHT_DAYS * series.bins_per_day)
    counts = series.requests_count[first:end]
    known = np.isfinite(counts)
    if not known.any():
        return float("nan")
    days = series.wall[first:end] // DAY
    starts = np.flatnonzero(np.r_[True, np.diff(days) != 0])
    highest = np.maximum.reduceat(np.where(known, counts, -np.inf), starts)
    maxima = highest[np.isfinite(highest)]
    ranked, place = (maxima, 2) if len(maxima) >= FEW_DAYS else (counts[known], 3)
    return float(np.sort(ranked)[-min(place, len(ranked))])


def ceiling_of(series: Series, end: int) -> float:
    """Return what demand before bin `end` is cut at, in requests a bin; infinite if it was never above 0."""
    height = height_of(series, end)
    return CEILING_HEIGHTS * height if height > 0 else float("inf")


def cut(series: Series, ceiling: float) -> Series:
    """Return the series with counts above the ceiling lowered to it; the same object if there are none."""
    counts = series.requests_count
    above = counts > ceiling  # unknown counts are not above anything
    return replace(series, requests_count=np.where(above, ceiling, counts)) if above.any() else series
