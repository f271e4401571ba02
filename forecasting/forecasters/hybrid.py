"""`hybrid`: Prophet's shape of the day and week, scaled to the recent level, corrected by an LSTM on its residuals.

forecast(origin, step) = level * exp(c * (shape(target) - shape lately) + network)

`level` is the recent mean, c how much of the shape the history up to the origin confirms (1 on the series it was
fitted to, near 0 on a service with another day), and the network reads the last residuals of exactly that baseline.
The newest residual is that of the origin's own bin: the step to be predicted is never among its inputs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.features import FEATURE_NAMES, FeatureBank, usable_levels
from forecasting.forecasters.filters import decayed_means, delayed
from forecasting.forecasters.network import Network
from forecasting.forecasters.shape import Shape, fit_shape
from forecasting.series import Series

WINDOW = 48
"""Bins of residuals the LSTM reads."""

NEUTRAL_VARIANCE = 0.01
"""Variance of the shape, in squared log units, of the evidence mixed in against it."""

SAMPLED_STEPS = 4
MOST_ORIGINS = 40_000
WARM_UP_DAYS = 1
SEED = 20240701
_CALENDAR = FEATURE_NAMES.index("time_of_day")


class HybridForecaster:
    """The forecaster around one shape and one network."""

    name = "hybrid"

    def __init__(self, shape: Shape | None = None, network: Network | None = None):
        self.shape, self.network = shape, network

    def fit(self, series: Series, *, stop_at: int | None = None) -> Self:
        """See `Forecaster.fit`. The number of updates is fixed, so that `stop_at` only cuts what is learnt from."""
        from forecasting.forecasters import network_training

        known = series.slice(0, len(series) if stop_at is None else stop_at)
        self.shape = fit_shape(known)
        baseline = Baseline(known, self.shape)
        origins, steps = _sampled(known, np.random.default_rng(SEED))
        base, inputs = baseline.decoder(origins, steps)
        ratio, weight = _targets(known, baseline.bank.level, origins, steps)
        self.network = network_training.train(baseline.residuals(origins), inputs, base, ratio, weight)
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        baseline = Baseline(series, self.shape)
        base, inputs = baseline.decoder(origins, np.broadcast_to(steps, (len(origins), len(steps))))
        correction = self.network(baseline.residuals(origins), inputs)
        return baseline.bank.level[origins][:, None] * base * np.exp(correction)

    def save(self, folder: Path) -> None:
        """The shape's JSON and the network's arrays."""
        self.shape.save(folder / "prophet.json")
        self.network.save(folder / "network.npz")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(Shape.load(folder / "prophet.json"), Network.load(folder / "network.npz"))


class Baseline:
    """Shape times level at every bin of one series, and what the network reads about it."""

    def __init__(self, series: Series, shape: Shape):
        self.series, self.bank = series, FeatureBank.of(series)
        wall = np.r_[series.wall, series.wall[-1] + np.arange(1, MAX_HORIZON + 1) * series.bin_seconds]
        self.shape = shape.log_curve(wall)
        known = np.where(np.isnan(series.requests_count), np.nan, self.shape[: len(series)])
        self.shape_lately = decayed_means(known, (self.bank.scales.level,))[0]
        self.trust = _confirmed(self.bank.means[2], decayed_means(known, (self.bank.scales.means[2],))[0], series)

    def decoder(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(base (n, h) over the level, raw decoder inputs (n, h, D)) for steps (n, h)."""
        flat_origins, flat_steps = np.repeat(origins, steps.shape[1]), steps.ravel()
        rows = self.bank.rows(flat_origins, flat_steps)
        change = self.shape[flat_origins + flat_steps] - self.shape_lately[flat_origins]
        change = np.clip(np.nan_to_num(self.trust[flat_origins] * change), -2, 2)
        with np.errstate(invalid="ignore"):
            ratios = np.log(np.maximum(rows[:, :_CALENDAR], 0.02))
        angle = 2 * np.pi * np.column_stack([rows[:, _CALENDAR], rows[:, _CALENDAR + 1] / 7])
        inputs = np.column_stack([ratios, np.sin(angle), np.cos(angle), np.log(flat_steps), change])
        shape = steps.shape
        return np.exp(change).reshape(shape), inputs.astype(np.float32).reshape(*shape, -1)

    def residuals(self, origins: np.ndarray) -> np.ndarray:
        """(n, WINDOW, 2) float32: the last residuals, oldest first, 0 where unknown, and whether each is known."""
        positions = origins[:, None] - np.arange(WINDOW - 1, -1, -1)
        counts = delayed(self.series.requests_count, positions)
        change = delayed(self.shape, positions) - self.shape_lately[origins][:, None]
        expected = np.exp(np.clip(np.nan_to_num(self.trust[origins][:, None] * change), -2, 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            residual = counts / (self.bank.level[origins][:, None] * expected) - 1
        known = np.isfinite(residual)
        return np.stack([np.clip(np.where(known, residual, 0.0), -1, 4), known], axis=-1).astype(np.float32)


def _confirmed(level: np.ndarray, shape: np.ndarray, series: Series) -> np.ndarray:
    """How much of the shape each origin's own history confirms (n,), 0 to 1: slope of the log level on the shape.

    Deviations are taken from a decayed mean of a few days, products summed over all bins up to the origin. Half a
    day of neutral evidence (slope 0) is mixed in, so that a short history says little.
    """
    height = np.log(level, out=np.full(len(level), np.nan), where=level > 0)
    pair = np.where(np.isfinite(height + shape), np.stack([height, shape]), np.nan)
    centred = pair - decayed_means(pair, (2.0 * series.bins_per_day,))[:, 0]
    products = np.nancumsum(np.stack([centred[0] * centred[1], centred[1] ** 2]), axis=1)
    return np.clip(products[0] / (products[1] + 0.5 * series.bins_per_day * NEUTRAL_VARIANCE), 0.0, 1.0)


def _sampled(series: Series, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Training origins (n,) and steps (n, SAMPLED_STEPS): always step 1, near ones, one anywhere up to the furthest."""
    origins = np.arange(min(WARM_UP_DAYS * series.bins_per_day, len(series) // 4), len(series) - 1)
    if len(origins) > MOST_ORIGINS:
        origins = np.sort(rng.choice(origins, MOST_ORIGINS, replace=False))
    near = rng.integers(2, 13, (len(origins), SAMPLED_STEPS - 2))
    far = np.exp(rng.uniform(np.log(2), np.log(MAX_HORIZON + 1), (len(origins), 1))).astype(np.int64)
    return origins, np.hstack([np.ones((len(origins), 1), dtype=np.int64), near, far])


def _targets(
    series: Series, level: np.ndarray, origins: np.ndarray, steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ratio of target to level and weight of each training pair (n, P); both 0 where the target is not known."""
    targets = origins[:, None] + steps
    actual = np.where(targets < len(series), series.requests_count[np.minimum(targets, len(series) - 1)], np.nan)
    level = level[origins][:, None]
    usable = np.isfinite(actual) & usable_levels(level)
    ratio = np.divide(actual, level, out=np.zeros(actual.shape), where=usable)
    return ratio, np.where(usable, level / np.nanmean(level), 0.0)
