"""Points of many data sets in one call, and a damaged data set beside whole ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from flask.testing import FlaskClient

from forecasting.catalog import Catalog
from forecasting.database.engines import close_all
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from webapp import create_app


@pytest.fixture
def shops(settings: Settings, own_client: FlaskClient) -> FlaskClient:
    """A client of an application with two data sets of two minutes, api and shop."""
    for name, zone in (("api", "UTC"), ("shop", "Europe/Paris")):
        Catalog(settings).add(Series(name, 60, 1_700_000_040, np.ones(2), time_zone=zone))
    return own_client


def post(client: FlaskClient, **data: list[tuple[str, float | None]]):
    return client.post("/points", json={"data": {n: [{"ds": ds, "y": y} for ds, y in own] for n, own in data.items()}})


def test_points_of_all_are_stored_in_the_zone_of_each(shops):
    answer = post(
        shops, api=[("2023-11-14 22:16:00", 5)], shop=[("2023-11-14 23:16:00", 6), ("2023-11-14 23:14:00", 2)]
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["message"] == "2 data sets: 2 bins added, 1 changed, 0 unchanged."
    assert [answer.json[part] for part in ("added", "changed", "unchanged", "late")] == [2, 1, 0, 0]
    assert answer.json["refused"] == []
    for name, counts in (("api", [1, 1, 5]), ("shop", [2, 1, 6])):
        assert [point["y"] for point in shops.get(f"/datasets/{name}/series").json["data"]] == counts


def test_one_that_is_refused_is_named_and_the_others_are_stored(shops):
    answer = post(shops, api=[("2023-11-14 22:16:00", 5)], nope=[("2023-11-14 22:16:00", 5)], shop=[("soon", 6)])
    assert answer.status_code == 200
    assert answer.json["message"].endswith("1 data set: 1 bin added, 0 changed, 0 unchanged. 2 data sets left out.")
    assert {one["dataset"]: one["message"].split(" (")[0] for one in answer.json["refused"]} == {
        "nope": "Data set 'nope' not found.",
        "shop": "data.0.ds must be a time such as 1995-08-23 or 1995-08-23 00:05:00",
    }


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"data": {}}, ["data"]),
        ({"data": {"nope": [{"ds": "2023-11-14 22:16:00", "y": 1}]}}, ["data.nope"]),
        ({"data": {"api": []}}, ["data.api"]),
        ({"data": {"api": [{"ds": "2023-11-14 22:16:00", "y": "1"}]}}, ["data.api.0.y"]),
        ({"data": [], "create": True}, ["data", "create"]),
    ],
)
def test_a_wrong_body_is_refused_by_field(shops, body, fields):
    answer = shops.post("/points", json=body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == fields


def test_more_points_than_a_request_may_have(shops, settings):
    client = create_app(replace(settings, max_points=1)).server.test_client()
    assert post(client, api=[("2023-11-14 22:16:00", 5)], shop=[("2023-11-14 23:16:00", 5)]).status_code == 413


def test_a_damaged_data_set_is_503_and_listed_and_removable(shops, settings):
    with closing(sqlite3.connect(settings.catalog_path)) as connection, connection:
        its = "dataset_id IN (SELECT id FROM datasets WHERE name = 'api')"
        connection.execute(f"UPDATE chunks SET payload = x'00' WHERE {its}")
    answer = shops.get("/datasets/api/series")
    assert answer.status_code == 503
    assert answer.json["message"].startswith("Data set 'api' is damaged: chunk 0 of its requests_count has 1 bytes")
    damages = {info["name"]: info.get("damage") for info in shops.get("/datasets").json["datasets"]}
    assert damages["api"].startswith("chunk 0")
    assert damages["shop"] is None
    assert shops.get("/datasets/shop/series").status_code == 200
    assert shops.get("/health").status_code == 200
    assert shops.delete("/datasets/api").status_code == 200


def test_a_writer_that_holds_on_is_503_with_the_time_to_try_again(shops, settings, monkeypatch):
    monkeypatch.setattr("forecasting.database.engines.REQUEST_SECONDS", 0.1)
    close_all()
    with closing(sqlite3.connect(settings.catalog_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = post(shops, api=[("2023-11-14 22:16:00", 5)])
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert shops.get("/health").status_code == 200
    assert post(shops, api=[("2023-11-14 22:16:00", 5)]).status_code == 200


def test_a_reader_or_a_backup_blocks_neither_an_append_nor_health(shops, settings, tmp_path):
    with closing(sqlite3.connect(settings.catalog_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chunks").fetchone()
        with closing(sqlite3.connect(tmp_path / "copy")) as copy:

            def between(*_: object) -> None:
                assert post(shops, api=[("2023-11-14 22:16:00", 5)]).status_code == 200

            reader.backup(copy, pages=1, progress=between)
        assert shops.get("/health").status_code == 200
    assert shops.get("/datasets/api").json["dataset"]["bins"] == 3


def test_an_old_database_is_503_with_the_command(settings, own_client):
    Catalog(settings).add(Series("shop", 60, 0, np.ones(2)))
    with closing(sqlite3.connect(settings.catalog_path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    for answer in (own_client.get("/datasets"), own_client.get("/health"), own_client.delete("/datasets/shop")):
        assert answer.status_code == 503
        assert "Run `dataflow migrate`" in answer.json["message"]
