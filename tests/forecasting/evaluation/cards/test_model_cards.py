"""The card of a set: its data, days and scores, and sentences that follow from its figures."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from forecasting.errors import InputError, NotFound, NotReady
from forecasting.evaluation.cards.card_statements import gain_text, limits, period_text, summary, uses
from forecasting.evaluation.cards.model_cards import (
    CANDIDATE,
    SHIPPED_WITH,
    TRAINED_HERE,
    ModelCard,
    files_of,
    model_card,
    model_cards,
)
from forecasting.model_sets.candidates import accept
from forecasting.model_sets.installed import CARD
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import train
from forecasting.paths import model_sets_root
from tests.forecasting.model_sets.cards import install_card
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


@pytest.fixture
def shipped(settings) -> ModelCard:
    """The card of the shipped set."""
    return model_card(SHIPPED, settings)


@pytest.fixture
def changed(shipped) -> Callable[[Callable[[dict], None]], ModelCard]:
    """Return the shipped card after a change of its content."""

    def change(by: Callable[[dict], None]) -> ModelCard:
        content = copy.deepcopy(dict(shipped.content))
        by(content)
        return replace(shipped, content=content)

    return change


def pooled(content: dict, timeframe: str, model: str) -> dict:
    """The pooled row of a model's scores."""
    return content["models"][timeframe][model]["metrics"][-1]


def test_the_shipped_card_says_what_was_learnt_from_and_what_was_tested(shipped):
    assert (shipped.kind, shipped.timeframes, shipped.days) == (SHIPPED_WITH, ("1m", "5m", "15m"), 53)
    (split,) = shipped.splits
    assert (split.timeframes, split.scored_on, split.scored_days) == (shipped.timeframes, "test", 9)
    assert split.trained_until == split.scored_from == datetime(1995, 8, 23)
    text = summary(shipped)
    assert text.startswith(
        "The model set nasa-http was trained on 2,930,000 requests of nasa-http, 1 Jul to 22 Aug 1995. It was tested"
    )
    assert "23 to 31 Aug 1995" in text
    assert "day_hashes" not in shipped.data
    assert 0 < shipped.whole_days < shipped.days, "the outages of this recording leave some days without traffic"


def test_a_gain_is_the_ratio_of_the_errors_on_the_card(shipped, settings):
    for gain in shipped.gains:
        losses = {m: e["metrics"][-1]["mae"] for m, e in card_of(SHIPPED, settings)["models"][gain.timeframe].items()}
        assert losses[gain.model] == min(losses.values())
        assert gain.over_yesterday == pytest.approx(1 - losses[gain.model] / losses["seasonal_naive"])
        assert gain.over_rule == pytest.approx(1 - losses[gain.model] / losses[gain.rule])
        assert gain.rule not in ("hybrid", "xgboost", "lightgbm")


def test_few_days_and_other_traffic_are_among_the_limits(shipped):
    text = " ".join(limits(shipped))
    assert text.startswith("9 test days is a small sample")
    assert "zero-shot" in text
    assert "1 to 12 steps ahead" in text
    assert "no time zone" in text
    assert "synthetic" not in text


def test_a_model_no_better_than_a_rule_is_named(changed):
    def worse(content: dict) -> None:
        for model in content["models"]["5m"]:
            pooled(content, "5m", model)["mae"] = {"seasonal_naive": 50.0, "smoothing": 40.0}.get(model, 52.0)

    card = changed(worse)
    assert "At 5m its best model is no better than exponential smoothing." in " ".join(limits(card))
    assert "4 % worse than 'same time yesterday' and 30 % worse than exponential smoothing" in gain_text(card, "5m")
    assert re.search("from 4 % worse to [0-9]+ % better than 'same time yesterday'", summary(card))


@pytest.mark.parametrize(("coverage", "word"), [(0.7, "narrow"), (0.9, "wide"), (0.8, None)])
def test_intervals_with_wrong_coverage_are_among_the_limits(changed, coverage, word):
    def cover(content: dict) -> None:
        for has in content["models"].values():
            for entry in has.values():
                entry["metrics"][-1]["coverage_80"] = coverage

    text = " ".join(limits(changed(cover)))
    assert (f"At 15m the 80 % interval is too {word}: it covered" in text) == (word is not None)
    assert ("interval" in text) == (word is not None)


