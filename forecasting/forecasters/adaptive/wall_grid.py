"""Positions on the local wall clock, on which everything seasonal lies.

A season back is a season on the wall: after a clock change the morning keeps its hour. Spring leaves positions without
a value; in autumn a position that occurs twice keeps the value of its first occurrence, so that a value never changes
once it is known. Position p is known at origin o if p <= `known[o]`, the highest position up to the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.series import Series


@dataclass(frozen=True, eq=False)
class WallGrid:
    """`position` (n + MAX_HORIZON,) of every bin and of the bins after the series; `known` (n,); `first` (n,) bool.

    `first` tells which bins are the first at their position; `size` is the number of positions of the n bins.
    """

    position: np.ndarray
    known: np.ndarray
    first: np.ndarray
    size: int

    @classmethod
    def of(cls, series: Series) -> WallGrid:
        """Return the grid of a series."""
        n = len(series)
        after = series.end + series.bin_seconds * np.arange(MAX_HORIZON, dtype=np.int64)
        wall = np.concatenate([series.wall, wall_seconds(after, series.time_zone)])
        position = wall // series.bin_seconds
        position = position - position[:n].min()
        known = np.maximum.accumulate(position[:n])
        first = np.append(True, position[1:n] > known[:-1])
        return cls(position, known, first, int(known[-1]) + 1)

    def spread_out(self, values: np.ndarray) -> np.ndarray:
        """Return values (..., n) of bins as values (..., size + 1) of positions; NaN for those without a bin.

        The last column is NaN: index -1 stands for every position before the series.
        """
        grid = np.full((*values.shape[:-1], self.size + 1), np.nan)
        grid[..., self.position[: len(self.first)][self.first]] = values[..., self.first]
        return grid

    def back(self, targets: np.ndarray, origins: np.ndarray, season: int, ahead: int = 0) -> np.ndarray:
        """Return how many positions (shape of `targets`) before a target the latest usable season lies.

        It is a multiple of `season`. `ahead` is how many later positions a looked-up value depends on.
        """
        missing = self.position[targets] - self.known[origins] + ahead
        return season * np.maximum(1, -(-missing // season))


def at(grid: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return `grid` (..., size + 1) at positions (any shape) of the past; NaN before the series."""
    return grid[..., np.maximum(positions, -1)]
