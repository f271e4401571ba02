"""Models, sets and metrics."""

from __future__ import annotations

import pytest

from forecasting.forecasters.registry import MODEL_NAMES


def test_every_model_is_listed_with_its_sets(client):
    body = client.get("/models").json
    assert set(body["available_models"]) == set(MODEL_NAMES)
    assert "nasa-http" in body["available_models"]["xgboost"]["5m"]


def test_every_set_has_its_card(client):
    card = client.get("/models").json["model_sets"]["nasa-http"]
    assert {"model_set", "created_at", "data", "models"} <= set(card)
    assert "day_hashes" not in card["data"]


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m"])
@pytest.mark.parametrize("model", ["xgboost", "lightgbm"])
def test_metrics_of_the_shipped_set(client, model, timeframe):
    body = client.get(f"/metrics/{model}/{timeframe}").json
    assert (body["model_type"], body["timeframe"], body["model_set"]) == (model, timeframe, "nasa-http")
    assert {"mae", "rmse", "smape", "mase", "wql", "coverage_80", "coverage_90", "bias"} <= set(body["metrics"])
    assert "model_set" not in body["metrics"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/metrics/arima/5m", "model_type"),
        ("/metrics/xgboost/2m", "timeframe"),
        ("/metrics/xgboost/1h", "timeframe"),
        ("/metrics/xgboost/5m?model_set=..%2Fetc", "model_set"),
    ],
)
def test_unknown_names_are_400_and_named(client, path, field):
    response = client.get(path)
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]


def test_a_set_that_does_not_exist_is_404_and_says_which_do(client):
    response = client.get("/metrics/xgboost/5m?model_set=shop")
    assert response.status_code == 404
    assert "nasa-http" in response.json["message"]


def test_both_wrong_are_both_named(client):
    errors = client.get("/metrics/arima/2m").json["errors"]
    assert {error["field"] for error in errors} == {"model_type", "timeframe"}


def test_a_set_has_its_card_in_full_and_in_words(client):
    body = client.get("/models/nasa-http").json
    assert (body["success"], body["model_set"], body["kind"]) == (True, "nasa-http", "shipped")
    assert body["card"] == client.get("/models").json["model_sets"]["nasa-http"]
    assert body["summary"].startswith("The model set nasa-http was trained on")
    assert body["limits"]
    assert body["uses"]
    assert {"path", "bytes", "sha256"} == set(body["files"][0])


def test_the_card_has_the_scores_that_the_metrics_call_gives(client):
    card = client.get("/models/nasa-http").json["card"]
    metrics = client.get("/metrics/lightgbm/15m").json["metrics"]
    (pooled,) = (row for row in card["models"]["15m"]["lightgbm"]["metrics"] if row["step"] == "all")
    assert {name: metrics[name] for name in pooled if name != "step"} == {
        name: value for name, value in pooled.items() if name != "step"
    }


def test_a_card_that_does_not_exist_is_404_and_says_which_do(client):
    response = client.get("/models/shop")
    assert response.status_code == 404
    assert "nasa-http" in response.json["message"]


@pytest.mark.parametrize(("path", "field"), [("/models/UPPER", "model_set"), ("/models/nasa-http?step=1", "step")])
def test_what_a_card_is_not_asked_by_is_400_and_named(client, path, field):
    response = client.get(path)
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]


def test_the_example_has_the_fields_that_the_answer_has(client):
    document = client.get("/openapi.json").json
    answer = document["components"]["schemas"]["ModelSetOut"]["example"]
    body = client.get("/models/nasa-http").json
    assert set(answer) == set(body)
    assert set(answer["card"]) == set(body["card"])
    assert set(answer["card"]["data"]) == set(body["card"]["data"])
    entry = answer["card"]["models"]["5m"]["hybrid"]
    assert set(entry) <= set(body["card"]["models"]["5m"]["hybrid"])
    assert set(entry["metrics"][0]) == set(body["card"]["models"]["5m"]["hybrid"]["metrics"][0])
