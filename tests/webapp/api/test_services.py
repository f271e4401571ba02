"""What a data set is scaled with, and its manifests."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from forecasting.catalog import Catalog
from forecasting.scaling.config.scaled_service import ScaledService, preset
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from webapp import create_app

PATH = "/datasets/shop/service"
GIVEN = {
    "service": {"capacity_rps": 12.5, "min_replicas": 2, "boot_seconds": 90.0},
    "policy": "predictive",
    "model_type": "xgboost",
    "slo": {"max_minutes_under_share": 0.005},
    "current_replicas": 7,
}


@pytest.fixture
def series() -> Series:
    return Series("shop", 60, 807_235_200, np.arange(1.0, 5001.0), "UTC")


@pytest.fixture
def shop(settings, series):
    """A client of an application with a data set shop."""
    Catalog(settings).add(series)
    return create_app(settings).server.test_client()


EVENTS = [
    {"name": "sale", "start": "1995-08-04 09:00", "end": "1995-08-04 18:00", "factor": 1.8},
    {"cron": "0 9 * * TUE", "duration_minutes": 120},
    {"country": "FR"},
]


@pytest.mark.parametrize("name", ["shop", "sample"])
def test_a_calendar_is_stored_and_known_to_forecasts(shop, settings, name):
    path = f"/datasets/{name}/calendar"
    assert shop.get(path).json["calendar"] == []
    before = Catalog(settings).info(name).version
    stored = shop.put(path, json={"calendar": EVENTS})
    assert stored.status_code == 200, stored.text
    assert shop.get(path).json["calendar"] == stored.json["calendar"]
    series, version = Catalog(settings).get_with_version(name)
    assert [event.title for event in series.events] == ["sale", "0 9 * * TUE", "holidays in FR"]
    assert version == Catalog(settings).info(name).version != before
    assert [info.version for info in Catalog(settings).list() if info.name == name] == [version]
    assert shop.put(path, json={"calendar": []}).json["calendar"] == []
    assert Catalog(settings).get_with_version(name)[1] == before


def test_calendar_and_service_are_stored_apart(shop):
    shop.put("/datasets/shop/calendar", json={"calendar": EVENTS})
    assert shop.get(PATH).json["stored"] is False
    shop.put(PATH, json=GIVEN)
    assert len(shop.get("/datasets/shop/calendar").json["calendar"]) == 3
    shop.put("/datasets/shop/calendar", json={"calendar": []})
    assert shop.get(PATH).json["stored"] is True


def test_a_wrong_calendar_is_named(shop):
    response = shop.put("/datasets/shop/calendar", json={"calendar": [{**EVENTS[0], "factor": 101}]})
    assert response.status_code == 400
    assert response.json["message"] == "calendar.0.factor must be a number from 0 to 100 (got 101)."
    assert shop.get("/datasets/nothing/calendar").status_code == 404
    assert shop.put("/datasets/nothing/calendar", json={"calendar": []}).status_code == 404


@pytest.mark.parametrize("name", ["shop", "sample"])
def test_where_nothing_is_stored_there_is_the_preset(shop, settings, name):
    body = shop.get(f"/datasets/{name}/service").json
    assert body["service"] == preset(Catalog(settings).get(name)).to_dict()
    assert (body["given"], body["stored"], body["policy"], body["model_type"]) == ({}, False, "hybrid", "auto")
    assert (body["slo"], body["current_replicas"]) == ({"max_unmet_share": 0.01}, None)


@pytest.mark.parametrize("name", ["shop", "sample"])
def test_what_is_stored_stays_and_is_filled_from_the_data_set(shop, settings, name):
    stored = shop.put(f"/datasets/{name}/service", json=GIVEN)
    assert stored.status_code == 200, stored.text
    body = create_app(settings).server.test_client().get(f"/datasets/{name}/service").json
    assert body == stored.json
    assert {key: body[key] for key in ("policy", "model_type", "slo", "current_replicas")} == {
        key: GIVEN[key] for key in ("policy", "model_type", "slo", "current_replicas")
    }
    assert (body["given"], body["stored"]) == (GIVEN["service"], True)
    filled = preset(Catalog(settings).get(name), GIVEN["service"])
    assert body["service"] == filled.to_dict()
    assert ScaledService.of(body["service"]) == filled


def test_what_is_put_takes_the_place_of_all_that_was_stored(shop):
    shop.put(PATH, json=GIVEN)
    body = shop.put(PATH, json={"service": {"max_replicas": 9, "min_replicas": None}, "policy": None}).json
    assert (body["given"], body["policy"], body["current_replicas"]) == ({"max_replicas": 9}, "hybrid", None)
    assert shop.put(PATH, json={}).json["stored"] is True
    assert shop.get(PATH).json["given"] == {}


def test_what_is_stored_follows_the_data_set(shop):
    shop.put(PATH, json=GIVEN)
    shop.patch("/datasets/shop", json={"name": "store"})
    assert shop.get("/datasets/store/service").json["given"] == GIVEN["service"]
    shop.delete("/datasets/store")
    assert shop.get("/datasets/store/service").status_code == 404


def test_the_preset_follows_fresh_points(shop):
    before = shop.get(PATH).json["service"]["max_replicas"]
    points = [{"ds": "1995-08-04 11:20", "y": 50_000}]
    assert shop.post("/datasets/shop/points", json={"data": points}).status_code == 200
    assert shop.get(PATH).json["service"]["max_replicas"] == pytest.approx(10 * before, rel=0.1)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"service": {"capacity_rps": 0}}, ["service.capacity_rps"]),
        ({"service": {"min_replicas": 0, "max_replicas": 10_001}}, ["service.min_replicas", "service.max_replicas"]),
        ({"service": {"min_replicas": 5, "max_replicas": 4}}, ["service.min_replicas"]),
        ({"service": {"price_per_hour": -1, "boot_seconds": -1}}, ["service.boot_seconds", "service.price_per_hour"]),
        ({"service": {"bill_booting": 1}}, ["service.bill_booting"]),
        ({"service": {"bot_seconds": 1}}, ["service.bot_seconds"]),
        ({"service": {"min_replicas": 1.5}}, ["service.min_replicas"]),
        ({"service": 3}, ["service"]),
        ({"policy": "oracle"}, ["policy"]),
        ({"model_type": "arima"}, ["model_type"]),
        ({"slo": {"max_unmet_share": 1}}, ["slo.max_unmet_share"]),
        ({"slo": {"share": 0.1}}, ["slo.share"]),
        ({"current_replicas": -1}, ["current_replicas"]),
        ({"polici": "hybrid"}, ["polici"]),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_stored(shop, body, fields):
    response = shop.put(PATH, json=body)
    assert response.status_code == 400, response.text
    assert [error["field"] for error in response.json["errors"]] == fields
    assert shop.get(PATH).json["stored"] is False


@pytest.mark.parametrize("field", ["capacity_rps", "min_replicas", "price_per_hour"])
def test_a_number_of_hundreds_of_digits_is_named(shop, field):
    raw = json.dumps({"service": {field: 10**400}})
    response = shop.put(PATH, data=raw, content_type="application/json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [f"service.{field}"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/datasets/nope/service"), ("PUT", "/datasets/nope/service"), ("GET", "/scaling/export/nope")],
)
def test_a_missing_data_set_is_404(shop, method, path):
    response = shop.open(path, method=method, json={} if method == "PUT" else None)
    assert response.status_code == 404
    assert "sample, shop" in response.json["message"]


def test_a_read_only_server_shows_and_stores_nothing(shop, settings):
    shop.put(PATH, json=GIVEN)
    client = create_app(Settings(home=settings.home, read_only=True)).server.test_client()
    assert client.put(PATH, json={}).status_code == 403
    assert client.put("/datasets/sample/service", json={}).status_code == 403
    assert client.get(PATH).json["given"] == GIVEN["service"]
    assert client.get("/scaling/export/shop").status_code == 200


def test_a_data_set_without_a_known_bin_is_refused_with_what_is_needed(settings):
    Catalog(settings).add(Series("shop", 60, 0, np.full(3, np.nan)))
    response = create_app(settings).server.test_client().get(PATH)
    assert response.status_code == 400
    assert "no known bin; at least 1 is needed" in response.json["message"]


@pytest.mark.parametrize(
    ("form", "kind", "lowest"),
    [("keda", "ScaledObject", "minReplicaCount"), ("hpa", "HorizontalPodAutoscaler", "minReplicas")],
)
def test_a_manifest_is_a_download_of_what_is_stored(shop, form, kind, lowest):
    shop.put(PATH, json=GIVEN)
    response = shop.get(f"/scaling/export/shop?format={form}&url=http://dataflow:8000")
    assert (response.status_code, response.mimetype) == (200, "text/yaml")
    assert response.headers["Content-Disposition"] == f'attachment; filename="shop-{form}.yaml"'
    manifest = yaml.safe_load(response.text)
    assert (manifest["kind"], manifest["spec"][lowest]) == (kind, 2)
    assert "shop by predictive with xgboost, at most 0.5 % of minutes under-provisioned" in response.text
    if form == "keda":
        assert manifest["spec"]["fallback"]["replicas"] == 7
        assert manifest["spec"]["triggers"][0]["metadata"]["url"] == "http://dataflow:8000/scaling/recommendation/shop"
        assert manifest["spec"]["triggers"][0]["metadata"]["targetValue"] == "12.5"


def test_without_a_query_it_is_kedas_with_the_address_of_this_server(shop):
    manifest = yaml.safe_load(shop.get("/scaling/export/shop").text)
    assert manifest["spec"]["triggers"][0]["metadata"]["url"] == "http://localhost/scaling/recommendation/shop"


@pytest.mark.parametrize(
    ("query", "field"), [("format=helm", "format"), ("url=dataflow:8000", "url"), ("fromat=keda", "fromat")]
)
def test_a_wrong_query_is_named(shop, query, field):
    response = shop.get(f"/scaling/export/shop?{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]
