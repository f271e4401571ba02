"""Quantiles from means: a variance function and offsets fitted on validation days, scaled by the recent noise.

The spread of a forecast with mean mu made at an origin is sqrt(a_s * phi * mu + b_s * mu^2): quasi-Poisson noise plus
a relative error that grows with the step s. phi, the dispersion (requests per bin), is measured on the history up to
the origin, so the intervals adapt when the noise of a service changes, and k times the traffic gives k times the
spread. Quantile q is then mu + spread * z_sq, with z the empirical quantiles of the standardised validation errors.
Every forecaster uses this calibration, so their intervals differ only by their errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np

from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.nan_filters import decayed_means
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

KNOTS = (*range(1, 13), 15, 20, 26, 34, 44, 58, 76, 100)
"""Steps at which the offsets are fitted; between them they are interpolated."""

DISPERSION_HALF_LIFE_DAYS = 3.0
PRIOR_BINS = 20.0
"""The weight of the training series' relative dispersion, in bins: dominant until about that many are known."""

SHRINKAGE = 40.0
"""The number of errors at which a knot's own offsets weigh as much as those of all knots pooled."""

_DISPERSIONS: Derived[tuple[np.ndarray, np.ndarray, np.ndarray]] = Derived()


@dataclass(frozen=True, eq=False)
class Calibration:
    """`variance` (knots, 2) holds a_s and b_s, `offsets` (knots, levels) holds z; `relative_dispersion` is phi/mean."""

    knots: np.ndarray
    variance: np.ndarray
    offsets: np.ndarray
    relative_dispersion: float

    @classmethod
    def fit(cls, actual: np.ndarray, means: np.ndarray, phi: np.ndarray, knots: np.ndarray, relative: float) -> Self:
        """Fit to validation forecasts: actual (n, knots) with NaN unknown, means (n, knots), phi (n,)."""
        variance = np.array([_variance(actual[:, k], means[:, k], phi) for k in range(len(knots))])
        spread = _spread(means, phi, variance)
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = (actual - means) / spread
        pooled = _quantiles(errors.ravel())
        offsets = np.array([_shrunk(errors[:, k], pooled) for k in range(len(knots))])
        return cls(np.asarray(knots), variance, offsets, relative)

    def quantiles(
        self, means: np.ndarray, phi: np.ndarray, steps: np.ndarray, width: np.ndarray | None = None
    ) -> np.ndarray:
        """Return quantiles (n, h, levels) of forecasts with means (n, h) and dispersion phi (n,) at their origins.

        `width` (2, n, h) scales the distances below and above the mean.
        """
        offsets, variance = self._at(steps)
        spread = _spread(means, phi, variance)[:, :, None] * offsets
        if width is not None:
            spread = spread * np.where(offsets < 0, width[0][:, :, None], width[1][:, :, None])
        return np.maximum(means[:, :, None] + spread, 0.0)

    def offsets_at(self, steps: np.ndarray) -> np.ndarray:
        """Return the offsets z (h, levels) at any steps."""
        return self._at(steps)[0]

    def spread(self, means: np.ndarray, phi: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return the spread (n, h) of forecasts with means (n, h) and dispersion phi (n,) at their origins."""
        return _spread(means, phi, self._at(steps)[1])

    def _at(self, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return offsets (h, levels) and variance (h, 2) at any steps; cached by steps."""
        return _interpolated(self, np.ascontiguousarray(steps).tobytes(), steps.dtype.str)

    def dispersion(self, series: Series, origins: np.ndarray) -> np.ndarray:
        """Return phi (n,) at each origin: measured, shrunk to that of the training series if few bins are known."""
        phi, mean, known = measured_dispersion(series, origins)
        prior = self.relative_dispersion * mean
        return (np.nan_to_num(phi) * known + prior * PRIOR_BINS) / (known + PRIOR_BINS)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, rounded to 6 significant digits."""
        digits = np.vectorize(lambda value: float(f"{value:.6g}"), otypes=[float])
        return {
            "levels": list(QUANTILES),
            "knots": self.knots.tolist(),
            "variance": digits(self.variance).tolist(),
            "offsets": digits(self.offsets).tolist(),
            "relative_dispersion": self.relative_dispersion,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the calibration that `to_json` wrote."""
        knots, variance, offsets = (np.array(stored[name], dtype=float) for name in ("knots", "variance", "offsets"))
        return cls(knots, variance, offsets, float(stored["relative_dispersion"]))


@lru_cache(maxsize=256)
def _interpolated(calibration: Calibration, steps: bytes, kind: str) -> tuple[np.ndarray, np.ndarray]:
    at = np.frombuffer(steps, dtype=kind)
    columns = (*calibration.offsets.T, *calibration.variance.T)
    values = np.column_stack([np.interp(at, calibration.knots, column) for column in columns])
    return values[:, :-2], values[:, -2:]


def measured_dispersion(series: Series, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dispersion, mean and number of known differences (each (n,)) of the history up to each origin.

    The dispersion is half the mean squared difference of neighbours over the mean, both decayed over three days. For
    independent counts that is their variance over their mean; trend and seasonality hardly affect it.
    """
    phi, mean, known = _DISPERSIONS.of(series, lambda: _dispersion(series))
    return phi[origins], mean[origins], known[origins]


def _dispersion(series: Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = series.requests_count
    jumps = np.full(len(counts), np.nan)
    np.subtract(counts[1:], counts[:-1], out=jumps[1:])
    half_life = DISPERSION_HALF_LIFE_DAYS * DAY / series.bin_seconds
    squares, mean = decayed_means(np.vstack([jumps * jumps, counts]), (half_life,))[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        phi = squares / (2.0 * mean)
    return phi, mean, np.cumsum(~np.isnan(jumps))


def _spread(means: np.ndarray, phi: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return np.sqrt(variance[:, 0] * phi[:, None] * means + variance[:, 1] * means**2)


def _variance(actual: np.ndarray, mean: np.ndarray, phi: np.ndarray) -> np.ndarray:
    from scipy.optimize import nnls  # takes a third of a serving worker's memory; needed in training only

    good = ~np.isnan(actual) & (mean > 0) & (phi > 0)
    if good.sum() < 2:
        return np.array([1.0, 0.0])
    terms = np.column_stack([phi * mean, mean**2])[good]
    weight = 1.0 / terms[:, 0]
    coefficients = nnls(terms * weight[:, None], (actual - mean)[good] ** 2 * weight)[0]
    return coefficients if coefficients.any() else np.array([1.0, 0.0])


def _quantiles(errors: np.ndarray) -> np.ndarray:
    errors = errors[np.isfinite(errors)]
    return np.quantile(errors, QUANTILES) if len(errors) else np.zeros(len(QUANTILES))


def _shrunk(errors: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    count = np.isfinite(errors).sum()
    return (count * _quantiles(errors) + SHRINKAGE * pooled) / (count + SHRINKAGE)
