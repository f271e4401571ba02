"""The distribution of the highest demand in a lead window, from means and the earlier errors of such windows.

A replica ordered now is ready `lead` steps later; until then the present replicas must suffice. A policy needs the
distribution of max D(t+1..t+lead), which is not the highest of the steps' own quantiles: those are exceeded jointly
far more often. This is split conformal prediction: the window's forecast is its highest mean M with the spread S of
that step (the calibration's variance function), and the residuals (max D - M) / S of windows that are complete, pooled
over the last 14 days, are its distribution. Only out-of-sample forecasts are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting.forecasters.calibration import KNOTS
from forecasting.timeseries.timeframes import DAY

POOL_DAYS = 14
"""Days before a day whose residuals are its pool."""

POOL_LEAST_DAYS = 3
"""Days of known residuals below which the pool of the model set's validation days is used."""


def window_steps(length: int) -> np.ndarray:
    """Steps whose means stand for all of 1..length: the first twelve, then ever fewer, and the last."""
    return np.array([step for step in KNOTS if step < length] + [length])


@dataclass(frozen=True, eq=False)
class LeadWindows:
    """Windows of the `length` bins after each origin (a contiguous range of bins), in requests per bin.

    `level` (n,) is the highest mean, `spread` (n,) its spread, `highest` (n,) the actual maximum: NaN if no bin of the
    window is known or it is not complete. `pool_of` (n,) is the position in `pools` of each origin's residuals, sorted.
    """

    length: int
    level: np.ndarray
    spread: np.ndarray
    highest: np.ndarray
    pool_of: np.ndarray
    pools: tuple[np.ndarray, ...]

    def quantile(self, share: float) -> np.ndarray:
        """Return the demand (n,) that a window exceeds with probability 1 - share."""
        offsets = np.array([quantile_of_sorted(pool, share) for pool in self.pools])
        return np.maximum(self.level + self.spread * offsets[self.pool_of], 0.0)

    def replicas(self, share: float, capacity: float, *, exact: bool) -> np.ndarray:
        """Return the replicas (n,) of a capacity per bin that the `share` quantile needs, at least 1; float64.

        With `exact` the newsvendor's whole number: the n-th replica is included iff what it is expected to serve of the
        window's highest bin, E[min(max(D - capacity (n-1), 0), capacity)], exceeds capacity x (1 - share), that is
        iff price x expected > cost for share = 1 - cost / (price x capacity). It is ceil(quantile / capacity) or one
        less, because the chance that a request is served falls with n; at a share of 0 none earns its cost.
        """
        enough = np.maximum(np.ceil(self.quantile(share) / capacity), 1.0)
        if not exact:
            return enough
        if share <= 0.0:
            return np.ones(len(enough))
        served = np.empty(len(enough))
        for number, excess in enumerate(self._excess):
            mine = self.pool_of == number
            level, spread, most = self.level[mine], self.spread[mine], capacity * enough[mine]
            served[mine] = spread * (excess((most - capacity - level) / spread) - excess((most - level) / spread))
        return np.maximum(np.where(served > capacity * (1.0 - share), enough, enough - 1.0), 1.0)

    def losing(self, share: float) -> float:
        """Return the quantile whose capacity would be expected to miss this share of the windows' highest bins.

        Over all origins, by the pool of the last one. An objective on unmet requests starts there before
        any tuning.
        """
        pool = self.pools[self.pool_of[-1]]
        levels = np.concatenate([np.linspace(0.5, 0.99, 99), 1.0 - np.geomspace(0.01, 0.0005, 40)[1:]])
        known = np.isfinite(self.level)
        expected = self.spread[known].sum() * Excess(pool)(np.quantile(pool, levels))
        met = np.flatnonzero(expected <= share * self.level[known].sum())
        return float(levels[met[0]] if len(met) else levels[-1])

    @cached_property
    def _excess(self) -> tuple[Excess, ...]:
        return tuple(Excess(pool) for pool in self.pools)

    def part(self, first: int, last: int) -> LeadWindows:
        """Return the windows of the origins first..last-1, by position."""
        mine = slice(first, last)
        arrays = self.level[mine], self.spread[mine], self.highest[mine], self.pool_of[mine]
        return LeadWindows(self.length, *arrays, self.pools)

    def scaled(self, factor: float) -> LeadWindows:
        """Return the windows of `factor` times the traffic."""
        level, spread, highest = factor * self.level, factor * self.spread, factor * self.highest
        return LeadWindows(self.length, level, spread, highest, self.pool_of, self.pools)

    def mistaken(self, share: float) -> LeadWindows:
        """Return the windows of a forecast that is too high by this share; the actuals stay."""
        wrong = (1.0 + share) * self.level, (1.0 + share) * self.spread
        return LeadWindows(self.length, *wrong, self.highest, self.pool_of, self.pools)


def quantile_of_sorted(values: np.ndarray, share: float) -> float:
    """Return numpy's linear quantile of sorted values, in constant time."""
    place = share * (len(values) - 1)
    left = int(place)
    right = min(left + 1, len(values) - 1)
    return float(values[left] + (place - left) * (values[right] - values[left]))


class Excess:
    """x -> E[max(Z - x, 0)] of a sorted sample Z."""

    def __init__(self, pool: np.ndarray):
        self._pool = pool
        self._above = np.append(np.cumsum(pool[::-1])[::-1], 0.0)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the mean excess over x, any shape."""
        place = np.searchsorted(self._pool, x, side="right")
        return (self._above[place] - x * (len(self._pool) - place)) / len(self._pool)


def highest_coming(counts: np.ndarray, origins: np.ndarray, length: int) -> np.ndarray:
    """Return the highest known bin (n,) of the `length` bins after each origin; NaN if none is known or some do not
    exist.

    `origins` are consecutive positions.
    """
    padded = np.full(origins[-1] + 1 + length, np.nan)
    there = min(len(counts), len(padded))
    padded[:there] = counts[:there]
    known = np.where(np.isnan(padded), -np.inf, padded)[origins[0] + 1 :]
    best = known[: len(origins)].copy()
    for step in range(1, length):
        np.maximum(best, known[step : step + len(origins)], out=best)
    best[(best < 0) | (origins + length >= len(counts))] = np.nan
    return best


def pooled(
    residuals: np.ndarray, length: int, days: np.ndarray, bins_per_day: int, prior: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return (pool_of, pools) for residuals (n,) of consecutive origins in wall days `days` (n,).

    The pool of a day has the windows of the POOL_DAYS days before that were complete before it began; it is the `prior`
    if fewer than POOL_LEAST_DAYS of them are known.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(days) != 0])
    pools: list[np.ndarray] = [np.sort(prior)]
    number_of = []
    for start in starts:
        over = slice(max(0, start - POOL_DAYS * bins_per_day), max(0, start - length))
        known = residuals[over][np.isfinite(residuals[over])]
        if len(known) < POOL_LEAST_DAYS * bins_per_day:
            number_of.append(0)
        else:
            number_of.append(len(pools))
            pools.append(np.sort(known))
    lengths = np.diff(np.append(starts, len(residuals)))
    return np.repeat(number_of, lengths), tuple(pools)


def wall_days(wall_seconds: np.ndarray) -> np.ndarray:
    """Return the number of the wall day of each wall second."""
    return wall_seconds // DAY
