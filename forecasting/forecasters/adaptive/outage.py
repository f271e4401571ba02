"""Outages: a few bins without requests where the shape of the day says otherwise are doubted, not believed."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.wall_grid import WallGrid, at
from forecasting.forecasters.running_filters import RunningMeans, Tape
from forecasting.timeseries.timeframes import HOUR

LONGEST_SECONDS = HOUR
"""Silence that lasts longer is believed."""

LOW_SHARE = 0.02
"""A count below this share of what the last days had at that time is silence."""

DAYS_BACK, LEAST_DAYS = 7, 2
LEVEL_BINS, LEVEL_SHARE = 3.0, 0.2
"""The level before the silence must have been this share of what is usual: else traffic had faded, as it may."""


class OutageWatch:
    """Which bins of a series that grows are silent for no reason: to a forecast they are unknown.

    The last days all, but for at most one, had requests at that time, and there were some just before. Only bins up to
    each one decide, and only the first hour of a silence is doubted.
    """

    def __init__(self, per_day: int, bin_seconds: int) -> None:
        self._per_day, self._most = per_day, LONGEST_SECONDS // bin_seconds
        self._values, self._levels = Tape(lead=True), Tape()
        self._means = RunningMeans((LEVEL_BINS,))
        self._last_other = -1

    def extend(self, counts: np.ndarray, grid: WallGrid, begin: int, size: int) -> np.ndarray:
        """Return which bins (k,) from `begin` on are doubted, given counts (n,); `size` positions were known before."""
        rest = counts[begin:]
        if self._most <= 1:
            return np.zeros(len(rest), bool)
        self._values.put(size, grid.spread_new(rest, begin, size))
        self._levels.put(begin, self._means.extend(rest)[0])
        position, bins = grid.position[begin : len(counts)], np.arange(begin, len(counts))
        back = self._per_day * np.arange(1, DAYS_BACK + 1)[:, None]
        earlier = np.sort(at(self._values.view(grid.size), position - back), axis=0)
        known = np.count_nonzero(~np.isnan(earlier), axis=0)
        usual = np.where(known > LEAST_DAYS, earlier[1], earlier[0])
        enough = (known >= LEAST_DAYS) & (bins >= LEAST_DAYS * self._per_day)
        with np.errstate(invalid="ignore"):
            low = (rest <= LOW_SHARE * usual) & (usual > 0) & enough
        last_other = np.maximum(np.maximum.accumulate(np.where(low, -1, bins)), self._last_other)
        self._last_other = int(last_other[-1])
        level = self._levels.view(len(counts))
        before = np.where(last_other >= 0, level[np.maximum(last_other, 0)], 0.0)
        return low & (bins - last_other <= self._most) & (before >= LEVEL_SHARE * usual)
