"""The simple forecast of any series: its smoothed level, with the half-life that was best for each step so far.

It is what a forecast must beat, needs no training, and follows a new level at once. It offers means and spreads as a
`Source` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from forecasting.forecasters.calibration import measured_dispersion
from forecasting.forecasters.nan_filters import decayed_means, last_known
from forecasting.forecasters.smoothing import HALF_LIVES
from forecasting.hindcasts.evidence import evidence_of, without_odd_bins
from forecasting.hindcasts.source import PRIOR_LEVELS
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

RELATIVE_SPREAD = 0.1
"""Of the mean, beside the noise; the local scale corrects it."""

FORGETTING = 0.9
"""Of the squared errors of a half-life, a day."""


@dataclass(frozen=True, eq=False)
class SimpleSource:
    """Out-of-sample forecasts of a series by exponential smoothing, from any origin."""

    series: Series

    @property
    def first_origin(self) -> int:
        """The first origin that can be forecast from."""
        return 0

    @property
    def key(self) -> str:
        """What the forecasts rest on besides the counts."""
        return "simple"

    @cached_property
    def _levels(self) -> np.ndarray:
        counts = without_odd_bins(self.series).requests_count
        levels = decayed_means(counts, HALF_LIVES)
        return np.where(np.isnan(levels), last_known(counts), levels)

    def forecasts(self, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means and spreads (n, h) from rising origins, for `steps` (h,)."""
        means = np.column_stack([self._level(int(step))[origins] for step in steps])
        phi, _, _ = measured_dispersion(without_odd_bins(self.series), origins)
        noise = np.nan_to_num(phi, nan=1.0)[:, None] * means
        return means, np.sqrt(noise + (RELATIVE_SPREAD * means) ** 2)

    def _level(self, step: int) -> np.ndarray:
        """Return the level (n,) with the half-life whose errors at this step were least before each day."""
        counts, days = evidence_of(self.series).cut, self.series.wall // DAY
        starts = np.flatnonzero(np.r_[True, np.diff(days) != 0])
        squares = np.zeros(self._levels.shape)
        squares[:, step:] = (counts[step:] - self._levels[:, : max(len(counts) - step, 0)]) ** 2
        daily = np.add.reduceat(np.nan_to_num(squares), starts, axis=1)
        best, errors = np.empty(len(starts), np.int64), np.zeros(len(HALF_LIVES))
        for day in range(len(starts)):
            best[day] = int(np.argmin(errors)) if errors.any() else len(HALF_LIVES) // 2
            errors = FORGETTING * errors + daily[:, day]
        chosen = np.repeat(best, np.diff(np.append(starts, len(counts))))
        return self._levels[chosen, np.arange(len(counts))]

    def prior(self, step: int) -> np.ndarray:
        """Return residuals, in spreads, that are typical of a step before any are known."""
        return ndtri(PRIOR_LEVELS) * np.sqrt(1.0 + 0.1 * step)
