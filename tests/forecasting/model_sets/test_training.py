"""Training any series: the card it writes, what it refuses, and which set is used afterwards."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError, NotFound, ReadOnly
from forecasting.forecasters.registry import SIMPLE_RULES, TRAINABLE_MODELS
from forecasting.model_sets.candidates import accept, discard
from forecasting.model_sets.loading import card_of, set_names, validation_forecasts
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import stages_of, train, trained_models, training_parts
from forecasting.prediction.forecasts import backtest, predict
from forecasting.prediction.stored_scores import metrics, model_sets
from forecasting.timeseries.series import Series
from tests.forecasting.model_sets.cards import stored_files
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


@pytest.fixture
def fast(monkeypatch):
    """Few updates and rounds: these tests are about what happens around a fit."""
    from forecasting.forecasters.hybrid import network_training
    from forecasting.forecasters.trees import lightgbm_trees, xgboost_trees

    monkeypatch.setattr(network_training, "EPOCHS", 1)
    monkeypatch.setattr(network_training, "LEAST_UPDATES", 1)
    for module in (lightgbm_trees, xgboost_trees):
        monkeypatch.setattr(f"{module.__name__}.MOST_ROUNDS", 20)


def test_a_set_of_ones_own_is_used_and_knows_its_test_days(settings, fast):
    series = daily_traffic(10, 900)
    seen = []
    card = train(
        series,
        model_set="mine",
        models=TRAINABLE_MODELS,
        until=MONDAY + 8 * DAY,
        settings=settings,
        progress=lambda share, what: seen.append((what, share)),
    )
    assert list(card["models"]) == ["15m"], "a 15-minute series has no finer timeframe"
    assert seen[0] == ("auto 15m: fitting", 0.0)
    assert seen[-1] == ("done", 1.0)
    entry = card["models"]["15m"]["lightgbm"]
    assert entry["trained_until"] == "2024-03-12 00:00:00"
    assert (entry["metrics_on"], entry["metrics"][0]["n"]) == ("test", 2 * 96)
    answer = predict(series, model="hybrid", horizon=3, settings=settings)
    assert (answer.model_set, answer.warnings) == ("mine", ())
    renamed = dataclasses.replace(series, name="renamed").between(MONDAY + 5 * DAY, None)
    assert predict(renamed, model="xgboost", horizon=3, settings=settings).model_set == "mine", "known by its bins"
    result = backtest(series, model="lightgbm", settings=settings)
    assert result.frame()["ds"].iloc[0] == "2024-03-12 00:00:00"
    assert predict(daily_traffic(4, seed=99), model="naive", horizon=1, settings=settings).model_set == SHIPPED
    assert {row["model_set"] for row in model_sets(settings)} == {"mine", SHIPPED}
    assert metrics("hybrid", "15m", "mine", settings)["metrics_on"] == "test"


def test_the_default_set_has_the_default_model_and_the_simple_rules(settings):
    series = daily_traffic(20, 900)
    card = train(series, model_set="mine", until=MONDAY + 17 * DAY, settings=settings)
    assert list(card["models"]["15m"]) == ["auto", *SIMPLE_RULES]
    names = {path.rsplit("/", 1)[1] for path in stored_files(settings, "mine") if path.startswith("15m/auto/")}
    assert "auto.json" in names
    assert not names & {"calibration.json", "validation.npz"}
    own = predict(series, horizon=12, settings=settings)
    assert own.model_set == "mine"
    foreign = daily_traffic(20, 900, seed=99)
    for model_set in (None, "mine", SHIPPED):
        answer = predict(foreign, horizon=12, model_set=model_set, settings=settings)
        adaptive = predict(foreign, model="adaptive", horizon=12, settings=settings)
        assert (answer.model_set, answer.warnings) == (None, adaptive.warnings)
        np.testing.assert_array_equal(answer.quantiles, adaptive.quantiles)
    with pytest.raises(NotFound, match="'nothing' not found"):
        predict(foreign, horizon=12, model_set="nothing", settings=settings)
    tested = backtest(series, settings=settings)
    assert tested.frame()["ds"].iloc[0] == "2024-03-21 00:00:00"
    assert tested.warnings == ()
    early = backtest(series, start=MONDAY + 10 * DAY, end=MONDAY + 12 * DAY, settings=settings)
    untrained = backtest(series, model="adaptive", start=MONDAY + 10 * DAY, end=MONDAY + 12 * DAY, settings=settings)
    assert not early.in_sample
    assert "are made without its trained part" in early.warnings[0]
    np.testing.assert_array_equal(early.means, untrained.means)


def test_without_test_days_the_scores_are_those_of_the_validation_days(settings):
    series = daily_traffic(10, 900)
    card = train(series, model_set="mine", models=(), settings=settings)
    entry = card["models"]["15m"]["smoothing"]
    assert entry["metrics_on"] == "validation"
    assert (entry["metrics_from"], entry["metrics_until"]) == ("2024-03-12 00:00:00", "2024-03-14 00:00:00")
    assert validation_forecasts("mine", "15m", "smoothing", settings).means.shape[0] == 2 * 96
    with pytest.raises(HistoryTooShort, match="no evaluation days are left"):
        backtest(series, model="smoothing", settings=settings)


def test_an_hourly_series_is_trained_forecast_and_backtested(settings, fast):
    series = daily_traffic(40, 3_600, level=5_000)
    card = train(series, model_set="hourly", models=TRAINABLE_MODELS, until=MONDAY + 33 * DAY, settings=settings)
    assert list(card["models"]) == ["1h"]
    for model in card["models"]["1h"]:
        answer = predict(series, model=model, horizon=30, settings=settings)
        assert answer.ds[0] == series.end
        assert np.isfinite(answer.quantiles).all()
        assert backtest(series, model=model, settings=settings, steps=(1, 24)).scores()[-1]["n"] == 2 * 7 * 24


@pytest.mark.parametrize(
    ("series", "needs"),
    [
        (daily_traffic(2, 900), "192 known bins of 15m; training needs 400 .4.17 days."),
        (daily_traffic(2, 60), "2,880 known bins of 1m; training needs 4,320 .3 days."),
    ],
)
def test_too_short_a_history_says_how_much_is_needed(series, needs, settings):
    with pytest.raises(HistoryTooShort, match=needs):
        train(series, model_set="mine", settings=settings)
    assert set_names(settings) == [SHIPPED]


def test_unknown_models_and_the_shipped_name_are_refused(settings):
    with pytest.raises(InputError, match="model must be one of auto"):
        train(daily_traffic(10), model_set="mine", models=("arima",), settings=settings)
    with pytest.raises(InputError, match="model must not be adaptive: it needs no training"):
        train(daily_traffic(10), model_set="mine", models=("adaptive",), settings=settings)
    with pytest.raises(InputError, match=r"must not be the name of the shipped set .got 'nasa-http'"):
        train(daily_traffic(10), model_set=SHIPPED, settings=settings)


def test_silence_is_nothing_to_learn_from(settings):
    with pytest.raises(HistoryTooShort, match="no requests in its training bins"):
        train(Series("silent", 900, 0, np.zeros(1_000)), model_set="mine", settings=settings)


def test_a_read_only_install_trains_nothing(tmp_path):
    from forecasting.settings import Settings

    with pytest.raises(ReadOnly, match="DATAFLOW_READ_ONLY=1"):
        train(daily_traffic(10), model_set="mine", settings=Settings(home=tmp_path, read_only=True))


def test_a_stop_while_training_leaves_the_old_set(settings):
    series = daily_traffic(10, 900)
    train(series, model_set="mine", models=(), settings=settings)
    before = card_of("mine", settings)

    def stop(share, what):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(series, model_set="mine", models=(), until=MONDAY + 6 * DAY, settings=settings, progress=stop)
    assert card_of("mine", settings) == before
    assert set_names(settings) == ["mine", SHIPPED]


@pytest.fixture(scope="module")
def told():
    """What a small training of the main models reports, with the parts that were announced."""
    from _pytest.monkeypatch import MonkeyPatch

    from forecasting.forecasters.hybrid import network_training
    from forecasting.forecasters.trees import lightgbm_trees, xgboost_trees
    from forecasting.settings import Settings

    seen = []
    with MonkeyPatch.context() as patch, TemporaryDirectory() as home:
        patch.setattr(network_training, "EPOCHS", 4)
        patch.setattr(network_training, "LEAST_UPDATES", 1)
        for module in (lightgbm_trees, xgboost_trees):
            patch.setattr(module, "MOST_ROUNDS", 20)
        train(
            daily_traffic(8, 900),
            model_set="mine",
            models=TRAINABLE_MODELS,
            settings=Settings(home=Path(home)),
            progress=lambda share, what: seen.append((what, share)),
        )
    return seen, training_parts(trained_models(TRAINABLE_MODELS), ["15m"])


def test_progress_rises_through_the_stages_of_every_model_within_its_part(told):
    seen, parts = told
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    for name, (begin, end) in parts.items():
        mine = [(what.removeprefix(f"{name}: "), share) for what, share in seen if what.startswith(f"{name}: ")]
        assert list(dict.fromkeys(stage for stage, _ in mine)) == list(stages_of(name.split()[0]))
        assert mine[0][1] == pytest.approx(begin)
        assert all(begin <= share <= end + 1e-9 for _, share in mine)
    assert next(iter(parts.values()))[0] == 0.0
    assert list(parts.values())[-1][1] == pytest.approx(1.0)


@pytest.mark.parametrize("model", TRAINABLE_MODELS)
def test_progress_moves_within_a_model_while_it_learns(model, told):
    seen, _ = told
    assert len({share for what, share in seen if what == f"{model} 15m: fitting"}) >= 4


@pytest.mark.parametrize("model", TRAINABLE_MODELS)
def test_training_can_be_stopped_in_the_middle_of_a_fit(model, settings, fast):
    calls = []

    def stop(share, what):
        calls.append(what)
        if calls.count(f"{model} 15m: fitting") == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(daily_traffic(8, 900), model_set="mine", models=(model,), settings=settings, progress=stop)
    assert set_names(settings) == [SHIPPED]


def test_a_candidate_is_used_by_nobody_until_it_is_accepted(settings):
    series = daily_traffic(10, 900)
    asked = {"model": "smoothing", "horizon": 1, "settings": settings}
    train(series, model_set="mine", models=(), until=MONDAY + 6 * DAY, settings=settings)
    card = train(series, model_set="mine", models=(), until=MONDAY + 8 * DAY, settings=settings, candidate=True)
    assert card["model_set"] == "mine.candidate"
    before = predict(series, **asked)
    assert (before.model_set, card_of("mine", settings)["data"]["end"]) == ("mine", "2024-03-10 00:00:00")
    named = predict(series, **asked, model_set="mine.candidate")
    assert named.model_set == "mine.candidate"
    accept("mine", settings)
    assert (card_of("mine", settings)["model_set"], card_of("mine", settings)["data"]["end"]) == (
        "mine",
        "2024-03-12 00:00:00",
    )
    assert set_names(settings) == ["mine", SHIPPED]
    after = predict(series, **asked)
    assert (after.model_set, after.yhat.tolist()) == ("mine", named.yhat.tolist())
    with pytest.raises(NotFound, match="'mine' has no candidate"):
        accept("mine", settings)


def test_a_discarded_candidate_leaves_the_old_set(settings):
    series = daily_traffic(10, 900)
    train(series, model_set="mine", models=(), until=MONDAY + 6 * DAY, settings=settings)
    before = card_of("mine", settings)
    train(series, model_set="mine", models=(), settings=settings, candidate=True)
    discard("mine", settings)
    assert card_of("mine", settings) == before
    assert set_names(settings) == ["mine", SHIPPED]
    with pytest.raises(NotFound, match="'mine' has no candidate"):
        discard("mine", settings)


def test_the_first_set_of_a_series_may_be_a_candidate_too(settings):
    series = daily_traffic(10, 900)
    train(series, model_set="mine", models=(), settings=settings, candidate=True)
    assert predict(series, model="smoothing", horizon=1, settings=settings).model_set == SHIPPED
    accept("mine", settings)
    assert predict(series, model="smoothing", horizon=1, settings=settings).model_set == "mine"


def test_nothing_is_trained_under_a_candidates_name_nor_changed_where_nothing_may(settings):
    with pytest.raises(InputError, match=r"must not be the name of a candidate .got 'mine\.candidate'"):
        train(daily_traffic(10), model_set="mine.candidate", models=(), settings=settings)
    for change in (accept, discard):
        with pytest.raises(ReadOnly):
            change("mine", dataclasses.replace(settings, read_only=True))
