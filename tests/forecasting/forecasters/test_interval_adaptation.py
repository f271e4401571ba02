"""Intervals follow a model's errors of the day before, and know nothing later."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.baselines import Naive
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.interval_adaptation import LEAST_CHANGE, MOST_CHANGE, TRACKED_STEPS, TRUST, adapted_width
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import Traffic, generate
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of

STEPS = np.arange(1, 13)
DAY = 96


def series_of(counts: np.ndarray) -> Series:
    return Series("x", 900, 0, counts)


def unit_calibration() -> Calibration:
    """Spread sqrt(phi * mean), offsets those of the normal distribution about."""
    offsets = np.interp(QUANTILES, (0.025, 0.1, 0.5, 0.9, 0.99), (-1.96, -1.2816, 0.0, 1.2816, 2.33))
    knots = np.array([1, 100])
    return Calibration(knots, np.array([[1.0, 0.0]] * 2), np.stack([offsets] * 2), 0.0009)


def test_errors_as_wide_as_the_calibration_says_change_nothing():
    rng = np.random.default_rng(0)
    counts = 1000 + 30 * rng.standard_normal(40 * DAY)
    origins = np.arange(5 * DAY, len(counts))
    # A last value errs by two bins' noise: sqrt(2) times the bin's own, which half the squared difference measures
    width = adapted_width(Naive(), unit_calibration(), series_of(counts), origins, np.array([1]))
    assert width.mean(axis=(1, 2)) == pytest.approx(2 ** (TRUST / 2), rel=0.03)


def test_each_side_follows_its_own_errors():
    rng = np.random.default_rng(1)
    counts = 1000 + 10 * rng.standard_normal(12 * DAY)
    counts[6 * DAY :: 4] += 400 * rng.random(len(counts[6 * DAY :: 4]))
    width = adapted_width(Naive(), unit_calibration(), series_of(counts), np.array([8 * DAY]), STEPS)
    assert width.shape == (2, 1, 12)
    before = adapted_width(Naive(), unit_calibration(), series_of(counts), np.array([5 * DAY]), STEPS)
    assert not np.allclose(width, before)
    assert (width >= LEAST_CHANGE).all()
    assert (width <= MOST_CHANGE).all()


@pytest.mark.parametrize("bins", [1, 50, DAY, DAY + DAY // 2])
def test_too_little_history_leaves_the_width_of_the_calibration(bins):
    counts = np.random.default_rng(2).poisson(50, bins).astype(float)
    width = adapted_width(Naive(), unit_calibration(), series_of(counts), np.array([bins - 1]), STEPS)
    assert (width == 1.0).all()


def test_unknown_bins_are_no_errors():
    counts = np.random.default_rng(3).poisson(50, 4 * DAY).astype(float)
    counts[2 * DAY : -2] = np.nan
    width = adapted_width(Naive(), unit_calibration(), series_of(counts), np.array([len(counts) - 1]), STEPS)
    assert np.isfinite(width).all()


def test_a_series_of_equal_counts_has_no_width_to_follow():
    width = adapted_width(Naive(), unit_calibration(), series_of(np.full(4 * DAY, 7.0)), np.array([4 * DAY - 1]), STEPS)
    assert np.isfinite(width).all()


@pytest.mark.parametrize("timeframe", API_TIMEFRAMES)
@pytest.mark.parametrize("model", ["lightgbm", "ensemble", "seasonal_naive"])
def test_quantiles_are_those_of_a_cut_history_and_of_any_future(model, timeframe):
    shipped = fitted(SHIPPED, timeframe, model, Settings())
    series = resample(generate(days=9, seed=5), bin_seconds_of(timeframe))
    origins = np.array([5 * series.bins_per_day + 3, 7 * series.bins_per_day])
    means = shipped.forecaster.means(series, origins, STEPS)
    together = shipped.quantiles(series, origins, means, STEPS)
    for row, origin in enumerate(origins):
        alone = shipped.quantiles(series.slice(0, origin + 1), np.array([origin]), means[row : row + 1], STEPS)
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5)
        counts = series.requests_count.copy()
        counts[origin + 1 :] = 1e6
        changed = Series(series.name, series.bin_seconds, series.start, counts, time_zone=series.time_zone)
        other = shipped.quantiles(changed, np.array([origin]), means[row : row + 1], STEPS)
        np.testing.assert_allclose(other[0], together[row], rtol=1e-5)


def test_a_history_that_begins_later_is_looked_at_at_the_same_moments():
    series = resample(generate(days=9, seed=6), 300)
    calibration, last = unit_calibration(), np.array([len(series) - 1])
    whole = adapted_width(Naive(), calibration, series, last, TRACKED_STEPS)
    later = series.slice(series.bins_per_day + 1, len(series))
    cut = adapted_width(Naive(), calibration, later, np.array([len(later) - 1]), TRACKED_STEPS)
    np.testing.assert_allclose(cut, whole, rtol=0.02)


def test_intervals_hold_on_a_service_that_the_set_never_saw():
    """Without following, the shipped set's intervals cover far too much of a service with much less noise."""
    traffic = Traffic(requests_per_minute=2e6, wander=0.01, bursts_per_week=0, events=0, outages=0)
    series = generate("quiet", days=12, seed=7, bin_seconds=900, traffic=traffic)
    shipped = fitted(SHIPPED, "15m", "seasonal_smoothing", Settings())
    origins = np.arange(6 * DAY, len(series) - 13)
    means = shipped.forecaster.means(series, origins, STEPS)
    actual = series.requests_count[origins[:, None] + STEPS]
    low, high = QUANTILES.index(0.1), QUANTILES.index(0.9)

    def miss(quantiles: np.ndarray) -> float:
        known = ~np.isnan(actual)
        inside = (actual >= quantiles[..., low]) & (actual <= quantiles[..., high])
        return abs(inside[known].mean() - 0.8)

    fixed = shipped.calibration.quantiles(means, shipped.calibration.dispersion(series, origins), STEPS)
    assert miss(fixed) > 0.1
    assert miss(shipped.quantiles(series, origins, means, STEPS)) < 0.8 * miss(fixed)
