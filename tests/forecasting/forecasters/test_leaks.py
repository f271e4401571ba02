"""No forecast may know anything after its origin. The shipped set is tested, every model at every timeframe."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.hybrid.hybrid_forecaster import Baseline, HybridForecaster
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of

NOISE_FLOOR = {"1m": 12.9, "5m": 41.0, "15m": 100.0}
"""One-step RMSE on NASA-HTTP under which a causal forecast is not believable (two-sided interpolation reaches it)."""

STEPS = np.array([1, 2, 5, 12, 60, 100])
ALL_PAIRS = [(model, timeframe) for model in MODEL_NAMES for timeframe in API_TIMEFRAMES]
MAIN_PAIRS = [(model, timeframe) for model in MAIN_MODELS for timeframe in API_TIMEFRAMES]


@pytest.fixture(scope="module")
def synthetic() -> Series:
    return generate(days=16, seed=3)


@pytest.mark.parametrize(("model", "timeframe"), ALL_PAIRS)
def test_what_comes_after_the_origin_changes_no_forecast(model, timeframe, synthetic):
    shipped = fitted(SHIPPED, timeframe, model, Settings())
    series = resample(synthetic, bin_seconds_of(timeframe))
    origins = np.array([3, series.bins_per_day, len(series) // 2, len(series) - 300])
    rng = np.random.default_rng(0)
    for origin in origins:
        counts = series.requests_count.copy()
        counts[origin + 1 :] = rng.choice([0.0, np.nan, 1e5], len(counts) - origin - 1)
        changed = Series(series.name, series.bin_seconds, series.start, counts)
        at = np.array([origin])
        np.testing.assert_allclose(
            shipped.forecaster.means(changed, at, STEPS), shipped.forecaster.means(series, at, STEPS), rtol=1e-5
        )
        np.testing.assert_allclose(
            shipped.calibration.dispersion(changed, at), shipped.calibration.dispersion(series, at), rtol=1e-9
        )


@pytest.mark.parametrize(("model", "timeframe"), ALL_PAIRS)
def test_a_cut_history_gives_the_forecast_of_the_backtest(model, timeframe, synthetic):
    shipped = fitted(SHIPPED, timeframe, model, Settings())
    series = resample(synthetic, bin_seconds_of(timeframe))
    origins = np.array([50, series.bins_per_day * 8 + 7])
    together = shipped.forecaster.means(series, origins, STEPS)
    for row, origin in enumerate(origins):
        alone = shipped.forecaster.means(series.slice(0, origin + 1), np.array([origin]), STEPS)
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5)


@pytest.mark.parametrize(("model", "timeframe"), MAIN_PAIRS)
def test_forecasts_fit_what_comes_no_better_than_the_noise_allows(model, timeframe, nasa):
    shipped = fitted(SHIPPED, timeframe, model, Settings())
    series = resample(nasa, bin_seconds_of(timeframe))
    first = series.position(moment_of("1995-08-23", series.time_zone))
    origins = np.arange(first - 1, len(series) - 1)
    means = shipped.forecaster.means(series, origins, np.array([1]))[:, 0]
    counts = series.requests_count
    to_target = np.sqrt(np.nanmean((means - counts[origins + 1]) ** 2))
    assert to_target > NOISE_FLOOR[timeframe]
    to_origin = np.sqrt(np.nanmean((means - counts[origins]) ** 2))
    assert to_origin < to_target, "a causal forecast lies nearer to the last value it saw than to the next"


@pytest.mark.parametrize(("model", "timeframe"), ALL_PAIRS)
def test_nobody_beats_the_mean_of_independent_counts(model, timeframe):
    shipped = fitted(SHIPPED, timeframe, model, Settings())
    rng = np.random.default_rng(11)
    counts = rng.negative_binomial(40, 0.25, 6_000).astype(float)
    series = Series("independent", bin_seconds_of(timeframe), 0, counts)
    origins = np.arange(3_000, 5_900)
    steps = np.array([1, 12])
    means = shipped.forecaster.means(series, origins, steps)
    actual = counts[origins[:, None] + steps]
    assert np.sqrt(np.mean((means - actual) ** 2)) >= 0.999 * np.sqrt(np.mean((actual.mean() - actual) ** 2))


def test_the_network_reads_no_residual_after_the_origin(synthetic):
    series = resample(synthetic, 900)
    shape = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster.shape
    origin = 700
    window = Baseline(series, shape).residuals(np.array([origin]))[0, :, 0]
    level = Baseline(series, shape).bank.level[origin]
    counts = series.requests_count.copy()
    counts[origin] += level
    moved = Series(series.name, 900, series.start, counts)
    newest = Baseline(moved, shape).residuals(np.array([origin]))[0, -1, 0]
    assert newest > window[-1], "the newest residual is the origin's own"
    counts[origin + 1 :] = 9e9
    later = Baseline(Series(series.name, 900, series.start, counts), shape).residuals(np.array([origin]))[0, :, 0]
    np.testing.assert_allclose(later[-1], newest, rtol=1e-6)


def test_scalers_and_weights_are_fitted_before_the_validation_days(monkeypatch):
    from forecasting.forecasters.hybrid import network_training

    monkeypatch.setattr(network_training, "EPOCHS", 1)
    monkeypatch.setattr(network_training, "LEAST_UPDATES", 1)
    series = resample(generate(days=6, seed=5), 900)
    stop = 4 * series.bins_per_day
    unseen = series.requests_count.copy()
    unseen[stop:] *= 50
    a = HybridForecaster().fit(series, stop_at=stop)
    b = HybridForecaster().fit(Series(series.name, 900, series.start, unseen), stop_at=stop)
    np.testing.assert_allclose(a.network.centre, b.network.centre, rtol=1e-6)
    np.testing.assert_allclose(a.network.scale, b.network.scale, rtol=1e-6)
    np.testing.assert_allclose(a.network.kernel, b.network.kernel, atol=1e-6)
    assert a.shape.beta == b.shape.beta
