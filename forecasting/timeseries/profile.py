"""The seasonal profile: a typical day or week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import InputError
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK

SEASONS = {"day": DAY, "week": WEEK}

_DAYS_FROM_MONDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, eq=False)
class Profile:
    """Requests per bin by slot of the local day (from midnight) or week (from Monday midnight).

    `slot_seconds` (slots,) are the slots' left edges in seconds into the season; `mean`, `median`, `q10` and `q90`
    (slots,) are taken over the known bins in each slot, NaN if there are none; `known` (slots,) counts those bins. A
    slot may hold several bins of a day, each counted separately.
    """

    season: str
    bin_seconds: int
    slot_seconds: np.ndarray
    mean: np.ndarray
    median: np.ndarray
    q10: np.ndarray
    q90: np.ndarray
    known: np.ndarray


def seasonal_profile(
    series: Series, season: str, *, slot_seconds: int | None = None, where: np.ndarray | None = None
) -> Profile:
    """Return the profile of the `day` or the `week`; quantiles are interpolated linearly, as numpy does by default.

    Slots are one bin long, or `slot_seconds`, which must divide a day; only bins where `where` (bins,) is True count.
    Slots follow wall time, so an hour repeated by a clock change counts twice in its slot. Raises InputError for any
    other season.
    """
    if season not in SEASONS:
        raise InputError(f"season must be day or week (got {season!r}).", field="season")
    slot_seconds = slot_seconds or series.bin_seconds
    slots = SEASONS[season] // slot_seconds
    known = ~np.isnan(series.requests_count)
    if where is not None:
        known &= where
    wall = series.wall[known] + (_DAYS_FROM_MONDAY * DAY if season == "week" else 0)
    slot = wall % SEASONS[season] // slot_seconds
    counts = series.requests_count[known]
    in_slot = np.bincount(slot, minlength=slots)
    ordered = counts[np.lexsort((counts, slot))]
    with np.errstate(invalid="ignore"):
        mean = np.bincount(slot, weights=counts, minlength=slots) / in_slot
    q10, median, q90 = (_quantile(ordered, in_slot, level) for level in (0.1, 0.5, 0.9))
    return Profile(season, series.bin_seconds, slot_seconds * np.arange(slots), mean, median, q10, q90, in_slot)


def _quantile(ordered: np.ndarray, in_slot: np.ndarray, level: float) -> np.ndarray:
    """Return one quantile (slots,) of each group of `ordered`: the sorted groups, of sizes `in_slot`, end to end."""
    if len(ordered) == 0:
        return np.full(len(in_slot), np.nan)
    place = np.maximum(in_slot - 1, 0) * level
    low = np.floor(place).astype(np.int64)
    share = place - low
    last = len(ordered) - 1
    at = np.minimum(np.cumsum(in_slot) - in_slot + low, last)
    after = np.minimum(at + (share > 0), last)
    return np.where(in_slot > 0, ordered[at] * (1 - share) + ordered[after] * share, np.nan)
