"""The range of a series that is shown, and the same wall time some days earlier."""

from __future__ import annotations

import numpy as np

from forecasting.errors import InputError
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, MINUTE

MIN_SLOT_SECONDS = 15 * MINUTE
"""Slots of a daily profile are at least this long, so there are at most 96."""


def shown(series: Series, first: int = 0, end: int | None = None) -> slice:
    """Bins first..end-1 by position, to the last where `end` is None; raises InputError for a range without a bin."""
    last = len(series) if end is None else end
    if not 0 <= first < last <= len(series):
        raise InputError(
            f"The range is bins {first} to {last} of {series.name}, which has {len(series)}; choose a range with at "
            "least one of its bins.",
            field="start",
        )
    return slice(first, last)


def bins_between(series: Series, start: int | None, end: int | None) -> slice:
    """Positions of the bins whose left edge lies in [start, end); raises InputError where there is none."""
    part = series.between(start, end)
    if len(part) == 0:
        held = f"{wall_text(series.start, series.time_zone)} to {wall_text(series.end, series.time_zone)}"
        holds = f"it holds {held}" if len(series) else "it has no bins"
        raise InputError(f"No bin of {series.name} lies in the range asked for; {holds}.", field="start")
    first = (part.start - series.start) // series.bin_seconds
    return shown(series, first, first + len(part))


def bin_minutes(series: Series) -> float:
    """Length of a bin in minutes: counts divided by it are requests per minute."""
    return series.bin_seconds / MINUTE


def day_slot_seconds(series: Series) -> int:
    """The shortest slot of a daily profile: whole bins that divide a day, at least `MIN_SLOT_SECONDS`."""
    slots = range(series.bin_seconds, DAY + 1, series.bin_seconds)
    return next(slot for slot in slots if slot >= MIN_SLOT_SECONDS and DAY % slot == 0)


def days_earlier(series: Series, bins: slice, seconds: int) -> np.ndarray:
    """Requests per bin (n,) at the same wall time `seconds` (whole days) before each bin of a range; NaN if unknown.

    So nine o'clock stands beside nine o'clock also where clocks changed in between; in the hour that a change skips
    there is nothing to stand beside. Bins of the range may reach back before it, not before the series.
    """
    last = len(series) - 1
    nearest = np.clip(np.arange(bins.start, bins.stop) - seconds // series.bin_seconds, 0, last)
    wanted = series.wall[bins] - seconds
    shifted = nearest + np.rint((wanted - series.wall[nearest]) / series.bin_seconds).astype(np.int64)
    inside = (shifted >= 0) & (shifted <= last)
    found = np.clip(shifted, 0, last)
    beside = inside & (np.abs(series.wall[found] - wanted) < series.bin_seconds)
    return np.where(beside, series.requests_count[found], np.nan)
