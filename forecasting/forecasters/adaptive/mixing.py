"""The experts' weights: a high power of their losses just now plus their usual losses at the target's time of day.

The recent loss throws out every profile within an hour of a level shift. The usual loss keeps a fast expert out of a
Monday morning and lets last week's login storm decide over its half hour. Both count a target once it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank, Lengths
from forecasting.forecasters.adaptive.experts import EXPERTS, Made
from forecasting.forecasters.nan_filters import filled
from forecasting.forecasters.running_filters import CentredMeans, RunningMeans, SeasonalMeans, Tape

POWER = 20.0
RECENT_BINS = 6.0
HABIT_FORGETTING = 0.8
MOST_LOSS = 4.0
"""Losses, in means of a day, are cut here: one freak bin must not rule for weeks."""

LEAST_LOSS = 1e-9
GROUPS = ((1,), (2, 3, 4), tuple(range(5, 13)), (15, 20, 26, 34), (44, 58, 76, 100))
"""Steps that share their weights."""


def by_target(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return values (..., knots, n) by origin as values by target: at t the one of origin t - step, NaN before."""
    shifted = np.full(values.shape, np.nan)
    for place, step in enumerate(knots.tolist()):
        shifted[..., place, step:] = values[..., place, : max(0, values.shape[-1] - step)]
    return shifted


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses of the experts by group of steps: `recent` (experts, groups, n), `habit` (experts, groups, 1 + size)."""

    groups: tuple[tuple[int, ...], ...]
    recent: np.ndarray
    habit: np.ndarray

    def weights(self, bank: Bank, priors: np.ndarray, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the weights (experts, h, n) from origins (n,) for steps (h,), before any expert is left out."""
        group = np.array([self._group(step) for step in steps.tolist()])
        targets = origins + steps[:, None]
        then = bank.grid.position[targets] - bank.grid.back(targets, origins, bank.lengths.day, bank.lengths.quarter)
        recent = self.recent[:, group[:, None], origins]
        habit = self.habit[:, group[:, None], np.maximum(then, -1) + 1]
        loss = recent + np.where(np.isnan(habit), recent, habit)
        loss = np.maximum(np.where(np.isnan(loss), np.inf, loss), LEAST_LOSS)
        best = loss.min(axis=0)
        relative = np.where(np.isfinite(best), loss / np.where(np.isfinite(best), best, 1.0), 1.0)
        return priors[:, None, None] * relative**-POWER

    def _group(self, step: int) -> int:
        return next((place for place, steps in enumerate(self.groups) if step <= steps[-1]), len(self.groups) - 1)


class RunningLosses:
    """The losses of a series that grows at its end."""

    def __init__(self, lengths: Lengths, knots: np.ndarray):
        self._knots, self._groups = knots, tuple(group for group in GROUPS if group[0] in knots)
        shape = len(EXPERTS), len(self._groups)
        self._means, self._recent = RunningMeans((RECENT_BINS,)), Tape(*shape)
        self._smooth = CentredMeans(lengths.quarter)
        self._usual = SeasonalMeans(*shape, season=lengths.day, forgetting=HABIT_FORGETTING, reach=lengths.quarter)
        self._habit = Tape(*shape, lead=True)
        self._size = 0

    def extend(self, bank: Bank, made: Made, begin: int, first: np.ndarray | None = None) -> Losses:
        """Return the losses with the targets from bin `begin` on.

        `first` (experts, n) are recent losses at step 1 if the knots have no such step.
        """
        grouped = self._grouped(bank, made, begin)
        recent = self._means.extend(grouped)[..., 0, :]
        first = recent[:, 0] if first is None else first[:, begin : len(bank.counts)]
        later = np.array([group[0] > 1 for group in self._groups])
        recent[:, later] = 0.5 * (filled(recent[:, later], first[:, None]) + first[:, None])
        self._recent.put(begin, recent)
        position, smooth = self._smooth.extend(bank.grid.spread_new(grouped, begin, self._size))
        self._habit.put(position, self._usual.revise(position, smooth))
        self._size = bank.grid.size
        return Losses(self._groups, self._recent.view(len(bank.counts)), self._habit.view(self._size))

    def _grouped(self, bank: Bank, made: Made, begin: int) -> np.ndarray:
        """Return the losses (experts, groups, k) at the targets from `begin` on, in means of a day."""
        knots, since = self._knots, max(0, begin - int(self._knots.max()))
        means = made.means[..., since - made.first :]
        scale = by_target(np.broadcast_to(bank.scale[since:], means.shape[1:]), knots)[..., begin - since :]
        distance = np.abs(by_target(means, knots)[..., begin - since :] - bank.counts[begin:])
        with np.errstate(divide="ignore", invalid="ignore"):
            loss = np.where(scale > 0, distance / scale, np.where(distance > 0, MOST_LOSS, distance))
        loss = np.minimum(loss, MOST_LOSS)
        return np.stack([_mean(loss[:, np.isin(knots, group)]) for group in self._groups], axis=1)


def mixed(means: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (h, n) of means (experts, h, n) by their weights, and the weights that count, which sum to 1.

    An expert without a forecast does not count; NaN if none has one.
    """
    counted = np.where(np.isfinite(means), weights, 0.0)
    total = counted.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, counted / total, 0.0)
    mean = (share * np.where(np.isfinite(means), means, 0.0)).sum(axis=0)
    return np.where(total > 0, mean, np.nan), share


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean (experts, n) over the steps of a group (experts, steps, n), of those that are known."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
