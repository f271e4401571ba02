"""Intervals that adapt to a model's recent errors, on any service and when a service changes.

The calibration fixes the width of the intervals from the validation days. The day before an origin shows how wide they
should have been: the 10 % and 90 % quantiles of the model's own standardised errors, of forecasts whose actuals were
known by then. Each side is widened or narrowed towards them, by their ratio to the power TRUST. This is not a refit: no
parameter changes, and nothing after the origin is used.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecasting.forecasters.base import QUANTILES, Forecaster
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.nan_filters import coming
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE

TRACKED_STEPS = np.array([1, 4, 12])
"""Steps whose errors are tracked; any other step uses the nearest of them, by ratio."""

TRUST = 0.6
"""The weight of the last day, from 0 (ignored) to 1: one day has few independent errors."""

SHORTEST_STRIDE_SECONDS = 10 * MINUTE
"""Errors of origins closer together are nearly identical."""

LEAST_CHANGE, MOST_CHANGE = 0.2, 5.0
LOW, HIGH = 0.1, 0.9
_COLUMNS = [QUANTILES.index(LOW), QUANTILES.index(HIGH)]


def adapted_width(
    forecaster: Forecaster, calibration: Calibration, series: Series, origins: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Return the factors (2, n, h) of the intervals' lower and upper sides at each origin (n,) and step (h,).

    The factor is 1 with less than half a day of known errors after a day of history.
    """
    tracked = _tracked_origins(series, origins)
    if len(tracked) < _least(series):
        return np.ones((2, len(origins), len(steps)))
    errors = _standardised_errors(forecaster, calibration, series, tracked)
    widths = np.stack(
        [
            _widths(errors[:, k], step, calibration, series, tracked, origins)
            for k, step in enumerate(TRACKED_STEPS.tolist())
        ]
    )
    return widths[nearest_tracked(steps)].transpose(1, 2, 0)


def nearest_tracked(steps: np.ndarray) -> np.ndarray:
    """Return the place of the tracked step nearest to each step (h,), by ratio."""
    return np.abs(np.log(steps[:, None] / TRACKED_STEPS)).argmin(axis=1)


def strided_origins(series: Series, stride: int, first: int, end: int) -> np.ndarray:
    """Return the origins in [first, end) at whole strides of absolute time.

    As they do not depend on the first bin of the series, a request and a backtest use the same ones.
    """
    first += -(series.start // series.bin_seconds + first) % stride
    return np.arange(first, max(first, end), stride)


def _stride(series: Series) -> int:
    return max(1, round(SHORTEST_STRIDE_SECONDS / series.bin_seconds))


def _window(series: Series) -> int:
    """Return the number of tracked origins in a day."""
    return series.bins_per_day // _stride(series)


def _least(series: Series) -> int:
    """Return the minimum number of known errors."""
    return max(1, _window(series) // 2)


def _tracked_origins(series: Series, origins: np.ndarray) -> np.ndarray:
    """Return the origins (t,) whose errors may be known at the given ones, over a day."""
    day = series.bins_per_day
    first = max(day, int(origins.min()) - day - int(TRACKED_STEPS.max()))
    return strided_origins(series, _stride(series), first, int(origins.max()))


def _standardised_errors(
    forecaster: Forecaster, calibration: Calibration, series: Series, tracked: np.ndarray
) -> np.ndarray:
    """Return errors (t, tracked steps) over the calibration's spread; NaN if the target is unknown."""
    means = forecaster.means(series, tracked, TRACKED_STEPS)
    actual = coming(series.requests_count, tracked[:, None] + TRACKED_STEPS)
    spread = calibration.spread(means, calibration.dispersion(series, tracked), TRACKED_STEPS)
    return np.divide(actual - means, spread, out=np.full(means.shape, np.nan), where=spread > 0)


def _widths(
    errors: np.ndarray,
    step: int,
    calibration: Calibration,
    series: Series,
    tracked: np.ndarray,
    origins: np.ndarray,
) -> np.ndarray:
    """Return the two sides' factors (2, n) at the given origins, from the errors (t,) of one tracked step."""
    # The number of tracked origins whose target, `step` bins later, is known at each origin
    known = np.searchsorted(tracked + step, origins, side="right")
    recent = _rolling_quantiles(errors, _window(series), _least(series), known)
    usual = calibration.offsets_at(np.array([step]))[0, _COLUMNS][:, None]
    ratio = np.divide(recent, usual, out=np.ones(recent.shape), where=usual != 0)
    ratio = np.where(np.isfinite(ratio), np.maximum(ratio, 0.0), 1.0)
    return np.clip(ratio**TRUST, LEAST_CHANGE, MOST_CHANGE)


def _rolling_quantiles(errors: np.ndarray, window: int, least: int, known: np.ndarray) -> np.ndarray:
    """Return the LOW and HIGH quantile (2, n) of the last `window` of the first `known` (n,) errors; NaN under `least`.

    Weibull quantiles: the extremes of a small sample cover less than their nominal share of future errors.
    """
    shares = [min(max(((window + 1) * level - 1) / (window - 1), 0.0), 1.0) for level in (LOW, HIGH)]
    if len(known) == 1:
        last = errors[max(0, known[0] - window) : known[0]]
        last = last[~np.isnan(last)]
        return np.quantile(last, shares)[:, None] if len(last) >= least else np.full((2, 1), np.nan)
    rolling = pd.Series(errors).rolling(window, min_periods=least)
    quantiles = np.stack([rolling.quantile(level).to_numpy()[np.maximum(known - 1, 0)] for level in shares])
    return np.where(known > 0, quantiles, np.nan)