def test_synthetic_traffic_and_a_known_time_zone_are_stated(changed):
    card = changed(lambda content: content["data"].update(synthetic=True, time_zone="Europe/Paris"))
    assert "synthetic requests of" in summary(card)
    text = " ".join(limits(card))
    assert "It was trained on synthetic traffic" in text
    assert "no time zone" not in text


def test_a_set_without_test_days_says_so(settings):
    series = replace(daily_traffic(10, 900), name="shop")
    train(series, model_set="shop", models=(), settings=settings)
    card = model_card("shop", settings)
    assert card.kind == TRAINED_HERE
    text = summary(card)
    assert "It has no test days: its scores are for its last two days, 12 to 13 Mar 2024" in text
    assert "its best simple rule was" in text
    assert "2 validation days is a small sample" in " ".join(limits(card))
    assert "used for shop" in " ".join(uses(card))
    assert "same time last week" not in summary(card), "what cannot be scored is not compared with"


def test_a_candidate_is_marked_until_it_is_accepted(settings):
    series = daily_traffic(10, 900)
    train(series, model_set="mine", models=(), until=MONDAY + 8 * DAY, settings=settings, candidate=True)
    card = model_card("mine.candidate", settings)
    assert card.kind == CANDIDATE
    assert "a candidate to replace mine" in " ".join(uses(card))
    accept("mine", settings)
    assert model_card("mine", settings).kind == TRAINED_HERE


def test_models_whose_days_differ_have_a_split_each(changed):
    def later(content: dict) -> None:
        for entry in content["models"]["15m"].values():
            entry["validation_from"] = "1995-08-15 00:00:00"

    assert [split.timeframes for split in changed(later).splits] == [("1m", "5m"), ("15m",)]


def test_every_file_is_listed_with_its_hash(settings):
    folder = model_sets_root() / SHIPPED
    files = {file.path: file for file in files_of(SHIPPED, settings)}
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != CARD]
    assert set(files) == {path.relative_to(folder).as_posix() for path in paths}
    fit = (folder / "5m" / "xgboost" / "fit.json").read_bytes()
    stored = files["5m/xgboost/fit.json"]
    assert (stored.bytes, stored.sha256) == (len(fit), hashlib.sha256(fit).hexdigest())


def test_unknown_names_are_refused_with_those_that_exist(settings):
    with pytest.raises(NotFound, match=SHIPPED):
        model_card("absent", settings)
    with pytest.raises(InputError, match="model_set must be 1 to 63"):
        model_card("../etc", settings)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        json.dumps({"schema": 1, "model_set": "odd", "data": {}, "models": {}}),
        json.dumps({"schema": 1, "model_set": "odd", "data": {"day_hashes": {}}, "models": {"5m": {"naive": {}}}}),
    ],
)
def test_a_damaged_card_raises_and_hides_no_other(settings, text):
    install_card(settings, "odd", text)
    with pytest.raises(NotReady, match="'odd'"):
        model_card("odd", settings)
    cards = model_cards(settings)
    assert isinstance(cards["odd"], NotReady)
    assert isinstance(cards[SHIPPED], ModelCard)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("1995-07-01", "1995-08-23", "1 Jul to 22 Aug 1995"),
        ("1995-08-23", "1995-09-01", "23 to 31 Aug 1995"),
        ("1995-12-30", "1996-01-03", "30 Dec 1995 to 2 Jan 1996"),
        ("1995-08-23", "1995-08-24", "23 Aug 1995"),
        ("1995-08-23 06:15", "1995-08-25 06:15", "23 to 25 Aug 1995"),
        ("1995-08-23 06:15", "1995-08-24", "23 Aug 1995 06:15 to 24 Aug 1995 00:00"),
    ],
)
def test_periods_as_text(start, end, text):
    assert period_text(datetime.fromisoformat(start), datetime.fromisoformat(end)) == text
