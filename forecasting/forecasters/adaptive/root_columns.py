"""The columns of the expert on the square-root scale, on which the noise of counts is about uniform.

sqrt(y) = level + day + week + remainder: double-seasonal smoothing (Taylor 2003) whose weights are a regression's. Days
and weeks are means of what was above or below a slow level, of counts smoothed over a short, a medium and a long
window; exponential means with several half-lives follow the remainder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.wall_grid import at
from forecasting.forecasters.nan_filters import centred_mean, decayed_means, delayed, last_known, seasonal_mean
from forecasting.forecasters.seasonal_smoothing import (
    DAY_FORGETTING,
    REMAINDER_HALF_LIVES,
    SMOOTHED_MINUTES,
    WEEK_FORGETTING,
)
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.timeframes import MINUTE

COLUMNS = 1 + 2 * len(SMOOTHED_MINUTES) + len(REMAINDER_HALF_LIVES)
START = np.r_[1.0, np.full(2 * len(SMOOTHED_MINUTES), 1 / len(SMOOTHED_MINUTES)), np.zeros(len(REMAINDER_HALF_LIVES))]
"""Level plus the mean of the profiles."""

_ROOTS: Derived[RootColumns] = Derived()


@dataclass(frozen=True, eq=False)
class RootColumns:
    """`level` (n,) and `remainder` (half-lives, n) at bins; `days` and `weeks` (profiles, size + 1) at positions."""

    bank: Bank
    level: np.ndarray
    remainder: np.ndarray
    days: np.ndarray
    weeks: np.ndarray
    half_widths: tuple[int, ...]

    @classmethod
    def of(cls, bank: Bank) -> RootColumns:
        """Return the columns' arrays of a series, computed once and cached with it."""
        return _ROOTS.of(bank.series, lambda: _filtered(bank))

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


def _filtered(bank: Bank) -> RootColumns:
    root, lengths, grid = np.sqrt(bank.counts), bank.lengths, bank.grid
    minutes = bank.series.bin_seconds / MINUTE
    level = decayed_means(root, (float(lengths.day),))[0]
    level = np.where(np.isnan(level), last_known(level), level)
    values, levels = grid.spread_out(np.stack([root, level]))[:, :-1]
    half_widths = tuple(round(each / minutes / 2) for each in SMOOTHED_MINUTES)
    days, weeks = [], []
    for half_width in half_widths:
        deviation = centred_mean(values, half_width) - levels
        day = seasonal_mean(deviation, lengths.day, DAY_FORGETTING)
        before = np.nan_to_num(delayed(day, np.arange(len(day)) - lengths.day))
        days.append(day)
        weeks.append(seasonal_mean(deviation - before, lengths.week, WEEK_FORGETTING))
    usual_day, usual_week = (np.pad(np.stack(rows), ((0, 0), (0, 1)), constant_values=np.nan) for rows in (days, weeks))
    columns = RootColumns(bank, level, np.empty((0, len(root))), usual_day, usual_week, half_widths)
    origins = np.arange(len(root)) - 1
    of_day, of_week = columns._seasonal(len(half_widths) // 2, origins[1:] + 1, origins[1:])
    rest = root - level
    rest[1:] -= of_day + of_week
    half_lives = tuple(max(0.2, each / minutes**0.55) for each in REMAINDER_HALF_LIVES)
    return RootColumns(bank, level, np.nan_to_num(decayed_means(rest, half_lives)), usual_day, usual_week, half_widths)
