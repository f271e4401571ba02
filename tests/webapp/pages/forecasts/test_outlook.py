"""What comes next: the sentence, the fan chart, the slider, and what is text where there is no forecast."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.evaluation import leaderboard, past_forecast
from forecasting.forecasters.registry import MODEL_NAMES, WITHOUT_SET
from forecasting.timeseries.clock import moment_of
from tests.webapp.pages.forecasts.calling import is_small, plain
from tests.webapp.rendering import found, text_of
from webapp.app.context import context
from webapp.pages.forecasts import outlook, requests
from webapp.pages.forecasts.requests import cached_statement, evaluation_arguments, selection_of
from webapp.ui.figures.forecasts import DASHES

DAY = 86_400
LATER = "2024-03-16 09:00"


def traces(figure: dict) -> dict[str, dict]:
    return {trace["name"]: trace for trace in figure["data"]}


def test_the_summary_is_the_services_and_the_statement_follows_after_the_evaluation(view):
    shown = view(origin=LATER)
    expected = past_forecast(
        shown.series, model="lightgbm", horizon=60, origin=moment_of(LATER, None), settings=settings()
    )
    text = text_of(plain(outlook.render(shown)["answer"])).replace("\N{NO-BREAK SPACE}", " ")
    assert text.strip() == expected.sentence
    board = leaderboard(shown.series, settings=settings())
    answers = context().results
    key = answers.key(requests.BOARD.task, shown.version, evaluation_arguments(shown))
    answers.put(key, board)
    try:
        text = text_of(plain(outlook.render(shown)["answer"])).replace("\N{NO-BREAK SPACE}", " ")
        assert text == f"{expected.sentence} {board.statement('lightgbm')}"
        assert cached_statement(shown, "naive") == board.statement("naive")
    finally:
        answers._cache.delete(key)


def settings():
    return context().settings


def test_the_fan_shows_forecast_and_actuals(view):
    shown = view(origin=LATER, horizon="24", models="naive,lightgbm,smoothing")
    outputs = outlook.render(shown)
    forecast = past_forecast(
        shown.series, model="lightgbm", horizon=24, origin=moment_of(LATER, None), settings=settings()
    )
    lines = traces(outputs["figure"])
    assert lines["LightGBM"]["y"] == pytest.approx(forecast.forecast.yhat, rel=1e-3)
    assert lines["LightGBM"]["line"]["dash"] == "dash"
    for share, name in ((0.5, "50 %"), (0.8, "80 %"), (0.95, "95 %")):
        low, high = forecast.band(share)
        assert lines[name]["y"] == pytest.approx(high, rel=1e-3)
        assert lines[name]["customdata"] == lines[f"{name} from"]["y"] == pytest.approx(low, rel=1e-3)
    assert lines["actual"]["y"] == pytest.approx(forecast.actual, rel=1e-3)
    assert lines["history"]["x"][-1] == LATER
    assert lines["actual"]["x"][0] == lines["LightGBM"]["x"][0] == "2024-03-16 09:15"
    assert outputs["outcome"] == forecast.outcome
    others = ("Last value", "Exponential smoothing")
    assert set(lines) >= set(others)
    assert len({lines[name]["line"]["dash"] for name in (*others, "LightGBM")}) == 3
    assert DASHES[0] == "dash"


def test_the_axis_extends_past_the_horizon_without_actuals(view):
    outputs = outlook.render(view())
    lines = traces(outputs["figure"])
    assert "actual" not in lines
    assert outputs["figure"]["layout"]["xaxis"]["range"][1] > lines["LightGBM"]["x"][-1]
    assert outputs["title"] == "Forecast by LightGBM for the next 15 h"
    assert "shop" in outputs["outcome"]
    (note,) = outputs["figure"]["layout"]["annotations"]
    assert note["text"] == "end of the data"


def test_training_days_are_marked(view):
    outputs = outlook.render(view(origin="2024-03-07 12:00"))
    assert "was trained on these days" in outputs["outcome"]
    assert "in training data" in outputs["figure"]["layout"]["annotations"][0]["text"]
    assert outputs["track"]["--learnt"] == f"{100 * 9 * 96 / (15 * 96 - 1):.2f}%"
    assert "training days of shop" in text_of(plain(outputs["ends"]))


def test_the_slider_stands_at_the_origin_and_ranges_over_what_is_shown(view):
    outputs = outlook.render(view(origin=LATER, range="7d"))
    position = 12 * 96 + 36
    assert outputs["slider"] == [8 * 96, 15 * 96 - 1, position]
    assert (outputs["clock"]["position"], outputs["clock"]["last"]) == (position, 15 * 96 - 1)


def test_an_origin_beside_the_range_leaves_the_slider_at_its_end(view):
    outputs = outlook.render(view(origin="2024-03-10 12:00", range="7d"))
    assert outputs["slider"][2] == outputs["slider"][0] == outputs["clock"]["position"]
    assert outputs["title"].endswith("from Sun 10 Mar 2024 12:15, with the actuals")


def test_a_drag_moves_the_forecast_and_leaves_the_controls(view):
    dragged = outlook.render(view(origin=LATER), "2024-03-14 03:00")
    assert traces(dragged["figure"])["history"]["x"][-1] == "2024-03-14 03:00"
    for name in ("clock", "track", "ends"):
        assert dragged[name] is outlook.no_update
    assert dragged["slider"] == [outlook.no_update] * 3
    assert outlook.render(view(origin=LATER), "")["title"].startswith("Forecast by LightGBM for the next")


def test_a_zero_shot_forecast_has_a_warning_and_a_link_to_training(view):
    outputs = outlook.render(view(dataset="zero-shot"))
    remarks = plain(outputs["remarks"])
    assert "Zero-shot: model set 'nasa-http' was not trained on this series." in text_of(remarks)
    (button,) = found(remarks, children="Train on this data")
    assert button["data-tab"] == "train"
    assert plain(outlook.render(view())["remarks"]) == []


def test_an_unknown_end_is_named_and_shaded(view):
    outputs = outlook.render(view(dataset="unknown-end", horizon="12"))
    assert "The last 7 h 30 min before this moment are unknown" in text_of(plain(outputs["remarks"]))
    rectangle, _ = outputs["figure"]["layout"]["shapes"]
    assert (rectangle["x0"], rectangle["x1"]) == ("2024-03-18 16:30", "2024-03-19 00:00")
    assert traces(outputs["figure"])["history"]["y"][-30:] == [None] * 30


def test_bins_that_no_set_has_are_forecast_without_training(view):
    outputs = outlook.render(view(dataset="hourly"))
    assert outputs["hidden"] is False
    assert "No model set has LightGBM for bins of 1h." in text_of(plain(outputs["remarks"]))
    assert outputs["outcome"].startswith("Forecast by Auto without training.")
    assert " Members: " in outputs["outcome"]


@pytest.mark.parametrize("model", WITHOUT_SET)
def test_the_members_of_a_forecast_are_named_and_it_needs_no_training(view, model):
    outputs = outlook.render(view(dataset="zero-shot", model=model))
    assert " Members: " in outputs["outcome"]
    assert plain(outputs["remarks"]) == []


@pytest.mark.parametrize("origin", ["1999-01-01", "2030-01-01 12:00"])
def test_an_origin_outside_the_data_is_the_end_with_a_note(view, origin):
    shown = view(origin=origin)
    assert selection_of(shown).origin is None
    assert f"There is no data at {origin}" in text_of(plain(outlook.render(shown)["remarks"]))


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ({"origin": "soon"}, "origin must be a time"),
        ({"horizon": "101"}, "horizon must be an integer from 1 to 100 (got '101')"),
        ({"horizon": "1.5"}, "horizon must be an integer from 1 to 100 (got '1.5')"),
        ({"model": "oracle"}, "model must be one of auto, adaptive, hybrid, xgboost"),
        ({"models": "naive,oracle"}, "separated by commas (got 'naive,oracle')"),
        ({"metric": "r2"}, "metric must be one of mae, rmse"),
        ({"step": "13"}, "step must be an integer from 1 to 12 (got '13')"),
        ({"tab": "more"}, "tab must be one of record, trust, why, train (got 'more')"),
        ({"ahead": "0"}, "ahead must be an integer from 1 to 100 (got '0')"),
        ({"until": "once"}, "until must be a time"),
        ({"train": "naive"}, "(got 'naive')"),
    ],
)
def test_invalid_address_values_are_named_and_fall_back(view, query, notice):
    shown = view(**query)
    assert notice in shown.notices[0]
    (key,) = query
    assert shown[key] == shown.defaults[key]


def test_the_url_is_the_view(view):
    query = {
        "model": "naive",
        "horizon": "12",
        "origin": LATER,
        "models": "hybrid,naive",
        "tab": "why",
        "metric": "wql",
        "step": "3",
        "ahead": "5",
        "train": "lightgbm,rules",
        "bins": "15m",
        "until": "2024-03-12",
    }
    values = view(**query).to_store()["values"]
    assert {key: str(values[key]) for key in query} == query


@pytest.mark.parametrize("model", MODEL_NAMES)
@pytest.mark.parametrize("dataset", ["zero-shot", "short", "silent"])
def test_every_model_draws_every_data_set_small(view, dataset, model):
    outputs = outlook.render(view(dataset=dataset, model=model, horizon="100", models=",".join(MODEL_NAMES)))
    assert outputs["hidden"] is False
    assert is_small(outputs["figure"])
    lines = traces(outputs["figure"])
    assert all(value is None or np.isfinite(value) for value in lines[outlook.display_name(model)]["y"])
