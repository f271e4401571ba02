"""The budget of a request, the rate of heavy calls, and the room for data."""

from __future__ import annotations

import io
import time
from dataclasses import replace

import pytest

from webapp import create_app
from webapp.server.connections import RECEIVED_AT

COUNTS = b"timestamp,requests_count\n1995-08-01 00:00:00,1\n1995-08-01 00:05:00,2\n"


def post_counts(client, name: str, **environ: object):
    data = {"name": name, "file": (io.BytesIO(COUNTS), "a.csv")}
    return client.post("/datasets", data=data, content_type="multipart/form-data", environ_overrides=environ)


def test_a_request_that_waited_for_its_whole_budget_is_not_begun(own_client):
    response = post_counts(own_client, "late", **{RECEIVED_AT: time.monotonic() - 3_600})
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert own_client.get("/datasets/late").status_code == 404


def test_work_that_takes_longer_than_its_budget_stops(settings):
    client = create_app(replace(settings, request_seconds=1)).server.test_client()
    body = {"dataset": "sample", "model_type": "naive", "timeframe": "5m"}
    response = client.post("/cost/compare", json=body, environ_overrides={RECEIVED_AT: time.monotonic() - 0.9})
    assert response.status_code == 503, response.text
    assert "longer than 1 s" in response.json["message"]
    assert response.headers["Retry-After"]


def test_a_client_makes_so_many_heavy_calls_a_minute(settings):
    client = create_app(replace(settings, heavy_rate=2)).server.test_client()
    statuses = [post_counts(client, f"set-{number}").status_code for number in range(3)]
    assert statuses == [201, 201, 429]
    assert client.get("/datasets").status_code == 200
    other = post_counts(client, "other", REMOTE_ADDR="127.0.0.8")
    assert other.status_code == 201
    refused = post_counts(client, "set-4")
    assert refused.json["success"] is False
    assert int(refused.headers["Retry-After"]) >= 1


def test_data_sets_are_counted(settings):
    built_in = len(create_app(settings).server.test_client().get("/datasets").json["datasets"])
    client = create_app(replace(settings, max_datasets=built_in + 1)).server.test_client()
    assert post_counts(client, "first").status_code == 201
    refused = post_counts(client, "second")
    assert refused.status_code == 409
    assert "DATAFLOW_MAX_DATASETS" in refused.json["message"]


@pytest.mark.parametrize("path", ["/datasets", "/datasets/sample/points"])
def test_a_disk_that_is_nearly_full_takes_no_more(settings, path):
    client = create_app(replace(settings, least_free_bytes=1 << 60)).server.test_client()
    if path == "/datasets":
        response = post_counts(client, "more")
    else:
        response = client.post(path, json={"data": [{"ds": "2026-05-03 00:00:00", "y": 1.0}]})
    assert response.status_code == 503
    assert "nearly full" in response.json["message"]
