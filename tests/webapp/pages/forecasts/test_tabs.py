"""Track record, trust and why: what each asks for, what it shows of the answer, and what it says without one."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.evaluation import EXPLAINED, LOSSES, components, importance, label_of, leaderboard, trust, written
from forecasting.evaluation.explanation.importance import GROUPS
from forecasting.prediction.model_choice import chosen
from tests.webapp.pages.forecasts.calling import VIEW, is_small, part, plain
from tests.webapp.rendering import found, nodes, rendered, text_of
from webapp.app.context import context
from webapp.pages.forecasts.explanation import drawn as why_drawn
from webapp.pages.forecasts.requests import BOARD, TRUSTING, judging
from webapp.pages.forecasts.track_record import about, drawn, standings
from webapp.pages.forecasts.trust import drawn as trust_drawn
from webapp.ui.figures import track_record, why
from webapp.ui.figures import trust as trust_figures

LATER = "2024-03-16 09:00"


@pytest.fixture
def board(view):
    shown = view()
    return leaderboard(shown.series, settings=context().settings)


def test_the_models_are_judged_once_and_shown_when_that_is_done(call, view):
    shown = view()
    asked = call("forecasts-record", {part("record"): "x", VIEW: shown.to_store()})
    request = asked["job-forecasts-board-request"]["data"]
    assert {name: request[name] for name in ("version", "arguments")} == {
        "version": shown.version,
        "arguments": judging(shown),
    }
    assert "forecasts-record" not in asked, "what was there stays until the answer comes"
    again = {part("record"): "y", VIEW: shown.to_store(), "job-forecasts-board-request": request}
    assert "job-forecasts-board-request" not in call("forecasts-record", again), "the same is not started over"
    answers = context().answers
    key = answers.key(BOARD.task, shown.version, judging(shown))
    answers.keep(key, leaderboard(shown.series, settings=context().settings))
    try:
        done = call("forecasts-record", {part("record"): "z", VIEW: shown.to_store()})
    finally:
        answers._cache.delete(key)
    assert "job-forecasts-board-request" not in done
    assert "Same time yesterday" in text_of(done["forecasts-record"]["children"])


def test_what_went_wrong_stands_where_the_table_would_be(call, view):
    shown = view()
    done = {"asked": {"version": shown.version, "arguments": judging(shown)}, "problem": "No bin is known."}
    values = {part("record"): "x", VIEW: shown.to_store(), "job-forecasts-board-done": done}
    said = call("forecasts-record", values, changed="job-forecasts-board-done")
    assert "No bin is known." in text_of(said["forecasts-record"]["children"])


def test_a_range_of_the_data_is_what_is_judged(view):
    shown = view(range="7d")
    assert judging(shown) == {
        "dataset": "shop",
        "timeframe": "15m",
        "start": shown.series.end - 7 * 86_400,
        "end": shown.series.end,
    }


@pytest.mark.parametrize("metric", LOSSES)
@pytest.mark.parametrize("step", ["all", "1", "12"])
def test_the_table_has_every_score_and_the_best_in_bold(view, board, metric, step):
    shown = view(metric=metric, step=step)
    rows = board.standings(metric, shown["step"])
    assert [row.model for row in standings(shown, board)] == [row.model for row in rows]
    table, charts = plain(drawn(shown, board))
    cells = [node for node in nodes(table) if node["type"] == "Td"]
    texts = [text_of(cell) for cell in cells]
    assert texts[-1] == rows[-1].behind
    assert texts.count("best") == 1
    for name in ("mae", "rmse", "smape", "mase", "wql", "coverage_80"):
        assert all(written(name, row.scores[name]) in texts for row in rows)
    bold = [text_of(cell) for cell in cells if "best" in cell["props"].get("className", "")]
    assert written(metric, rows[0].scores[metric]) in bold
    titles = [text_of(props["children"]) for props in found(charts, className="chart-title")]
    assert titles[0] == board.steps_sentence("lightgbm", metric)


def test_the_sets_that_are_judged_lead_to_their_cards(view, board):
    tree = plain(drawn(view(), board))
    links = {props["href"] for props in found(tree) if str(props.get("href")).startswith("/model-cards")}
    assert links == {f"/model-cards?dataset=shop&model_set={name}" for name in board.model_sets}


def test_every_term_of_the_table_is_explained(view, board):
    tree = plain(drawn(view(), board))
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


def test_the_days_that_were_judged_are_named(view, board):
    said = text_of(plain(about(board)))
    assert said.startswith(
        "Six days from Wed 13 Mar 2024 00:00 to Tue 19 Mar 2024 00:00: days that followed the training"
    )


@pytest.mark.parametrize("step", ["all", "3"])
@pytest.mark.parametrize("dataset", ["shop", "zero-shot"])
def test_trust_is_drawn_from_the_services_figures(view, dataset, step):
    shown = view(dataset=dataset, step=step)
    answer = trust(shown.series, model="lightgbm", settings=context().settings)
    column = None if step == "all" else 2
    tree = plain(trust_drawn(shown, answer))
    assert all(sentence in text_of(tree) for sentence in answer.sentences)
    reliability = trust_figures.reliability(answer, column)
    shares = answer.counts.reliability(column)
    assert reliability["data"][1]["y"] == pytest.approx(100 * shares.observed, rel=1e-3)
    high = np.array(reliability["data"][1]["y"]) + reliability["data"][1]["error_y"]["array"]
    assert high == pytest.approx(100 * shares.high, abs=0.05)
    histogram = trust_figures.histogram(answer, column)
    assert sum(histogram["data"][0]["y"]) == pytest.approx(100, abs=0.1)
    for figure in (
        reliability,
        histogram,
        trust_figures.coverage(answer),
        trust_figures.residuals(answer),
        trust_figures.memory(answer),
    ):
        assert is_small(figure)


def test_trust_is_not_asked_for_before_its_tab_is_opened(call, view):
    shown = view(tab="trust")
    assert call("forecasts-trust", {part("trust"): None, VIEW: view().to_store()}) == {}
    asked = call("forecasts-trust", {part("trust"): "x", VIEW: shown.to_store()})
    assert asked["job-forecasts-trust-request"]["data"]["arguments"] == {**judging(shown), "model": "lightgbm"}
    assert TRUSTING.task == "trust"


@pytest.mark.parametrize("model", EXPLAINED)
def test_why_is_drawn_from_the_factors(view, model):
    shown = view(model=model, horizon="24", origin=LATER, ahead="8")
    tree = plain(why_drawn(shown))
    figures = [node["props"]["figure"] for node in nodes(tree) if node["type"] == "Graph"]
    assert all(is_small(figure) for figure in figures)
    bars, ends = figures[0]["data"]
    factors = [float(text.removeprefix("× ")) for text in bars["text"]]
    assert ends["x"][0] * np.prod(factors) == pytest.approx(ends["x"][1], rel=0.05)
    assert bars["customdata"][-1] == pytest.approx(ends["x"][1], rel=1e-3)
    assert "8 bins ahead" in text_of(tree)
    assert f"= {ends['x'][1]:,.3g} requests on Sat 16 Mar 11:00" in text_of(tree)


def test_few_factors_have_a_line_and_the_rest_one_together(view):
    shown = view(horizon="24", origin=LATER)
    made = components(shown.series, model="lightgbm", horizon=24, settings=context().settings)
    lines = why.factors_ahead(made)["data"]
    assert len(lines) == why.MOST_LINES + 1
    product = np.prod([line["y"] for line in lines], axis=0)
    assert made.level * product == pytest.approx(made.mean, rel=0.01)


def test_the_groups_of_features_are_in_one_order_for_both_parts(view):
    shown = view()
    looked = importance(chosen(shown.series, "lightgbm", None, context().settings)[0])
    first, later = why.looked_at(looked, "lightgbm")["data"]
    assert first["y"] == later["y"]
    assert set(first["y"]) == set(GROUPS)
    for bar, part_of in zip((first, later), looked, strict=True):
        shares = dict(zip(part_of.groups, part_of.group_shares, strict=True))
        assert bar["x"] == pytest.approx([100 * shares[name] for name in bar["y"]], abs=0.1)


def test_a_rule_has_no_parts_and_says_so(view):
    said = text_of(plain(why_drawn(view(model="naive"))))
    assert "A simple rule has no parts" in said
    assert label_of("lightgbm") in said


@pytest.mark.parametrize("tab", ["record", "trust", "why"])
def test_without_a_model_the_tabs_have_nothing_to_show(call, view, tab):
    values = {part(tab): "x", VIEW: view(dataset="hourly", tab=tab).to_store()}
    answer = call(f"forecasts-{tab}", values)
    assert "There is no model yet" in text_of(answer[f"forecasts-{tab}"]["children"])
    assert len(answer) == 1


@pytest.mark.parametrize("tab", ["record", "trust", "why"])
def test_nothing_known_is_a_problem_in_its_place(call, view, tab):
    values = {part(tab): "x", VIEW: view(dataset="nothing", tab=tab).to_store()}
    answer = call(f"forecasts-{tab}", values)
    if tab == "why":
        assert "There is not enough data" in text_of(answer["forecasts-why"]["children"])
    else:
        assert list(answer) == [f"job-forecasts-{'board' if tab == 'record' else tab}-request"], "the job will say it"


def test_no_two_parts_of_the_page_have_one_id(client):
    tree = rendered(client, "/forecasts", dataset="shop", tab="train")
    ids = [str(node["props"]["id"]) for node in nodes(tree) if "id" in node["props"]]
    assert len(ids) == len(set(ids))
    of_tabs = [node["props"] for node in nodes(tree) if "forecasts-of" in str(node["props"].get("id"))]
    assert [props["id"]["name"] for props in of_tabs if not props["hidden"]] == ["train"]


def test_why_of_the_ensemble_is_that_of_its_trees(view):
    said = text_of(plain(why_drawn(view(model="ensemble", horizon="24", origin=LATER))))
    assert said.startswith("The ensemble is the mean of seasonal smoothing and LightGBM.")
    assert text_of(plain(why_drawn(view(model="lightgbm", horizon="24", origin=LATER)))) in said
