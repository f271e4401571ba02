"""What every forecaster of the registry does with the odd series that reality brings."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasting.errors import InputError
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.hybrid.hybrid_forecaster import HybridForecaster
from forecasting.forecasters.registry import (
    MAIN_MODELS,
    MODEL_NAMES,
    WITHOUT_SET,
    checked_model,
    forecaster_class,
)
from forecasting.forecasters.trees import lightgbm_trees, xgboost_trees
from forecasting.forecasters.trees.features import FeatureBank
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.names import SHIPPED
from forecasting.prediction.forecasts import predict
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

TRAINED = [pytest.param(model, marks=[pytest.mark.slow] if model == "hybrid" else []) for model in MAIN_MODELS]
"""To train the hybrid takes as long as all others together: its network has to be compiled."""
PAIRS = [(model, timeframe) for model in MODEL_NAMES for timeframe in API_TIMEFRAMES]
STORED_PAIRS = [(model, timeframe) for model, timeframe in PAIRS if model not in WITHOUT_SET]


@pytest.fixture
def fewer_rounds(monkeypatch):
    """A quarter of the trees' rounds, as without validation days nothing stops them earlier."""
    for module in (lightgbm_trees, xgboost_trees):
        monkeypatch.setattr(module, "MOST_ROUNDS", 200)


def forecast(series: Series, model: str, horizon: int = 12):
    return predict(series, model=model, horizon=horizon, model_set=SHIPPED, settings=Settings())


def series_of(counts, timeframe: str = "5m") -> Series:
    return Series("odd", bin_seconds_of(timeframe), MONDAY, np.array(counts, dtype=float))


@pytest.mark.parametrize(("model", "timeframe"), PAIRS)
def test_a_thousand_times_the_traffic_is_a_thousand_times_the_forecast(model, timeframe):
    series = daily_traffic(9, bin_seconds_of(timeframe))
    small, large = forecast(series, model, 100), forecast(with_counts(series, 1000 * series.requests_count), model, 100)
    np.testing.assert_allclose(large.yhat, 1000 * small.yhat, rtol=0.01)
    np.testing.assert_allclose(large.quantiles, 1000 * small.quantiles, rtol=0.01, atol=1e-9)


@pytest.mark.parametrize(("model", "timeframe"), PAIRS)
def test_one_point_is_enough_for_a_finite_forecast(model, timeframe):
    answer = forecast(series_of([120], timeframe), model, 100)
    assert np.isfinite(answer.yhat).all()
    assert np.isfinite(answer.quantiles).all()
    assert 30 < answer.yhat[0] < 480
    assert answer.quantiles[0, -1] > answer.quantiles[0, 0], "one point leaves doubt, and the interval says so"


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_no_traffic_forecasts_none(model):
    answer = forecast(series_of(np.zeros(600)), model, 50)
    np.testing.assert_array_equal(answer.yhat, 0)
    np.testing.assert_array_equal(answer.quantiles, 0)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_a_constant_stays_near_itself(model):
    answer = forecast(series_of(np.full(2_000, 500.0)), model, 12)
    np.testing.assert_allclose(answer.yhat, 500, rtol=0.25)


@pytest.mark.parametrize("model", MODEL_NAMES)
@pytest.mark.parametrize("gap", [12, 400])
def test_a_gap_before_the_origin_is_bridged(model, gap):
    series = daily_traffic(10, 300)
    counts = series.requests_count.copy()
    counts[-gap:] = np.nan
    answer = forecast(with_counts(series, counts), model, 24)
    assert np.isfinite(answer.quantiles).all()
    assert 0.2 * np.nanmean(counts) < answer.yhat.mean() < 4 * np.nanmean(counts)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_an_outage_in_the_history_is_not_taken_for_zeros(model):
    series = daily_traffic(14, 900)
    counts = series.requests_count.copy()
    counts[500:800] = np.nan
    with_gap, whole = forecast(with_counts(series, counts), model), forecast(series, model)
    assert with_gap.yhat.mean() == pytest.approx(whole.yhat.mean(), rel=0.2)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_the_history_is_not_changed(model):
    series = daily_traffic(3, 900)
    before = series.requests_count.copy()
    forecast(series, model)
    np.testing.assert_array_equal(series.requests_count, before)


def test_nothing_known_is_refused():
    with pytest.raises(InputError, match="every y is null"):
        forecast(series_of([np.nan, np.nan]), "naive")


def test_an_unknown_model_is_refused_with_the_names_there_are():
    with pytest.raises(InputError, match="must be one of auto, adaptive, hybrid, xgboost, lightgbm"):
        checked_model("arima")


