"""One error body and one success envelope, over every call that the document lists."""

from __future__ import annotations

import re

import pytest

from forecasting.settings import Settings
from webapp import create_app

CALLS = [
    ("POST", "/forecast/predict"),
    ("POST", "/forecast/predict/csv"),
    ("POST", "/forecast/backtest"),
    ("GET", "/models"),
    ("GET", "/models/{model_set}"),
    ("GET", "/metrics/{model_type}/{timeframe}"),
    ("GET", "/datasets"),
    ("POST", "/datasets"),
    ("GET", "/datasets/{name}"),
    ("PATCH", "/datasets/{name}"),
    ("DELETE", "/datasets/{name}"),
    ("GET", "/datasets/{name}/series"),
    ("POST", "/datasets/{name}/points"),
    ("POST", "/points"),
    ("GET", "/datasets/{name}/calendar"),
    ("PUT", "/datasets/{name}/calendar"),
    ("GET", "/datasets/{name}/service"),
    ("PUT", "/datasets/{name}/service"),
    ("POST", "/scaling/recommend"),
    ("POST", "/scaling/simulate"),
    ("GET", "/scaling/recommendation/{dataset}"),
    ("GET", "/scaling/export/{dataset}"),
    ("POST", "/cost/compare"),
    ("GET", "/cost/prices"),
    ("POST", "/jobs"),
    ("GET", "/jobs"),
    ("GET", "/jobs/{job_id}"),
    ("DELETE", "/jobs/{job_id}"),
    ("GET", "/schedules"),
    ("PUT", "/schedules/{name}"),
    ("DELETE", "/schedules/{name}"),
    ("GET", "/audit"),
    ("GET", "/live"),
    ("GET", "/ready"),
    ("GET", "/health"),
]
MONITORED = ("/live", "/ready", "/health")
"""Calls to which a monitor may add whatever it likes."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY = [call for call in CALLS if call[0] in ("POST", "PUT", "PATCH")]
ELSEWHERE = ("/scaling/export/{dataset}", "/scaling/recommendation/{dataset}", "/jobs/{job_id}")
"""Calls that answer YAML, 503 for a data set that ended long ago, or 404 without a job; their tests are elsewhere."""

VALUES = {
    "model_set": "nasa-http",
    "model_type": "xgboost",
    "timeframe": "5m",
    "name": "sample",
    "dataset": "sample",
    "job_id": "none",
}


def filled(path: str, **values: str) -> str:
    return path.format(**{**VALUES, **values})


def assert_error_body(response, status: int) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/json")
    body = response.json
    assert set(body) == {"success", "message", "errors"} | ({"request_id"} if status >= 500 else set())
    assert body["success"] is False
    assert body["message"]
    assert all(set(error) == {"field", "message"} for error in body["errors"])
    assert not re.search(r"Traceback|File \"|site-packages", response.text)


def test_the_list_of_calls_is_the_whole_document(client):
    paths = client.get("/openapi.json").json["paths"]
    assert {(method.upper(), path) for path, operations in paths.items() for method in operations} == set(CALLS)


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[0] == "GET" and call[1] not in ELSEWHERE])
def test_what_goes_well_has_the_envelope(client, method, path):
    body = client.get(filled(path)).json
    assert body["success"] is True
    assert isinstance(body["message"], str)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_404_under_every_path(client, method, path):
    assert_error_body(client.open(filled(path) + "/nothing/at/all", method=method), 404)


@pytest.mark.parametrize("path", sorted({path for _, path in CALLS}))
@pytest.mark.parametrize("method", METHODS)
def test_405_for_every_other_method(client, method, path):
    if (method, path) not in CALLS:
        assert_error_body(client.open(filled(path), method=method), 405)


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_415_for_another_content_type(client, method, path, content_type):
    assert_error_body(client.open(filled(path), method=method, data=b"x", content_type=content_type), 415)


def content_type_of(call: tuple[str, str]) -> str:
    uploads = ("/forecast/predict/csv", "/datasets")
    return "multipart/form-data; boundary=b" if call[1] in uploads else "application/json"


@pytest.mark.parametrize("call", WITH_BODY)
def test_415_for_a_compressed_body(client, call):
    headers = {"Content-Encoding": "gzip"}
    response = client.open(
        filled(call[1]), method=call[0], data=b"x", content_type=content_type_of(call), headers=headers
    )
    assert_error_body(response, 415)


@pytest.mark.parametrize("call", WITH_BODY)
def test_413_for_a_body_over_the_limit(tmp_path, call):
    small = Settings(home=tmp_path, max_json_bytes=1000, max_upload_bytes=1000)
    client = create_app(small).server.test_client()
    response = client.open(filled(call[1]), method=call[0], data=b"x" * 1001, content_type=content_type_of(call))
    assert_error_body(response, 413)
    assert re.search(r"at most 1000 bytes \(\w+ sets the limit; got \d+ or more\)", response.json["message"])


@pytest.mark.parametrize("call", WITH_BODY)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"' + b"x" * 10_000])
def test_400_for_a_body_that_is_nothing(client, call, body):
    response = client.open(filled(call[1]), method=call[0], data=body, content_type=content_type_of(call))
    assert_error_body(response, 400)


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[1] not in MONITORED])
def test_400_names_an_unknown_field_of_the_query(client, method, path):
    content_type = content_type_of((method, path)) if (method, path) in WITH_BODY else None
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--b--\r\n'
    response = client.open(f"{filled(path)}?horizn=3", method=method, data=body, content_type=content_type)
    assert_error_body(response, 400)
    assert "horizn" in {error["field"] for error in response.json["errors"]}


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_500_for_a_bug_tells_a_number_and_nothing_else(settings, method, path, caplog):
    server = create_app(settings).server
    rule, _ = server.url_map.bind("localhost").match(filled(path), method=method, return_rule=True)
    server.view_functions[rule.endpoint] = lambda **_: {}["a secret"]
    response = server.test_client().open(filled(path), method=method)
    assert_error_body(response, 500)
    assert "secret" not in response.text
    number = re.search(r"number (\w{16})", response.json["message"])[1]
    assert number in caplog.text
    assert number == response.json["request_id"] == response.headers["X-Request-Id"]


def test_a_number_that_json_cannot_say_goes_out_as_null(settings):
    app = create_app(settings)
    with app.server.app_context():
        assert app.server.json.dumps([float("nan"), float("inf")]) == "[null,null]"
