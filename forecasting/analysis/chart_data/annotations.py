"""Periods that a chart marks: bursts, events and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.timeseries.bursts import detect_bursts
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.spans import spans_of

_BURSTS: Derived[np.ndarray] = Derived()


@dataclass(frozen=True)
class Stretch:
    """`start` and `end` (excluded) are wall time `YYYY-MM-DD HH:MM:SS`; `seconds` is its true length."""

    start: str
    end: str
    seconds: int


def burst_flags(series: Series) -> np.ndarray:
    """Return True for each bin (bins,) in a burst: by the series' own `is_burst`, else by `detect_bursts`.

    Detection uses the whole series, so a burst does not depend on the range; computed once per series.
    """
    if series.is_burst is not None:
        return series.is_burst
    return _BURSTS.of(series, lambda: detect_bursts(series))


def stretches_of(series: Series, flags: np.ndarray, bins: slice) -> tuple[Stretch, ...]:
    """Return the runs of True in `flags` (bins,) within a range, in order of time."""
    return in_wall_time(series, spans_of(series.slice(bins.start, bins.stop), flags[bins]))


def in_wall_time(series: Series, spans: list[Span]) -> tuple[Stretch, ...]:
    """Convert spans of absolute seconds to stretches of the series' wall time."""
    edges = np.array([(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1)
    texts = wall_texts(edges, series.time_zone)
    pairs = zip(texts[::2], texts[1::2], spans, strict=True)
    return tuple(Stretch(start, end, span.end - span.start) for start, end, span in pairs)
