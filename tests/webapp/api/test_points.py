"""Fresh points: a collector keeps a series live."""

from __future__ import annotations

import io

import pytest

from forecasting.settings import Settings
from webapp import create_app

CSV = b"timestamp,requests_count\n1995-08-01 00:00:00,10\n1995-08-01 00:01:00,11\n1995-08-01 00:02:00,12\n"
START = {"create": True, "timeframe": "1m", "time_zone": "UTC"}


@pytest.fixture
def shop(own_client):
    """A client of an application with a data set shop of three minutes."""
    form = {"file": (io.BytesIO(CSV), "shop.csv"), "name": "shop"}
    assert own_client.post("/datasets", data=form, content_type="multipart/form-data").status_code == 201
    return own_client


def point(minute: int, y: float | None) -> dict:
    return {"ds": f"1995-08-01 00:{minute:02d}:00", "y": y}


def post(client, points: list[dict], name: str = "shop", **fields):
    return client.post(f"/datasets/{name}/points", json={"data": points, **fields})


def counts(client) -> list[float | None]:
    return [point["y"] for point in client.get("/datasets/shop/series").json["data"]]


def test_points_are_appended_and_counted(shop):
    before = shop.get("/datasets/shop").json
    response = post(shop, [point(5, 15.5), point(4, None), point(1, 9), point(0, 10)])
    assert response.status_code == 200, response.text
    body = response.json
    assert (body["added"], body["changed"], body["unchanged"], body["late"]) == (2, 1, 1, 0)
    assert (body["dataset"]["end"], body["dataset"]["bins"]) == ("1995-08-01 00:06:00", 6)
    assert counts(shop) == [10, 9, 12, None, None, 15.5]
    after = shop.get("/datasets/shop").json
    assert after["dataset"] == body["dataset"]
    assert after["dataset"]["version"] != before["dataset"]["version"]
    assert after["report"] == before["report"]


def test_late_points_fill_what_is_unknown_and_posting_twice_changes_nothing(shop):
    post(shop, [point(5, 1)])
    assert post(shop, [point(3, 2), point(4, 3)]).json["late"] == 2
    dataset = shop.get("/datasets/shop").json["dataset"]
    again = post(shop, [point(3, 2), point(4, 3)]).json
    assert (again["added"], again["changed"], again["unchanged"], again["late"]) == (0, 0, 2, 0)
    assert again["dataset"] == dataset


def test_what_is_read_can_be_appended_elsewhere(shop):
    data = shop.get("/datasets/shop/series").json["data"]
    assert post(shop, data, "other", **START).json["added"] == 3
    assert shop.get("/datasets/other/series").json["data"] == data


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"data": []}, ["data"]),
        ({"data": [{"ds": "1995-08-01 00:03:30", "y": 1}]}, ["data.0.ds"]),
        ({"data": [{"ds": "1995-07-31 23:59", "y": 1}, {"ds": "x", "y": 1}]}, ["data.1.ds"]),
        (
            {"data": [{"ds": "1995-07-31 23:59", "y": 1}, {"ds": "1995-08-01 00:03", "y": -1}]},
            ["data.0.ds", "data.1.y"],
        ),
        ({"data": [{"ds": 3, "y": "x"}]}, ["data.0.ds", "data.0.y"]),
        ({"data": [{"ds": "1995-08-01 00:03"}]}, ["data.0.y"]),
        ({"data": [{"ds": "1995-08-01 00:03", "y": 1}], "creat": True}, ["creat"]),
        ({"data": [{"ds": "1995-08-01 00:03", "y": 1}], "timeframe": "5m"}, ["timeframe"]),
        ({"data": [{"ds": "1995-08-01 00:03", "y": 1}], "create": "yes"}, ["create"]),
    ],
)
def test_wrong_points_are_named_and_none_is_kept(shop, body, fields):
    response = shop.post("/datasets/shop/points", json=body)
    assert response.status_code == 400, response.text
    assert [error["field"] for error in response.json["errors"]] == fields
    assert counts(shop) == [10, 11, 12]


def test_a_missing_data_set_is_404_with_a_way_out_and_can_be_started(own_client):
    missing = post(own_client, [point(0, 1)])
    assert missing.status_code == 404
    assert "Import it first, or send create: true" in missing.json["message"]
    assert [error["field"] for error in post(own_client, [point(0, 1)], create=True).json["errors"]] == ["timeframe"]
    assert post(own_client, [point(0, 1)], **START).status_code == 200
    assert post(own_client, [point(1, 2)], **START).json["dataset"]["bins"] == 2
    assert own_client.get("/datasets/shop").json["report"] is None


def test_the_sample_takes_no_points(own_client):
    assert post(own_client, [{"ds": "2026-05-01", "y": 1}], "sample").status_code == 409


def test_a_read_only_server_takes_no_points(shop, settings):
    client = create_app(Settings(home=settings.home, read_only=True)).server.test_client()
    assert post(client, [point(3, 1)]).status_code == 403
    assert post(client, [point(3, 1)], "other", **START).status_code == 403


@pytest.mark.parametrize(("limit", "field"), [({"max_points": 1}, "data"), ({"max_bins": 5}, "data.1.ds")])
def test_limits_are_413(shop, settings, limit, field):
    client = create_app(Settings(home=settings.home, **limit)).server.test_client()
    response = post(client, [point(3, 1), point(30, 1)])
    assert response.status_code == 413
    assert [error["field"] for error in response.json["errors"]] == [field]
