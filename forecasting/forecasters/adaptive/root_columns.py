"""The columns of the expert on the square-root scale, on which the noise of counts is about uniform.

sqrt(y) = level + day + week + remainder: double-seasonal smoothing (Taylor 2003) whose weights are a regression's. Days
and weeks are means of what was above or below a slow level, of counts smoothed over a short, a medium and a long
window; exponential means with several half-lives follow the remainder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank, Lengths
from forecasting.forecasters.adaptive.wall_grid import at
from forecasting.forecasters.nan_filters import filled, last_known
from forecasting.forecasters.running_filters import CentredMeans, RunningMeans, SeasonalMeans, Tape
from forecasting.forecasters.seasonal_smoothing import (
    DAY_FORGETTING,
    REMAINDER_HALF_LIVES,
    SMOOTHED_MINUTES,
    WEEK_FORGETTING,
)
from forecasting.timeseries.timeframes import MINUTE

COLUMNS = 1 + 2 * len(SMOOTHED_MINUTES) + len(REMAINDER_HALF_LIVES)
START = np.r_[1.0, np.full(2 * len(SMOOTHED_MINUTES), 1 / len(SMOOTHED_MINUTES)), np.zeros(len(REMAINDER_HALF_LIVES))]
"""Level plus the mean of the profiles."""


@dataclass(frozen=True, eq=False)
class RootColumns:
    """`level` (n,) and `remainder` (half-lives, n) at bins; `days` and `weeks` (1 + size,) by window."""

    bank: Bank
    level: np.ndarray
    remainder: np.ndarray
    days: tuple[np.ndarray, ...]
    weeks: tuple[np.ndarray, ...]
    half_widths: tuple[int, ...]

    def rows(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return columns (h, n, p) over the unit (n,), the square root of a mean day's count; 0 if unknown."""
        targets = origins + steps[:, None]
        columns = np.zeros((*targets.shape, COLUMNS))
        columns[..., 0] = self.level[origins]
        for number in range(len(SMOOTHED_MINUTES)):
            columns[..., 1 + 2 * number], columns[..., 2 + 2 * number] = self._seasonal(number, targets, origins)
        columns[..., 1 + 2 * len(SMOOTHED_MINUTES) :] = self.remainder[:, origins].T
        unit = np.sqrt(self.bank.scale[origins])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(np.where(unit[:, None] > 0, columns / unit[:, None], 0.0)), unit

    def _seasonal(self, number: int, targets: np.ndarray, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        grid, lengths, ahead = self.bank.grid, self.bank.lengths, self.half_widths[number]
        position = grid.position[targets]
        day = at(self.days[number], position - grid.back(targets, origins, lengths.day, ahead))
        week = at(self.weeks[number], position - grid.back(targets, origins, lengths.week, ahead))
        return np.nan_to_num(day), np.nan_to_num(week)


class RunningRoots:
    """The columns' arrays of a series that grows at its end."""

    def __init__(self, lengths: Lengths, bin_seconds: int) -> None:
        minutes = bin_seconds / MINUTE
        self._half_widths = tuple(round(each / minutes / 2) for each in SMOOTHED_MINUTES)
        self._profiles = [_RunningProfile(each, lengths.day, lengths.week) for each in self._half_widths]
        self._means, self._level, self._levels = RunningMeans((float(lengths.day),)), Tape(), Tape(lead=True)
        half_lives = tuple(max(0.2, each / minutes**0.55) for each in REMAINDER_HALF_LIVES)
        self._remainders, self._remainder = RunningMeans(half_lives), Tape(len(half_lives))
        self._size = 0

    def extend(self, bank: Bank, begin: int) -> RootColumns:
        """Return the columns of a bank whose bins before `begin` are known."""
        grid, end, size = bank.grid, len(bank.counts), self._size
        root, level = np.sqrt(bank.counts[begin:]), self._level_of(bank, begin)
        values, levels = grid.spread_new(np.stack([root, level]), begin, size)
        self._levels.put(size, levels)
        views = [each.extend(values, self._levels.view(grid.size)[1:]) for each in self._profiles]
        days, weeks = zip(*views, strict=True)
        columns = RootColumns(bank, self._level.view(end), self._remainder.view(end), days, weeks, self._half_widths)
        new = np.arange(max(begin, 1), end)
        rest = root - level
        of_day, of_week = columns._seasonal(len(self._half_widths) // 2, new, new - 1)
        rest[len(rest) - len(new) :] -= of_day + of_week
        self._remainder.put(begin, np.nan_to_num(self._remainders.extend(rest)))
        self._size = grid.size
        return replace(columns, remainder=self._remainder.view(end))

    def _level_of(self, bank: Bank, begin: int) -> np.ndarray:
        """Return the mean root (k,) of a day at the bins from `begin` on; after a long gap the last known one."""
        before = self._level.view(begin)[-1:] if begin else np.array([np.nan])
        level = self._means.extend(np.sqrt(bank.counts[begin:]))[0]
        level = filled(level, last_known(np.append(before, level))[1:])
        self._level.put(begin, level)
        return level


class _RunningProfile:
    """What roots, smoothed over some bins, usually are above or below the level, by day and, beyond that, by week."""

    def __init__(self, half_width: int, day: int, week: int) -> None:
        self._day, self._smooth = day, CentredMeans(half_width)
        self._means = tuple(
            SeasonalMeans(season=season, forgetting=forgetting, reach=half_width)
            for season, forgetting in ((day, DAY_FORGETTING), (week, WEEK_FORGETTING))
        )
        self._tapes = Tape(lead=True), Tape(lead=True)

    def extend(self, values: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return day and week (1 + size,) after new roots (k,), given the levels (size,) at all positions."""
        first, smooth = self._smooth.extend(values)
        days, weeks = self._tapes
        deviation = smooth - levels[first:]
        days.put(first, self._means[0].revise(first, deviation))
        day = days.view(len(levels))
        before = np.nan_to_num(at(day, np.arange(first, len(levels)) - self._day))
        weeks.put(first, self._means[1].revise(first, deviation - before))
        return day, weeks.view(len(levels))
