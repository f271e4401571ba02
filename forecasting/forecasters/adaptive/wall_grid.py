"""Positions on the local wall clock, on which everything seasonal lies.

A season back is a season on the wall: after a clock change the morning keeps its hour. Spring leaves positions without
a value; in autumn a position that occurs twice keeps the value of its first occurrence, so that a value never changes
once it is known. Position p is known at origin o if p <= `known[o]`, the highest position up to the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.running_filters import Tape
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY


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
        return RunningGrid().extend(series, 0)

    def spread_out(self, values: np.ndarray) -> np.ndarray:
        """Return values (..., n) of bins as values (..., 1 + size) of positions; NaN for those without a bin.

        The first column is NaN, for every position before the series: see `at`.
        """
        return np.insert(self.spread_new(values, 0, 0), 0, np.nan, axis=-1)

    def spread_new(self, values: np.ndarray, begin: int, size: int) -> np.ndarray:
        """Return values (..., k) of the bins from `begin` on at the positions from `size` on, the first that is new."""
        grid = np.full((*values.shape[:-1], self.size - size), np.nan)
        first = self.first[begin:]
        grid[..., self.position[begin : len(self.first)][first] - size] = values[..., first]
        return grid

    def back(self, targets: np.ndarray, origins: np.ndarray, season: int, ahead: int = 0) -> np.ndarray:
        """Return how many positions (shape of `targets`) before a target the latest usable season lies.

        It is a multiple of `season`. `ahead` is how many later positions a looked-up value depends on.
        """
        missing = self.position[targets] - self.known[origins] + ahead
        return season * np.maximum(1, -(-missing // season))


class RunningGrid:
    """The grid of a series that grows at its end."""

    def __init__(self) -> None:
        self._wall, self._position, self._known = (Tape(dtype=np.int64) for _ in range(3))
        self._first = Tape(dtype=np.bool_)
        self._lowest: int | None = None

    def extend(self, series: Series, begin: int) -> WallGrid:
        """Return the grid of a series whose bins before `begin` are known."""
        end = len(series)
        if "wall" not in vars(series):
            rest = series.start + series.bin_seconds * np.arange(begin, end, dtype=np.int64)
            self._wall.put(begin, wall_seconds(rest, series.time_zone))
            vars(series)["wall"] = self._wall.view(end)
        elif begin < end:
            self._wall.put(begin, series.wall[begin:])
        after = series.end + series.bin_seconds * np.arange(MAX_HORIZON, dtype=np.int64)
        wall = np.concatenate([series.wall[begin:], wall_seconds(after, series.time_zone)])
        if self._lowest is None:
            self._lowest = _lowest(series)
        self._position.put(begin, wall // series.bin_seconds - self._lowest)
        position = self._position.view(end)[begin:]
        before = int(self._known.view(begin)[-1]) if begin else -1
        self._known.put(begin, np.maximum(np.maximum.accumulate(position), before))
        known = self._known.view(end)
        earlier = np.append(before, known[begin:-1])
        self._first.put(begin, position > earlier)
        return WallGrid(self._position.view(end + MAX_HORIZON), known, self._first.view(end), int(known[-1]) + 1)


def _lowest(series: Series) -> int:
    """Return the lowest reading of the wall clock, in bins: that of the first bin, or one after a clock change."""
    first_days = series.start + np.arange(0, 2 * DAY, series.bin_seconds, dtype=np.int64)
    return int(wall_seconds(first_days, series.time_zone).min()) // series.bin_seconds


def at(grid: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return `grid` (..., 1 + size) at positions (any shape) of the past; NaN before the series."""
    return grid[..., np.maximum(positions, -1) + 1]
