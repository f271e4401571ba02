"""Training any series: the card it writes, what it refuses, and which set is used afterwards."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError, ReadOnly
from forecasting.model_sets import SHIPPED, card_of, set_names, validation_forecasts
from forecasting.series import Series
from forecasting.service import backtest, metrics, model_sets, predict
from forecasting.training import train
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


@pytest.fixture
def fast(monkeypatch):
    """Few updates and rounds: these tests are about what happens around a fit."""
    from forecasting.forecasters import lightgbm_trees, network_training, xgboost_trees

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
        until=MONDAY + 8 * DAY,
        settings=settings,
        progress=lambda what, share: seen.append((what, share)),
    )
    assert list(card["models"]) == ["15m"], "a 15-minute series has no finer timeframe"
    assert seen[0] == ("hybrid 15m", 0.0)
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


def test_without_test_days_the_scores_are_those_of_the_validation_days(settings):
    series = daily_traffic(10, 900)
    card = train(series, model_set="mine", models=(), settings=settings)
    entry = card["models"]["15m"]["smoothing"]
    assert entry["metrics_on"] == "validation"
    assert (entry["metrics_from"], entry["metrics_until"]) == ("2024-03-12 00:00:00", "2024-03-14 00:00:00")
    assert validation_forecasts("mine", "15m", "smoothing", settings).means.shape[0] == 2 * 96
    with pytest.raises(HistoryTooShort, match="nothing is left to test on"):
        backtest(series, model="smoothing", settings=settings)


def test_an_hourly_series_is_trained_forecast_and_backtested(settings, fast):
    series = daily_traffic(40, 3_600, level=5_000)
    card = train(series, model_set="hourly", until=MONDAY + 33 * DAY, settings=settings)
    assert list(card["models"]) == ["1h"]
    for model in card["models"]["1h"]:
        answer = predict(series, model=model, horizon=30, settings=settings)
        assert answer.ds[0] == series.end
        assert np.isfinite(answer.quantiles).all()
        assert backtest(series, model=model, settings=settings, steps=(1, 24)).scores()[-1]["n"] == 2 * 7 * 24


@pytest.mark.parametrize(
    ("series", "needs"),
    [
        (daily_traffic(2, 900), "192 known bins of 15m to learn from; training needs 400 .4.17 days."),
        (daily_traffic(2, 60), "2,880 known bins of 1m to learn from; training needs 4,320 .3 days."),
    ],
)
def test_too_short_a_history_says_how_much_is_needed(series, needs, settings):
    with pytest.raises(HistoryTooShort, match=needs):
        train(series, model_set="mine", settings=settings)
    assert set_names(settings) == [SHIPPED]


def test_unknown_models_and_the_shipped_name_are_refused(settings):
    with pytest.raises(InputError, match="model is 'arima'; write one of hybrid"):
        train(daily_traffic(10), model_set="mine", models=("arima",), settings=settings)
    with pytest.raises(InputError, match="'nasa-http' is the name of the shipped set"):
        train(daily_traffic(10), model_set=SHIPPED, settings=settings)


def test_silence_is_nothing_to_learn_from(settings):
    with pytest.raises(HistoryTooShort, match="no request in its training bins"):
        train(Series("silent", 900, 0, np.zeros(1_000)), model_set="mine", settings=settings)


def test_a_read_only_install_trains_nothing(tmp_path):
    from forecasting.settings import Settings

    with pytest.raises(ReadOnly, match="DATAFLOW_READ_ONLY=1"):
        train(daily_traffic(10), model_set="mine", settings=Settings(home=tmp_path, read_only=True))


def test_a_stop_while_training_leaves_the_old_set(settings):
    series = daily_traffic(10, 900)
    train(series, model_set="mine", models=(), settings=settings)
    before = card_of("mine", settings)

    def stop(what, share):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(series, model_set="mine", models=(), until=MONDAY + 6 * DAY, settings=settings, progress=stop)
    assert card_of("mine", settings) == before
    assert [path.name for path in settings.model_sets_path.iterdir()] == ["mine"]
