"""What comes next: the sentence, the fan chart, the slider, and what is said where there is no forecast."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.evaluation import as_of, leaderboard
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.timeseries.clock import moment_of
from tests.webapp.pages.forecasts.calling import is_small, plain
from tests.webapp.rendering import found, text_of
from webapp.app.context import context
from webapp.pages.forecasts import outlook, requests
from webapp.pages.forecasts.requests import chosen_of, judging, kept_statement
from webapp.ui.figures.forecasts import DASHES

DAY = 86_400
LATER = "2024-03-16 09:00"


def traces(figure: dict) -> dict[str, dict]:
    return {trace["name"]: trace for trace in figure["data"]}


def test_the_answer_is_the_services_and_the_statement_follows_when_the_models_are_judged(view):
    shown = view(origin=LATER)
    expected = as_of(shown.series, model="lightgbm", horizon=60, origin=moment_of(LATER, None), settings=settings())
    said = text_of(plain(outlook.drawn(shown)["answer"])).replace("\N{NO-BREAK SPACE}", " ")
    assert said.strip() == expected.sentence
    board = leaderboard(shown.series, settings=settings())
    answers = context().answers
    key = answers.key(requests.BOARD.task, shown.version, judging(shown))
    answers.keep(key, board)
    try:
        said = text_of(plain(outlook.drawn(shown)["answer"])).replace("\N{NO-BREAK SPACE}", " ")
        assert said == f"{expected.sentence} {board.statement('lightgbm')}"
        assert kept_statement(shown, "naive") == board.statement("naive")
    finally:
        answers._cache.delete(key)


def settings():
    return context().settings


def test_the_fan_is_the_forecast_over_what_came(view):
    shown = view(origin=LATER, horizon="24", models="naive,lightgbm,smoothing")
    drawn = outlook.drawn(shown)
    forecast = as_of(shown.series, model="lightgbm", horizon=24, origin=moment_of(LATER, None), settings=settings())
    lines = traces(drawn["figure"])
    assert lines["LightGBM"]["y"] == pytest.approx(forecast.forecast.yhat, rel=1e-3)
    assert lines["LightGBM"]["line"]["dash"] == "dash"
    for share, name in ((0.5, "50 %"), (0.8, "80 %"), (0.95, "95 %")):
        low, high = forecast.band(share)
        assert lines[name]["y"] == pytest.approx(high, rel=1e-3)
        assert lines[name]["customdata"] == lines[f"{name} from"]["y"] == pytest.approx(low, rel=1e-3)
    assert lines["came"]["y"] == pytest.approx(forecast.actual, rel=1e-3)
    assert lines["known"]["x"][-1] == LATER
    assert lines["came"]["x"][0] == lines["LightGBM"]["x"][0] == "2024-03-16 09:15"
    assert drawn["outcome"] == forecast.outcome
    others = ("Last value", "Exponential smoothing")
    assert set(lines) >= set(others)
    assert len({lines[name]["line"]["dash"] for name in (*others, "LightGBM")}) == 3
    assert DASHES[0] == "dash"


def test_the_axis_reaches_past_the_horizon_where_nothing_has_come(view):
    drawn = outlook.drawn(view())
    lines = traces(drawn["figure"])
    assert "came" not in lines
    assert drawn["figure"]["layout"]["xaxis"]["range"][1] > lines["LightGBM"]["x"][-1]
    assert drawn["title"] == "What LightGBM expects of the next 15 h"
    assert "shop" in drawn["outcome"]
    (note,) = drawn["figure"]["layout"]["annotations"]
    assert note["text"] == "end of the data"


def test_days_that_the_model_has_learnt_from_are_marked(view):
    drawn = outlook.drawn(view(origin="2024-03-07 12:00"))
    assert "had learnt from these days" in drawn["outcome"]
    assert "had learnt from" in drawn["figure"]["layout"]["annotations"][0]["text"]
    assert drawn["track"]["--learnt"] == f"{100 * 9 * 96 / (15 * 96 - 1):.2f}%"
    assert "days that shop has learnt from" in text_of(plain(drawn["ends"]))


def test_the_slider_stands_at_the_origin_and_ranges_over_what_is_shown(view):
    drawn = outlook.drawn(view(origin=LATER, range="7d"))
    position = 12 * 96 + 36
    assert drawn["slider"] == [8 * 96, 15 * 96 - 1, position]
    assert (drawn["clock"]["position"], drawn["clock"]["last"]) == (position, 15 * 96 - 1)


def test_an_origin_beside_the_range_leaves_the_slider_at_its_end(view):
    drawn = outlook.drawn(view(origin="2024-03-10 12:00", range="7d"))
    assert drawn["slider"][2] == drawn["slider"][0] == drawn["clock"]["position"]
    assert drawn["title"].endswith("from Sun 10 Mar 2024 12:15, and what came")


def test_a_drag_moves_the_forecast_and_leaves_the_controls(view):
    dragged = outlook.drawn(view(origin=LATER), "2024-03-14 03:00")
    assert traces(dragged["figure"])["known"]["x"][-1] == "2024-03-14 03:00"
    for name in ("clock", "track", "ends"):
        assert dragged[name] is outlook.no_update
    assert dragged["slider"] == [outlook.no_update] * 3
    assert outlook.drawn(view(origin=LATER), "")["title"].startswith("What LightGBM expects")


def test_a_series_that_no_model_has_seen_is_said_to_be_one_with_the_way_out(view):
    drawn = outlook.drawn(view(dataset="zero-shot"))
    remarks = plain(drawn["remarks"])
    assert "Zero-shot: model set 'nasa-http' was not trained on this series." in text_of(remarks)
    (button,) = found(remarks, children="Train on this data")
    assert button["data-tab"] == "train"
    assert plain(outlook.drawn(view())["remarks"]) == []


def test_an_unknown_end_is_named_and_shaded(view):
    drawn = outlook.drawn(view(dataset="unknown-end", horizon="12"))
    assert "The last 7 h 30 min before this moment are unknown" in text_of(plain(drawn["remarks"]))
    rectangle, _ = drawn["figure"]["layout"]["shapes"]
    assert (rectangle["x0"], rectangle["x1"]) == ("2024-03-18 16:30", "2024-03-19 00:00")
    assert traces(drawn["figure"])["known"]["y"][-30:] == [None] * 30


def test_bins_that_no_model_has_lead_to_training(view):
    drawn = outlook.drawn(view(dataset="hourly"))
    assert drawn["hidden"] is True
    assert "There is no model for bins of 1h yet" in text_of(plain(drawn["answer"]))
    assert found(plain(drawn["answer"]), children="Train on this data")


@pytest.mark.parametrize("origin", ["1999-01-01", "2030-01-01 12:00"])
def test_an_origin_outside_the_data_is_the_end_with_a_note(view, origin):
    shown = view(origin=origin)
    assert chosen_of(shown).origin is None
    assert f"There is no data at {origin}" in text_of(plain(outlook.drawn(shown)["remarks"]))


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ({"origin": "soon"}, "origin must be a time"),
        ({"horizon": "101"}, "horizon must be an integer from 1 to 100 (got '101')"),
        ({"horizon": "1.5"}, "horizon must be an integer from 1 to 100 (got '1.5')"),
        ({"model": "oracle"}, "model must be one of hybrid, xgboost"),
        ({"models": "naive,oracle"}, "separated by commas (got 'naive,oracle')"),
        ({"metric": "r2"}, "metric must be one of mae, rmse"),
        ({"step": "13"}, "step must be an integer from 1 to 12 (got '13')"),
        ({"tab": "more"}, "tab must be one of record, trust, why, train (got 'more')"),
        ({"ahead": "0"}, "ahead must be an integer from 1 to 100 (got '0')"),
        ({"until": "once"}, "until must be a time"),
        ({"train": "naive"}, "(got 'naive')"),
    ],
)
def test_what_the_url_cannot_mean_is_named_and_falls_back(view, query, notice):
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
    written = view(**query).to_store()["values"]
    assert {key: str(written[key]) for key in query} == query


@pytest.mark.parametrize("model", MODEL_NAMES)
@pytest.mark.parametrize("dataset", ["zero-shot", "short", "silent"])
def test_every_model_draws_every_data_set_small(view, dataset, model):
    drawn = outlook.drawn(view(dataset=dataset, model=model, horizon="100", models=",".join(MODEL_NAMES)))
    assert drawn["hidden"] is False
    assert is_small(drawn["figure"])
    lines = traces(drawn["figure"])
    assert all(value is None or np.isfinite(value) for value in lines[outlook.name_of(model)]["y"])
