"""Outages: a few bins without requests where the shape of the day says otherwise are doubted, not believed."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.wall_grid import WallGrid, at
from forecasting.forecasters.nan_filters import decayed_means
from forecasting.timeseries.timeframes import HOUR

LONGEST_SECONDS = HOUR
"""Silence that lasts longer is believed."""

LOW_SHARE = 0.02
"""A count below this share of what the last days had at that time is silence."""

DAYS_BACK, LEAST_DAYS = 7, 2
LEVEL_BINS, LEVEL_SHARE = 3.0, 0.2
"""The level before the silence must have been this share of what is usual: else traffic had faded, as it may."""


def doubted(counts: np.ndarray, grid: WallGrid, per_day: int, bin_seconds: int) -> np.ndarray:
    """Return which bins (n,) are silent for no reason: to a forecast they are unknown.

    The last days all, but for at most one, had requests at that time, and there were some just before. Only bins up to
    each one decide, and only the first hour of a silence is doubted.
    """
    most = LONGEST_SECONDS // bin_seconds
    if most < 2 or len(counts) <= LEAST_DAYS * per_day:
        return np.zeros(len(counts), bool)
    values = grid.spread_out(counts)
    position = grid.position[: len(counts)]
    earlier = np.sort(np.stack([at(values, position - day * per_day) for day in range(1, DAYS_BACK + 1)]), axis=0)
    known = np.count_nonzero(~np.isnan(earlier), axis=0)
    usual = np.where(known > LEAST_DAYS, earlier[1], earlier[0])
    with np.errstate(invalid="ignore"):
        low = (counts <= LOW_SHARE * usual) & (usual > 0) & (known >= LEAST_DAYS)
    bins = np.arange(len(counts))
    last_other = np.maximum.accumulate(np.where(low, -1, bins))
    length = bins - last_other
    level = decayed_means(counts, (LEVEL_BINS,))[0]
    before = np.where(last_other >= 0, level[np.maximum(last_other, 0)], 0.0)
    return low & (length <= most) & (before >= LEVEL_SHARE * usual)
