"""ResultCache that travel with the packages: found for just what they answer, and what the software computes now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from forecasting.catalog.built_in import BUILT_IN, FIRST
from forecasting.scaling.comparison.page_payload import page_payload
from forecasting.scaling.comparison.replica_pair import unpacked
from forecasting.scaling.comparison.results import compare_result
from forecasting.scaling.comparison.savings_map import savings_map_of
from forecasting.scaling.config.request import ScalingRequest, request_of
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.simulation.replay import replay_of
from forecasting.settings import Settings
from tests.forecasting.model_sets.cards import card, install_card
from webapp import create_app
from webapp.app import shipped_answers
from webapp.app.result_cache import ResultCache
from webapp.pages.cost import requests
from webapp.ui import address

REWRITE = "scripts/make_built_in_answers.py writes data/built_in_answers.json anew"
NEAR = 1e-6
"""What another processor may make of the same sums, as a share."""


def near(old: float | None, new: float | None) -> bool:
    return old is new if new is None else old == pytest.approx(new, rel=NEAR, abs=NEAR)


def view_of(settings: Settings, **query: str) -> address.View:
    """What the page Cost shows for a query."""
    with create_app(settings).server.test_request_context():
        return address.read(requests.NAME, query, requests.KEYS)


def arguments(settings: Settings, **query: str) -> dict:
    with create_app(settings).server.test_request_context():
        return requests.comparing(address.read(requests.NAME, query, requests.KEYS), quick=False)


def request_about(dataset: str, settings: Settings) -> ScalingRequest:
    """What the page Cost computes first about a data set."""
    fields = arguments(settings, dataset=dataset)["fields"]
    return request_of(BUILT_IN[dataset].series(), Configuration(), fields, settings)


def found(settings: Settings, **query: str) -> dict | None:
    answers = ResultCache(settings)
    return answers.find(answers.key("compare", view_of(settings, **query).version, arguments(settings, **query)))


@pytest.mark.parametrize("query", [{}, *({"dataset": name} for name in BUILT_IN)])
def test_the_first_look_at_built_in_data_is_there(settings: Settings, query: dict) -> None:
    assert found(settings, **query), REWRITE
    with create_app(settings).server.test_request_context():
        view = address.read(requests.NAME, query, requests.KEYS)
        answers = ResultCache(settings)
        assert answers.find(answers.key("cost-grid", view.version, requests.gridding(view))), REWRITE


@pytest.mark.parametrize("query", [{"boot": "60"}, {"timeframe": "5m"}, {"range": "7d"}, {"slo": "2"}, {"price": "1"}])
def test_another_question_has_no_shipped_answer(settings: Settings, query: dict) -> None:
    assert found(settings, **query) is None


def test_other_data_or_own_models_have_no_shipped_answer(settings: Settings) -> None:
    answers = ResultCache(settings)
    assert answers.find(answers.key("compare", "another version", arguments(settings))) is None
    install_card(settings, "own", card("own"))
    assert found(settings) is None


def test_answers_of_other_shipped_models_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    old = orjson.loads(shipped_answers.answers_path().read_bytes())
    other = tmp_path / "answers.json"
    other.write_bytes(orjson.dumps({**old, "models": "0" * 64}))
    monkeypatch.setattr(shipped_answers, "answers_path", lambda: other)
    shipped_answers.shipped_answers.cache_clear()
    assert shipped_answers.shipped_answers() == {}
    monkeypatch.setattr(shipped_answers, "answers_path", lambda: tmp_path / "absent.json")
    shipped_answers.shipped_answers.cache_clear()
    assert shipped_answers.shipped_answers() == {}
    monkeypatch.undo()
    shipped_answers.shipped_answers.cache_clear()
    assert shipped_answers.shipped_answers()


def test_the_comparison_is_what_the_software_computes_now(settings: Settings) -> None:
    kept, now = found(settings), page_payload(compare_result(request_about(FIRST, settings), vary=False))
    for name in ("reference", "span", "slo", "service", "judged", "tuned_on", "warnings"):
        assert kept[name] == now[name], f"{name}: {REWRITE}"
    assert kept["brief"]["sentence"] == now["brief"]["sentence"], REWRITE
    assert [row["parameters"] for row in kept["policies"]] == [
        pytest.approx(row["parameters"], rel=NEAR) for row in now["policies"]
    ], REWRITE
    for old, new in zip(kept["policies"], now["policies"], strict=True):
        for name in ("cost", "unmet_share", "minutes_under_share", "objective", "saving", "saving_low", "idle_cost"):
            assert near(old[name], new[name]), f"{name} of {old['policy']}: {REWRITE}"
    for policy, run in now["runs"].items():
        np.testing.assert_array_equal(
            unpacked(kept["runs"][policy], 60), unpacked(run, 60), err_msg=f"{policy}: {REWRITE}"
        )


@pytest.mark.parametrize("dataset", BUILT_IN)
def test_the_map_is_what_the_software_computes_now(settings: Settings, dataset: str) -> None:
    with create_app(settings).server.test_request_context():
        view = address.read(requests.NAME, {"dataset": dataset}, requests.KEYS)
        answers = ResultCache(settings)
        kept = answers.find(answers.key("cost-grid", view.version, requests.gridding(view)))
    own = 120.0
    now = savings_map_of(replay_of(replace(request_about(dataset, settings), service={})), start_ups=(own,)).to_dict()
    line = kept["cells"][kept["boot_seconds"].index(own)]
    assert tuple(kept["lost_request_prices"]) == tuple(now["lost_request_prices"])
    for old, new in zip(line, now["cells"][0], strict=True):
        assert (old["rule"], old["driven"], old["best"]) == (new["rule"], new["driven"], new["best"]), REWRITE
        assert old["saving"] == pytest.approx(new["saving"], abs=NEAR), REWRITE
