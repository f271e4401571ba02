"""Resampling to coarser bins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.errors import HistoryTooShort, InputError
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, timeframe_of

MIN_KNOWN_SHARE = 0.8
"""The share of a coarse bin's fine bins that must be known for its sum to be known."""


def resample(series: Series, bin_seconds: int) -> Series:
    """The series in coarser bins, each the sum of its fine bins; the series itself where the bin is its own.

    A coarse bin of which at least 80 % (`MIN_KNOWN_SHARE`) of the fine bins are known is their sum divided by that
    share; with less it is unknown. Incomplete coarse bins at both ends are left out. A flag is set where any fine bin
    has it. Coarse bins start on whole multiples in wall time (a day at midnight; under daylight saving as at the
    series' start); a grid that is off its bin (:04, :09) stays off by the same seconds.

    Raises InputError unless `bin_seconds` is a multiple of the series' bin and divides a day, and HistoryTooShort
    where the series holds no complete coarse bin.
    """
    if bin_seconds == series.bin_seconds:
        return series
    factor = _factor(series, bin_seconds)
    first = _first_edge(series, bin_seconds)
    count = max(0, len(series) - first) // factor
    if count == 0:
        raise HistoryTooShort(
            f"{series.name} has {len(series)} bins of {series.timeframe}, not one complete bin of "
            f"{timeframe_of(bin_seconds)}; give at least {first + factor} of them.",
            field="timeframe",
        )
    used = slice(first, first + count * factor)
    flags = {
        name: None if (values := getattr(series, name)) is None else values[used].reshape(count, factor).any(axis=1)
        for name in ("is_burst", "is_event")
    }
    return replace(
        series,
        bin_seconds=bin_seconds,
        start=series.start + first * series.bin_seconds,
        requests_count=_sums(series.requests_count[used].reshape(count, factor)),
        **flags,
    )


def _factor(series: Series, bin_seconds: int) -> int:
    """Fine bins in a coarse one."""
    if bin_seconds > series.bin_seconds and bin_seconds % series.bin_seconds == 0 and DAY % bin_seconds == 0:
        return bin_seconds // series.bin_seconds
    asked = timeframe_of(bin_seconds) if bin_seconds % 60 == 0 and bin_seconds > 0 else f"{bin_seconds} seconds"
    raise InputError(
        f"timeframe is {asked}, but {series.name} has bins of {series.timeframe}; write a multiple of "
        f"{series.timeframe} that divides a day.",
        field="timeframe",
    )


def _first_edge(series: Series, bin_seconds: int) -> int:
    """Position of the first fine bin that starts a coarse one: the first within a fine bin's length of its edge."""
    if len(series) == 0:
        return 0
    late = int(series.wall[0]) % bin_seconds
    return 0 if late < series.bin_seconds else -((late - bin_seconds) // series.bin_seconds)


def _sums(rows: np.ndarray) -> np.ndarray:
    """Sums of the rows (n, factor) under the rule for unknown bins, as (n,)."""
    known = np.isfinite(rows).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known >= MIN_KNOWN_SHARE, np.nansum(rows, axis=1) / known, np.nan)
