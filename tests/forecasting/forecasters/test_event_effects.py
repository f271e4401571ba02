"""Known events move the forecasts of their own times, by a factor given or learned, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.event_effects import EventEffects
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.registry import MODEL_NAMES, WITHOUT_SET
from forecasting.model_sets.loading import fitted, without_set
from forecasting.model_sets.names import SHIPPED
from forecasting.prediction.forecasts import predict
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.known_events import known_events_of, to_json
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR
from tests.forecasting.traffic import daily_traffic

STEPS = np.arange(1, 97)
BIN = 900
WEDNESDAYS = {"name": "lunch", "cron": "0 12 * * WED", "duration_minutes": 120}


def ready(model: str) -> FittedModel:
    return without_set(model, "15m") if model in WITHOUT_SET else fitted(SHIPPED, "15m", model, Settings())


def wall(series: Series, second: int) -> str:
    return wall_text(second, series.time_zone)


def noon_sale(series: Series, day: int, **more) -> dict:
    """An event from 12:00 to 14:00, some days after the end of a series (negative: before)."""
    begin = series.end + day * DAY + 12 * HOUR
    return {"name": "sale", "start": wall(series, begin), "end": wall(series, begin + 2 * HOUR), **more}


def lunches(days: int, busy: tuple[int, ...], factor: float = 3.0) -> Series:
    """Traffic that is `factor` times the usual from 12:00 to 14:00 on some days."""
    series = daily_traffic(days, BIN)
    counts = series.requests_count.copy()
    for day in busy:
        counts[day * 96 + 48 : day * 96 + 56] *= factor
    return series.with_counts(counts)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_a_given_factor_moves_its_own_time_and_nothing_else(model):
    series = daily_traffic(21, BIN)
    known = series.with_events(known_events_of([noon_sale(series, 0, factor=2.5)]))
    at, last = ready(model), np.array([len(series) - 1])
    plain, moved = at.forecasts(series, last, STEPS), at.forecasts(known, last, STEPS)
    inside = (STEPS >= 49) & (STEPS <= 56)
    for before, after in ((plain.means, moved.means), (plain.quantiles, moved.quantiles), (plain.spread, moved.spread)):
        np.testing.assert_array_equal(after[0, ~inside], before[0, ~inside])
        np.testing.assert_allclose(after[0, inside], 2.5 * before[0, inside], rtol=1e-6)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_past_occurrences_are_taken_out_before_the_factor_is_applied(model):
    busy = lunches(21, (20,), factor=4.0)
    usual = daily_traffic(21, BIN)
    events = known_events_of([noon_sale(busy, day, factor=4.0) for day in (-1, 0)])
    at, last = ready(model), np.array([len(busy) - 1])
    moved = at.means(busy.with_events(events), last, STEPS)[0, 48:56]
    np.testing.assert_allclose(moved, 4.0 * at.means(usual, last, STEPS)[0, 48:56], rtol=1e-6)


@pytest.mark.parametrize("model", ["auto", "lightgbm", "seasonal_naive"])
def test_a_factor_is_learned_from_past_occurrences(model):
    busy = lunches(45, (2, 9, 16, 23, 30, 37))
    part = busy.slice(0, 44 * 96).with_events(known_events_of([WEDNESDAYS]))
    effects = EventEffects.of(part)
    learned = [one.learning.factor(len(one.learning.ends), "")[0] for one in effects.placed[:1]]
    assert learned[0] == pytest.approx(3.0, rel=0.15)
    # The normal lunch of an event's weekday is that of the other days
    normal = effects.normal.requests_count.reshape(-1, 96)[37, 48:56].mean()
    assert normal == pytest.approx(part.requests_count.reshape(-1, 96)[36, 48:56].mean(), rel=0.25)
    at, origin = ready(model), np.array([37 * 96 - 1])
    means = at.means(part, origin, STEPS)[0]
    plain = at.means(part.with_events(()), origin, STEPS)[0]
    actual = busy.requests_count[37 * 96 : 38 * 96]
    np.testing.assert_array_equal(np.delete(means, np.s_[48:56]), np.delete(plain, np.s_[48:56]))
    assert np.abs(means[48:56] - actual[48:56]).mean() < 0.2 * actual[48:56].mean()


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_nothing_after_the_origin_reaches_a_forecast_with_events(model):
    series = lunches(30, (6, 13, 20, 27))
    every_day = {"cron": "0 12 * * *", "duration_minutes": 120}
    once = noon_sale(series, -3, factor=3.0)
    events = known_events_of([every_day, once, {"country": "DE"}])
    at = ready(model)
    for origin in (13 * 96 + 40, 13 * 96 + 51, 20 * 96 + 60):
        counts = series.requests_count.copy()
        counts[origin + 1 :] = np.random.default_rng(1).choice([0.0, np.nan, 1e5], len(counts) - origin - 1)
        known, changed = series.with_events(events), series.with_counts(counts).with_events(events)
        whole, cut = at.forecasts(changed, np.array([origin]), STEPS), known.slice(0, origin + 1)
        plain, alone = at.forecasts(known, np.array([origin]), STEPS), at.forecasts(cut, np.array([origin]), STEPS)
        for made in (whole, alone):
            np.testing.assert_allclose(made.means, plain.means, rtol=1e-5)
            np.testing.assert_allclose(made.quantiles, plain.quantiles, rtol=1e-5)


def test_a_closed_day_is_forecast_as_none():
    series = daily_traffic(21, BIN)
    known = series.with_events(known_events_of([noon_sale(series, 0, factor=0.0)]))
    for model in ("auto", "xgboost"):
        answer = predict(known, model=model, horizon=96)
        np.testing.assert_array_equal(answer.yhat[48:56], 0.0)
        np.testing.assert_array_equal(answer.quantiles[48:56], 0.0)


def test_an_event_without_a_factor_or_a_past_is_said_and_changes_nothing():
    series = daily_traffic(21, BIN)
    known = series.with_events(known_events_of([noon_sale(series, 0)]))
    answer, plain = predict(known, horizon=96), predict(series, horizon=96)
    np.testing.assert_array_equal(answer.yhat, plain.yhat)
    assert answer.warnings[-1] == (
        "Event 'sale' has no factor, and none could be learned from the past; it changes no forecast."
    )


def test_a_learned_factor_widens_the_interval():
    series = lunches(30, (2, 9, 16, 23)).with_events(known_events_of([WEDNESDAYS]))
    learned = predict(series, horizon=96)
    factor = EventEffects.of(series).at(np.array([len(series) - 1]), STEPS).factor[0, 50]
    given = known_events_of([{**WEDNESDAYS, "factor": factor}])
    exact = predict(series.with_events(given), horizon=96)

    def relative(answer):
        return (answer.quantile(0.9) - answer.quantile(0.1))[48:56].mean() / answer.yhat[48:56].mean()

    assert relative(learned) > relative(exact)


def test_holidays_are_whole_days_of_the_country_and_learn_from_one_another():
    zone = "Europe/Berlin"
    start = moment_of("2024-03-01", zone)
    plain = daily_traffic(100, BIN)
    series = Series("shop", BIN, start, plain.requests_count, zone)
    counts = series.requests_count.copy()
    quiet = ["2024-03-29", "2024-04-01", "2024-05-01", "2024-05-09"]
    for day in quiet:
        first = series.position(moment_of(day, zone))
        counts[first : first + 96] *= 0.4
    known = series.with_counts(counts).with_events(known_events_of([{"country": "DE"}]))
    origin = np.array([series.position(moment_of("2024-05-19", zone)) - 1])
    factor = EventEffects.of(known).at(origin, np.arange(1, 97))
    assert factor is None, "Whit Sunday is no public holiday"
    moved = EventEffects.of(known).at(origin + 96, np.arange(1, 97))
    assert moved.inside.all(), "Whit Monday is one from midnight to midnight"
    np.testing.assert_allclose(moved.factor, 0.45, atol=0.1)


def test_a_part_of_a_bin_counts_by_its_share():
    series = daily_traffic(10, 3_600)
    begin = series.end + 10 * HOUR + 1_800
    event = {"start": wall(series, begin), "end": wall(series, begin + HOUR), "factor": 3.0}
    moved = EventEffects.of(series.with_events(known_events_of([event]))).at(np.array([239]), np.arange(1, 25))
    np.testing.assert_allclose(moved.factor[0, 9:13], [1.0, 2.0, 2.0, 1.0])


def test_events_are_the_same_after_json_and_resampling():
    events = known_events_of([{"country": "FR"}, {"cron": "0 9 * * MON", "duration_minutes": 60, "factor": 1.5}])
    assert known_events_of(to_json(events)) == events
    series = daily_traffic(3, 300).with_events(events)
    assert series.slice(10, 300).events == events
    assert EventEffects.of(series).normal.events == ()
