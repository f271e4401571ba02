"""Ranges of bins, and the same wall time some days earlier."""

from __future__ import annotations

import numpy as np

from forecasting.errors import InputError
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, MINUTE

MIN_SLOT_SECONDS = 15 * MINUTE
"""The shortest slot of a daily profile, so there are at most 96."""


def shown(series: Series, first: int = 0, end: int | None = None) -> slice:
    """Return the bins first..end-1 by position (to the last if `end` is None); raises InputError for an empty range."""
    last = len(series) if end is None else end
    if not 0 <= first < last <= len(series):
        raise InputError(
            f"The range must contain at least one of the {len(series)} bins of {series.name} (got bins {first} to "
            f"{last}).",
            field="start",
        )
    return slice(first, last)


def bins_between(series: Series, start: int | None, end: int | None) -> slice:
    """Return the positions of the bins whose left edge lies in [start, end); raises InputError if there is none."""
    part = series.between(start, end)
    if len(part) == 0:
        period = f"{wall_text(series.start, series.time_zone)} to {wall_text(series.end, series.time_zone)}"
        available = f"its data are from {period}" if len(series) else "it has no bins"
        raise InputError(f"{series.name} has no bin in this range; {available}.", field="start")
    first = (part.start - series.start) // series.bin_seconds
    return shown(series, first, first + len(part))


def bin_minutes(series: Series) -> float:
    """Return the length of a bin in minutes: counts divided by it are requests per minute."""
    return series.bin_seconds / MINUTE


def day_slot_seconds(series: Series) -> int:
    """Return the shortest slot of a daily profile: whole bins that divide a day, at least `MIN_SLOT_SECONDS`."""
    slots = range(series.bin_seconds, DAY + 1, series.bin_seconds)
    return next(slot for slot in slots if slot >= MIN_SLOT_SECONDS and DAY % slot == 0)


def days_earlier(series: Series, bins: slice, seconds: int) -> np.ndarray:
    """Return requests per bin (n,) at the same wall time `seconds` (whole days) before each bin; NaN if unknown.

    So 09:00 is compared with 09:00 even if clocks changed in between; the hour that a change skips has no counterpart.
    The earlier bins may lie before the range, but not before the series.
    """
    last = len(series) - 1
    nearest = np.clip(np.arange(bins.start, bins.stop) - seconds // series.bin_seconds, 0, last)
    target = series.wall[bins] - seconds
    shifted = nearest + np.rint((target - series.wall[nearest]) / series.bin_seconds).astype(np.int64)
    inside = (shifted >= 0) & (shifted <= last)
    clipped = np.clip(shifted, 0, last)
    matches = inside & (np.abs(series.wall[clipped] - target) < series.bin_seconds)
    return np.where(matches, series.requests_count[clipped], np.nan)
