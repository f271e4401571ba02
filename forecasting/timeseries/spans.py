"""Spans of time: runs of flagged bins, announced events and bursts."""

from __future__ import annotations

import numpy as np

from forecasting.timeseries.bursts import detect_bursts
from forecasting.timeseries.series import Series, Span


def spans_of(series: Series, flags: np.ndarray) -> list[Span]:
    """Return the runs of True in `flags` (bins,) as spans of absolute seconds, in time order."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False]))
    seconds = series.start + series.bin_seconds * edges
    return [Span(start, end) for start, end in seconds.reshape(-1, 2).tolist()]


def event_spans(series: Series) -> list[Span]:
    """Return the announced events; empty if the series has no `is_event`."""
    return [] if series.is_event is None else spans_of(series, series.is_event)


def burst_spans(series: Series) -> list[Span]:
    """Return the bursts: those of the series' own `is_burst`, or else those that `detect_bursts` returns."""
    return spans_of(series, detect_bursts(series) if series.is_burst is None else series.is_burst)
