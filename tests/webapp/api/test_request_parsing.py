"""How bodies are read: every wrong field named, nothing taken silently."""

from __future__ import annotations

import json

import pytest

from forecasting.settings import Settings
from webapp import create_app

GOOD = {
    "data": [{"ds": "1995-08-01 00:00:00", "y": 57}],
    "horizon": 2,
    "model_type": "xgboost",
    "timeframe": "5m",
}


def post(client, body, path: str = "/forecast/predict"):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data=raw, content_type="application/json")


def fields_of(response) -> set[str]:
    assert response.status_code == 400, response.text
    return {error["field"] for error in response.json["errors"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"horizon": 0}, "horizon"),
        ({"horizon": 101}, "horizon"),
        ({"horizon": "12"}, "horizon"),
        ({"horizon": 1.5}, "horizon"),
        ({"horizon": True}, "horizon"),
        ({"horizon": None}, "horizon"),
        ({"horizon": 10**30}, "horizon"),
        ({"model_type": "arima"}, "model_type"),
        ({"model_type": ["xgboost"]}, "model_type"),
        ({"timeframe": "2m"}, "timeframe"),
        ({"timeframe": 5}, "timeframe"),
        ({"data": []}, "data"),
        ({"data": None}, "data"),
        ({"data": {}}, "data"),
        ({"data": [1]}, "data.0"),
        ({"data": [{"ds": "1995-08-01"}]}, "data.0.y"),
        ({"data": [{"y": 1}]}, "data.0.ds"),
        ({"data": [{"ds": 1, "y": 1}]}, "data.0.ds"),
        ({"data": [{"ds": "1995-08-01", "y": "1"}]}, "data.0.y"),
        ({"data": [{"ds": "1995-08-01", "y": True}]}, "data.0.y"),
        ({"data": [{"ds": "1995-08-01", "y": 1, "z": 1}]}, "data.0.z"),
        ({"data": [{"ds": "1995-08-01", "y": -1}]}, "data.0.y"),
        ({"data": [{"ds": "yesterday", "y": 1}]}, "data.0.ds"),
        ({"data": [{"ds": "", "y": 1}]}, "data.0.ds"),
        ({"horizn": 3}, "horizn"),
        ({"quantiles": [0.5, 1.5]}, "quantiles.1"),
        ({"quantiles": 0.5}, "quantiles"),
        ({"quantiles": [0.5] * 33}, "quantiles"),
        ({"model_set": 3}, "model_set"),
        ({"model_set": "../etc"}, "model_set"),
    ],
)
def test_a_wrong_field_is_named(client, change, field):
    assert fields_of(post(client, {**GOOD, **change})) == {field}


@pytest.mark.parametrize("missing", sorted(set(GOOD) - {"model_type"}))
def test_a_missing_field_is_named(client, missing):
    assert fields_of(post(client, {name: value for name, value in GOOD.items() if name != missing})) == {missing}


def test_all_wrong_fields_are_named_at_once(client):
    body = {**GOOD, "horizon": 0, "timeframe": "2m", "extra": 1, "data": [{"ds": 1, "y": "x"}]}
    assert fields_of(post(client, body)) == {"horizon", "timeframe", "extra", "data.0.ds", "data.0.y"}


def test_a_message_says_what_was_got_and_what_to_write(client):
    message = post(client, {**GOOD, "model_type": "arima"}).json["message"]
    assert "'arima'" in message
    assert message.startswith("model_type must be one of auto, adaptive, hybrid, xgboost, lightgbm")


def test_thousands_of_wrong_fields_are_counted(client):
    body = {**GOOD, "data": [{"ds": 1, "y": 1}] * 5000}
    errors = post(client, body).json["errors"]
    assert len(errors) == 21
    assert "4980 more" in errors[-1]["message"]


def test_of_a_long_body_the_first_wrong_field_is_named(client):
    body = {**GOOD, "data": [{"ds": "x" * 100, "y": "1"}] * 20_000}
    assert fields_of(post(client, body)) == {"data.0.y"}


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 400, b"01", b"+1", b"0x1"])
def test_numbers_that_json_does_not_have(client, number):
    raw = json.dumps(GOOD).encode().replace(b"57", number)
    assert fields_of(post(client, raw)) <= {"body", "data.0.y"}


@pytest.mark.parametrize(
    "raw",
    [b'{"data":' + b"[" * 100_000, b'{"x":' * 50_000, b'{"data": "\\ud800"}', b"\xef\xbb\xbf{}", "{}".encode("utf-16")],
)
def test_strange_texts(client, raw):
    response = post(client, raw)
    assert response.status_code == 400
    assert len(response.data) < 5000


def test_the_limit_on_points_is_a_setting(tmp_path):
    client = create_app(Settings(home=tmp_path, max_points=2)).server.test_client()
    point = {"ds": "1995-08-01 00:00:00", "y": 1}
    response = post(client, {**GOOD, "data": [point] * 3})
    assert response.status_code == 413
    assert "3 points; the limit is 2" in response.json["message"]
    assert response.json["errors"][0]["field"] == "data"


def test_a_charset_is_no_other_content_type(client):
    raw = json.dumps(GOOD)
    assert client.post("/forecast/predict", data=raw, content_type="application/json; charset=utf-8").status_code == 200


def test_an_empty_text_in_a_query_is_absent(client):
    response = client.get("/datasets/sample/series?timeframe=1h&start=&end=")
    assert (response.status_code, response.json["timeframe"]) == (200, "1h")
