"""Counts without freak values: no bin counts for more than three times what was reached lately."""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.adaptive.wall_grid import WallGrid

FACTOR = 3.0
DAYS = 2
NEIGHBOURS = 2
"""Bins on both sides of the same time a week ago."""

LEAST_BINS = 12
"""Known bins below which nothing is capped."""


def capped(counts: np.ndarray, grid: WallGrid, per_day: int) -> np.ndarray:
    """Return counts (n,), none of them above `FACTOR` times the highest capped count of the last `DAYS` days.

    Counts near the same time a week ago raise the limit too. A true rise passes within two or three bins; a bin of a
    hundred times the traffic becomes three times. After silence (a limit of 0) nothing is capped.
    """
    result, window = counts.copy(), DAYS * per_day
    weekly = np.full(grid.size + 1 + NEIGHBOURS, np.nan)
    known = np.cumsum(~np.isnan(counts))
    for begin in range(0, len(counts), per_day):
        part = slice(begin, min(begin + per_day, len(counts)))
        floor = _weekly(weekly, grid, part, 7 * per_day)
        recent = result[max(0, begin - window) : begin]
        before = np.zeros(part.stop - begin)
        if len(recent):
            running = np.fmax.accumulate(np.append(recent[::-1], np.nan)[: window + 1])
            running = np.fmax(np.nan_to_num(running), 0.0)
            reach = np.minimum(window - np.arange(len(before)), len(recent))
            before = np.where(reach > 0, running[np.maximum(reach - 1, 0)], 0.0)
        limit = np.fmax(before, floor)
        suspicious = (result[part] > FACTOR * limit) & (known[part] > LEAST_BINS)
        if suspicious.any():
            _cap_one_by_one(result, part, limit, known)
        first = grid.first[part]
        weekly[grid.position[part][first]] = result[part][first]
    return result


def _weekly(weekly: np.ndarray, grid: WallGrid, part: slice, week: int) -> np.ndarray:
    """Return the highest count (bins of the part,) near the same time a week ago; 0 if unknown."""
    near = grid.position[part] - week + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)[:, None]
    values = np.where(near >= 0, weekly[np.maximum(near, 0)], np.nan)
    return np.nan_to_num(np.fmax.reduce(values, axis=0))


def _cap_one_by_one(result: np.ndarray, part: slice, limit: np.ndarray, known: np.ndarray) -> None:
    """Cap the bins of a part in order: each capped count raises the limit of those after it."""
    highest = 0.0
    for place, bin_ in enumerate(range(part.start, part.stop)):
        most = max(highest, float(limit[place]))
        value = result[bin_]
        if most > 0.0 and known[bin_] > LEAST_BINS and value > FACTOR * most:
            result[bin_] = value = FACTOR * most
        if value > highest:
            highest = float(value)
