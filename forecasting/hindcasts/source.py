"""The source of out-of-sample forecasts of past origins: a fitted model, and its stored validation forecasts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from forecasting import deadline
from forecasting.errors import HistoryTooShort
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.hindcasts.cache import cached_forecasts, model_key
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
    `stored_steps`, `stored_from` on) are empty if there are none. Forecasts are cached in `cache_folder`.
    """

    series: Series
    fitted: FittedModel
    seen: int
    stored_from: int = 0
    stored_steps: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    stored_means: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    cache_folder: Path | None = None

    @property
    def needs_stored(self) -> bool:
        """Whether only stored forecasts of the training days are out of sample."""
        return bool(self.seen) and not self.fitted.always_out_of_sample

    @property
    def first_origin(self) -> int:
        """The first origin whose forecasts are out of sample."""
        return self.stored_from if self.needs_stored else 0

    def means(self, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Means (n, h) from rising origins; raises HistoryTooShort if some would be in sample."""
        return self.means_and_spread(origins, steps)[0]

    def means_and_spread(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and the scale of their errors, each (n, h), from rising origins; raises as `means`."""
        if not self.needs_stored:
            return self._fresh(origins, steps)
        if origins[0] < self.stored_from:
            raise HistoryTooShort("There is no out-of-sample forecast of days that the model was trained on.")
        stored = origins[origins < self.seen - 1]
        fresh = origins[len(stored) :]
        parts = []
        if len(stored):
            means = self._stored(stored, steps)
            parts.append((means, self.fitted.spread(self.series, stored, means, steps)))
        if len(fresh):
            parts.append(self._fresh(fresh, steps))
        means, spread = (np.concatenate(part) for part in zip(*parts, strict=True))
        return means, spread

    def forecasts(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means and spreads (n, h) from rising origins, which no odd bin moves; raises as `means`."""
        usual = replace(self, series=without_odd_bins(self.series))
        return usual.means_and_spread(origins, steps)

    def prior(self, step: int, origin: int = 0) -> np.ndarray:
        """Return residuals, in spreads, that are typical of a step before any are known: those the model expects."""
        expected = self.fitted.usual_errors(self.series, np.array([origin]), step)
        return np.interp(PRIOR_LEVELS, QUANTILES, expected)

    @property
    def key(self) -> str:
        """What the forecasts rest on besides the counts."""
        return f"{model_key(self.fitted, self.series)} {self.seen}"

    def _fresh(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        deadline.check()
        if origins[-1] - origins[0] + 1 != len(origins):
            return self.fitted.means_and_spread(self.series, origins, steps)
        return cached_forecasts(self.fitted, self.series, origins, steps, self.cache_folder)

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
    if not seen or fitted.model_set is None:
        return Source(series, fitted, 0, cache_folder=cache_folder)
    if fitted.always_out_of_sample:
        return Source(series, fitted, fitted.training_end(series), cache_folder=cache_folder)
    stored = validation_forecasts(fitted.model_set, fitted.timeframe, fitted.name, settings)
    # Like `trained_until` the stored forecasts are placed on the wall: the set may have been trained on these very
    # counts under another zone, or without one.
    trained_zone = card_of(fitted.model_set, settings)["data"]["time_zone"]
    began = moment_of(wall_text(stored.first_origin, trained_zone), series.time_zone)
    return Source(
        series, fitted, fitted.training_end(series), series.position(began), stored.steps, stored.means, cache_folder
    )
