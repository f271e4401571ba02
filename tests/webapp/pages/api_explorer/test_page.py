"""The API page: every call can be chosen, is filled in, and is marked where this server refuses it."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from forecasting import prediction
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from forecasting.timeseries.formatting import number
from tests.forecasting.traffic import daily_traffic
from tests.webapp.rendering import found, nodes, rendered, stored_view, text_of
from webapp import create_app
from webapp.pages.api_explorer.calls import calls_of
from webapp.pages.api_explorer.layout import BODY
from webapp.pages.api_explorer.requests import FIRST

CALLS = calls_of(create_app(Settings()).server.api_doc)


def fields_of(page: dict) -> dict[tuple[str, str], object]:
    """The values of the request's fields by place and name."""
    identities = [(props["id"], props.get("value")) for props in found(page) if isinstance(props.get("id"), dict)]
    return {(i["where"], i["name"]): value for i, value in identities if i.get("type") == "api-field"}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_call_can_be_chosen_and_is_filled_in(client, call):
    page = rendered(client, "/api", call=call.name)
    assert stored_view(page, "api")["values"]["call"] == call.name
    (known,) = found(page, id="api-call")
    assert (known["data"]["method"], known["data"]["path"]) == (call.method, call.path)
    fields = fields_of(page)
    assert {key for key in fields if key != BODY} == {(field.where, field.name) for field in call.fields}
    assert (BODY in fields) == (call.body is not None)
    assert all(fields[field.where, field.name] for field in call.fields if field.required)
    assert call.summary.replace("`", "") in text_of(page)


def test_the_list_has_every_call_once_keeps_what_is_shown_and_marks_the_chosen(client):
    page = rendered(client, "/api", call="GET /health", timeframe="5m", range="7d")
    links = [node["props"] for node in nodes(page) if str(node["props"].get("className")).startswith("api-call")]
    links = [props for props in links if "href" in props]
    queries = [parse_qs(urlsplit(link["href"]).query) for link in links]
    assert [query["call"][0] for query in queries] == [call.name for call in CALLS]
    assert all(query["timeframe"] == ["5m"] and query["range"] == ["7d"] for query in queries)
    assert [text_of(link["children"]) for link in links if "active" in link["className"]] == ["GET/health"]


def test_an_unknown_call_is_named_and_the_first_is_shown(client):
    page = rendered(client, "/api", call="GET /secrets")
    assert "call must be a call of the list (got 'GET /secrets'). Using the default instead." in text_of(page)
    assert stored_view(page, "api")["values"]["call"] == FIRST


def test_the_body_is_of_the_data_set_that_is_looked_at(client):
    page = rendered(client, "/api", call="POST /scaling/recommend", timeframe="15m")
    assert json.loads(fields_of(page)[BODY])["timeframe"] == "15m"


def test_a_read_only_server_marks_what_it_refuses(tmp_path):
    client = create_app(Settings(home=tmp_path, read_only=True)).server.test_client()
    marks = found(rendered(client, "/api"), title="Rejected: This install is read-only (DATAFLOW_READ_ONLY=1).")
    assert len(marks) == sum(call.changes for call in CALLS)
    assert "read-only" in text_of(rendered(client, "/api", call="DELETE /datasets/{name}"))
    assert "read-only" not in text_of(rendered(client, "/api", call="GET /health"))


def test_nothing_is_marked_where_changes_are_allowed(client):
    page = rendered(client, "/api", call="DELETE /datasets/{name}")
    assert not found(page, title="Rejected: This install is read-only (DATAFLOW_READ_ONLY=1).")
    assert "This call changes stored data" in text_of(page)


def test_the_error_of_every_model_leads_to_all_its_scores(client):
    page = rendered(client, "/api")
    links = [props for props in found(page) if str(props.get("href")).startswith("/metrics/")]
    entries = prediction.model_sets(Settings())
    assert len(links) == len(entries)
    for link in links:
        metrics = client.get(link["href"]).json["metrics"]
        assert text_of(link["children"]) == number(metrics["mase"], 2)


def test_there_is_no_bar_for_a_range_that_the_page_does_not_have(client):
    page = rendered(client, "/api")
    assert not found(page, className="context-bar")
    assert not found(page, className="hint")


def test_a_set_that_was_never_tested_is_marked_and_leads_to_its_card(settings):
    train(daily_traffic(10, 900), model_set="shop", models=(), settings=settings)
    page = rendered(create_app(settings).server.test_client(), "/api")
    assert "shop from 2024-03-12 to 2024-03-14 (validation days); nasa-http from 1995-08-23 to 1995-09-01." in text_of(
        page
    )
    assert found(page, href="/model-cards?model_set=shop")
