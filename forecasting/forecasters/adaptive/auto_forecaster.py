"""`auto`: `adaptive` with a trained width."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.adaptive.adaptive_forecaster import AdaptiveForecaster
from forecasting.forecasters.nan_filters import coming
from forecasting.progress import Progress, silent
from forecasting.timeseries.series import Series


class AutoForecaster(AdaptiveForecaster):
    """`auto` in the registry."""

    name = "auto"

    def __init__(self, factor: float = 1.0):
        self.factor = factor

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`."""
        origins, steps = np.arange(series.bins_per_day, len(series) - 1), np.array([1])
        made = AdaptiveForecaster().forecasts(series, origins, steps)
        errors = np.abs(coming(series.requests_count, origins[:, None] + steps) - made.means)
        ratio = np.divide(errors, made.spread, out=np.full(errors.shape, np.nan), where=made.spread > 0)
        self.factor = float(np.nanquantile(ratio, 0.8) / 1.2816) if np.isfinite(ratio).any() else 1.0
        return self

    def save(self, folder: Path) -> None:
        """Write the factor."""
        np.savez(folder / "auto.npz", factor=self.factor)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what `save` wrote."""
        with np.load(folder / "auto.npz", allow_pickle=False) as stored:
            return cls(float(stored["factor"]))
