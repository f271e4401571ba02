"""The calls read from the document, and the first request of each: none is broken, and none harms what is stored."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from flask.testing import FlaskClient

from forecasting.catalog import Catalog
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE
from webapp import create_app
from webapp.pages.api_explorer.calls import FILE, FORM_FIELD, PATH, QUERY, Call, calls_of
from webapp.pages.api_explorer.trials import FILE_NAME, POINTS, TRIAL_NAME, trial_of
from webapp.ui import address

CALLS = calls_of(create_app().server.api_doc)
READING = [call for call in CALLS if not call.changes]
IN_ORDER = [
    "POST /datasets",
    "POST /datasets/{name}/points",
    "POST /points",
    "PUT /datasets/{name}/service",
    "PUT /datasets/{name}/calendar",
    "PATCH /datasets/{name}",
    "POST /datasets/{name}/points",
    "DELETE /datasets/{name}",
    "PUT /schedules/{name}",
    "DELETE /schedules/{name}",
]
"""Every call that changes something, so that each finds what it needs."""

STARTING_WORK = {"POST /jobs", "DELETE /jobs/{job_id}"}
"""Calls that start or end long work; `test_jobs_api` makes them."""


def named(name: str) -> Call:
    return next(call for call in CALLS if call.name == name)


def send(client: FlaskClient, call: Call, **query: str):
    """What the call answers to the request that the page fills in for a query."""
    with client.application.test_request_context("/api"):
        trial = trial_of(call, address.read("api", query, ()))
    path, by_place = call.path, {where: {} for where in (QUERY, FORM_FIELD, FILE)}
    for (where, name), text in trial.values.items():
        if where == PATH:
            path = path.replace(f"{{{name}}}", text)
        elif text:
            by_place[where][name] = text
    files = {name: (io.BytesIO(text.encode()), FILE_NAME) for name, text in by_place[FILE].items()}
    content = {"data": {**by_place[FORM_FIELD], **files}} if files else {}
    if trial.body is not None:
        content = {"data": trial.body, "content_type": "application/json"}
    return client.open(path, method=call.method, query_string=by_place[QUERY], **content)


def test_every_call_of_the_document_is_there(client):
    document = client.get("/openapi.json").json
    names = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert {call.name for call in CALLS} == names
    assert len(CALLS) == len(names)


def test_the_fields_of_a_form_are_asked_for_once():
    fields = named("POST /forecast/predict/csv").fields
    assert [(field.name, field.where) for field in fields] == [
        ("horizon", FORM_FIELD),
        ("model_type", FORM_FIELD),
        ("timeframe", FORM_FIELD),
        ("model_set", FORM_FIELD),
        ("time_zone", FORM_FIELD),
        ("file", FILE),
    ]
    assert fields[0].default == "12"
    assert fields[2].choices == ("1m", "5m", "15m")


def test_what_may_be_repeated_and_what_is_true_or_false():
    fields = {field.name: field for field in named("POST /datasets").fields}
    assert [name for name, field in fields.items() if field.many] == ["outage", "where", "file"]
    assert fields["dry_run"].choices == ("true", "false")
    assert fields["dry_run"].default == "false"
    assert [name for name, field in fields.items() if field.required] == ["name", "file"]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_read_only_server_refuses_just_what_is_marked(tmp_path, call):
    client = create_app(Settings(home=tmp_path, read_only=True)).server.test_client()
    refused = send(client, call, timeframe="15m").status_code == 403
    # An import that is only a dry run, as it is filled in, changes nothing.
    assert refused == (call.changes and call.name != "POST /datasets")


@pytest.mark.parametrize("timeframe", ["5m", "15m"])
@pytest.mark.parametrize("call", READING, ids=lambda call: call.name)
def test_the_first_request_is_answered(client, call, timeframe):
    answer = send(client, call, timeframe=timeframe)
    if "export" in call.path:  # no capacity is stored for the built-in data, and a cluster is not given an assumed one
        assert answer.status_code == 409
        assert "accept_assumptions" in answer.text
        return
    if "job_id" in call.path:  # there is none yet
        assert (answer.status_code, answer.json["message"][:4]) == (404, "Job ")
        return
    assert answer.status_code == 200, answer.text


def test_what_changes_something_touches_only_the_trial(own_client):
    assert {call.name for call in CALLS if call.changes} == {*IN_ORDER, *STARTING_WORK}
    before = own_client.get("/datasets").json["datasets"]
    stored = own_client.get("/datasets/sample/service").json
    for name in IN_ORDER:
        answer = send(own_client, named(name))
        assert answer.status_code in (200, 201), (name, answer.text)
    left = own_client.get("/datasets").json["datasets"]
    assert [info["name"] for info in left] == [*(info["name"] for info in before), f"{TRIAL_NAME}-july"]
    assert left[0] == before[0]
    assert own_client.get("/datasets/sample/service").json == stored


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_data_set_of_hours_with_gaps_breaks_nothing(settings, call):
    counts = np.arange(300.0)
    counts[-5:-2] = np.nan
    Catalog(settings).add(Series("hours", 3600, 800_000_000 // HOUR * HOUR, counts, time_zone="Europe/Paris"))
    answer = send(create_app(settings).server.test_client(), call, dataset="hours")
    assert answer.status_code < 500, answer.text


def test_points_are_the_last_of_the_data_set_and_gaps_are_null(settings):
    counts = np.arange(100.0) + 0.5
    counts[-1] = np.nan
    counts[-2] = 7
    Catalog(settings).add(Series("gappy", MINUTE, 800_000_000 // HOUR * HOUR, counts, time_zone="UTC"))
    app = create_app(settings)
    with app.server.test_request_context("/api"):
        view = address.read("api", {"dataset": "gappy"}, ())
        body = trial_of(named("POST /forecast/predict"), view).body
        file = trial_of(named("POST /forecast/predict/csv"), view).values[FILE, "file"]
    sent = json.loads(body)
    assert sent["timeframe"] == "1m"
    assert [row["y"] for row in sent["data"]][-3:] == [97.5, 7, None]
    assert '"y": 7}' in body
    assert len(sent["data"]) == POINTS
    assert file.splitlines()[-2:] == [f"{sent['data'][-2]['ds']},7", f"{sent['data'][-1]['ds']},"]


def test_a_body_is_laid_out_to_be_read(client):
    with client.application.test_request_context("/api"):
        body = trial_of(named("POST /forecast/predict"), address.read("api", {}, ())).body
    lines = body.splitlines()
    assert lines[:3] == ["{", '  "horizon": 3,', '  "model_type": "auto",']
    assert lines[-3].startswith('    {"ds": "')
    assert len(lines) == POINTS + 8
