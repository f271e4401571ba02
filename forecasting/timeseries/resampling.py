"""Resampling to coarser bins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.errors import HistoryTooShort, InputError
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, timeframe_of

MIN_KNOWN_SHARE = 0.8
"""Share of the fine bins in a coarse bin that must be known for its sum to be known."""


def resample(series: Series, bin_seconds: int) -> Series:
    """Return the series in coarser bins, each the sum of its fine bins; the series itself if the bin is unchanged.

    If at least 80 % (`MIN_KNOWN_SHARE`) of the fine bins of a coarse bin are known, its count is their sum divided by
    that share; otherwise it is unknown. Incomplete coarse bins at both ends are dropped. A flag is set if any fine bin
    has it. Coarse bins start at whole multiples of their length in wall time (a day at midnight; under daylight saving
    as at the start of the series); a grid offset from whole bins (:04, :09) keeps its offset.

    Raises InputError unless `bin_seconds` is a multiple of the series' bin and divides a day, and HistoryTooShort if
    the series contains no complete coarse bin.
    """
    if bin_seconds == series.bin_seconds:
        return series
    factor = _factor(series, bin_seconds)
    first = _first_edge(series, bin_seconds)
    count = max(0, len(series) - first) // factor
    if count == 0:
        raise HistoryTooShort(
            f"{series.name} has {len(series)} bins of {series.timeframe}: not one complete bin of "
            f"{timeframe_of(bin_seconds)}, which needs at least {first + factor}.",
            field="timeframe",
        )
    used = slice(first, first + count * factor)
    return replace(
        series,
        bin_seconds=bin_seconds,
        start=series.start + first * series.bin_seconds,
        requests_count=_sums(series.requests_count[used].reshape(count, factor)),
        is_burst=_any(series.is_burst, used, factor),
        is_event=_any(series.is_event, used, factor),
    )


def _any(flags: np.ndarray | None, used: slice, factor: int) -> np.ndarray | None:
    """Return whether any fine bin of each coarse one has the flag (n,); None without flags."""
    return None if flags is None else np.asarray(flags[used].reshape(-1, factor).any(axis=1))


def _factor(series: Series, bin_seconds: int) -> int:
    """Return the number of fine bins in a coarse one."""
    if bin_seconds > series.bin_seconds and bin_seconds % series.bin_seconds == 0 and DAY % bin_seconds == 0:
        return bin_seconds // series.bin_seconds
    requested = timeframe_of(bin_seconds) if bin_seconds % 60 == 0 and bin_seconds > 0 else f"{bin_seconds} seconds"
    raise InputError(
        f"timeframe must be a multiple of {series.timeframe}, the bin of {series.name}, that divides a day "
        f"(got {requested}).",
        field="timeframe",
    )


def _first_edge(series: Series, bin_seconds: int) -> int:
    """Return the position of the first fine bin that starts a coarse one: within one fine bin after its edge."""
    if len(series) == 0:
        return 0
    late = int(series.wall[0]) % bin_seconds
    return 0 if late < series.bin_seconds else -((late - bin_seconds) // series.bin_seconds)


def _sums(rows: np.ndarray) -> np.ndarray:
    """Return the sums (n,) of the rows (n, factor), applying the rule for unknown bins."""
    known = np.isfinite(rows).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known >= MIN_KNOWN_SHARE, np.nansum(rows, axis=1) / known, np.nan)
