"""Seasonal smoothing: what it must find in traffic whose make-up is known."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.ensemble import Ensemble
from forecasting.forecasters.seasonal_smoothing import SeasonalSmoothing, SmoothedState, half_widths
from forecasting.forecasters.trees import lightgbm_trees
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate

DAY = 96
STEPS = np.array([1, 4, 12, 96, 100])


def seasonal_series(days: int, noise: float = 0.0, level: float = 400.0) -> Series:
    """Counts whose square root is a level plus a day's and a week's sine."""
    bins = np.arange(days * DAY)
    root = np.sqrt(level) * (1 + 0.3 * np.sin(2 * np.pi * bins / DAY) + 0.1 * np.sin(2 * np.pi * bins / (7 * DAY)))
    root = root + noise * np.random.default_rng(0).standard_normal(len(bins))
    return Series("x", 900, 0, np.maximum(root, 0.0) ** 2)


def relative_error(forecaster: SeasonalSmoothing, series: Series, first: int) -> np.ndarray:
    origins = np.arange(first, len(series) - int(STEPS.max()))
    means = forecaster.means(series, origins, STEPS)
    actual = series.requests_count[origins[:, None] + STEPS]
    return np.sqrt(np.mean((means - actual) ** 2, axis=0)) / actual.mean()


def test_traffic_without_noise_is_forecast_nearly_exactly():
    series = seasonal_series(56)
    errors = relative_error(SeasonalSmoothing().fit(series, stop_at=49 * DAY), series, 49 * DAY)
    assert errors[0] < 0.002
    assert errors[2] < 0.02
    assert errors.max() < 0.1


def test_the_day_and_the_week_are_worth_more_than_the_last_value():
    series = seasonal_series(56, noise=0.5)
    forecaster = SeasonalSmoothing().fit(series, stop_at=49 * DAY)
    origins = np.arange(49 * DAY, len(series) - 12)
    actual = series.requests_count[origins + 12]
    smoothed = forecaster.means(series, origins, np.array([12]))[:, 0]
    last = series.requests_count[origins]
    assert np.mean((smoothed - actual) ** 2) < 0.1 * np.mean((last - actual) ** 2)


def test_the_mean_is_a_mean_though_it_is_made_of_roots():
    series = generate(days=40, seed=1, bin_seconds=900)
    forecaster = SeasonalSmoothing().fit(series)
    origins = np.arange(2 * DAY, len(series) - 12)
    for step in (1, 12):
        actual = series.requests_count[origins + step]
        means = forecaster.means(series, origins, np.array([step]))[:, 0]
        assert np.nanmean(means[~np.isnan(actual)]) == pytest.approx(np.nanmean(actual), rel=0.01)


def test_what_was_fitted_on_one_service_serves_another_of_any_size():
    forecaster = SeasonalSmoothing().fit(seasonal_series(28, noise=0.5))
    other = seasonal_series(28, noise=0.5)
    bigger = Series("y", 900, 0, 1e6 * other.requests_count)
    at = np.array([20 * DAY])
    np.testing.assert_allclose(forecaster.means(bigger, at, STEPS), 1e6 * forecaster.means(other, at, STEPS), rtol=1e-9)


def test_a_profile_is_taken_from_a_season_that_has_wholly_come():
    state = SmoothedState.of(seasonal_series(14))
    widest = state.profiles[-1]
    day, _ = state.seasonal(widest, np.array([10 * DAY]), np.array([DAY - widest.half_width, DAY]))
    position = 10 * DAY + np.array([DAY - widest.half_width - DAY, -DAY])
    np.testing.assert_allclose(day[0], widest.day[position])


@pytest.mark.parametrize(
    ("bin_seconds", "expected"), [(60, (8, 30, 60)), (300, (2, 6, 12)), (900, (0, 2, 4)), (3600, (0, 1))]
)
def test_no_bin_is_smoothed_the_same_way_twice(bin_seconds, expected):
    assert half_widths(bin_seconds) == expected


@pytest.mark.parametrize("bins", [1, 2, 30, 96, 150])
def test_a_short_history_still_gives_a_forecast(bins):
    forecaster = SeasonalSmoothing().fit(seasonal_series(28, noise=0.5))
    series = seasonal_series(2).slice(0, bins)
    means = forecaster.means(series, np.array([bins - 1]), STEPS)
    assert np.isfinite(means).all()
    assert (means >= 0).all()


def test_the_ensemble_is_the_mean_of_its_members(tmp_path, monkeypatch):
    monkeypatch.setattr(lightgbm_trees, "MOST_ROUNDS", 50)
    series = generate(days=8, seed=2, bin_seconds=900)
    ensemble = Ensemble().fit(series)
    at = np.array([len(series) - 1])
    parts = [member.means(series, at, STEPS) for member in ensemble.members]
    np.testing.assert_allclose(ensemble.means(series, at, STEPS), np.mean(parts, axis=0))
    ensemble.save(tmp_path)
    np.testing.assert_allclose(Ensemble.load(tmp_path).means(series, at, STEPS), ensemble.means(series, at, STEPS))
