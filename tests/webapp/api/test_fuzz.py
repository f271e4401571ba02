"""Whatever a client sends, the answer is a documented status with the one body, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.scaling.config.objective import KINDS
from forecasting.scaling.config.policy_names import POLICIES
from forecasting.scaling.config.scaled_service import ServiceFields
from forecasting.settings import Settings
from forecasting.validation import fields_of
from tests.webapp.http.test_envelope import WITH_BODY, content_type_of, filled
from webapp import create_app

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

numbers = st.integers(-3, 200) | st.floats() | st.sampled_from([0, 1e308, -1e308, 5e-324, 10**40, 1.0, True])
texts = st.text(max_size=12) | st.sampled_from(["xgboost", "naive", "5m", "1m", "1995-08-01 00:00:00", "nasa-http"])
anything = st.recursive(
    st.none() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
times = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat(sep=" ")),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.integers(0, 3000).map(lambda minute: str(datetime(1995, 8, 1) + timedelta(minutes=minute))),
    texts,
)
points = st.fixed_dictionaries({"ds": times, "y": st.none() | numbers})
bodies = st.fixed_dictionaries(
    {},
    optional={
        "data": st.lists(points, max_size=8) | anything,
        "horizon": st.integers(1, 100) | anything,
        "step": st.integers(1, 50) | anything,
        "model_type": st.sampled_from(["xgboost", "lightgbm", "naive", "smoothing"]) | anything,
        "timeframe": st.sampled_from(["1m", "5m", "15m"]) | anything,
        "quantiles": st.lists(st.floats(0.025, 0.99), max_size=3) | anything,
        "model_set": st.sampled_from(["nasa-http", "..", ""]) | anything,
        "name": anything,
        "extra": anything,
    },
)
likely = st.fixed_dictionaries(
    {
        "data": st.lists(points, min_size=1, max_size=8),
        "model_type": st.sampled_from(["xgboost", "lightgbm", "naive", "smoothing", "seasonal_naive"]),
        "timeframe": st.sampled_from(["1m", "5m", "15m"]),
    }
)

zones = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "+05:30", "Asia/Kolkata"])
choices = st.fixed_dictionaries(
    {},
    optional={
        "service": st.dictionaries(
            st.sampled_from([*fields_of(ServiceFields), "other"]),
            st.integers(0, 20_000) | st.floats(0, 100) | anything,
            max_size=4,
        ),
        "policy": st.sampled_from(POLICIES) | anything,
        "model_type": st.sampled_from(["hybrid", "naive"]) | anything,
        "slo": st.dictionaries(st.sampled_from([*KINDS, "other"]), st.floats(0, 1) | anything, max_size=2),
        "current_replicas": st.integers(-1, 20_000) | anything,
    },
)


@pytest.fixture(scope="module")
def check(client) -> Callable:
    """Asserts that an answer of one call is one that the document has, in the one body, and no 500."""
    documented = client.get("/openapi.json").json["paths"]

    def check_answer(method: str, path: str, response) -> None:
        assert str(response.status_code) in documented[path][method.lower()]["responses"], response.text
        assert response.status_code < 500, response.text
        assert response.mimetype == "application/json"
        body = response.json
        assert body["success"] is (response.status_code < 400)
        assert body["message"]
        if response.status_code >= 400:
            assert all(set(error) == {"field", "message"} for error in body["errors"])

    return check_answer


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """A client of an application that these tests may change."""
    home = tmp_path_factory.mktemp("changing") / "home"
    return create_app(Settings(home=home, max_bins=100_000)).server.test_client()


@pytest.mark.parametrize("path", ["/forecast/predict", "/forecast/backtest"])
@QUICK
@given(body=bodies | anything)
def test_any_json(client, check, path, body):
    check("POST", path, client.post(path, data=json.dumps(body), content_type="application/json"))


@QUICK
@given(body=likely, horizon=st.integers(1, 100))
def test_any_points_forecast(client, check, body, horizon):
    response = client.post(
        "/forecast/predict", data=json.dumps({**body, "horizon": horizon}), content_type="application/json"
    )
    check("POST", "/forecast/predict", response)


@QUICK
@given(body=likely, step=st.integers(1, 50))
def test_any_points_backtest(client, check, body, step):
    response = client.post(
        "/forecast/backtest", data=json.dumps({**body, "step": step}), content_type="application/json"
    )
    check("POST", "/forecast/backtest", response)


@QUICK
@given(body=choices | anything)
def test_any_choices(changing, check, body):
    response = changing.put("/datasets/sample/service", data=json.dumps(body), content_type="application/json")
    check("PUT", "/datasets/{name}/service", response)
    check("GET", "/datasets/{name}/service", changing.get("/datasets/sample/service"))


@QUICK
@given(
    name=st.sampled_from(["fuzz-1m", "fuzz-1h", "Fuzz"]),
    data=st.lists(points, max_size=5),
    extra=st.fixed_dictionaries(
        {"create": st.just(True)},
        optional={"timeframe": st.sampled_from(["1m", "1h", "1d"]) | texts, "time_zone": zones | texts},
    ),
)
def test_any_points_are_appended_or_refused(changing, check, name, data, extra):
    response = changing.post(
        f"/datasets/{name}/points", data=json.dumps({"data": data, **extra}), content_type="application/json"
    )
    check("POST", "/datasets/{name}/points", response)


@QUICK
@given(url=texts | st.just("http://dataflow:8000"), form=texts | st.sampled_from(["keda", "hpa"]))
def test_any_export(client, check, url, form):
    response = client.get("/scaling/export/sample", query_string={"url": url, "format": form})
    if response.status_code == 200:
        assert yaml.safe_load(response.text)["kind"] in ("ScaledObject", "HorizontalPodAutoscaler")
    else:
        check("GET", "/scaling/export/{dataset}", response)


@pytest.mark.parametrize("call", WITH_BODY)
@QUICK
@given(raw=st.binary(max_size=300))
def test_any_bytes(client, check, call, raw):
    method, path = call
    response = client.open(filled(path), method=method, data=raw, content_type=content_type_of(call))
    check(method, path, response)


@pytest.mark.parametrize("path", ["/forecast/predict/csv", "/datasets"])
@QUICK
@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["name", "format", "time_zone", "timeframe", "outage", "status", "pattern", "horizon", "dry_run"]
        )
        | st.text(max_size=5),
        texts.filter(lambda text: "\r" not in text and "\n" not in text),
        max_size=3,
    ),
    content=st.binary(max_size=200)
    | st.lists(st.tuples(times, numbers), max_size=5).map(
        lambda rows: "\n".join(["ds,y", *(f"{ds},{y}" for ds, y in rows)]).encode("utf-8", "replace")
    ),
)
def test_any_upload(client, check, path, fields, content):
    parts = [b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n' + content]
    for name, text in {"dry_run": "1", **fields}.items() if path == "/datasets" else fields.items():
        label = name.replace('"', "").replace("\r", "").replace("\n", "")
        parts.append(f'--b\r\nContent-Disposition: form-data; name="{label}"\r\n\r\n{text}'.encode("utf-8", "replace"))
    raw = b"\r\n".join([*parts, b"--b--\r\n"])
    check("POST", path, client.post(path, data=raw, content_type="multipart/form-data; boundary=b"))


@QUICK
@given(name=st.text(min_size=1, max_size=10).filter(lambda text: "/" not in text and text not in (".", "..")))
def test_any_name(client, check, name):
    response = client.get("/datasets/" + name.encode("utf-8", "replace").decode())
    assert response.status_code in (200, 308, 400, 404), response.text


@QUICK
@given(query=st.dictionaries(st.sampled_from(["timeframe", "start", "end"]), texts | times, max_size=3))
def test_any_part_of_a_series(client, check, query):
    response = client.get("/datasets/sample/series", query_string={"timeframe": "1d", **query})
    if len(response.data) < 10_000:
        check("GET", "/datasets/{name}/series", response)
    assert response.status_code < 500
