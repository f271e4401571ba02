"""The OpenAPI document, its two pages, and the twins that read requests."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import msgspec
import pytest

from forecasting.scaling.config.calendar import CalendarEntry
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService, ServiceFields
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.validation import fields_of, unit_of
from webapp.api import datasets, forecasts
from webapp.api.request_parsing import JsonBody
from webapp.api.schemas import common, model_sets
from webapp.api.schemas import forecasts as forecast_schemas
from webapp.api.schemas import scaling as scaling_schemas

BODIES: list[JsonBody] = [
    forecasts._PREDICT,
    forecasts._BACKTEST,
    datasets._POINTS,
]


@pytest.fixture(scope="module")
def document(client) -> dict:
    return client.get("/openapi.json").json


def test_every_reference_leads_somewhere(document):
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


@pytest.mark.parametrize("path", ["/forecast/predict", "/forecast/backtest"])
def test_the_bodies_of_forecasts_are_described(document, path):
    assert "application/json" in document["paths"][path]["post"]["requestBody"]["content"]


@pytest.mark.parametrize("path", ["/forecast/predict/csv", "/datasets"])
def test_uploads_are_described(document, path):
    name = document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["$ref"]
    assert "file" in document["components"]["schemas"][name.rpartition("/")[2]]["properties"]


def test_every_error_is_described_with_the_error_body(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            failures = {code: answer for code, answer in operation["responses"].items() if int(code) >= 400}
            assert {"400", "405", "500"} <= set(failures), (method, path)
            for answer in failures.values():
                assert answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] in (
                    "Failure",
                    "HealthFailure",
                )


def test_operation_ids_are_plain_names(document):
    ids = [operation["operationId"] for operations in document["paths"].values() for operation in operations.values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z_]+", name) for name in ids)


@pytest.mark.parametrize("body", BODIES)
def test_the_fast_twin_takes_what_the_documented_model_takes(body):
    fast = {field.name: field for field in msgspec.structs.fields(body.struct)}
    documented = body.model.model_fields
    assert set(fast) == set(documented)
    for name, field in documented.items():
        assert fast[name].required == field.is_required(), name


def properties_of(document: dict, name: str) -> dict:
    return document["components"]["schemas"][name]["properties"]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("ServiceFields", {*fields_of(ScaledService), "capacity_rps"}),
        ("FilledService", {*fields_of(ScaledService), "capacity_rps"}),
        ("Objective", set(fields_of(Objective))),
        ("CalendarEntry", set(fields_of(CalendarEntry))),
        ("ChoicesBody", set(fields_of(Configuration))),
        ("ServiceOut", {*fields_of(Configuration), "given", "stored", "success", "message"}),
    ],
)
def test_every_field_of_an_input_is_documented_with_its_text_and_unit(document, name, fields):
    described = properties_of(document, name)
    assert set(described) == fields
    for field, info in fields_of(ScaledService).items() if "Service" in name and "Out" not in name else ():
        assert described[field]["title"] == info.title
        assert described[field]["description"].startswith(info.description)
        assert unit_of(info) in described[field]["description"]


@pytest.mark.parametrize("name", ["RecommendBody", "SimulateBody", "CompareBody"])
def test_every_field_of_a_request_is_documented(document, name):
    described = set(properties_of(document, name))
    own = {*fields_of(Configuration), "timeframe", "model_set", "schedule", "scale_in_window_seconds"}
    assert described >= (own - {"policy"} if name == "CompareBody" else own | {"parameters"})
    assert ("horizon" in described) == (name == "RecommendBody")
    left = set(fields_of(ScalingRequest)) - described
    # The series is written as data or dataset; a what-if is of the pages only.
    assert left <= {"series", "settings", "forecast_error", "horizon", "start", "end", "policy", "parameters"}


def test_a_poll_takes_every_field_of_service_and_objective(document):
    taken = {
        parameter["name"]: parameter
        for parameter in document["paths"]["/scaling/recommendation/{dataset}"]["get"]["parameters"]
    }
    assert set(taken) >= {*fields_of(ServiceFields), *fields_of(Objective), "policy", "model_type", "current_replicas"}
    assert not any(parameter.get("required") for name, parameter in taken.items() if name != "dataset")
    assert "null" not in json.dumps(taken)


def test_examples_are_what_the_calls_take_and_answer(own_client):
    document = own_client.get("/openapi.json").json
    example = document["components"]["schemas"]["ChoicesBody"]["example"]
    stored = own_client.put("/datasets/sample/service", json=example)
    assert stored.status_code == 200, stored.text
    answer = document["paths"]["/datasets/{name}/service"]["put"]["responses"]["200"]["content"]["application/json"]
    assert set(answer["example"]) == set(stored.json)
    assert set(answer["example"]["service"]) == set(stored.json["service"])
    points = document["components"]["schemas"]["PointsBody"]["example"]
    appended = own_client.post("/datasets/shop/points", json=points).json
    answer = document["paths"]["/datasets/{name}/points"]["post"]["responses"]["200"]["content"]["application/json"]
    assert set(answer["example"]) == set(appended)
    assert set(answer["example"]["dataset"]) <= set(appended["dataset"])
    manifest = document["paths"]["/scaling/export/{dataset}"]["get"]["responses"]["200"]["content"]["text/yaml"]
    assert manifest["example"].splitlines()[0] in own_client.get("/scaling/export/sample").text


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_load_only_from_this_server(client, path):
    page = client.get(path)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert urlsplit(address).netloc == ""
        if not address.startswith("data:"):
            assert client.get(address, buffered=True).status_code == 200, address


def test_files_of_a_release_are_kept_for_ever(client):
    script = re.search(r'src="(/vendor/[^"]+)"', client.get("/redoc").text)[1]
    assert client.get(script, buffered=True).cache_control.max_age > 10_000_000
    assert b"cdn.redoc.ly" not in client.get(script).data


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/", common.RootOut),
        ("/health", common.HealthOut),
        ("/models", model_sets.ModelsOut),
        ("/models/nasa-http", model_sets.ModelSetOut),
        ("/metrics/xgboost/5m", common.MetricsOut),
        ("/datasets", common.DatasetsOut),
        ("/datasets/sample", common.DatasetOut),
        ("/datasets/sample/series?timeframe=1h", common.SeriesOut),
        ("/datasets/sample/service", scaling_schemas.ServiceOut),
    ],
)
def test_what_is_read_has_the_documented_shape(client, path, model):
    assert model.model_validate_json(client.get(path).data, strict=True)


@pytest.mark.parametrize(
    ("path", "fields", "model"),
    [
        ("/forecast/predict", {"horizon": 3}, forecast_schemas.PredictOut),
        ("/forecast/backtest", {"step": 3}, forecast_schemas.BacktestOut),
    ],
)
def test_what_is_forecast_has_the_documented_shape(client, points, path, fields, model):
    body = {"data": points, "model_type": "xgboost", "timeframe": "5m", **fields}
    assert model.model_validate_json(client.post(path, json=body).data, strict=True)
