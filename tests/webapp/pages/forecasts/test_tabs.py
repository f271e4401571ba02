"""Track record, reliability and explanation: what each requests, and what it shows with and without a result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecasting.evaluation import (
    EXPLAINABLE,
    LOSSES,
    forecast_factors,
    format_score,
    importance,
    leaderboard,
    name_in_text,
    reliability_of,
)
from forecasting.evaluation.explanation.importance import GROUPS
from forecasting.forecasters.registry import WITHOUT_SET
from forecasting.prediction.model_choice import chosen
from tests.webapp.pages.forecasts.calling import VIEW, is_small, part, plain
from tests.webapp.rendering import found, nodes, rendered, text_of
from webapp.app.context import context
from webapp.pages.forecasts.explanation import render as render_explanation
from webapp.pages.forecasts.explanation import shares_of
from webapp.pages.forecasts.reliability import render as render_reliability
from webapp.pages.forecasts.requests import BOARD, RELIABILITY, evaluation_arguments, selection_of
from webapp.pages.forecasts.sections import job_panel
from webapp.pages.forecasts.track_record import about, ranking_of, render
from webapp.ui.figures import explanation, track_record
from webapp.ui.figures import reliability as reliability_figures

LATER = "2024-03-16 09:00"


@pytest.fixture
def board(view):
    shown = view()
    return leaderboard(shown.series, settings=context().settings)


def test_the_models_are_evaluated_once_and_then_shown(call, view):
    shown = view()
    update = call("forecasts-record", {part("record"): "x", VIEW: shown.to_store()})
    request = update["job-forecasts-board-request"]["data"]
    assert {name: request[name] for name in ("version", "arguments")} == {
        "version": shown.version,
        "arguments": evaluation_arguments(shown),
    }
    assert "forecasts-record" not in update, "the old content stays until the result is there"
    again = {part("record"): "y", VIEW: shown.to_store(), "job-forecasts-board-request": request}
    assert "job-forecasts-board-request" not in call("forecasts-record", again), "the same is not started over"
    answers = context().results
    key = answers.key(BOARD.task, shown.version, evaluation_arguments(shown))
    answers.put(key, leaderboard(shown.series, settings=context().settings))
    try:
        done = call("forecasts-record", {part("record"): "z", VIEW: shown.to_store()})
    finally:
        answers._cache.delete(key)
    assert "job-forecasts-board-request" not in done
    assert "Same time yesterday" in text_of(done["forecasts-record"]["children"])


def test_the_old_result_is_dimmed_while_its_job_runs():
    style = (Path(__file__).parents[4] / "assets/forecasts.css").read_text()
    assert f".{job_panel(BOARD, 'forecasts-record').className}:has(.job-running" in style


def test_a_failure_stands_in_place_of_the_table(call, view):
    shown = view()
    done = {
        "request": {"version": shown.version, "arguments": evaluation_arguments(shown)},
        "problem": "No bin is known.",
    }
    values = {part("record"): "x", VIEW: shown.to_store(), "job-forecasts-board-done": done}
    text = call("forecasts-record", values, changed="job-forecasts-board-done")
    assert "No bin is known." in text_of(text["forecasts-record"]["children"])


def test_a_range_of_the_data_is_evaluated(view):
    shown = view(range="7d")
    assert evaluation_arguments(shown) == {
        "dataset": "shop",
        "timeframe": "15m",
        "start": shown.series.end - 7 * 86_400,
        "end": shown.series.end,
    }


@pytest.mark.parametrize("metric", LOSSES)
@pytest.mark.parametrize("step", ["all", "1", "12"])
def test_the_table_has_every_score_and_the_best_in_bold(view, board, metric, step):
    shown = view(metric=metric, step=step)
    rows = board.ranking(metric, shown["step"])
    assert [row.model for row in ranking_of(shown, board)] == [row.model for row in rows]
    table, charts = plain(render(shown, board))
    cells = [node for node in nodes(table) if node["type"] == "Td"]
    texts = [text_of(cell) for cell in cells]
    assert texts[-1] == rows[-1].behind
    assert texts.count("best") == 1
    for name in ("mae", "rmse", "smape", "mase", "wql", "coverage_80"):
        assert all(format_score(name, row.scores[name]) in texts for row in rows)
    bold = [text_of(cell) for cell in cells if "best" in cell["props"].get("className", "")]
    assert format_score(metric, rows[0].scores[metric]) in bold
    titles = [text_of(props["children"]) for props in found(charts, className="chart-title")]
    assert titles[0] == board.steps_sentence("lightgbm", metric)


def test_model_sets_link_to_their_cards(view, board):
    tree = plain(render(view(), board))
    links = {props["href"] for props in found(tree) if str(props.get("href")).startswith("/model-cards")}
    assert links == {f"/model-cards?dataset=shop&model_set={name}" for name in board.model_sets if name}


def test_every_term_of_the_table_is_explained(view, board):
    tree = plain(render(view(), board))
    assert {"RMSE", "MASE", "WQL", "sMAPE", "MAE"} <= {text_of(node) for node in nodes(tree) if node["type"] == "Abbr"}


@pytest.mark.parametrize("metric", LOSSES)
def test_the_lines_are_the_scores(board, metric):
    for figure, values in (
        (track_record.by_step(board, metric), board.by_step(metric)),
        (track_record.by_hour(board, metric), board.by_hour(metric)),
    ):
        assert len(figure["data"]) == len(board.models)
        assert is_small(figure)
        lightgbm = next(line for line in figure["data"] if line["name"] == "LightGBM")
        assert lightgbm["y"] == pytest.approx(values[board.models.index("lightgbm")], rel=1e-3)
        assert [line["name"] for line in figure["data"]][-1] in ("Hybrid", "XGBoost", "LightGBM", "Ensemble"), (
            "models lie on top"
        )
        styles = {(line["line"]["color"], line["line"]["dash"], line["marker"]["symbol"]) for line in figure["data"]}
        assert len(styles) == len(board.models), "no two lines look the same"


def test_the_evaluation_days_are_named(view, board):
    text = text_of(plain(about(board)))
    assert text.startswith(
        "Six days from Wed 13 Mar 2024 00:00 to Tue 19 Mar 2024 00:00: test days, after the training data"
    )


@pytest.mark.parametrize("step", ["all", "3"])
@pytest.mark.parametrize("dataset", ["shop", "zero-shot"])
def test_the_reliability_charts_show_the_figures_of_the_service(view, dataset, step):
    shown = view(dataset=dataset, step=step)
    answer = reliability_of(shown.series, model="lightgbm", settings=context().settings)
    column = None if step == "all" else 2
    tree = plain(render_reliability(shown, answer))
    assert all(sentence in text_of(tree) for sentence in answer.sentences)
    reliability = reliability_figures.reliability(answer, column)
    shares = answer.counts.reliability(column)
    assert reliability["data"][1]["y"] == pytest.approx(100 * shares.observed, rel=1e-3)
    high = np.array(reliability["data"][1]["y"]) + reliability["data"][1]["error_y"]["array"]
    assert high == pytest.approx(100 * shares.high, abs=0.05)
    histogram = reliability_figures.histogram(answer, column)
    assert sum(histogram["data"][0]["y"]) == pytest.approx(100, abs=0.1)
    for figure in (
        reliability,
        histogram,
        reliability_figures.coverage(answer),
        reliability_figures.residuals(answer),
        reliability_figures.autocorrelation(answer),
    ):
        assert is_small(figure)


def test_reliability_is_not_requested_before_its_tab_is_opened(call, view):
    shown = view(tab="trust")
    assert call("forecasts-trust", {part("trust"): None, VIEW: view().to_store()}) == {}
    update = call("forecasts-trust", {part("trust"): "x", VIEW: shown.to_store()})
    assert update["job-forecasts-trust-request"]["data"]["arguments"] == {
        **evaluation_arguments(shown),
        "model": "lightgbm",
    }
    assert RELIABILITY.task == "trust"


@pytest.mark.parametrize("model", EXPLAINABLE)
def test_the_explanation_shows_the_factors(view, model):
    shown = view(model=model, horizon="24", origin=LATER, ahead="8")
    tree = plain(render_explanation(shown))
    figures = [node["props"]["figure"] for node in nodes(tree) if node["type"] == "Graph"]
    assert all(is_small(figure) for figure in figures)
    bars, ends = figures[0]["data"]
    factors = [float(text.removeprefix("× ")) for text in bars["text"]]
    assert ends["x"][0] * np.prod(factors) == pytest.approx(ends["x"][1], rel=0.05)
    assert bars["customdata"][-1] == pytest.approx(ends["x"][1], rel=1e-3)
    assert "8 steps ahead" in text_of(tree)
    assert f"= {ends['x'][1]:,.3g} requests on Sat 16 Mar 11:00" in text_of(tree)


def test_few_factors_have_a_line_and_the_rest_one_together(view):
    shown = view(horizon="24", origin=LATER)
    made = forecast_factors(shown.series, model="lightgbm", horizon=24, settings=context().settings)
    lines = explanation.factors_ahead(made)["data"]
    assert len(lines) == explanation.MOST_LINES + 1
    product = np.prod([line["y"] for line in lines], axis=0)
    assert made.level * product == pytest.approx(made.mean, rel=0.01)


def test_the_groups_of_features_are_in_one_order_for_both_parts(view):
    shown = view()
    looked = importance(chosen(shown.series, "lightgbm", None, context().settings)[0])
    first, later = explanation.importance_bars(looked, "lightgbm")["data"]
    assert first["y"] == later["y"]
    assert set(first["y"]) == set(GROUPS)
    for bar, part_of in zip((first, later), looked, strict=True):
        shares = dict(zip(part_of.groups, part_of.group_shares, strict=True))
        assert bar["x"] == pytest.approx([100 * shares[name] for name in bar["y"]], abs=0.1)


def test_a_rule_has_no_factors_and_says_so(view):
    text = text_of(plain(render_explanation(view(model="naive"))))
    assert "A simple rule has no factors" in text
    assert name_in_text("lightgbm") in text


@pytest.mark.parametrize("dataset", ["shop", "hourly", "short", "silent"])
@pytest.mark.parametrize("model", WITHOUT_SET)
def test_the_members_are_shown_with_their_weights_over_a_day(view, dataset, model):
    shown = view(dataset=dataset, model=model, horizon="12", ahead="3")
    tree = plain(render_explanation(shown))
    assert "Weights of the members in the 24 hours before, 3 steps ahead" in text_of(tree)
    shares = shares_of(shown, selection_of(shown))
    figure = explanation.member_weights(shares)
    totals = np.sum([trace["y"] for trace in figure["data"]], axis=0)
    np.testing.assert_allclose(totals, 100.0, atol=0.5)
    assert len(totals) == min(len(shown.series), shown.series.bins_per_day)
    bars = explanation.member_bars(shares)["data"][0]["x"]
    assert sum(bars) == pytest.approx(100.0, abs=0.5)


@pytest.mark.parametrize("tab", ["record", "trust", "why"])
def test_a_series_without_counts_is_a_problem_in_its_place(call, view, tab):
    values = {part(tab): "x", VIEW: view(dataset="nothing", tab=tab).to_store()}
    answer = call(f"forecasts-{tab}", values)
    if tab == "why":
        assert "There is not enough data" in text_of(answer["forecasts-why"]["children"])
    else:
        assert list(answer) == [f"job-forecasts-{'board' if tab == 'record' else tab}-request"], (
            "the job will report it"
        )


def test_ids_on_the_page_are_unique(client):
    tree = rendered(client, "/forecasts", dataset="shop", tab="train")
    ids = [str(node["props"]["id"]) for node in nodes(tree) if "id" in node["props"]]
    assert len(ids) == len(set(ids))
    on_tabs = [node["props"] for node in nodes(tree) if "forecasts-of" in str(node["props"].get("id"))]
    assert [props["id"]["name"] for props in on_tabs if not props["hidden"]] == ["train"]


def test_the_explanation_of_the_ensemble_is_that_of_its_trees(view):
    text = text_of(plain(render_explanation(view(model="ensemble", horizon="24", origin=LATER))))
    assert text.startswith("The ensemble is the mean of seasonal smoothing and LightGBM.")
    assert text_of(plain(render_explanation(view(model="lightgbm", horizon="24", origin=LATER)))) in text
