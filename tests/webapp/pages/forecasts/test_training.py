"""Train: the facts beforehand, what is asked for, the bars of its progress, and the choice between old and new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from dash import Dash
from dash._callback_context import context_value
from dash._utils import AttributeDict

from forecasting.catalog import Catalog
from forecasting.errors import InputError, NotFound, ReadOnly
from forecasting.evaluation import before_after, training_facts
from forecasting.model_sets.loading import card_of, set_names
from forecasting.model_sets.training import train, trained_models, training_parts
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic
from tests.webapp.pages.forecasts.calling import VIEW, Caller, part, plain
from tests.webapp.rendering import found, nodes, text_of
from webapp import create_app
from webapp.app.context import context
from webapp.pages.forecasts import set_comparison, training
from webapp.pages.forecasts.outlook import render
from webapp.pages.forecasts.requests import COMPARING, KEYS, NAME
from webapp.ui import address
from webapp.ui.address import View

DAY = 86_400


@pytest.fixture
def own_app(settings: Settings) -> Dash:
    """An application of one's own with twelve days of quarter hours."""
    Catalog(settings).add(replace(daily_traffic(12, 900, seed=21), name="mine"))
    return create_app(settings)


@pytest.fixture
def own(own_app: Dash) -> Iterator[Callable[..., View]]:
    """Return a maker of views of it, within a request."""
    with own_app.server.test_request_context():
        yield lambda **query: address.read(NAME, {"dataset": "mine", "model": "lightgbm", **query}, KEYS)


def waiting_place(app: Dash, view: View) -> dict:
    """Return what the place of the candidates shows, and its job request."""
    return Caller(app)("forecasts-waiting", {part("train"): "x", VIEW: view.to_store()})


def test_the_facts_are_the_services_in_every_timeframe_chosen(call, view):
    shown = view(tab="train", until="2024-03-13")
    answer = call("forecasts-plan", {part("train"): "x", VIEW: shown.to_store()})
    text = text_of(answer["forecasts-plan"]["children"])
    assert text == f"15m: {training_facts(shown.series, until=shown.series.start + 9 * DAY).sentence}"
    assert "The 6 days after that are test data" in text
    assert answer["forecasts-go"]["disabled"] is False


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"dataset": "short"}, "training needs 400"),
        ({"until": "2024-03-05"}, "training needs 400"),
        ({"dataset": "silent"}, "training needs some"),
        ({"bins": "7m,15m"}, "bins must be some of 15m (got 7m,15m)."),
    ],
)
def test_impossible_training_has_a_reason_and_no_button(call, view, query, words):
    answer = call("forecasts-plan", {part("train"): "x", VIEW: view(tab="train", **query).to_store()})
    assert words in text_of(answer["forecasts-plan"]["children"])
    assert answer["forecasts-go"]["disabled"] is True


def test_a_training_is_requested_with_a_bar_for_each_model(view):
    shown = view(train="lightgbm,hybrid,rules", until="2024-03-13 06:00")
    request, bars, edges = training.started(shown)
    assert request["version"] == shown.version
    assert request["arguments"] == {
        "dataset": "shop",
        "models": ["hybrid", "lightgbm"],
        "timeframes": ["15m"],
        "until": shown.series.start + 9 * DAY + 6 * 3_600,
    }
    parts = training_parts(trained_models(["hybrid", "lightgbm"]), ["15m"])
    assert edges == {name: parts[name] for name in ("hybrid 15m", "lightgbm 15m")}
    names = [props["id"]["of"] for bar in bars for props in found(plain(bar), max="1")]
    assert names == list(edges)
    assert training.started(shown)[0]["nonce"] != request["nonce"]


def test_an_empty_list_of_timeframes_falls_back_with_a_notice(view):
    shown = view(bins=",")
    assert shown["bins"] == ("15m",)
    assert shown.notices == ("bins must be timeframes, separated by commas (got ','). Using the default instead.",)


def test_rules_alone_are_trained_too(view):
    request, bars, _ = training.started(view(train="rules"))
    assert request["arguments"]["models"] == []
    assert bars == []


