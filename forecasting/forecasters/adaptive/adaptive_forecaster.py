"""`adaptive`: forecasts of any service from its first points, without training.

Experts that learn online (`experts.py`) are mixed by their own past losses (`mixing.py`); a regression of the past
errors gives the width (`spread.py`). Everything rests on the series up to the origin alone, so a forecast is the same
in a request and in a backtest. All of a series' forecasts are computed in one pass and read from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.experts import EXPERTS, NEAR
from forecasting.forecasters.adaptive.state import AdaptiveState
from forecasting.forecasters.base import QUANTILES, MemberWeight, StepForecasts
from forecasting.progress import Progress, silent
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE

SPREAD_FLOOR = 1e-9
"""A spread below this share of the mean is rounding: the forecast is then certain."""

_LOW = np.array(QUANTILES) <= 0.1
_HIGH = np.array(QUANTILES) >= 0.9


class AdaptiveForecaster:
    """`adaptive` in the registry; it has no parameters of its own."""

    name = "adaptive"

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """Do nothing: the weights follow from the series at every origin."""
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        return self.forecasts(series, origins, steps).means

    def forecasts(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> StepForecasts:
        """See `DistributionForecaster.forecasts`."""
        state = AdaptiveState.of(series)
        parts = [state.step(origins, step) for step in steps.tolist()]
        means, spread = (np.stack([part[place] for part in parts], axis=1) for place in (0, 1))
        shape = np.stack([part[2] for part in parts], axis=1)
        spread = np.where(spread > SPREAD_FLOOR * np.abs(means), spread, 0.0)
        quantiles = around(means, np.maximum(means[..., None] + spread[..., None] * shape, 0.0))
        unknown = np.cumsum(np.isfinite(series.requests_count))[origins] == 0
        for values in (means, spread, quantiles):
            values[unknown] = np.nan
        return StepForecasts(means, spread, quantiles)

    def members(self, series: Series, origin: int, steps: np.ndarray) -> list[MemberWeight]:
        """See `DistributionForecaster.members`."""
        names, weights = self.member_weights(series, np.array([origin]), steps)
        return [MemberWeight(name, float(weight)) for name, weight in zip(names, weights[0], strict=True)]

    def member_weights(
        self, series: Series, origins: np.ndarray, steps: np.ndarray
    ) -> tuple[tuple[str, ...], np.ndarray]:
        """See `DistributionForecaster.member_weights`."""
        near = np.unique(np.minimum(steps, NEAR[-1]))  # farther steps have the weights of the last near one
        state = AdaptiveState.of(series)
        if origins.tolist() == [len(series) - 1]:
            return EXPERTS, state.near.share[:, near - 1].mean(axis=1)[None]
        return EXPERTS, state.evaluate_near(origins, near).weights.mean(axis=1).T

    def warnings(self, series: Series, origin: int) -> tuple[str, ...]:
        """See `DistributionForecaster.warnings`."""
        silent = Bank.of(series).silent
        if not silent[origin]:
            return ()
        bins = origin - int(np.max(np.flatnonzero(~silent[: origin + 1]), initial=-1))
        minutes = bins * series.bin_seconds // MINUTE
        return (
            f"No requests for {minutes} minutes at a time that usually has some: taken for an outage, not for less "
            "traffic. After an hour it is believed.",
        )

    def save(self, folder: Path) -> None:
        """Do nothing: there are no parameters."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return a new instance: there are no parameters."""
        return cls()


def around(means: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Return quantiles (n, h, levels) whose 80 % interval holds the mean (n, h): no mean outside its own interval."""
    quantiles[..., _LOW] = np.minimum(quantiles[..., _LOW], means[..., None])
    quantiles[..., _HIGH] = np.maximum(quantiles[..., _HIGH], means[..., None])
    return quantiles
