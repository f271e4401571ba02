"""The distribution of the demand of each coming step, from means and the earlier residuals of that very step.

What is ordered now serves from one step on, so the rule that buys replicas by their expected worth needs the
distribution of D(t+k) for each k, not that of a window's maximum:

    D(t+k) = M_k + S_k v_k Z_k

with the mean M and the spread S of the forecast, the local scale v (`local_scale`) and the pool Z of the residuals of
the last two weeks, compressed to points with a Pareto tail (`residual_points`). A tenth of the weight has the residuals
D - M of four weeks, unscaled: bursts that come in quiet hours. Everything is out of sample: pools and scales of a day
use what was complete before it, and demand is cut at the ceiling (`evidence`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from forecasting import deadline
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.calibration import KNOTS
from forecasting.hindcasts.evidence import evidence_of
from forecasting.hindcasts.lead_windows import POOL_DAYS, POOL_LEAST_DAYS, wall_days
from forecasting.hindcasts.local_scale import recent_of, scales_of
from forecasting.hindcasts.residual_points import WEIGHTS, points_of, quantile_of_points
from forecasting.memory import Memory
from forecasting.timeseries.series import Series

ADDED_DAYS = 28
"""Days before a day whose unscaled residuals are mixed in."""

ADDED_WEIGHT = 0.1

LEAST_SPREAD = 0.02
"""Of a spread, as a share of the mean demand: a forecast of nothing at night has some spread too."""

MOST_POOLED = 6_000
"""Residuals of a pool; of more, evenly spaced ones are taken."""

WARM_UP_DAYS = ADDED_DAYS
"""Days of origins before the first wanted one, for pools and scales."""

_MOST = 12
_made: Memory[tuple[str, bytes], StepForecasts] = Memory(_MOST)


class StepSource(Protocol):
    """Where out-of-sample means and spreads come from: a `Source`, or the simple one."""

    @property
    def series(self) -> Series:
        """The series that is forecast."""

    @property
    def first_origin(self) -> int:
        """The first origin whose forecasts are out of sample."""

    @property
    def key(self) -> str:
        """What the forecasts rest on besides the counts."""

    def forecasts(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means and spreads (n, h) from rising origins."""

    def prior(self, step: int) -> np.ndarray:
        """Return residuals, in spreads, that are typical of a step before any are known."""


@dataclass(frozen=True, eq=False)
class StepForecasts:
    """Distributions of demand from consecutive `origins` (n,) at `steps` (h,), in requests per bin.

    `mean` and `scale` (n, h), `spread` (n,) that of the first step without its local scale; `pool_of` (n,) is the
    position of a day's pools in `points` and `added` (pools, h, P): demand is mean + scale x points with the weights of
    `residual_points`, and with a share of `mixed` (pools,) mean + added. Means are NaN if nothing is known.
    """

    origins: np.ndarray
    steps: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    spread: np.ndarray
    pool_of: np.ndarray
    points: np.ndarray
    added: np.ndarray
    mixed: np.ndarray

    def since(self, first: int, last: int) -> StepForecasts:
        """Return the forecasts of the origins at the bins first..last-1."""
        mine = slice(first - int(self.origins[0]), last - int(self.origins[0]))
        own = self.origins[mine], self.steps, self.mean[mine], self.scale[mine], self.spread[mine], self.pool_of[mine]
        return StepForecasts(*own, self.points, self.added, self.mixed)

    def at(self, bins: np.ndarray) -> StepForecasts:
        """Return the forecasts of the origins at some bins."""
        mine = bins - int(self.origins[0])
        own = self.origins[mine], self.steps, self.mean[mine], self.scale[mine], self.spread[mine], self.pool_of[mine]
        return StepForecasts(*own, self.points, self.added, self.mixed)

    def scaled(self, factor: float) -> StepForecasts:
        """Return the forecasts of `factor` times the traffic."""
        if factor == 1.0:
            return self
        own = factor * self.mean, factor * self.scale, factor * self.spread
        return replace(self, mean=own[0], scale=own[1], spread=own[2], added=factor * self.added)

    def mistaken(self, share: float, first: int) -> StepForecasts:
        """Return forecasts that are too high by this share from the origin at bin `first` on."""
        factor = np.where(self.origins >= first, 1.0 + share, 1.0)[:, None]
        return replace(self, mean=factor * self.mean, scale=factor * self.scale)

    def quantile(self, column: int, share: float) -> np.ndarray:
        """Return the demand (n,) that the step in a column exceeds with probability 1 - share, but for the mixture."""
        offsets = quantile_of_points(self.points[:, column], share)
        return np.maximum(self.mean[:, column] + self.scale[:, column] * offsets[self.pool_of], 0.0)