@given(
    counts=arrays(
        float, st.integers(1, 400), elements=st.one_of(st.just(float("nan")), st.just(0.0), st.floats(0, 1e9))
    ),
    model=st.sampled_from(MODEL_NAMES),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_quantiles_never_cross_and_are_never_negative(counts, model):
    if not np.isfinite(counts).any():
        return
    answer = forecast(series_of(counts), model, 20)
    assert np.isfinite(answer.yhat).all()
    assert (answer.yhat >= 0).all()
    assert (answer.quantiles >= 0).all()
    assert (np.diff(answer.quantiles, axis=1) >= 0).all()
    assert answer.levels == QUANTILES


@pytest.mark.parametrize(("model", "timeframe"), STORED_PAIRS)
def test_what_is_saved_loads_equal(model, timeframe, tmp_path):
    shipped = fitted(SHIPPED, timeframe, model, Settings()).forecaster
    shipped.save(tmp_path)
    again = forecaster_class(model).load(tmp_path)
    series = daily_traffic(3, bin_seconds_of(timeframe))
    at, steps = np.array([len(series) - 1]), np.arange(1, 31)
    np.testing.assert_allclose(again.means(series, at, steps), shipped.means(series, at, steps), rtol=1e-6)


def test_the_default_model_is_saved_and_loads_equal(tmp_path):
    series = daily_traffic(16, 900)
    trained = forecaster_class("auto")().fit(series.slice(0, 14 * 96))
    trained.save(tmp_path)
    again = forecaster_class("auto").load(tmp_path)
    at, steps = np.array([14 * 96, len(series) - 1]), np.arange(1, 31)
    before, after = trained.forecasts(series, at, steps), again.forecasts(series, at, steps)
    np.testing.assert_allclose(after.means, before.means, rtol=1e-6)
    np.testing.assert_allclose(after.quantiles, before.quantiles, rtol=1e-6)


@pytest.mark.parametrize("model", WITHOUT_SET)
def test_members_share_the_forecast(model):
    answer = forecast(daily_traffic(9, 900), model, 24)
    assert answer.model_set is None
    assert sum(weight for _, weight in answer.members) == pytest.approx(1.0)
    assert [weight for _, weight in answer.members] == sorted((w for _, w in answer.members), reverse=True)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_no_shown_mean_lies_outside_its_own_interval(model):
    counts = np.where(np.arange(3_000) % 37 == 0, 900.0, 0.0)
    for row in forecast(series_of(counts), model, 40).rows():
        assert row["yhat_lower"] <= row["yhat"] <= row["yhat_upper"]


@pytest.mark.parametrize("model", TRAINED)
def test_a_trained_model_beats_the_naive_floor_on_what_it_learnt(model, fewer_rounds):
    series = daily_traffic(21, 900)
    stop = 18 * series.bins_per_day
    forecaster = forecaster_class(model)().fit(series.slice(0, stop))
    origins, steps = np.arange(stop - 1, len(series) - 13), np.arange(1, 13)
    actual = series.requests_count[origins[:, None] + steps]

    def rmse(means):
        return np.sqrt(np.mean((means - actual) ** 2))

    naive = rmse(forecaster_class("naive")().means(series, origins, steps))
    assert rmse(forecaster.means(series, origins, steps)) < 0.75 * naive


@pytest.mark.parametrize("model", TRAINED)
def test_a_service_that_is_silent_for_days_is_learnt_and_forecast(model, fewer_rounds):
    series = daily_traffic(14, 900)
    counts = series.requests_count.copy()
    counts[400:900] = 0.0
    stop = 12 * series.bins_per_day
    forecaster = forecaster_class(model)().fit(with_counts(series, counts).slice(0, stop))
    origins, steps = np.arange(390, len(series) - 13), np.arange(1, 13)
    means = forecaster.means(with_counts(series, counts), origins, steps)
    assert np.isfinite(means).all()
    assert means.max() < 5 * counts.max()


def test_a_network_that_the_validation_days_do_not_confirm_is_not_followed():
    shipped = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster
    rng = np.random.default_rng(4)

    def noise(sequences, inputs):
        return rng.normal(0, 0.7, inputs.shape[:2])

    series = daily_traffic(9, 900)
    assert HybridForecaster(shipped.shape, noise)._supported_share(series, 6 * 96) == (0.0, 0.0)


@pytest.mark.parametrize("model", ["xgboost", "lightgbm"])
def test_a_set_of_before_the_square_root_is_read_as_it_was_fitted(model, tmp_path):
    shipped = fitted(SHIPPED, "15m", model, Settings()).forecaster
    shipped.save(tmp_path)
    stored = json.loads((tmp_path / "fit.json").read_text())
    (tmp_path / "fit.json").unlink()
    (tmp_path / "rounds.json").write_text(json.dumps(stored["rounds"]))
    series = generate(days=3, seed=4, bin_seconds=900)
    at, steps = np.array([len(series) - 1]), np.array([1, 5])
    old = type(shipped).load(tmp_path).means(series, at, steps)[0]
    new = shipped.means(series, at, steps)[0]
    level = FeatureBank.of(series).level[at[0]]
    assert old[0] == pytest.approx(new[0])
    assert new[1] / level == pytest.approx((old[1] / level) ** 2 * shipped.lift, rel=1e-5)
