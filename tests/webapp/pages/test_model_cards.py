"""The page of the model cards: every figure is the card's, and whatever is asked for is a page with what is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient

from forecasting.evaluation import LOSSES, display_name, format_score
from forecasting.evaluation.cards.card_statements import gain_text, limits, summary, uses
from forecasting.evaluation.cards.model_cards import ModelCard, model_card
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from tests.forecasting.model_sets.cards import install_card
from tests.forecasting.traffic import MONDAY, daily_traffic
from tests.webapp.pages.forecasts.calling import Caller, plain
from tests.webapp.rendering import found, nodes, rendered, text_of
from webapp import create_app
from webapp.pages.model_cards import details, scores
from webapp.pages.model_cards.requests import KEYS, NAME
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.glossary import with_terms
from webapp.ui.components.model_sets import CARDS as PATH
from webapp.ui.figures import model_card as figures

DAY = 86_400
VIEW = '{"page":"model-cards","type":"view"}'


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Settings:
    """A home with a set of simple rules, its candidate, and one whose card cannot be read."""
    settings = Settings(home=tmp_path_factory.mktemp("cards") / "home")
    shop = replace(daily_traffic(12, 900), name="shop")
    train(shop, model_set="shop", models=(), until=MONDAY + 9 * DAY, settings=settings)
    train(shop, model_set="shop", models=(), settings=settings, candidate=True)
    install_card(settings, "odd", "{")
    return settings


@pytest.fixture(scope="module")
def app(home) -> Dash:
    """The application of that home."""
    return create_app(home)


@pytest.fixture(scope="module")
def client(app) -> FlaskClient:
    """A client of it."""
    return app.server.test_client()


@pytest.fixture
def view(app) -> Iterator[Callable[..., View]]:
    """Makes the view of a query, within a request."""
    with app.server.test_request_context():
        yield lambda **query: address.read(NAME, query, KEYS)


@pytest.fixture
def card(home) -> ModelCard:
    """The card of the shipped set."""
    return model_card(SHIPPED, home)


def shown_text(tree: object) -> str:
    """The text of a tree with plain spaces."""
    return text_of(tree).replace("\N{NO-BREAK SPACE}", " ")


class TestPage:
    @pytest.mark.parametrize("name", [SHIPPED, "shop", "shop.candidate"])
    def test_the_answer_stands_first_and_the_limits_are_there(self, client, home, name):
        tree, card = rendered(client, PATH, model_set=name), model_card(name, home)
        first = next(node for node in nodes(tree) if node["props"].get("className") == "answer")
        assert shown_text(first) == summary(card)
        said = shown_text(tree)
        for sentence in (*uses(card), *limits(card)):
            assert sentence in said
        assert card.kind in said

    def test_the_json_is_one_press_away(self, client):
        (link,) = found(rendered(client, PATH, model_set="shop"), href="/models/shop")
        assert link["download"] == "shop.json"
        assert client.get(link["href"]).json["model_set"] == "shop"

    def test_every_set_is_named_with_a_link_that_keeps_the_data_set(self, client):
        links = found(rendered(client, PATH, timeframe="5m"), title="Model card of shop.candidate")
        assert links[0]["href"] == f"{PATH}?timeframe=5m&model_set=shop.candidate"
        tree = rendered(client, PATH, model_set="shop.candidate")
        assert any("The card of shop, in use" in text_of(node) for node in nodes(tree) if node["type"] == "Link")

    def test_an_unknown_set_is_named_with_those_there_are(self, client):
        tree = rendered(client, PATH, model_set="absent")
        notice, damage = found(tree, class_name="notice")
        assert notice["children"].startswith(
            "model_set must be one of odd, shop, shop.candidate, nasa-http (got 'absent')."
        )
        assert "'odd' is damaged" in damage["children"]
        assert "The model set nasa-http was trained on" in text_of(tree)

    def test_a_card_that_cannot_be_read_says_why_and_leaves_the_others(self, client):
        tree = rendered(client, PATH, model_set="odd")
        assert "Model set 'odd' is damaged: its card is not JSON" in text_of(tree)
        assert found(tree, title=f"Model card of {SHIPPED}")

    def test_without_any_set_there_is_a_way_to_one(self, settings, tmp_path, monkeypatch):
        monkeypatch.setattr("forecasting.model_sets.inventory.model_sets_root", lambda: tmp_path)
        tree = rendered(create_app(settings).server.test_client(), PATH)
        assert "No model set is installed" in text_of(tree)
        assert found(tree, href="/forecasts")

    def test_without_the_shipped_set_the_page_says_so_and_shows_the_others(self, home, tmp_path, monkeypatch):
        monkeypatch.setattr("forecasting.model_sets.inventory.model_sets_root", lambda: tmp_path)
        tree = rendered(create_app(home).server.test_client(), PATH)
        assert "nasa-http is not installed" in text_of(tree)
        assert found(tree, title="Model card of shop")


class TestScores:
    @pytest.mark.parametrize("metric", LOSSES)
    @pytest.mark.parametrize(("timeframe", "step"), [("1m", "all"), ("15m", "12")])
    def test_the_table_has_every_score_with_the_least_in_bold(self, view, card, metric, timeframe, step):
        tree = plain(scores.render(view(bin=timeframe, step=step, metric=metric), card))
        rows = card.scores(timeframe, "all" if step == "all" else int(step))
        cells = [node["props"] for node in nodes(tree[0]) if node["type"] == "Td"]
        texts = [text_of(cell["children"]) for cell in cells]
        for row in rows.values():
            assert all(format_score(name, row[name]) in texts for name in scores.HEADS)
        bold = [text_of(cell["children"]) for cell in cells if "best" in cell.get("className", "").split()]
        assert {format_score(name, min(row[name] for row in rows.values())) for name in LOSSES} <= set(bold)
        ranked = [text_of(node) for node in nodes(tree[0]) if node["type"] == "Th" and node["props"]["scope"] == "row"]
        assert ranked == [display_name(model) for model in sorted(rows, key=lambda model: rows[model][metric])]
        assert gain_text(card, timeframe) in shown_text(tree)

    def test_the_callback_answers_the_view_that_the_browser_posts(self, app, view):
        shown = view(model_set="shop", step="3")
        drawn = Caller(app)(scores.BODY, {VIEW: shown.to_store()})
        assert "Same time yesterday" in text_of(drawn[scores.BODY]["children"])

    def test_a_set_that_has_gone_meanwhile_is_told_in_place(self, app, view):
        store = view(model_set="shop").to_store()
        store["values"]["model_set"] = "odd"
        drawn = Caller(app)(scores.BODY, {VIEW: store})
        assert "is damaged" in text_of(drawn[scores.BODY]["children"])

    def test_a_bin_or_step_that_the_card_lacks_falls_back(self, view, home):
        card = model_card("shop", home)
        tree = plain(scores.render(view(bin="1m", step="50"), card))
        assert "At 15m" in text_of(tree)

    def test_the_bin_of_the_data_set_is_shown_where_none_is_chosen(self, view, card):
        assert "At 5m" in text_of(plain(scores.render(view(timeframe="5m"), card)))

    def test_a_score_without_a_meaning_is_a_dash_and_never_best(self, view, card):
        content = json.loads(json.dumps(card.content))
        for row in content["models"]["5m"]["hybrid"]["metrics"]:
            row["smape"] = row["coverage_80"] = None
        tree = plain(scores.render(view(bin="5m", metric="smape"), replace(card, content=content)))
        rows = [node for node in nodes(tree[0]) if node["type"] == "Tr"]
        assert text_of(rows[-1]).startswith("Hybrid"), "it is ranked last"
        assert "–" in [text_of(node) for node in nodes(rows[-1]) if node["type"] == "Td"]


class TestFigures:
    @pytest.mark.parametrize("timeframe", ["1m", "15m"])
    def test_the_lines_are_the_scores_by_step(self, view, card, timeframe):
        view()
        figure = figures.errors(card, timeframe, "wql")
        steps = card.steps(timeframe)
        assert len(figure["data"]) == len(card.entries(timeframe))
        for line in figure["data"]:
            model = next(model for model in card.models if display_name(model) == line["name"])
            expected = [card.scores(timeframe, step)[model]["wql"] for step in steps]
            assert (line["x"], line["y"]) == (list(steps), pytest.approx(expected, rel=1e-3))

    def test_coverage_is_drawn_of_both_intervals_within_the_axis(self, view, card):
        view()
        figure = figures.coverage(card, "15m", "hybrid")
        names = [line["name"] for line in figure["data"]]
        assert {"Hybrid, 80 %", "Hybrid, 90 %"} <= set(names)
        assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [80, 90]
        low, high = figure["layout"]["yaxis"]["range"]
        assert all(low <= y <= high for line in figure["data"] for y in line["y"])
        held = card.scores("15m", 12)["hybrid"]["coverage_90"]
        assert figure["data"][names.index("Hybrid, 90 %")]["y"][-1] == pytest.approx(100 * held, rel=1e-3)

    def test_of_rules_alone_only_the_best_is_drawn(self, view, home):
        view()
        card = model_card("shop", home)
        figure = figures.coverage(card, "15m", card.gains[0].model)
        assert len(figure["data"]) == 2

    def test_a_step_that_a_model_lacks_is_a_gap(self, view, card):
        view()
        content = json.loads(json.dumps(card.content))
        del content["models"]["1m"]["hybrid"]["metrics"][3]
        figure = figures.errors(replace(card, content=content), "1m", "mae")
        (line,) = (line for line in figure["data"] if line["name"] == "Hybrid")
        assert line["y"][3] is None
        assert np.isfinite(line["y"][2])


class TestDetails:
    def test_whatever_else_is_written_down_is_shown(self, view, card):
        view()
        content = json.loads(json.dumps(card.content))
        content["data"]["known_bins"] = 71_000
        content["models"]["5m"]["lightgbm"]["members"] = ["hybrid", "smoothing"]
        changed = replace(card, content=content)
        assert "Known bins71000" in text_of(plain(details.training_data(changed)))
        made = text_of(plain(details.making(changed)))
        assert '5mLightGBMMembers["hybrid", "smoothing"]' in made
        assert "numpy" in made

    def test_the_files_have_their_sizes_and_hashes(self, view, card, client):
        view()
        said = text_of(plain(details.files(card)))
        for file in client.get(f"/models/{SHIPPED}").json["files"]:
            assert f"{file['path']}{details.size_text(file['bytes'])}{file['sha256'][:12]}" in said

    @pytest.mark.parametrize(("size", "text"), [(10, "10 bytes"), (3951, "3.95 kB"), (9_980_322, "9.98 MB")])
    def test_sizes_in_words(self, size, text):
        assert details.size_text(size) == text


def test_terms_are_marked_once_and_in_the_plural():
    parts = with_terms("quantiles and quantiles of a zero-shot forecast", "zero-shot", "quantile")
    marked = [part.children for part in parts if not isinstance(part, str)]
    assert marked == ["quantiles", "zero-shot"]
    assert "".join(part if isinstance(part, str) else part.children for part in parts) == (
        "quantiles and quantiles of a zero-shot forecast"
    )
