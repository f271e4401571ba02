"""No forecast may know anything after its origin. The shipped set is tested, every model at every timeframe."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.hybrid.hybrid_forecaster import Baseline, HybridForecaster
from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES, WITHOUT_SET, forecaster_class
from forecasting.model_sets.loading import fitted, untrained_part, without_set
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
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


def ready(model: str, timeframe: str) -> FittedModel:
    """The model of the shipped set, or the one without a set."""
    return without_set(model, timeframe) if model in WITHOUT_SET else fitted(SHIPPED, timeframe, model, Settings())


def parts(model: FittedModel, series: Series, origins: np.ndarray) -> tuple[np.ndarray, ...]:
    """Means, spread and quantiles, the quantiles with the width that follows the recent errors."""
    made = model.forecasts(series, origins, STEPS)
    return made.means, made.spread, made.quantiles


@pytest.mark.parametrize(("model", "timeframe"), ALL_PAIRS)
def test_what_comes_after_the_origin_changes_no_forecast(model, timeframe, synthetic):
    model = ready(model, timeframe)
    series = resample(synthetic, bin_seconds_of(timeframe))
    origins = np.array([3, series.bins_per_day, len(series) // 2, len(series) - 300])
    rng = np.random.default_rng(0)
    for origin in origins:
        counts = series.requests_count.copy()
        counts[origin + 1 :] = rng.choice([0.0, np.nan, 1e5], len(counts) - origin - 1)
        changed = Series(series.name, series.bin_seconds, series.start, counts)
        at = np.array([origin])
        for before, after in zip(parts(model, series, at), parts(model, changed, at), strict=True):
            np.testing.assert_allclose(after, before, rtol=1e-5)
        assert model.members(changed, int(origin), STEPS) == model.members(series, int(origin), STEPS)
        assert model.warnings(changed, int(origin)) == model.warnings(series, int(origin))


@pytest.mark.parametrize(("model", "timeframe"), ALL_PAIRS)
def test_a_cut_history_gives_the_forecast_of_the_backtest(model, timeframe, synthetic):
    model = ready(model, timeframe)
    series = resample(synthetic, bin_seconds_of(timeframe))
    origins = np.array([50, series.bins_per_day * 8 + 7])
    together = parts(model, series, origins)
    for row, origin in enumerate(origins):
        alone = parts(model, series.slice(0, origin + 1), np.array([origin]))
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], all_of_them[row], rtol=1e-5)


@pytest.mark.parametrize(("model", "timeframe"), MAIN_PAIRS)
def test_forecasts_fit_what_comes_no_better_than_the_noise_allows(model, timeframe, nasa):
    model = ready(model, timeframe)
    series = resample(nasa, bin_seconds_of(timeframe))
    first = series.position(moment_of("1995-08-23", series.time_zone))
    origins = np.arange(first - 1, len(series) - 1)
    means = model.means(series, origins, np.array([1]))[:, 0]
    counts = series.requests_count
    to_target = np.sqrt(np.nanmean((means - counts[origins + 1]) ** 2))
    assert to_target > NOISE_FLOOR[timeframe]
    to_origin = np.sqrt(np.nanmean((means - counts[origins]) ** 2))
    assert to_origin < to_target, "a causal forecast lies nearer to the last value it saw than to the next"


@pytest.mark.parametrize(("model", "timeframe"), ALL_PAIRS)
def test_nobody_beats_the_mean_of_independent_counts(model, timeframe):
    model = ready(model, timeframe)
    rng = np.random.default_rng(11)
    counts = rng.negative_binomial(40, 0.25, 6_000).astype(float)
    series = Series("independent", bin_seconds_of(timeframe), 0, counts)
    origins = np.arange(3_000, 5_900)
    steps = np.array([1, 12])
    means = model.means(series, origins, steps)
    actual = counts[origins[:, None] + steps]
    assert np.sqrt(np.mean((means - actual) ** 2)) >= 0.999 * np.sqrt(np.mean((actual.mean() - actual) ** 2))


@pytest.mark.parametrize("model", WITHOUT_SET)
def test_weights_at_an_origin_do_not_depend_on_what_follows(model, synthetic):
    series = resample(synthetic, 900)
    model = ready(model, "15m")
    origins = np.arange(900, 1_000)
    counts = series.requests_count.copy()
    counts[1_000:] = 7e6
    names, weights = model.member_weights(series, origins, np.array([4]))
    again, changed = model.member_weights(series.with_counts(counts), origins, np.array([4]))
    assert again == names
    np.testing.assert_array_equal(changed, weights)


def test_a_trained_default_model_knows_nothing_after_the_origin(synthetic):
    series = resample(synthetic, 900)
    cut = 10 * series.bins_per_day
    forecaster = forecaster_class("auto")().fit(series.slice(0, cut))
    until = wall_text(series.start + cut * series.bin_seconds, series.time_zone)
    entry = {"trained_from": "", "trained_until": until, "validation_from": "", "seasonal_scale": 1.0}
    model = FittedModel("own", "15m", forecaster, None, entry, {}, untrained_part())
    for origin in (cut - 200, cut - 2, cut - 1, cut + 50, len(series) - 150):
        counts = series.requests_count.copy()
        counts[origin + 1 :] = np.random.default_rng(origin).choice([0.0, np.nan, 1e5], len(counts) - origin - 1)
        at = np.array([origin])
        for before, after in zip(parts(model, series, at), parts(model, series.with_counts(counts), at), strict=True):
            np.testing.assert_allclose(after, before, rtol=1e-9)
    early, untrained = np.array([cut - 2]), ready("adaptive", "15m")
    np.testing.assert_array_equal(parts(model, series, early)[2], parts(untrained, series, early)[2])


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
    HybridForecaster().fit(series, stop_at=stop)  # the first training of a process differs in the third digit
    a = HybridForecaster().fit(series, stop_at=stop)
    b = HybridForecaster().fit(Series(series.name, 900, series.start, unseen), stop_at=stop)
    np.testing.assert_allclose(a.network.centre, b.network.centre, rtol=1e-6)
    np.testing.assert_allclose(a.network.scale, b.network.scale, rtol=1e-6)
    np.testing.assert_allclose(a.network.kernel, b.network.kernel, atol=1e-6)
    assert a.shape.beta == b.shape.beta