def test_a_failure_is_shown(call):
    text = call("forecasts-said", {"job-forecasts-train-done": {"problem": "The lock is held."}})
    assert "The lock is held." in text_of(text["forecasts-said"]["children"])
    assert call("forecasts-said", {"job-forecasts-train-done": {"problem": None}})["forecasts-said"]["children"] == ""


def test_there_is_no_candidate_before_a_training(own):
    assert set_comparison.update(own(tab="train")) == ("", set_comparison.no_update)


def test_a_candidate_is_compared_with_the_models_in_use_and_can_be_accepted(own, own_app, settings):
    shown = own(tab="train")
    train(shown.series, model_set="mine", models=("lightgbm",), settings=settings, candidate=True)
    update = waiting_place(own_app, shown)
    arguments = {"dataset": "mine", "timeframe": "15m", "model_set": "mine", "models": ["lightgbm"]}
    assert update["job-forecasts-compare-request"]["data"]["arguments"] == arguments
    answers = context().results
    key = answers.key(COMPARING.task, shown.version, arguments)
    compared = before_after(shown.series, "mine", models=["lightgbm"], settings=settings)
    answers.put(key, compared)
    tree = waiting_place(own_app, shown)["forecasts-waiting"]["children"]
    text = text_of(tree)
    assert "mine is trained: accept it?" in text
    assert compared.changes[0].sentence in text
    assert "in use (nasa-http)" in text
    assert found(tree, href="/model-cards?dataset=mine&model_set=mine.candidate")
    (use,) = found(tree, id={"type": "forecasts-accept", "set": "mine"})
    assert use["disabled"] is False
    assert "nasa-http" in outlook_set(shown)
    assert "mine is now in use" in text_of(plain(choose(accepted=True)))
    assert "mine" in outlook_set(shown)
    assert set_comparison.update(shown)[0] == ""
    with pytest.raises(NotFound, match="no candidate"):
        choose(accepted=True)


def outlook_set(shown) -> str:
    return render(shown)["outcome"]


def choose(*, accepted: bool):
    """Put the candidate in use or remove it, as a callback would."""
    token = context_value.set(AttributeDict(updated_props={}))
    try:
        return training.chosen(accepted, "mine")
    finally:
        context_value.reset(token)


def test_a_discarded_candidate_changes_nothing(own, settings):
    shown = own(tab="train")
    train(shown.series, model_set="mine", models=(), settings=settings, candidate=True)
    assert len(set_comparison.waiting_of(shown)) == 1
    assert "nothing else has changed" in text_of(plain(choose(accepted=False)))
    assert set_comparison.waiting_of(shown) == ()
    assert set_names(settings) == ["nasa-http"]


def test_another_series_does_not_show_it(own, settings):
    train(own().series, model_set="mine", models=(), settings=settings, candidate=True)
    Catalog(settings).add(replace(daily_traffic(12, 900, seed=22), name="theirs"))
    assert set_comparison.waiting_of(own(dataset="theirs")) == ()
    assert card_of("mine.candidate", settings)["models"]["15m"]


def test_a_read_only_install_shows_training_off_with_the_reason(settings):
    Catalog(settings).add(replace(daily_traffic(12, 900, seed=21), name="mine"))
    series = Catalog(settings).get("mine")
    train(series, model_set="mine", models=("lightgbm",), settings=settings, candidate=True)
    server = create_app(replace(settings, read_only=True)).server
    with server.test_request_context():
        shown = address.read(NAME, {"dataset": "mine", "tab": "train"}, KEYS)
        panel = plain(training.panel(shown))
        assert "This install is read-only (DATAFLOW_READ_ONLY=1)" in text_of(panel)
        assert training._planned(shown)[1] is True
        with pytest.raises(ReadOnly):
            training.started(shown)
        (one,) = set_comparison.waiting_of(shown)
        section = plain(set_comparison._choice(shown, one, ""))
        assert [node["props"]["disabled"] for node in nodes(section) if node["type"] == "Button"] == [True, True]
        with pytest.raises(ReadOnly):
            choose(accepted=True)


def test_impossible_bins_are_refused_before_a_training_starts(view):
    with pytest.raises(InputError, match="bins must be some of 15m"):
        training.started(view(bins="1m"))
