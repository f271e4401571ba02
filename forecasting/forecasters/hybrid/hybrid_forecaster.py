"""`hybrid`: Prophet's shape of the day and week, scaled to the recent level, corrected by an LSTM on its residuals.

forecast(origin, step) = level * exp(c * (shape(target) - recent shape) + w * network)

`level` is the recent mean; c is the share of the shape that the history up to the origin supports (1 on the series it
was fitted to, near 0 on a service with a different daily pattern). The network reads the last residuals of exactly that
baseline; w is the share of its correction that the validation days support. The newest residual is that of the origin's
own bin: the forecast step is never among the inputs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.hybrid.network import Network
from forecasting.forecasters.hybrid.shape import Shape, fit_shape
from forecasting.forecasters.nan_filters import coming, decayed_means, delayed
from forecasting.forecasters.trees.features import FEATURE_NAMES, FeatureBank, usable_levels
from forecasting.progress import Progress, silent, within
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

WINDOW = 48
"""Bins of residuals that the LSTM reads (its lookback)."""

NEUTRAL_VARIANCE = 0.01
"""Variance of the shape, in squared log units, of the neutral evidence mixed in."""

MOST_CHANGE, LEAST_RATIO = 2.0, 0.02
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
CHECKED_STEPS = (1, 2, 4, 8, 12)

COMPARED_MEAN = 2
"""Index of the mean that is compared with the shape: a long one, so that noise does not count as disagreement."""

SHAPE_SHARE = 0.15
"""The approximate share of the fitting time that Prophet takes."""

SAMPLED_STEPS = 4
MOST_ORIGINS = 40_000
WARM_UP_DAYS = 1
SEED = 20240701
_CALENDAR = FEATURE_NAMES.index("time_of_day")

_BASELINES: Derived[Baseline] = Derived()


class HybridForecaster:
    """One shape and one network.

    `confidence` is the factor of the network's correction, at step 1 and at later steps: the share of it that the
    validation days support, so that a network that fitted the noise of a few weeks has no effect.
    """

    name = "hybrid"

    def __init__(
        self, shape: Shape | None = None, network: Network | None = None, confidence: tuple[float, float] = (1.0, 1.0)
    ):
        self._shape, self._network, self.confidence = shape, network, confidence

    @property
    def shape(self) -> Shape:
        """The fitted shape; raises ValueError before `fit`."""
        if self._shape is None:
            raise ValueError("the hybrid has no shape before it is fitted")
        return self._shape

    @property
    def network(self) -> Network:
        """The fitted network; raises ValueError before `fit`."""
        if self._network is None:
            raise ValueError("the hybrid has no network before it is fitted")
        return self._network

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`; the bins from `stop_at` on determine the confidence, which a later fit reuses."""
        # Keras takes seconds and 200 MB to import; forecasts do not need it
        from forecasting.forecasters.hybrid import network_training

        known = series.slice(0, len(series) if stop_at is None else stop_at)
        self._shape = fit_shape(known)
        report(SHAPE_SHARE)
        baseline = Baseline(known, self._shape)
        origins, steps = _sampled(known, np.random.default_rng(SEED))
        base, inputs = baseline.decoder(origins, steps)
        ratio, weight = _targets(known, baseline.bank.level, origins, steps)
        self._network = network_training.train(
            baseline.residuals(origins), inputs, base, ratio, weight, within(report, SHAPE_SHARE, 1.0)
        )
        if stop_at is not None:
            self.confidence = self._supported_share(series, stop_at)
        return self

    def _supported_share(self, series: Series, stop_at: int) -> tuple[float, float]:
        """Return the confidence with the least squared error over the bins from `stop_at` on."""
        steps = np.array([step for step in CHECKED_STEPS if step < len(series) - stop_at])
        origins = np.arange(stop_at - 1, len(series) - int(steps.max()))
        actual = series.requests_count[origins[:, None] + steps]
        level, base, correction = self.parts(series, origins, steps)
        squares = [(level * base * np.exp(share * correction) - actual) ** 2 for share in SHARES]
        first = [np.nansum(square[:, steps == 1]) for square in squares]
        later = [np.nansum(square[:, steps > 1]) for square in squares]
        return SHARES[int(np.argmin(first))], SHARES[int(np.argmin(later))]

    def parts(
        self, series: Series, origins: np.ndarray, steps: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return level (n, 1), baseline relative to it (n, h) and the network's log correction (n, h)."""
        baseline = Baseline.of(series, self.shape)
        base, inputs = baseline.decoder(origins, np.broadcast_to(steps, (len(origins), len(steps))))
        return baseline.bank.level[origins][:, None], base, self.network(baseline.residuals(origins), inputs)

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        level, base, correction = self.parts(series, origins, steps)
        return level * base * np.exp(self.applied(steps) * correction)

    def applied(self, steps: np.ndarray) -> np.ndarray:
        """Return the share of the network's correction that is applied at each step (h,)."""
        return np.where(steps == 1, *self.confidence)

    def save(self, folder: Path) -> None:
        """Write the shape as JSON, the network's arrays and the confidence."""
        self.shape.save(folder / "prophet.json")
        self.network.save(folder / "network.npz")
        (folder / "confidence.json").write_text(json.dumps(self.confidence))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a forecaster that `save` wrote."""
        first, later = json.loads((folder / "confidence.json").read_text())
        return cls(Shape.load(folder / "prophet.json"), Network.load(folder / "network.npz"), (first, later))


class Baseline:
    """Shape times level at every bin of one series, and the inputs of the network."""

    def __init__(self, series: Series, shape: Shape):
        self.series, self.bank = series, FeatureBank.of(series)
        wall = np.r_[series.wall, series.wall[-1] + np.arange(1, MAX_HORIZON + 1) * series.bin_seconds]
        self.shape = shape.log_curve(wall)
        known = np.where(np.isnan(series.requests_count), np.nan, self.shape[: len(series)])
        scales = self.bank.scales
        self.recent_shape, *self.shape_means = decayed_means(known, (scales.level, *scales.means))
        self.trust = _supported_shape(self.bank.means[COMPARED_MEAN], self.shape_means[COMPARED_MEAN], series)

    @classmethod
    def of(cls, series: Series, shape: Shape) -> Baseline:
        """Return the baseline of a series, cached with it for one shape."""
        return _BASELINES.of(series, lambda: cls(series, shape), shape)

    def change(self, shape: np.ndarray, origins: np.ndarray) -> np.ndarray:
        """Return the log of baseline over level for a shape value `shape`, seen from `origins` (the two broadcast)."""
        change = self.trust[origins] * (shape - self.recent_shape[origins])
        return np.clip(np.nan_to_num(change), -MOST_CHANGE, MOST_CHANGE)

    def decoder(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return base (n, h) over the level, and raw decoder inputs (n, h, D), for steps (n, h).

        The inputs are the features of the tree models without the calendar (which the shape models better, and which a
        network memorises), and the ratios of the recent means to the baseline.
        """
        flat_origins, flat_steps = np.repeat(origins, steps.shape[1]), steps.ravel()
        change = self.change(self.shape[flat_origins + flat_steps], flat_origins)
        with np.errstate(invalid="ignore"):
            ratios = np.log(np.maximum(self.bank.rows(flat_origins, flat_steps)[:, :_CALENDAR], LEAST_RATIO))
        surprises = np.repeat(self._surprises(origins), steps.shape[1], axis=0)
        inputs = np.column_stack([ratios, np.log(flat_steps), change, surprises])
        return np.exp(change).reshape(steps.shape), inputs.astype(np.float32).reshape(*steps.shape, -1)

    def _surprises(self, origins: np.ndarray) -> np.ndarray:
        """Return the log ratio (n, means) of each shorter and longer mean to the level, corrected for the shape."""
        with np.errstate(invalid="ignore", divide="ignore"):
            columns = [
                np.log(np.maximum(mean[origins] / self.bank.level[origins], LEAST_RATIO))
                - self.change(shape[origins], origins)
                for mean, shape in zip(self.bank.means, self.shape_means, strict=True)
            ]
        return np.column_stack(columns)

    def residuals(self, origins: np.ndarray) -> np.ndarray:
        """Return (n, WINDOW, 2) float32: the last residuals, oldest first, 0 if unknown, and whether each is known."""
        positions = origins[:, None] - np.arange(WINDOW - 1, -1, -1)
        counts = delayed(self.series.requests_count, positions)
        change = self.change(delayed(self.shape, positions), origins[:, None])
        with np.errstate(invalid="ignore", divide="ignore"):
            residual = counts / (self.bank.level[origins][:, None] * np.exp(change)) - 1
        known = np.isfinite(residual)
        return np.stack([np.clip(np.where(known, residual, 0.0), -1, 4), known], axis=-1).astype(np.float32)


def _supported_shape(level: np.ndarray, shape: np.ndarray, series: Series) -> np.ndarray:
    """Return the share (n,), 0 to 1, of the shape that each origin's history supports: slope of log level on shape.

    Deviations are from a decayed mean over a few days; products are summed over all bins up to the origin. Half a day
    of neutral evidence (slope 0) is mixed in, so that a short history has little effect.
    """
    height = np.log(level, out=np.full(len(level), np.nan), where=level > 0)
    pair = np.where(np.isfinite(height + shape), np.stack([height, shape]), np.nan)
    centred = pair - decayed_means(pair, (2.0 * series.bins_per_day,))[:, 0]
    products = np.nancumsum(np.stack([centred[0] * centred[1], centred[1] ** 2]), axis=1)
    return np.clip(products[0] / (products[1] + 0.5 * series.bins_per_day * NEUTRAL_VARIANCE), 0.0, 1.0)


def _sampled(series: Series, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return training origins (n,) and steps (n, SAMPLED_STEPS): step 1, near steps, and one up to the largest."""
    origins = np.arange(min(WARM_UP_DAYS * series.bins_per_day, len(series) // 4), len(series) - 1)
    if len(origins) > MOST_ORIGINS:
        origins = np.sort(rng.choice(origins, MOST_ORIGINS, replace=False))
    near = rng.integers(2, 13, (len(origins), SAMPLED_STEPS - 2))
    far = np.exp(rng.uniform(np.log(2), np.log(MAX_HORIZON + 1), (len(origins), 1))).astype(np.int64)
    return origins, np.hstack([np.ones((len(origins), 1), dtype=np.int64), near, far])


def _targets(
    series: Series, level: np.ndarray, origins: np.ndarray, steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ratio of target to level and the weight of each pair (n, P); both 0 if the target is unknown."""
    actual = coming(series.requests_count, origins[:, None] + steps)
    level = level[origins][:, None]
    usable = np.isfinite(actual) & usable_levels(level)
    ratio = np.divide(actual, level, out=np.zeros(actual.shape), where=usable)
    return ratio, np.where(usable, level / np.nanmean(level), 0.0)
