"""Small services for the tests of `adaptive` and `auto`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.forecasters.adaptive.adaptive_forecaster import AdaptiveForecaster
from forecasting.forecasters.base import StepForecasts
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

MONDAY = "2026-01-05"


def service(
    days: float, bin_seconds: int, zone: str | None = None, start: str = MONDAY, seed: int = 1, level: float = 100.0
) -> Series:
    """Over-dispersed counts around a day's wave that follows the wall clock."""
    blank = flat(days, bin_seconds, 0.0, zone, start)
    hour = blank.wall % DAY / 3600
    return drawn(blank, level * (1.0 + 0.6 * np.cos(2 * np.pi * (hour - 14) / 24)), seed)


def flat(days: float, bin_seconds: int, count: float, zone: str | None = None, start: str = MONDAY) -> Series:
    """Return the same count in every bin."""
    bins = round(days * DAY / bin_seconds)
    return Series("service", bin_seconds, moment_of(start, zone), np.full(bins, count), zone)


def drawn(series: Series, mean: np.ndarray, seed: int = 1) -> Series:
    """Return a series with counts drawn around a mean (n,), variance twice the mean."""
    rng = np.random.default_rng(seed)
    rate = np.where(mean > 0, rng.gamma(np.maximum(mean, 1e-9)), 0.0)
    return with_counts(series, rng.poisson(rate).astype(float))


def with_counts(series: Series, counts: np.ndarray) -> Series:
    """Return the same grid with other counts."""
    return replace(series, requests_count=counts)


def forecast(series: Series, origins: int | list[int] | np.ndarray, steps: list[int] | np.ndarray) -> StepForecasts:
    """Return the forecasts of `adaptive`."""
    return AdaptiveForecaster().forecasts(series, np.atleast_1d(origins), np.asarray(steps))


def rmse(forecasts: np.ndarray, actual: np.ndarray) -> float:
    """Return the root of the mean squared error of the known actuals."""
    return float(np.sqrt(np.nanmean((forecasts - actual) ** 2)))
