"""Counts without freak values: no bin counts for more than three times what was reached lately."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.wall_grid import WallGrid, at
from forecasting.forecasters.running_filters import Tape

FACTOR = 3.0
DAYS = 2
NEIGHBOURS = 2
"""Bins on both sides of the same time a week ago."""

LEAST_BINS = 12
"""Known bins below which nothing is capped."""


class OutlierCap:
    """Counts of a series that grows, none above `FACTOR` times the highest capped count of the last `DAYS` days.

    Counts near the same time a week ago raise the limit too. A true rise passes within two or three bins; a bin of a
    hundred times the traffic becomes three times. After silence (a limit of 0) nothing is capped.
    """

    def __init__(self, per_day: int) -> None:
        self._per_day, self._result, self._weekly = per_day, Tape(), Tape(lead=True)
        self._known = 0

    def extend(self, counts: np.ndarray, grid: WallGrid, begin: int, size: int) -> np.ndarray:
        """Return the capped counts (n,), given the counts (k,) from bin `begin` on and the positions known before."""
        end = begin + len(counts)
        self._result.put(begin, counts)
        result = self._result.view(end)
        known = self._known + np.cumsum(~np.isnan(counts))
        self._known = int(known[-1])
        for first in range(begin, end, self._per_day):
            part = slice(first, min(first + self._per_day, end))
            self._cap(result, part, known[first - begin : part.stop - begin], grid)
            reached = int(grid.known[part.stop - 1]) + 1
            values = np.full(reached - size, np.nan)
            new = grid.first[part]
            values[grid.position[part][new] - size] = result[part][new]
            self._weekly.put(size, values)
            size = reached
        return result

    def _cap(self, result: np.ndarray, part: slice, known: np.ndarray, grid: WallGrid) -> None:
        window = DAYS * self._per_day
        recent = result[max(0, part.start - window) : part.start]
        before = np.zeros(part.stop - part.start)
        if len(recent):
            running = np.fmax.accumulate(np.append(recent[::-1], np.nan)[: window + 1])
            running = np.fmax(np.nan_to_num(running), 0.0)
            reach = np.minimum(window - np.arange(len(before)), len(recent))
            before = np.where(reach > 0, running[np.maximum(reach - 1, 0)], 0.0)
        limit = np.fmax(before, self._week_ago(grid, part))
        if ((result[part] > FACTOR * limit) & (known > LEAST_BINS)).any():
            _cap_one_by_one(result, part, limit, known)

    def _week_ago(self, grid: WallGrid, part: slice) -> np.ndarray:
        """Return the highest count (bins of the part,) near the same time a week ago; 0 if unknown."""
        near = grid.position[part] - 7 * self._per_day + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)[:, None]
        if not (near >= 0).any():
            return np.zeros(near.shape[1])
        known = self._weekly.view(int(near.max()) + 1)
        return np.nan_to_num(np.fmax.reduce(at(known, near), axis=0))


def _cap_one_by_one(result: np.ndarray, part: slice, limit: np.ndarray, known: np.ndarray) -> None:
    """Cap the bins of a part in order: each capped count raises the limit of those after it."""
    highest = 0.0
    for place, bin_ in enumerate(range(part.start, part.stop)):
        most = max(highest, float(limit[place]))
        value = result[bin_]
        if most > 0.0 and known[place] > LEAST_BINS and value > FACTOR * most:
            result[bin_] = value = FACTOR * most
        if value > highest:
            highest = float(value)
