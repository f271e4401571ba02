"""Series of every kind that an analysis may meet: gaps, zeros, changes of clocks, odd bins, next to nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

ZONES = (None, "-04:00", "Europe/Paris", "America/St_Johns")
STARTS = tuple(moment_of(day, "UTC") for day in ("2010-11-05", "2026-03-27", "2026-10-23", "2024-02-28 13:00"))
"""Some of them shortly before clocks change (in St John's of 2010 at a minute past midnight)."""


@st.composite
def any_series(draw: st.DrawFn, most_bins: int = 400, bins: tuple[int, ...] = (300, 600, 900, 3600, 86_400)) -> Series:
    """A series of 1 to `most_bins` bins: noise, constants and zeros with runs of unknown bins."""
    count = draw(st.integers(1, most_bins))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["counts", "few", "floats", "huge", "constant", "zeros", "unknown"]))
    counts = {
        "counts": rng.poisson(40, count),
        "few": rng.poisson(0.3, count),
        "floats": rng.gamma(0.5, 100, count),
        "huge": rng.uniform(0, 1e15, count),
        "constant": np.full(count, 0.1),
        "zeros": np.zeros(count),
        "unknown": np.full(count, np.nan),
    }[kind].astype(float)
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, count - 1))
        counts[first : first + draw(st.integers(1, 60))] = np.nan
    flags = {flag: rng.random(count) < 0.1 for flag in ("is_burst", "is_event") if draw(st.booleans())}
    start = draw(st.sampled_from(STARTS)) + 60 * draw(st.integers(0, 3))
    return Series("shop", draw(st.sampled_from(bins)), start, counts, draw(st.sampled_from(ZONES)), **flags)


@st.composite
def series_and_range(draw: st.DrawFn, **limits: object) -> tuple[Series, int, int]:
    """A series with the first bin and the end of a range of it."""
    series = draw(any_series(**limits))
    first = draw(st.integers(0, len(series) - 1))
    return series, first, draw(st.integers(first + 1, len(series)))
