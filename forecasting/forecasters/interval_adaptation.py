"""Intervals that follow how wrong a model has been lately: on any service, and where a service changes.

The calibration says how wide the intervals of a model's validation days were. From the day before an origin it is known
how wide they should have been: the 10 % and 90 % quantiles of the model's own standardised errors, of forecasts whose
targets had come by then. Each side is widened or narrowed towards that, by the ratio to the power TRUST. It is no
refit: no parameter changes, and nothing after the origin is seen.
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
"""Steps whose errors are looked at; another step follows the nearest of them in proportion."""

TRUST = 0.6
"""How far the last day is believed, 0 not at all, 1 wholly: one day is few independent errors."""

SHORTEST_STRIDE_SECONDS = 10 * MINUTE
"""Errors of origins nearer to each other say nearly the same."""

LEAST_CHANGE, MOST_CHANGE = 0.2, 5.0
LOW, HIGH = 0.1, 0.9
_COLUMNS = [QUANTILES.index(LOW), QUANTILES.index(HIGH)]


def adapted_width(
    forecaster: Forecaster, calibration: Calibration, series: Series, origins: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """By what the intervals' lower and upper side are to be multiplied (2, n, h) at each origin (n,) and step (h,).

    1 where less than half a day of errors is known, a day of history before them.
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
    nearest = np.abs(np.log(steps[:, None] / TRACKED_STEPS)).argmin(axis=1)
    return widths[nearest].transpose(1, 2, 0)


def _stride(series: Series) -> int:
    return max(1, round(SHORTEST_STRIDE_SECONDS / series.bin_seconds))


def _window(series: Series) -> int:
    """Tracked origins in a day."""
    return series.bins_per_day // _stride(series)


def _least(series: Series) -> int:
    """Known errors below which they say nothing."""
    return max(1, _window(series) // 2)


def _tracked_origins(series: Series, origins: np.ndarray) -> np.ndarray:
    """Origins (t,) whose errors may be known at the given ones: at whole strides of absolute time, a day at most back.

    Being at the same times whatever the series' first bin, they are the same for a request and for a backtest.
    """
    stride, day = _stride(series), series.bins_per_day
    first = max(day, int(origins.min()) - day - int(TRACKED_STEPS.max()))
    first += -(series.start // series.bin_seconds + first) % stride
    return np.arange(first, int(origins.max()), stride)


def _standardised_errors(
    forecaster: Forecaster, calibration: Calibration, series: Series, tracked: np.ndarray
) -> np.ndarray:
    """Errors (t, tracked steps) over the calibration's spread; NaN where the target is not known."""
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
    """The two sides' factors (2, n) at the given origins, from the errors (t,) of one tracked step."""
    # How many tracked origins have their target, `step` bins later, behind them
    known = np.searchsorted(tracked + step, origins, side="right")
    recent = _rolling_quantiles(errors, _window(series), _least(series), known)
    usual = calibration.offsets_at(np.array([step]))[0, _COLUMNS][:, None]
    ratio = np.divide(recent, usual, out=np.ones(recent.shape), where=usual != 0)
    ratio = np.where(np.isfinite(ratio), np.maximum(ratio, 0.0), 1.0)
    return np.clip(ratio**TRUST, LEAST_CHANGE, MOST_CHANGE)


def _rolling_quantiles(errors: np.ndarray, window: int, least: int, known: np.ndarray) -> np.ndarray:
    """The LOW and HIGH quantile (2, n) of the last `window` of the first `known` (n,) errors; NaN under `least`.

    Quantiles as of Weibull: of few errors the outermost are expected to cover less than their share of what comes.
    """
    shares = [min(max(((window + 1) * level - 1) / (window - 1), 0.0), 1.0) for level in (LOW, HIGH)]
    if len(known) == 1:
        last = errors[max(0, known[0] - window) : known[0]]
        last = last[~np.isnan(last)]
        return np.quantile(last, shares)[:, None] if len(last) >= least else np.full((2, 1), np.nan)
    rolling = pd.Series(errors).rolling(window, min_periods=least)
    found = np.stack([rolling.quantile(level).to_numpy()[np.maximum(known - 1, 0)] for level in shares])
    return np.where(known > 0, found, np.nan)
