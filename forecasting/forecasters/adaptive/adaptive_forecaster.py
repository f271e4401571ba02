"""`adaptive`: seasonal naive, weekly and exponential means, weighted by their recent losses."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from scipy.special import ndtri

from forecasting.forecasters.base import QUANTILES, MemberWeight, StepForecasts
from forecasting.forecasters.baselines import SeasonalNaive, SeasonalNaiveWeek
from forecasting.forecasters.nan_filters import decayed_means, delayed
from forecasting.progress import Progress, silent
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

NAMES = ("day", "week", "level", "fast")
_STATES: Derived[tuple[np.ndarray, np.ndarray, np.ndarray]] = Derived(most=100)


def _state(series: Series, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means (n,), spread (n,) and weights (n, members) at one step from every origin."""

    def compute() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        origins, steps = np.arange(len(series)), np.array([step])
        slow, fast = decayed_means(series.requests_count, (8.0, 1.0))
        members = np.stack(
            [
                SeasonalNaive().means(series, origins, steps)[:, 0],
                SeasonalNaiveWeek().means(series, origins, steps)[:, 0],
                slow,
                fast,
            ]
        )
        actual = series.requests_count
        errors = np.abs(delayed_rows(members, step) - actual)
        usual = decayed_means(np.abs(actual), (float(series.bins_per_day),))[0]
        losses = np.nan_to_num(decayed_means(errors, (12.0,))[:, 0], nan=1e-9) + 0.001 * np.nan_to_num(usual) + 1e-12
        weights = losses**-4.0 / (losses**-4.0).sum(axis=0)
        means = np.where(np.isfinite(members), members * weights, 0.0).sum(axis=0)
        means[~np.isfinite(members).any(axis=0)] = np.nan
        spread = decayed_means(np.abs(delayed_rows(means[None], step)[0] - actual), (float(series.bins_per_day),))[0]
        spread = np.where(np.isfinite(spread), 1.25 * spread, np.sqrt(np.maximum(means, 0.0)))
        return means, spread, weights.T

    return _STATES.of(series, compute, step)


def delayed_rows(values: np.ndarray, step: int) -> np.ndarray:
    at = np.arange(values.shape[1]) - step
    return np.stack([delayed(row, at) for row in values])


class AdaptiveForecaster:
    """`adaptive` in the registry."""

    name = "adaptive"
    factor = 1.0

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """Do nothing: there is nothing to train."""
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        return np.column_stack([_state(series, int(step))[0][origins] for step in steps])

    def forecasts(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """See `DistributionForecaster.forecasts`."""
        means = self.means(series, origins, steps)
        spread = self.factor * np.column_stack([_state(series, int(step))[1][origins] for step in steps])
        quantiles = np.maximum(means[..., None] + spread[..., None] * ndtri(np.array(QUANTILES)), 0.0)
        return StepForecasts(means, spread, quantiles)

    def members(self, series: Series, origin: int, steps: np.ndarray) -> list[MemberWeight]:
        """See `DistributionForecaster.members`."""
        weights = np.mean([_state(series, int(step))[2][origin] for step in steps], axis=0)
        order = np.argsort(-weights, kind="stable")
        return [MemberWeight(NAMES[k], float(weights[k])) for k in order]

    def member_weights(self, series: Series, origins: np.ndarray, step: int) -> tuple[tuple[str, ...], np.ndarray]:
        """See `DistributionForecaster.member_weights`."""
        return NAMES, _state(series, step)[2][origins]

    def warnings(self, series: Series, origin: int) -> tuple[str, ...]:
        """See `DistributionForecaster.warnings`."""
        return ()

    def save(self, folder: Path) -> None:
        """Do nothing."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return a new instance."""
        return cls()
