"""Spans of time: runs of flagged bins."""

from __future__ import annotations

import numpy as np

from forecasting.timeseries.series import Series, Span


def spans_of(series: Series, flags: np.ndarray) -> list[Span]:
    """Return the runs of True in `flags` (bins,) as spans of absolute seconds, in time order."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False]))
    seconds = series.start + series.bin_seconds * edges
    return [Span(start, end) for start, end in seconds.reshape(-1, 2).tolist()]
