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
from webapp.pages.forecasts.outlook import drawn
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
    """Makes views of it, within a request."""
    with own_app.server.test_request_context():
        yield lambda **query: address.read(NAME, {"dataset": "mine", "model": "lightgbm", **query}, KEYS)


def waiting_place(app: Dash, view: View) -> dict:
    """What the place of what waits shows, and asks for."""
    return Caller(app)("forecasts-waiting", {part("train"): "x", VIEW: view.to_store()})


def test_the_facts_are_the_services_in_every_timeframe_chosen(call, view):
    shown = view(tab="train", until="2024-03-13")
    answer = call("forecasts-plan", {part("train"): "x", VIEW: shown.to_store()})
    said = text_of(answer["forecasts-plan"]["children"])
    assert said == f"15m: {training_facts(shown.series, until=shown.series.start + 9 * DAY).sentence}"
    assert "6 days after that are only forecast, as a test" in said
    assert answer["forecasts-go"]["disabled"] is False


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"dataset": "short"}, "training needs 400"),
        ({"until": "2024-03-05"}, "training needs 400"),
        ({"dataset": "silent"}, "training needs some"),
        ({"bins": "7m,15m"}, "bins is 7m,15m; write some of 15m."),
    ],
)
def test_what_cannot_be_trained_says_why_and_has_no_button(call, view, query, words):
    answer = call("forecasts-plan", {part("train"): "x", VIEW: view(tab="train", **query).to_store()})
    assert words in text_of(answer["forecasts-plan"]["children"])
    assert answer["forecasts-go"]["disabled"] is True


def test_a_training_is_asked_for_with_a_bar_for_each_model(view):
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


def test_no_timeframe_at_all_is_said_and_not_taken_for_every_one(view):
    shown = view(bins=",")
    assert shown["bins"] == ("15m",)
    assert shown.notices == ("bins must be timeframes, separated by commas (got ','). Using the default instead.",)


def test_rules_alone_are_trained_too(view):
    request, bars, _ = training.started(view(train="rules"))
    assert request["arguments"]["models"] == []
    assert bars == []


def test_what_went_wrong_is_told(call):
    said = call("forecasts-said", {"job-forecasts-train-done": {"problem": "The lock is held."}})
    assert "The lock is held." in text_of(said["forecasts-said"]["children"])
    assert call("forecasts-said", {"job-forecasts-train-done": {"problem": None}})["forecasts-said"]["children"] == ""


def test_nothing_waits_before_anything_is_trained(own):
    assert set_comparison.asked(own(tab="train")) == ("", set_comparison.no_update)


def test_a_candidate_is_compared_with_what_is_used_now_and_can_be_used(own, own_app, settings):
    shown = own(tab="train")
    train(shown.series, model_set="mine", models=("lightgbm",), settings=settings, candidate=True)
    asked = waiting_place(own_app, shown)
    arguments = {"dataset": "mine", "timeframe": "15m", "model_set": "mine", "models": ["lightgbm"]}
    assert asked["job-forecasts-compare-request"]["data"]["arguments"] == arguments
    answers = context().answers
    key = answers.key(COMPARING.task, shown.version, arguments)
    compared = before_after(shown.series, "mine", models=["lightgbm"], settings=settings)
    answers.keep(key, compared)
    tree = waiting_place(own_app, shown)["forecasts-waiting"]["children"]
    said = text_of(tree)
    assert "mine is trained and waits for you" in said
    assert compared.changes[0].sentence in said
    assert "now (nasa-http)" in said
    assert found(tree, href="/model-cards?dataset=mine&model_set=mine.candidate")
    (use,) = found(tree, id={"type": "forecasts-accept", "set": "mine"})
    assert use["disabled"] is False
    assert "nasa-http" in outlook_set(shown)
    assert "mine is in use now" in text_of(plain(choose(accepted=True)))
    assert "mine" in outlook_set(shown)
    assert set_comparison.asked(shown)[0] == ""
    with pytest.raises(NotFound, match="no candidate"):
        choose(accepted=True)


def outlook_set(shown) -> str:
    return drawn(shown)["outcome"]


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


def test_another_series_sees_nothing_of_it(own, settings):
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


def test_bins_that_the_data_cannot_have_are_refused_before_anything_is_started(view):
    with pytest.raises(InputError, match="write some of 15m"):
        training.started(view(bins="1m"))
