"""Two plain direct models: an online ridge per step, and LightGBM quantiles with the step as a feature.

Both forecast the count over the recent level from the same few columns. Nothing here is from the package itself: they
are what a practitioner writes in an afternoon, and so what a product must not lose to.
"""

from __future__ import annotations

import time
from itertools import pairwise

import lightgbm
import numpy as np

from benchmarks.accuracy.peers.windows import LEVELS, Job, checked

LEVEL_BINS = ((900, 12), (3_600, 8))
"""Bins of the recent level of bins shorter than so many seconds; of longer ones it is a day."""

LEAST_LEVEL = 0.3
"""The level is at least this share of the last day's mean, so that a night does not make the morning huge."""

LAGS = 6
ROWS, ROUNDS, SEED = 60_000, 120, 20261130
"""The rows drawn for LightGBM, its trees per quantile, and the seed of both."""

TREES = {"learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 50, "max_bin": 127, "verbosity": -1, "seed": SEED}
NINE = tuple(level for level in LEVELS if 0.1 <= level <= 0.9)
NORMAL_SCORES = {0.05: -1.6449, 0.1: -1.2816, 0.2: -0.8416, 0.8: 0.8416, 0.9: 1.2816, 0.95: 1.6449}

HALF_LIFE_DAYS, RIDGE = 7.0, 1e-3
ERROR_DAYS, LEAST_ERRORS = 10, 30
MOST = 20.0
"""The counts over the level are cut here."""

LEVEL_PENALTY = 1.0
"""The weight of the rows by which the ridge starts from the level alone."""


def forecast(name: str, job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Return means (n, h), quantiles (n, h, levels), CPU seconds to fit and to forecast, and what was done."""
    return (_online_ridge if name == "OnlineRidge" else _trees)(job)


class Columns:
    """The columns of both models: lags, usual values one day and week before the target, their moves since."""

    def __init__(self, job: Job):
        self.counts, self.day = job.filled, job.day
        total = np.concatenate([[0.0], np.cumsum(self.counts)])
        self._total = total
        place = np.arange(1, len(total))
        recent = next((bins for seconds, bins in LEVEL_BINS if job.bin_seconds < seconds), self.day)
        self.level = self._mean(place, recent)
        self.daily = self._mean(place, self.day)
        self.level = np.maximum(self.level, np.maximum(LEAST_LEVEL * self.daily, 1e-9))
        self.wall = (job.start // job.bin_seconds + np.arange(len(self.counts) + job.horizon)) % (7 * self.day)

    def _mean(self, place: np.ndarray, bins: int) -> np.ndarray:
        first = np.maximum(place - bins, 0)
        return (self._total[place] - self._total[first]) / (place - first)

    def _back(self, targets: np.ndarray, season: int, origins: np.ndarray) -> np.ndarray:
        """Return the counts one season before the targets, the level at the origin if there are none."""
        then = targets - season
        return np.where(then >= 0, self.counts[np.maximum(then, 0)], self.level[origins])

    def of(self, origins: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Return the columns (n, p), over the level, of origins (n,) and steps (n,)."""
        targets, level = origins + step, self.level[origins]
        lags = [self.counts[np.maximum(origins - lag, 0)] for lag in range(LAGS)]
        day, week = (self._back(targets, season, origins) for season in (self.day, 7 * self.day))
        day_now, week_now = (self._back(origins, season, origins) for season in (self.day, 7 * self.day))
        values = [*lags, self.daily[origins], day, week, day - day_now, week - week_now]
        relative = np.clip(np.stack(values, axis=-1) / level[:, None], -MOST, MOST)
        return np.concatenate([relative, np.ones((len(origins), 1))], axis=-1)


def _trees(job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Fit nine quantiles on rows drawn from the training bins; the mean is that of the nine."""
    began = time.process_time()
    columns, rng = Columns(job), np.random.default_rng(SEED)
    step = rng.integers(1, job.horizon + 1, ROWS)
    origins = rng.integers(0, max(1, job.train_end - job.horizon), ROWS)
    known = np.isfinite(job.counts[origins + step]) & (origins + step < job.train_end)
    origins, step = origins[known], step[known]
    target = np.clip(job.counts[origins + step] / columns.level[origins], 0.0, MOST)
    weight = columns.level[origins] / max(float(np.mean(columns.level[: job.train_end])), 1e-9)
    data = lightgbm.Dataset(_features(columns, origins, step), target, weight=np.minimum(weight, 5.0))
    boosters = [
        lightgbm.train({**TREES, "objective": "quantile", "alpha": level, "num_threads": 1}, data, ROUNDS)
        for level in NINE
    ]
    fitted = time.process_time()
    nine = np.empty((len(job.origins), job.horizon, len(NINE)))
    for place in range(job.horizon):
        rows = _features(columns, job.origins, np.full(len(job.origins), place + 1))
        made = [np.asarray(booster.predict(rows, num_threads=1)) for booster in boosters]
        nine[:, place] = np.sort(np.stack(made, axis=-1), axis=-1) * columns.level[job.origins][:, None]
    seconds = time.process_time() - fitted
    about = f"fitted once, direct, {len(NINE)} quantiles of {ROUNDS} trees, {len(target):,} rows"
    return *checked(nine.mean(axis=-1), _all_levels(nine)), fitted - began, seconds, about


def _features(columns: Columns, origins: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return the columns with the step, the time of day and of week, and the level over a day's mean."""
    wall = columns.wall[origins + step]
    level = columns.level[origins] / np.maximum(columns.daily[origins], 1e-9)
    return np.column_stack([columns.of(origins, step), step, wall % columns.day, wall, level])


def _all_levels(nine: np.ndarray) -> np.ndarray:
    """Return the quantiles (n, h, levels) with the outer ones, linear in the normal score beyond 0.1 and 0.9."""
    result = np.empty((*nine.shape[:-1], len(LEVELS)))
    result[..., [LEVELS.index(level) for level in NINE]] = nine
    for outer, edge, inner in ((0.05, 0.1, 0.2), (0.95, 0.9, 0.8)):
        slope = (nine[..., NINE.index(edge)] - nine[..., NINE.index(inner)]) / (
            NORMAL_SCORES[edge] - NORMAL_SCORES[inner]
        )
        result[..., LEVELS.index(outer)] = nine[..., NINE.index(edge)] + slope * (
            NORMAL_SCORES[outer] - NORMAL_SCORES[edge]
        )
    return result


def _online_ridge(job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Solve a ridge per step at every midnight, with the rows whose target is known; quantiles of recent errors."""
    began = time.process_time()
    columns = Columns(job)
    every = np.arange(len(job.counts))
    midnights = np.flatnonzero(columns.wall[: len(every)] % job.day == 0)
    edges = np.unique(np.concatenate([[0], midnights, [len(every)]]))
    chosen = np.searchsorted(edges, job.origins, side="right") - 1
    means = np.empty((len(job.origins), job.horizon))
    quantiles = np.empty((*means.shape, len(LEVELS)))
    for place in range(job.horizon):
        means[:, place], quantiles[:, place] = _one_step(job, columns, edges, chosen, place + 1)
    about = f"solved at every midnight, half-life {HALF_LIFE_DAYS:g} days, quantiles of {ERROR_DAYS} days of errors"
    return *checked(means, quantiles), 0.0, time.process_time() - began, about


def _one_step(
    job: Job, columns: Columns, edges: np.ndarray, chosen: np.ndarray, step: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return means (n,) and quantiles (n, levels) at one step; `chosen` (n,) are the blocks of the origins."""
    n = len(job.counts)
    values = columns.of(np.arange(n), np.full(n, step))
    size = values.shape[1]
    start = np.zeros(size)
    start[:LAGS] = 1.0 / LAGS
    products, right, weights = np.zeros((size, size)), np.zeros(size), start
    errors = np.full(n, np.nan)
    means, quantiles = np.empty(len(job.origins)), np.empty((len(job.origins), len(LEVELS)))
    for block, (first, end) in enumerate(pairwise(edges.tolist())):
        mine = chosen == block
        origins = job.origins[mine]
        ratio = np.maximum(values[origins] @ weights, 0.0)
        level = columns.level[origins]
        means[mine] = ratio * level
        recent = errors[max(0, first - ERROR_DAYS * job.day) : first]
        recent = recent[np.isfinite(recent)]
        shape = np.quantile(recent, LEVELS) if len(recent) >= LEAST_ERRORS else np.zeros(len(LEVELS))
        quantiles[mine] = means[mine][:, None] + level[:, None] * shape
        # The rows whose targets lie in this block are known at its end.
        made = np.arange(max(first - step, 0), max(end - step, 0))
        actual = job.counts[made + step] / columns.level[made]
        known = np.isfinite(actual)
        made, actual = made[known], np.clip(actual[known], 0.0, MOST)
        errors[made + step] = actual - np.maximum(values[made] @ weights, 0.0)
        rows, decay = values[made], 0.5 ** ((end - first) / job.day / HALF_LIFE_DAYS)
        products, right = decay * products + rows.T @ rows, decay * right + rows.T @ (actual - rows @ start)
        penalty = RIDGE * np.trace(products) / size + LEVEL_PENALTY
        weights = start + np.linalg.solve(products + penalty * np.eye(size), right)
    return means, quantiles
