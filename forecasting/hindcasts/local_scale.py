"""The local scale: how large residuals are now, relative to their mean over two weeks.

Noise comes in spells and at hours. Non-negative least squares, fitted daily for each step, explains the size of the
coming residual by exponential means of the recent ones and by the mean size at the same time of day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.nan_filters import centred_mean, decayed_means
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR

FIT_DAYS = 14
LEAST_FIT_DAYS = 3
LEAST_SCALE = 0.2
CLIP = 6.0
"""Sizes are clipped at this many times their mean, so that one outlier does not fit."""

LONG_HALF_LIVES = (1.5 * HOUR, DAY)
SHORT_BINS, MEDIUM_BINS, MEDIUM_SECONDS = 2.0, 6.0, 900.0
TIME_OF_DAY_FORGETTING = 0.5 ** (1 / 4)
"""Of the mean size at the same time of day: a half-life of four days."""

SWEEPS = 60
"""Of the coordinate descent."""


@dataclass(frozen=True, eq=False)
class TypicalSizes:
    """The mean size at each time of day, from the days before: `table` (days, slots), and each bin's place."""

    table: np.ndarray
    days: np.ndarray
    places: np.ndarray

    def coming(self, origins: np.ndarray, step: int) -> np.ndarray:
        """Return the size (n,) at the time of day `step` bins after each origin, as known before the origin's day."""
        return self.table[self.days[origins], (self.places[origins] + step) % self.table.shape[1]]


def recent_of(series: Series, sizes: np.ndarray) -> tuple[np.ndarray, TypicalSizes]:
    """Return what one-step sizes (n,), NaN unknown, tell about the next ones: their means (n, 4) and by time of day."""
    step = series.bin_seconds
    half_lives = (SHORT_BINS, max(MEDIUM_BINS, MEDIUM_SECONDS / step), *(one / step for one in LONG_HALF_LIVES))
    clipped = np.minimum(sizes, CLIP * _running_mean(sizes, series.bins_per_day))
    recent = np.column_stack([decayed_means(clipped, (half_life,))[0] for half_life in half_lives])
    return recent, _typical(series, clipped)


def _running_mean(sizes: np.ndarray, bins_per_day: int) -> np.ndarray:
    """Return the mean size of the bins before each one; infinite until a day of them is known."""
    known = np.isfinite(sizes)
    total, count = np.cumsum(np.where(known, sizes, 0.0)), np.cumsum(known)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count >= bins_per_day, total / count, np.inf)
    return np.r_[np.inf, mean[:-1]]


def _typical(series: Series, sizes: np.ndarray) -> TypicalSizes:
    slots = series.bins_per_day
    width = max(0, int(HOUR / series.bin_seconds / 2))
    days = series.wall // DAY - series.wall[0] // DAY
    places = np.minimum((series.wall % DAY) // series.bin_seconds, slots - 1)
    table = np.full((int(days[-1]) + 1, slots), np.nan)
    table[days, places] = sizes
    total, weight = np.zeros(slots), np.zeros(slots)
    for day, row in enumerate(table):
        smooth = centred_mean(row, width)
        known = np.isfinite(smooth)
        with np.errstate(invalid="ignore", divide="ignore"):
            table[day] = total / weight
        total = TIME_OF_DAY_FORGETTING * total + np.where(known, smooth, 0.0)
        weight = TIME_OF_DAY_FORGETTING * weight + known
    return TypicalSizes(table, days, places)


def scales_of(
    sizes: np.ndarray, recent: np.ndarray, typical: np.ndarray, starts: np.ndarray, length: int, bins_per_day: int
) -> np.ndarray:
    """Return the local scale (n,) of the residuals whose sizes (n,) are those of one step ahead `length`.

    Rows are consecutive origins; `typical` (n,) is that of the target. Days begin at the rows `starts`; the
    coefficients of a day come from residuals that were complete before it. 1 while too little is known.
    """
    rows = np.column_stack([np.ones(len(sizes)), recent, typical])
    usable = np.isfinite(rows).all(axis=1)
    fitted = usable & np.isfinite(sizes)
    gram, target, total, count = _daily(rows, sizes, fitted, starts, length, bins_per_day)
    enough = count >= LEAST_FIT_DAYS * bins_per_day * 0.5
    mean = np.where(enough, total / np.maximum(count, 1), 1.0)
    weights = _non_negative(gram, target)
    lengths = np.diff(np.append(starts, len(sizes)))
    day = np.repeat(np.arange(len(starts)), lengths)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.einsum("nf,nf->n", np.where(usable[:, None], rows, 0.0), weights[day]) / mean[day]
    good = enough[day] & usable & np.isfinite(scale) & (mean[day] > 0)
    return np.where(good, np.maximum(scale, LEAST_SCALE), 1.0)


def _daily(
    rows: np.ndarray, sizes: np.ndarray, fitted: np.ndarray, starts: np.ndarray, length: int, bins_per_day: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return gram (d, f, f), target (d, f), total and count (d,) of the residuals that each day may be fitted on."""
    number = rows.shape[1]
    ends = np.maximum(starts - length, 0)
    begins = np.maximum(starts - FIT_DAYS * bins_per_day, 0)
    mean = _running_mean(np.where(fitted, sizes, np.nan), bins_per_day)
    clipped = np.where(fitted, np.minimum(sizes, CLIP * mean), 0.0)
    known = np.where(fitted[:, None], rows, 0.0)

    def between(values: np.ndarray) -> np.ndarray:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return sums[np.maximum(ends, begins)] - sums[begins]

    gram = np.empty((len(starts), number, number))
    target = np.empty((len(starts), number))
    for one in range(number):
        target[:, one] = between(known[:, one] * clipped)
        for other in range(one + 1):
            gram[:, one, other] = gram[:, other, one] = between(known[:, one] * known[:, other])
    return gram, target, between(clipped), between(fitted.astype(np.float64))


def _non_negative(gram: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the non-negative least squares (d, f) of normal equations, all days at once, by coordinate descent."""
    weights = np.zeros(target.shape)
    diagonal = np.einsum("dff->df", gram)
    ridge = 1e-6 * diagonal.max(axis=1, initial=0.0)[:, None] + 1e-12
    for _ in range(SWEEPS):
        for one in range(target.shape[1]):
            rest = target[:, one] - np.einsum("df,df->d", gram[:, one], weights) + diagonal[:, one] * weights[:, one]
            weights[:, one] = np.maximum(rest, 0.0) / (diagonal[:, one] + ridge[:, 0])
    return weights
