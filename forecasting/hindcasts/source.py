"""The source of out-of-sample forecasts of past origins: a fitted model, and its stored validation forecasts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from forecasting.errors import HistoryTooShort
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.hindcasts.cache import cached_means, model_key
from forecasting.hindcasts.evidence import without_odd_bins
from forecasting.model_sets.loading import card_of, validation_forecasts
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.series import Series

PRIOR_LEVELS = np.linspace(0.005, 0.995, 199)


@dataclass(frozen=True, eq=False)
class Source:
    """Where forecasts of a series come from: a fitted model, and validation forecasts of a series it was trained on.

    `seen` are the bins that were trained on (0 if the model was not trained on the series); of a series cut before the
    end of training it is where training ended nevertheless. The validation forecasts (`stored_means` at
    `stored_steps`, `stored_from` on) are empty if there are none. Means are cached in `cache_folder`.
    """

    series: Series
    fitted: FittedModel
    seen: int
    stored_from: int = 0
    stored_steps: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    stored_means: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    cache_folder: Path | None = None

    @property
    def first_origin(self) -> int:
        """The first origin whose forecasts are out of sample."""
        return self.stored_from if self.seen else 0

    def means(self, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Means (n, h) from rising origins; raises HistoryTooShort if some would be in sample."""
        if not self.seen:
            return self._fresh(origins, steps)
        if origins[0] < self.stored_from:
            raise HistoryTooShort("There is no out-of-sample forecast of days that the model was trained on.")
        stored = origins[origins < self.seen - 1]
        fresh = origins[len(stored) :]
        parts = []
        if len(stored):
            parts.append(self._stored(stored, steps))
        if len(fresh):
            parts.append(self._fresh(fresh, steps))
        return np.concatenate(parts)

    def forecasts(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means and spreads (n, h) from rising origins, which no odd bin moves; raises as `means`."""
        usual = replace(self, series=without_odd_bins(self.series))
        means, calibration = usual.means(origins, steps), self.fitted.calibration
        return means, calibration.spread(means, calibration.dispersion(usual.series, origins), steps)

    def prior(self, step: int) -> np.ndarray:
        """Return residuals, in spreads, that are typical of a step before any are known: the calibration's."""
        calibration = self.fitted.calibration
        offsets = np.array([np.interp(step, calibration.knots, column) for column in calibration.offsets.T])
        return np.interp(PRIOR_LEVELS, QUANTILES, offsets)

    @property
    def key(self) -> str:
        """What the forecasts rest on besides the counts."""
        return f"{model_key(self.fitted, self.series)} {self.seen}"

    def _fresh(self, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        if origins[-1] - origins[0] + 1 != len(origins):
            return self.fitted.forecaster.means(self.series, origins, steps)
        return cached_means(self.fitted, self.series, origins, steps, self.cache_folder)

    def _stored(self, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Stored means, interpolated between stored steps; after the last one it stands for all."""
        rows = np.minimum(origins - self.stored_from, len(self.stored_means) - 1)
        means, known = self.stored_means[rows], self.stored_steps
        right = np.clip(np.searchsorted(known, steps), 1, len(known) - 1)
        share = np.clip((steps - known[right - 1]) / (known[right] - known[right - 1]), 0.0, 1.0)
        return means[:, right - 1] * (1.0 - share) + means[:, right] * share


def source_of(series: Series, fitted: FittedModel, seen: int, settings: Settings) -> Source:
    """Return the source of a series (in the model's timeframe) of which `seen` bins were trained on (0: none)."""
    cache_folder = settings.cache_path / "means"
    if not seen:
        return Source(series, fitted, 0, cache_folder=cache_folder)
    stored = validation_forecasts(fitted.model_set, fitted.timeframe, fitted.forecaster.name, settings)
    # Like `trained_until` the stored forecasts are placed on the wall: the set may have been trained on these very
    # counts under another zone, or without one.
    trained_zone = card_of(fitted.model_set, settings)["data"]["time_zone"]
    began = moment_of(wall_text(stored.first_origin, trained_zone), series.time_zone)
    trained = series.position(moment_of(fitted.entry["trained_until"], series.time_zone))
    return Source(series, fitted, trained, series.position(began), stored.steps, stored.means, cache_folder)
