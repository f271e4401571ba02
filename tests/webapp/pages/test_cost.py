"""The page Cost: what it says of NASA-HTTP at once, what it asks for elsewhere, and what it does where that fails."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient

from forecasting.catalog import Catalog
from forecasting.catalog.built_in import FIRST
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic
from tests.webapp.rendering import CALLBACKS, found, rendered, stored_view, text_of
from webapp import create_app
from webapp.app.result_cache import ResultCache
from webapp.pages.cost.layout import MAP_BUTTON, PLACES, REPORT_BUTTON, SHOWN
from webapp.pages.cost.requests import GRID, QUICK, REPORT, TUNED, row_names
from webapp.ui.figures.theme import _ROLES, POLICY_ROLES

ROOT = Path(__file__).resolve().parents[3]
DRAW, MAP, PRICES, PAIR = "..cost-verdict.children", "..cost-map-place.children", "cost-prices.children", "cost-pair"
REPORTED = "..cost-report-place.children"
OTHER = "test"


@pytest.fixture
def client(own_client: FlaskClient, settings: Settings) -> FlaskClient:
    """An application with a data set beside the built-in ones."""
    Catalog(settings).add(daily_traffic(12))
    return own_client


def call(client: FlaskClient, prefix: str, view: dict, changed: str = "", **given: object) -> dict:
    """What a callback answers by id and property: that whose outputs begin so, with what is given for its stores."""
    listed = client.get("/_dash-dependencies").json
    spec = next(one for one in listed if one["output"].startswith(prefix))
    values = {'{"page":"cost","type":"view"}.data': view, **given}

    def filled(parts: list[dict]) -> list[dict]:
        return [{**_place(part), "value": values.get(f"{part['id']}.{part['property']}")} for part in parts]

    body = {
        "output": spec["output"],
        "outputs": _outputs(spec["output"]),
        "inputs": filled(spec["inputs"]),
        "state": filled(spec["state"]),
        "changedPropIds": [changed] if changed else [],
    }
    answer = client.post(CALLBACKS, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json["response"]


def _place(part: dict) -> dict:
    name = part["id"]
    return {"id": orjson.loads(name) if name.startswith("{") else name, "property": part["property"]}


def _outputs(output: str) -> object:
    names = [name.rsplit(".", 1) for name in output.strip(".").split("...")]
    outputs = [_place({"id": name, "property": prop}) for name, prop in names]
    return outputs if output.startswith("..") else outputs[0]


def view_of(client: FlaskClient, **query: str) -> dict:
    return stored_view(rendered(client, "/cost", **query), "cost")


def drawn(client: FlaskClient, changed: str = "", given: dict | None = None, **query: str) -> dict:
    return call(client, DRAW, view_of(client, **query), changed, **(given or {}))


def places(answer: dict) -> dict[str, object]:
    """What is drawn anew, by place."""
    return {name: answer[name]["children"] for name in PLACES if name in answer}


def figures(tree: object) -> dict[str, dict]:
    return {
        props["id"]["name"]: props["figure"]
        for props in found(tree)
        if isinstance(props.get("id"), dict) and props["id"].get("type") == "chart"
    }


class TestBuiltIn:
    def test_the_first_look_needs_no_job(self, client):
        answer = drawn(client)
        said = places(answer)
        assert set(said) == set(PLACES)
        assert re.match(r"At most 1.% of requests unmet: ", text_of(said["cost-verdict"]))
        assert "Preliminary result" not in text_of(said["cost-verdict"])
        assert f"job-{QUICK.name}-request" not in answer or answer[f"job-{QUICK.name}-request"]["data"] is None

    def test_the_sentence_the_cards_and_the_title_agree(self, client):
        said = places(drawn(client))
        pick = "reactive:smoothing-adaptive"
        assert f"use {pick}" in text_of(said["cost-verdict"])
        (row,) = [one for one in table_of(said) if one["policy"] == pick]
        assert f"{row['cost']} a month" in text_of(said["cost-cards"])
        assert row["unmet"] in text_of(said["cost-cards"])
        assert f"{pick} leaves {row['unmet']} of requests unmet for {row['cost']} a month" in text_of(
            said["cost-frontier"]
        )

    def test_every_policy_has_a_row_with_numbers_to_sort_by(self, client):
        said = places(drawn(client))
        rows = table_of(said)
        assert [row["policy"] for row in rows] == list(row_names())
        body = [node for node in found(said["cost-policies"]) if "data-sort" in node]
        assert all(isinstance(node["data-sort"], str) for node in body)
        assert sum("hindsight" in str(node.get("className")) for node in found(said["cost-policies"])) > 9
        (best,) = [node for node in found(said["cost-policies"]) if "best" in str(node.get("className")).split()]
        assert best["data-policy"] == "reactive:smoothing-adaptive"

    def test_another_policy_is_looked_at(self, client):
        said = places(drawn(client, first="reactive:default", second="oracle"))
        assert "Cost of reactive:default" in text_of(said["cost-cards"])
        assert "oracle:" in text_of(said["cost-cards"])
        assert "For reactive:default on the evaluation days: 1 − $" in text_of(said["cost-method"])

    def test_a_policy_chosen_for_scaling_is_looked_at(self, client):
        assert "Cost of threshold:tuned" in text_of(places(drawn(client, policy="threshold"))["cost-cards"])
        assert "Cost of reactive:recent-max" in text_of(
            places(drawn(client, policy="reactive:recent-max"))["cost-cards"]
        )

    def test_what_is_shown_is_not_drawn_again(self, client):
        first = drawn(client)
        shown = first[SHOWN]["data"]
        again = drawn(client, given={f"{SHOWN}.data": shown})
        assert places(again) == {}
        other = places(drawn(client, given={f"{SHOWN}.data": shown}, first="fixed:tuned"))
        assert set(PLACES) - set(other) == {"cost-policies"}, "a table that was sorted stays so"

    def test_charts_are_small(self, client):
        view = view_of(client)
        pair = call(client, PAIR, view)["cost-pair-place"]["children"]
        both = {**figures([*places(drawn(client)).values()]), **figures(pair)}
        grid = call(client, MAP, view)["cost-map-place"]["children"]
        both |= figures(grid)
        assert set(both) == {"cost-frontier", "cost-breakdown", "cost-pair", "cost-map"}
        assert max(len(gzip.compress(orjson.dumps(figure))) for figure in both.values()) < 60_000

    def test_a_zoom_shows_every_bin(self, client):
        view = view_of(client)
        moved = {"xaxis.range[0]": "1995-08-25 06:00:00.123", "xaxis.range[1]": "1995-08-25 12:00"}
        chart = '{"name":"cost-pair","type":"chart"}'
        answer = call(client, chart, view, f"{chart}.relayoutData", **{f"{chart}.relayoutData": moved})
        figure = next(iter(answer.values()))["figure"]
        assert len(figure["data"][0]["y"]) == 360
        assert figure["data"][0]["x0"] == "1995-08-25 06:00"
        whole = call(client, chart, view, **{f"{chart}.relayoutData": {"xaxis.autorange": True}})
        assert len(next(iter(whole.values()))["figure"]["data"][0]["y"]) > 1000

    def test_the_map_of_nasa_http_is_there_in_both_ways(self, client):
        for shown, text in (("saving", "−"), ("best", "smoothing")):
            answer = call(client, MAP, view_of(client, map=shown))
            assert answer["cost-map-ask"]["hidden"] is True
            figure = figures(answer["cost-map-place"]["children"])["cost-map"]
            assert text in str(figure["data"][0]["text"])

    def test_the_csv_has_every_row_and_field(self, client):
        answer = client.get("/cost/policies.csv")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="policies.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["policy"] for row in rows] == list(row_names())
        for row in rows:
            parts = [float(row[name]) for name in row if name.endswith("_cost") and name != "equal_service_cost"]
            assert sum(parts) == pytest.approx(float(row["objective"]))
            assert float(row["cost_a_month"]) == pytest.approx(float(row["cost"]) / 9 * 30.44)


def table_of(said: dict) -> list[dict]:
    """The rows of the table by the names of the columns that tests look at."""
    rows = []
    for node in found(said["cost-policies"]):
        if "data-policy" in node:
            texts = [text_of(cell) for cell in node["children"]]
            rows.append({"policy": node["data-policy"], "cost": texts[1], "unmet": texts[3]})
    return rows


class TestOtherData:
    def test_the_coarse_comparison_is_asked_for_first(self, client):
        answer = drawn(client, dataset=OTHER)
        request = answer[f"job-{QUICK.name}-request"]["data"]
        assert request["arguments"]["quick"] is True
        assert request["arguments"]["fields"]["timeframe"] == "15m"
        assert f"job-{TUNED.name}-request" not in answer
        assert "skeleton" in str(places(answer)["cost-verdict"])

    def test_then_the_whole_one_which_replaces_it(self, client, settings):
        request = drawn(client, dataset=OTHER)[f"job-{QUICK.name}-request"]["data"]
        keep(settings, QUICK, request, shipped_digest())
        answer = drawn(client, dataset=OTHER)
        assert "Preliminary result" in text_of(places(answer)["cost-verdict"])
        asked = answer[f"job-{TUNED.name}-request"]["data"]
        assert asked["arguments"] == {**request["arguments"], "quick": False}
        running = {f"job-{TUNED.name}-request.data": asked, f"{SHOWN}.data": answer[SHOWN]["data"]}
        assert f"job-{TUNED.name}-request" not in drawn(client, given=running, dataset=OTHER, first="fixed:tuned")
        keep(settings, TUNED, asked, shipped_digest())
        whole = drawn(client, given=running, dataset=OTHER)
        assert "Preliminary result" not in text_of(places(whole)["cost-verdict"])

    def test_what_it_shows_stays_until_the_next_is_there(self, client):
        shown = drawn(client)[SHOWN]["data"]
        answer = drawn(client, given={f"{SHOWN}.data": shown}, boot="45")
        assert places(answer) == {}
        assert "stale" in answer["cost-evidence"]["className"]

    def test_what_failed_is_said_in_its_place(self, client):
        view = view_of(client, dataset=OTHER)
        asked = call(client, DRAW, view)[f"job-{QUICK.name}-request"]["data"]
        done = {"request": {name: asked[name] for name in ("version", "arguments")}, "problem": "There is nothing."}
        name = f"job-{QUICK.name}-done.data"
        said = places(call(client, DRAW, view, name, **{name: done}))
        assert text_of(said["cost-verdict"]) == "The comparison failedThere is nothing."
        assert {text_of(said[name]) for name in PLACES[1:]} == {""}

    def test_a_contradiction_is_named(self, client):
        said = places(drawn(client, min="9", max="3"))
        assert "min_replicas must be at most max_replicas, 3 (got 9)" in text_of(said["cost-verdict"])
        for prefix, place in ((MAP, "cost-map-place"), (REPORTED, "cost-report-place")):
            answer = call(client, prefix, view_of(client, min="9", max="3"))
            assert "min_replicas must be at most" in text_of(answer[place]["children"])

    def test_the_days_of_a_range_are_judged(self, client):
        asked = drawn(client, range="7d")[f"job-{QUICK.name}-request"]["data"]["arguments"]["fields"]
        assert asked["end"] - asked["start"] == 7 * 86_400

    def test_neither_policy_nor_its_parameters_change_the_question(self, client):
        one = drawn(client, dataset=OTHER)[f"job-{QUICK.name}-request"]["data"]
        other = drawn(client, dataset=OTHER, policy="reactive", target="40", first="oracle", map="best")
        assert other[f"job-{QUICK.name}-request"]["data"]["arguments"] == one["arguments"]

    def test_nonsense_in_the_url_is_named(self, client):
        page = rendered(client, "/cost", first="magic", map="world", slo="0")
        assert "first must be a policy of the table, such as predictive:tuned (got 'magic')." in text_of(page)
        assert "map must be one of saving, best (got 'world')." in text_of(page)


class TestMapAndReport:
    def test_the_map_is_worked_out_when_asked_for(self, client, settings):
        view = view_of(client, dataset=OTHER)
        before = call(client, MAP, view)
        assert before["cost-map-ask"]["hidden"] is False
        assert f"job-{GRID.name}-request" not in before
        after = call(client, MAP, view, f"{MAP_BUTTON}.n_clicks")
        request = after[f"job-{GRID.name}-request"]["data"]
        service = request["arguments"]["fields"]["service"]
        assert "boot_seconds" not in service
        assert after["cost-map-ask"]["hidden"] is True
        keep(settings, GRID, request, shipped_grid())
        for boot in ("120", "600"):
            drawn_ = call(client, MAP, view_of(client, dataset=OTHER, boot=boot))
            assert "cost-map" in figures(drawn_["cost-map-place"]["children"])

    def test_a_map_without_a_boot_time_says_so(self, client, settings):
        view = view_of(client, dataset=OTHER)
        request = call(client, MAP, view, f"{MAP_BUTTON}.n_clicks")[f"job-{GRID.name}-request"]["data"]
        keep(settings, GRID, request, {**shipped_grid(), "cells": [], "boot_seconds": []})
        assert "The period is too short for every start-up time" in text_of(
            call(client, MAP, view)["cost-map-place"]["children"]
        )

    def test_the_report_is_written_when_asked_for_and_then_is_a_link(self, client, settings):
        view = view_of(client, slo="2")
        before = call(client, REPORTED, view)
        assert before["cost-report-place"]["children"] == ""
        assert client.get("/cost/report.html?slo=2").status_code == 404
        request = call(client, REPORTED, view, f"{REPORT_BUTTON}.n_clicks")[f"job-{REPORT.name}-request"]["data"]
        keep(settings, REPORT, request, "<!doctype html>")
        link = call(client, REPORTED, view)["cost-report-place"]["children"]
        assert link["props"]["href"] == "/cost/report.html?slo=2.0"
        answer = client.get(link["props"]["href"])
        assert (answer.text, answer.mimetype) == ("<!doctype html>", "text/html")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="comparison.html"'

    @pytest.mark.parametrize("path", ["/cost/policies.csv?boot=7", "/cost/report.html?dataset=absent&slo=3"])
    def test_what_is_not_computed_yet_is_no_empty_file(self, client, path):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Open the Cost page with the same settings" in answer.text


class TestPrices:
    def test_every_row_has_its_date_and_source(self, client):
        said = call(client, PRICES, view_of(client))["cost-prices"]["children"]
        listed = client.get("/cost/prices").json["prices"]
        text = text_of(said)
        for row in listed:
            assert f"{row['provider']} {row['type']}{row['source']}" in text
        assert text.count("undated") >= sum(row["as_of"] is None for row in listed)

    def test_the_price_in_use_is_marked_and_others_can_be_taken(self, client):
        said = call(client, PRICES, view_of(client, price="0.0416"))["cost-prices"]["children"]
        buttons = [props for props in found(said) if props.get("data-set") == "price"]
        used = [props["aria-label"] for props in buttons if props["disabled"]]
        assert used == ["Use the price of AWS us-east-1 t3.medium", "Use the price of Azure eastus B2s"]
        assert {props["data-value"] for props in buttons} >= {"0.096", "0.0104"}

    def test_a_price_of_ones_own_is_said_to_be(self, client):
        said = call(client, PRICES, view_of(client, price="0.5"))["cost-prices"]["children"]
        assert "$0.50 per replica-hour, which is not in the list." in text_of(said)

    def test_a_wrong_price_file_is_named(self, settings):
        settings.prepare_home()
        (settings.home / "prices.csv").write_text("provider,cost\nmine,1\n")
        client = create_app(settings).server.test_client()
        said = call(client, PRICES, view_of(client))["cost-prices"]["children"]
        assert "The columns of prices.csv must be provider" in text_of(said)


@pytest.mark.parametrize(("column", "selector"), [(0, ":root {"), (1, '[data-bs-theme="dark"] {')])
def test_policies_have_the_same_colours_beside_charts(column: int, selector: str):
    style = (ROOT / "assets" / "cost.css").read_text(encoding="utf-8")
    block = style[style.index(selector) :].partition("}")[0]
    written = dict(re.findall(r"--policy-(\w+): (#\w+);", block))
    roles = {*POLICY_ROLES.values(), "muted"}
    assert written == {role: _ROLES[role][column] for role in roles}
    assert roles == set(re.findall(r"\.of-(\w+) \{ color: var\(--policy-\1\)", style))


def shipped_digest() -> dict:
    from webapp.app.shipped_answers import shipped_answers

    return next(answer for answer in shipped_answers().values() if "brief" in answer)


def shipped_grid() -> dict:
    from webapp.app.shipped_answers import shipped_answers

    return next(answer for answer in shipped_answers().values() if "cells" in answer)


def keep(settings: Settings, job: object, request: dict, answer: object) -> None:
    """Keep an answer as the process of a job does."""
    answers = ResultCache(settings)
    answers.put(answers.key(job.task, request["version"], request["arguments"]), answer)


def test_nasa_http_is_the_default(client):
    assert view_of(client)["values"]["dataset"] == FIRST
