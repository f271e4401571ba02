"""Recommendations, simulations, comparisons and the polled recommendation over HTTP."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from webapp.api.schemas import decision_results as schemas
from webapp.api.schemas.live import LiveOut

TABLE = {
    "policy",
    "cost",
    "mean_replicas",
    "replica_hours",
    "unmet_share",
    "minutes_under_share",
    "scale_events",
    "objective",
    "regret",
    "saving",
    "saving_low",
    "saving_high",
}
TOTALS = TABLE - {"policy", "saving", "saving_low", "saving_high"} | {"theta_u", "theta_o", "tau_u", "tau_o"}


def wave(days: float, *, bin_minutes: int = 15, start: datetime = datetime(2024, 3, 4)) -> list[dict]:
    """A daily wave with a little noise that repeats, as the API takes points."""
    per_day = 1440 // bin_minutes
    return [
        {
            "ds": (start + timedelta(minutes=bin_minutes * i)).strftime("%Y-%m-%d %H:%M:%S"),
            "y": round(300 - 200 * math.cos(2 * math.pi * i / per_day) + 31 * ((i * 7919) % 13) / 13, 2),
        }
        for i in range(round(days * per_day))
    ]


@pytest.fixture(scope="module")
def history() -> list[dict]:
    return wave(6)


def asked(history: list[dict], **fields: object) -> dict:
    return {"data": history, "timeframe": "15m", **fields}


def test_a_recommendation_needs_only_points_and_a_timeframe(client: FlaskClient, history):
    answer = client.post("/scaling/recommend", json=asked(history))
    assert answer.status_code == 200
    schemas.RecommendOut.model_validate_json(answer.data, strict=True)
    body = answer.json
    assert body["action"] in ("scale_up", "hold", "scale_down")
    assert body["replicas"] >= 1
    assert body["plan"][0]["ds"] == "2024-03-10 00:00:00"
    assert {"ds", "replicas", "demand_yhat", "demand_quantile"} <= set(body["plan"][0])
    assert body["reason"].startswith(("Scale out from", "Scale in from", "Keep"))
    assert (body["model_type"], body["model_set"]) == ("auto", None)
    assert not any("Zero-shot" in warning for warning in body["warnings"])


def test_one_posted_point_gets_an_answer_by_the_reactive_rule(client: FlaskClient):
    body = client.post("/scaling/recommend", json=asked([{"ds": "2024-03-04 00:00:00", "y": 50}])).json
    assert body["success"]
    assert not body["gate"]["open"]
    assert "history" in body["gate"]["reasons"][0]


@pytest.mark.parametrize("policy", ["reactive", "reactive:smoothing", "threshold", "scheduled", "predictive", "hybrid"])
def test_every_deployable_policy_recommends(client: FlaskClient, history, policy):
    body = client.post("/scaling/recommend", json=asked(history, policy=policy, current_replicas=4)).json
    assert body["policy"] == policy
    assert body["current_replicas"] == 4


@pytest.mark.parametrize(("current", "ignored"), [(21, True), (20, True), (19, False), (22, False)])
def test_a_change_inside_the_tolerance_of_an_hpa_is_flagged(client: FlaskClient, history, current, ignored):
    fixed = {"policy": "fixed", "parameters": {"replicas": 22}, "service": {"max_replicas": 50}}
    body = client.post("/scaling/recommend", json=asked(history, **fixed, current_replicas=current)).json
    assert (body["replicas"], body["hpa_would_ignore"]) == (22, ignored)


def test_the_plan_keeps_the_form_of_the_posted_times(client: FlaskClient):
    points = [{"ds": point["ds"].replace(" ", "T") + "+02:00", "y": point["y"]} for point in wave(3)]
    plan = client.post("/scaling/recommend", json=asked(points, horizon=2)).json["plan"]
    assert [row["ds"] for row in plan] == ["2024-03-07T00:00:00+02:00", "2024-03-07T00:15:00+02:00"]


def test_a_moment_of_the_past_is_answered_as_then(client: FlaskClient, history):
    cut = client.post("/scaling/recommend", json=asked(history[:480])).json
    then = client.post("/scaling/recommend", json=asked(history, as_of="2024-03-09 00:00:00")).json
    preset = "max_replicas"  # the preset looks at the whole series, so only what comes after it may differ
    assert (then["plan"][0]["ds"], then["plan"][0]["demand_yhat"]) == (
        cut["plan"][0]["ds"],
        pytest.approx(cut["plan"][0]["demand_yhat"]),
    ), preset


def test_a_simulation_has_totals_and_steps(client: FlaskClient, history):
    answer = client.post("/scaling/simulate", json=asked(history, policy="hybrid"))
    schemas.SimulateOut.model_validate_json(answer.data)
    body = answer.json
    assert set(body["totals"]) >= TOTALS
    assert len(body["steps"]) == len(history) // 2
    assert body["steps"][0]["ds"] == history[len(history) // 2]["ds"]
    demand = sum(step["demand"] for step in body["steps"])
    assert body["totals"]["requests"] == pytest.approx(demand)
    assert body["totals"]["unmet_requests"] == pytest.approx(sum(step["unmet"] for step in body["steps"]))
    assert body["totals"]["regret"] >= 0
    assert any("fewer than 14 days" in warning for warning in body["warnings"])


def test_a_simulation_without_steps_and_a_sweep(client: FlaskClient, history):
    short = client.post("/scaling/simulate", json=asked(history, policy="reactive", steps=False)).json
    assert "steps" not in short
    runs = client.post("/scaling/simulate", json=asked(history, policy="reactive", sweep=9)).json["runs"]
    assert len(runs) == 9
    assert runs[0]["parameters"]["target_percent"] < runs[-1]["parameters"]["target_percent"]
    assert runs[0]["totals"]["cost"] > runs[-1]["totals"]["cost"]


def test_a_comparison_has_every_policy_and_a_verdict(client: FlaskClient, history):
    answer = client.post("/cost/compare", json=asked(history, quick=True))
    assert answer.status_code == 200
    schemas.CompareOut.model_validate_json(answer.data)
    body = answer.json
    assert set(body["policies"][0]) >= TABLE
    named = {row["policy"] for row in body["policies"]}
    for family in ("reactive", "target-tracking", "threshold", "fixed", "scheduled", "predictive", "hybrid"):
        assert {f"{family}:default", f"{family}:tuned", f"{family}:hindsight"} <= named
    assert {"reactive:smoothing", "perfect-forecast", "oracle"} <= named
    assert all(row["saving"] is None for row in body["policies"] if row["hindsight"])
    assert body["verdict"]["text"]
    assert "frontier" not in body


def test_a_comparison_downloads_as_csv(client: FlaskClient, history):
    answer = client.post("/cost/compare", json=asked(history, quick=True, format="csv"))
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert set(rows[0]) >= TABLE
    assert {row["policy"] for row in rows} >= {"oracle", "hybrid:tuned"}


WRONG = [
    ("/scaling/recommend", {"service": {"capacity_rps": 0}}, "service.capacity_rps"),
    ("/scaling/simulate", {"service": {"min_replicas": 5, "max_replicas": 2}}, "service.min_replicas"),
    ("/cost/compare", {"service": {"price_per_hour": -1}}, "service.price_per_hour"),
    ("/scaling/simulate", {"service": {"boot_seconds": 1e7}}, "service.boot_seconds"),
    ("/scaling/simulate", {"service": {"max_replicas": 10_001}}, "service.max_replicas"),
    ("/scaling/recommend", {"service": {"boot_seconds": 1800}, "horizon": 2}, "horizon"),
    ("/scaling/recommend", {"service": {"speed": 3}}, "service.speed"),
    ("/scaling/recommend", {"policy": "oracle"}, "policy"),
    ("/scaling/simulate", {"policy": "nonsense"}, "policy"),
    ("/scaling/simulate", {"parameters": {"headroom": 3}, "policy": "hybrid"}, "parameters.headroom"),
    ("/scaling/simulate", {"policy": "oracle", "sweep": 3}, "policy"),
    ("/scaling/recommend", {"current_replicas": -1}, "current_replicas"),
    ("/scaling/simulate", {"current_replicas": 500}, "current_replicas"),
    ("/cost/compare", {"slo": {"max_unmet_share": 0.1, "max_minutes_under_share": 0.1}}, "slo.max_unmet_share"),
    ("/cost/compare", {"slo": {"max_unmet_share": 2}}, "slo.max_unmet_share"),
    ("/cost/compare", {"start": "2030-01-01"}, "start"),
    ("/cost/compare", {"start": "never"}, "start"),
    ("/scaling/recommend", {"schedule": [{"replicas": 3, "cron": "x", "duration_minutes": 5}]}, "schedule.0.cron"),
    ("/scaling/recommend", {"dataset": "sample"}, "data"),
    ("/scaling/recommend", {"timeframe": "7s"}, "timeframe"),
    ("/scaling/recommend", {"model_type": "arima"}, "model_type"),
    ("/scaling/recommend", {"scale_in_window_seconds": -5}, "scale_in_window_seconds"),
]


@pytest.mark.parametrize(("path", "fields", "field"), WRONG)
def test_what_is_wrong_is_named(client: FlaskClient, history, path, fields, field):
    answer = client.post(path, json=asked(history) | fields)
    assert answer.status_code == 400, answer.text
    assert field in [error["field"] for error in answer.json["errors"]]


def test_neither_points_nor_a_data_set_is_refused(client: FlaskClient):
    answer = client.post("/scaling/simulate", json={"timeframe": "15m"})
    assert (answer.status_code, {error["field"] for error in answer.json["errors"]}) == (400, {"data", "dataset"})


def test_an_unknown_data_set_is_404(client: FlaskClient):
    assert client.post("/scaling/recommend", json={"dataset": "nobody", "timeframe": "5m"}).status_code == 404
    assert client.get("/scaling/recommendation/nobody").status_code == 404


def test_a_stale_data_set_is_503_and_never_an_old_answer(client: FlaskClient):
    answer = client.get("/scaling/recommendation/sample")
    assert answer.status_code == 503
    assert "too old" in answer.json["message"]


def test_a_moment_of_a_historical_data_set_is_answered(client: FlaskClient):
    answer = client.get("/scaling/recommendation/sample?as_of=2026-03-20 12:00&timeframe=15m&current_replicas=3")
    assert answer.status_code == 200
    LiveOut.model_validate_json(answer.data, strict=True)
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    found = body["recommendation"]
    assert (body["service"], body["generated_at"]) == ("sample", "2026-03-20T12:00:00Z")
    assert body["valid_until"] == "2026-03-20T12:30:00Z"
    assert all(math.isfinite(found[name]) for name in ("replicas", "demand_rps", "capacity_rps", "lead_seconds"))
    if found["gate"]["open"]:
        assert found["replicas"] <= math.ceil(found["demand_rps"] / found["capacity_rps"]) + 3


@pytest.mark.parametrize("query", ["as_of=2020-01-01", "as_of=x", "policy=oracle", "capacity_rps=0", "speed=1"])
def test_a_wrong_query_of_the_polled_recommendation_is_refused(client: FlaskClient, query):
    answer = client.get(f"/scaling/recommendation/sample?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in [error["field"].rpartition(".")[2] for error in answer.json["errors"]]


def test_fresh_points_make_a_live_recommendation(own_client: FlaskClient):
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    start = now - timedelta(days=4, minutes=now.minute % 15) - timedelta(minutes=0)
    points = wave(4, start=start)
    body = {"data": points, "create": True, "timeframe": "15m", "time_zone": "UTC"}
    assert own_client.post("/datasets/live/points", json=body).status_code in (200, 201)
    own_client.put("/datasets/live/service", json={"service": {"capacity_per_minute": 5}, "current_replicas": 4})
    answer = own_client.get("/scaling/recommendation/live")
    assert answer.status_code == 200, answer.text
    found = answer.json["recommendation"]
    assert found["capacity_rps"] == pytest.approx(5 / 60)
    assert answer.json["generated_at"] <= answer.json["valid_until"]
    assert own_client.get("/scaling/recommendation/live?capacity_per_minute=10").json["recommendation"][
        "capacity_rps"
    ] == pytest.approx(10 / 60)


ANSWERS = {
    ("post", "/scaling/recommend"): schemas.RecommendOut,
    ("post", "/scaling/simulate"): schemas.SimulateOut,
    ("post", "/cost/compare"): schemas.CompareOut,
    ("get", "/cost/prices"): schemas.PricesOut,
    ("get", "/scaling/recommendation/{dataset}"): LiveOut,
}


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_documented_answers_are_of_the_documented_shape(client: FlaskClient, history, method, path):
    """Every field of an example is in the real answer, and of a documented type."""
    operation = client.get("/openapi.json").json["paths"][path][method]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    ANSWERS[method, path].model_validate(example, strict=True)
    if method == "post":
        fields = (
            {} if path == "/scaling/recommend" else {"quick": True} if "compare" in path else {"policy": "predictive"}
        )
        real = client.post(path, json=asked(history, **fields)).json
    else:
        real = client.get(path.replace("{dataset}", "sample?as_of=2026-03-20 12:00")).json
    assert set(example) <= set(real)
    for name, value in example.items():
        real_value = real[name]
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value, real_value = value[0], real_value[0]
        if isinstance(value, dict) and name not in ("slo", "parameters"):
            assert set(value) <= set(real_value), name


def test_prices_have_a_source_each(client: FlaskClient, own_client: FlaskClient):
    answer = client.get("/cost/prices")
    schemas.PricesOut.model_validate_json(answer.data, strict=True)
    assert all(row["source"] for row in answer.json["prices"])