def rule_steps(length: int) -> np.ndarray:
    """Return the steps 1..length that are forecast: the first twelve, then ever fewer, and the last."""
    return np.array([step for step in KNOTS if step < length] + [min(length, MAX_HORIZON)])


def step_forecasts_of(source: StepSource, first: int, last: int, steps: np.ndarray) -> StepForecasts:
    """Return the distributions from the origins at the bins first..last-1, cached by the counts that they rest on.

    `first` must not be before the source's first origin.
    """
    series = source.series
    content = hashlib.blake2b(series.requests_count[:last].tobytes(), digest_size=16).hexdigest()
    key = f"{source.key} {series.start} {series.bin_seconds} {first} {last} {content}", steps.tobytes()
    made = _made.get(key)
    return _made.put(key, _computed(source, first, last, steps)) if made is None else made


def _computed(source: StepSource, first: int, last: int, steps: np.ndarray) -> StepForecasts:
    series = source.series
    begin = max(first - WARM_UP_DAYS * series.bins_per_day, source.first_origin, 0)
    origins = np.arange(begin, last)
    with_one = steps if steps[0] == 1 else np.r_[1, steps]
    means, spreads = source.forecasts(origins, with_one)
    spreads = np.maximum(spreads, _least_spread(series, origins)[:, None])
    evidence = evidence_of(series)
    cut = np.append(evidence.cut[:last], np.full(int(steps[-1]), np.nan))
    residuals = np.column_stack([cut[origins + step] for step in with_one]) - means
    standard = residuals / spreads
    one = np.full(len(series), np.nan)
    one[origins[1:]] = np.where(evidence.odd[origins[1:]], np.nan, np.abs(standard[:-1, 0]))
    recent, typical = recent_of(series, one)
    days = wall_days(series.wall[origins])
    starts = np.flatnonzero(np.r_[True, np.diff(days) != 0])
    kept = np.arange(len(with_one))[-len(steps) :]
    scales = np.column_stack(
        [
            scales_of(
                np.abs(standard[:, k]),
                recent[origins],
                typical.coming(origins, int(with_one[k])),
                starts,
                int(with_one[k]),
                series.bins_per_day,
            )
            for k in kept
        ]
    )
    pools = _pools(source, standard[:, kept] / scales, residuals[:, kept], steps, starts)
    lengths = np.diff(np.append(starts, len(origins)))
    pool_of = np.repeat(np.arange(len(starts)), lengths)
    own = means[:, kept], spreads[:, kept] * scales, spreads[:, kept[0]]
    made = StepForecasts(origins, steps, *own, pool_of, *pools)
    return made.since(first, last)


def _least_spread(series: Series, origins: np.ndarray) -> np.ndarray:
    counts = np.nan_to_num(series.requests_count)
    known = np.maximum(np.cumsum(np.isfinite(series.requests_count)), 1)
    return np.maximum(LEAST_SPREAD * np.cumsum(counts) / known, 1e-9)[origins]


def _pools(
    source: StepSource, scaled: np.ndarray, residuals: np.ndarray, steps: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (points, added, mixed) of each day that begins at one of the rows `starts`."""
    day = source.series.bins_per_day
    shape = len(starts), len(steps), len(WEIGHTS)
    points, added, mixed = np.empty(shape), np.zeros(shape), np.zeros(len(starts))
    for column, step in enumerate(steps.tolist()):
        deadline.check()
        prior = points_of(np.sort(source.prior(step)))
        for number, start in enumerate(starts.tolist()):
            pool = _known(scaled[:, column], start - POOL_DAYS * day, start - step)
            if len(pool) < min(POOL_LEAST_DAYS * day, MOST_POOLED) or start < POOL_LEAST_DAYS * day:
                points[number, column] = prior
                continue
            points[number, column] = points_of(pool)
            added[number, column] = points_of(_known(residuals[:, column], start - ADDED_DAYS * day, start - step))
            mixed[number] = ADDED_WEIGHT
    return points, added, mixed


def _known(values: np.ndarray, first: int, end: int) -> np.ndarray:
    """Return the known values of the rows first..end-1, sorted, at most MOST_POOLED of them."""
    known = values[max(first, 0) : max(end, 0)]
    known = known[np.isfinite(known)]
    return np.sort(known[:: -(-len(known) // MOST_POOLED)] if len(known) > MOST_POOLED else known)
