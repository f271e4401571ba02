"""The factors of a forecast multiply up to it exactly."""

from __future__ import annotations

import re

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.explanation.factors import (
    ALL_ROWS,
    CORRECTION,
    EXPLAINABLE,
    TREND,
    USUAL_DAY,
    WEEKDAY,
    _hybrid,
    day_and_week,
    forecast_factors,
    shape_curves,
)
from forecasting.evaluation.explanation.importance import GROUPS
from forecasting.forecasters.hybrid.hybrid_forecaster import MOST_CHANGE
from forecasting.model_sets.loading import fitted
from forecasting.model_sets.names import SHIPPED
from forecasting.prediction.forecasts import predict
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

DAY = 86_400
HYBRID = (TREND, USUAL_DAY, WEEKDAY, CORRECTION)


@pytest.fixture(scope="module")
def series():
    return resample(generate(days=16, seed=3), 900)


def factors_of(series, model="hybrid", origin=None, horizon=24, **options):
    return forecast_factors(series, model=model, horizon=horizon, origin=origin, settings=Settings(), **options)


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m"])
@pytest.mark.parametrize("model", EXPLAINABLE)
def test_they_multiply_up_to_the_forecast(model, timeframe):
    series = resample(generate(days=4, seed=3), {"1m": 60, "5m": 300, "15m": 900}[timeframe])
    for position in (0, 3, len(series) // 2, len(series) - 5, len(series) - 1):
        origin = series.start + position * series.bin_seconds
        result = factors_of(series, model, origin)
        np.testing.assert_allclose(result.level * result.factors.prod(axis=0), result.mean, rtol=1e-12)
        alone = predict(series, model=model, horizon=24, origin=origin, settings=Settings())
        np.testing.assert_allclose(result.mean, alone.yhat, rtol=1e-5)
        assert result.ds.tolist() == alone.ds.tolist()


@pytest.mark.parametrize("days", [0.3, 3, 9])
def test_they_do_so_during_and_after_an_outage(series, days):
    counts = series.requests_count.copy()
    begin = 4 * 96
    end = begin + int(days * 96)
    counts[begin:end] = np.nan
    gap = with_counts(series, counts)
    for position in (begin + 2, (begin + end) // 2, end - 1, end, end + 3):
        for model in EXPLAINABLE:
            result = factors_of(gap, model, gap.start + position * 900)
            np.testing.assert_allclose(result.level * result.factors.prod(axis=0), result.mean, rtol=1e-7)


def test_names_are_those_of_the_model(series):
    assert factors_of(series).names == HYBRID
    for model in ("xgboost", "lightgbm"):
        assert factors_of(series, model).names == (ALL_ROWS, *GROUPS)


def test_a_change_that_is_bounded_is_shared_out_in_proportion(series):
    shape = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster.shape
    steep = type(shape)(**{**vars(shape), "beta": tuple(9 * b for b in shape.beta)})
    hybrid = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster
    forecaster = type(hybrid)(steep, hybrid.network, hybrid.confidence)
    counts = 100 * np.exp(steep.log_curve(series.wall) - steep.log_curve(series.wall).mean())
    origin, steps = 12 * 96, np.arange(1, 97)
    level, parts = _hybrid(forecaster, with_counts(series, counts), origin, steps)
    change = parts[TREND] + parts[USUAL_DAY] + parts[WEEKDAY]
    assert np.abs(change).max() == pytest.approx(MOST_CHANGE), "the shape is steep enough to be bounded"
    mean = forecaster.means(with_counts(series, counts), np.array([origin]), steps)[0]
    np.testing.assert_allclose(level * np.exp(change + parts[CORRECTION]), mean, rtol=1e-9)


def test_the_day_and_the_week_are_separated():
    shape = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster.shape
    wall = np.arange(0, 14 * DAY, 900)
    usual, weekday = day_and_week(shape, wall)
    np.testing.assert_allclose(usual + weekday, shape.seasonal(wall).sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(usual.reshape(14, 96), np.tile(usual[:96], (14, 1)), atol=1e-9)
    np.testing.assert_allclose(weekday.reshape(2, 7, 96).mean(axis=1), 0, atol=1e-9)


def test_the_parts_of_the_shape_add_up_to_its_curve():
    shape = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster.shape
    wall = np.arange(0, 40 * DAY, 3_600)
    np.testing.assert_allclose(shape.trend(wall) + shape.seasonal(wall).sum(axis=0), shape.log_curve(wall))


def test_a_rising_morning_is_attributed_to_the_day(series):
    monday = series.start + (-(series.start // DAY + 3) % 7) * DAY
    result = factors_of(series, origin=monday + 7 * DAY + 5 * 3_600, horizon=24)
    day = result.factors[HYBRID.index(USUAL_DAY)]
    assert day[-1] > 1.2 * day[0]
    assert np.abs(np.log(result.factors[HYBRID.index(TREND)])).max() < 0.1


@pytest.mark.parametrize("model", EXPLAINABLE)
def test_counts_after_the_origin_change_no_factor(model, series):
    origin = series.start + 9 * DAY
    after = series.position(origin) + 1
    counts = series.requests_count.copy()
    counts[after:] = np.random.default_rng(0).choice([0.0, np.nan, 1e5], len(counts) - after)
    one, other = factors_of(series, model, origin), factors_of(with_counts(series, counts), model, origin)
    assert one.level == pytest.approx(other.level)
    np.testing.assert_allclose(one.factors, other.factors, rtol=1e-5)


@pytest.mark.parametrize("model", EXPLAINABLE)
def test_the_sentence_multiplies_up_and_names_what_matters(model, series):
    result = factors_of(series, model)
    for column in (0, 23):
        text = result.sentence(column)
        named = [name for name in result.names if f"({name})" in text]
        factors = dict(zip(result.names, result.factors[:, column], strict=True))
        assert set(named) == {name for name, factor in factors.items() if abs(factor - 1) >= 0.01}
        named_factors = [float(part) for part in re.findall(r"× ([\d.]+)", text)]
        ends = re.search(r": ([\d.,]+) .* = ([\d.,]+) req", text).groups()
        level, mean = (float(part.replace(",", "")) for part in ends)
        assert level * np.prod(named_factors) == pytest.approx(mean, rel=0.05)
    assert result.weights.shape == result.factors.shape


def test_a_forecast_of_zero_has_a_sentence():
    counts = np.r_[daily_traffic(4, 900, seed=99).requests_count, np.zeros(3 * 96)]
    result = factors_of(Series("over", 900, MONDAY, counts), "lightgbm")
    assert result.sentence(0).startswith("Starting from the recent level: ")
    assert np.isfinite(result.weights).all()


def test_the_sentence_of_the_shape(series):
    curves = shape_curves(series, settings=Settings())
    hour, minute = divmod(int(curves.day_seconds[curves.day.argmax()]) // 60, 60)
    assert f"highest at {hour:02d}:{minute:02d} ({curves.day.max():.2f} times its mean)" in curves.sentence


def test_curves_of_the_shape_are_factors_around_one(series):
    curves = shape_curves(series, settings=Settings())
    assert np.log(curves.day).mean() == pytest.approx(0, abs=1e-9)
    assert len(curves.day) == len(curves.day_seconds) == 96
    assert np.log(curves.weekday).reshape(7, 96).mean(axis=0) == pytest.approx(np.zeros(96), abs=1e-9)
    assert curves.trend[-1] == 1.0
    assert curves.trend_seconds[[0, -1]].tolist() == series.wall[[0, -1]].tolist()
    assert 0 <= curves.confirmed <= 1


def test_weekdays_begin_on_monday():
    shape = fitted(SHIPPED, "15m", "hybrid", Settings()).forecaster.shape
    curves = shape_curves(daily_traffic(6, 900, seed=99), settings=Settings())
    sunday = curves.week_seconds >= 6 * DAY
    expected = day_and_week(shape, MONDAY + 6 * DAY + np.arange(0, DAY, 900))[1]
    np.testing.assert_allclose(curves.weekday[sunday], np.exp(expected))


@pytest.mark.parametrize("model", ["naive", "smoothing", "seasonal_naive"])
def test_a_rule_has_no_factors(model, series):
    with pytest.raises(InputError, match="model must be one of hybrid, xgboost, lightgbm"):
        factors_of(series, model)


def test_origins_and_horizons_out_of_range_are_refused(series):
    with pytest.raises(InputError, match=r"horizon must be an integer from 1 to 100 .got 0"):
        factors_of(series, horizon=0)
    with pytest.raises(InputError, match="origin is "):
        factors_of(series, origin=series.end)
    with pytest.raises(HistoryTooShort):
        factors_of(Series("silent", 900, 0, np.full(500, np.nan)))
