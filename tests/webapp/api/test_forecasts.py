"""Forecasts and backtests of what is posted."""

from __future__ import annotations

import io
import json
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting import prediction
from forecasting.forecasters.registry import MODEL_NAMES, WITHOUT_SET
from forecasting.readers import import_points

MAIN = ["xgboost", "lightgbm"]


def predict(client, data, **fields):
    body = {"data": data, "horizon": 12, "model_type": "xgboost", "timeframe": "5m", **fields}
    return client.post("/forecast/predict", json=body)


def single(ds: str, y: float | None = 57.0) -> list[dict]:
    return [{"ds": ds, "y": y}]


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m"])
@pytest.mark.parametrize("model", MODEL_NAMES)
def test_a_single_point_is_enough(client, model, timeframe):
    response = predict(client, single("1995-08-01 00:00:00"), model_type=model, timeframe=timeframe)
    assert response.status_code == 200, response.text
    body = response.json
    assert (body["success"], body["model_type"], body["timeframe"]) == (True, model, timeframe)
    assert body["model_set"] == (None if model in WITHOUT_SET else "nasa-http")
    assert bool(body["members"]) == (model in WITHOUT_SET)
    assert not (model in WITHOUT_SET and any("Zero-shot" in warning for warning in body["warnings"]))
    for row in body["predictions"]:
        assert 0 <= row["yhat_lower"] <= row["yhat_upper"]
        assert np.isfinite(row["yhat"])


@pytest.mark.parametrize("path", ["/forecast/predict", "/forecast/backtest"])
def test_without_a_model_it_is_auto_and_names_its_members(client, points, path):
    more = {"horizon": 4} if path.endswith("predict") else {"step": 4}
    body = client.post(path, json={"data": points, "timeframe": "5m", **more}).json
    assert (body["model_type"], body["model_set"]) == ("auto", None)
    assert sum(member["weight"] for member in body["members"]) == pytest.approx(1.0)


@pytest.mark.parametrize("path", ["/forecast/predict", "/forecast/backtest"])
def test_a_clock_change_in_the_history_is_one_history(client, path):
    berlin, change = ZoneInfo("Europe/Berlin"), datetime(2024, 10, 27, 1, tzinfo=UTC)
    times = [change + timedelta(minutes=15 * k) for k in range(-100, 100)]
    more = {"horizon": 4} if path.endswith("predict") else {"step": 4}
    answers = []
    for write, zone in (
        (lambda t: f"{t.astimezone(berlin):%Y-%m-%d %H:%M:%S}", {"time_zone": "Europe/Berlin"}),
        (lambda t: t.astimezone(berlin).isoformat(), {"time_zone": "Europe/Berlin"}),
        (lambda t: t.astimezone(berlin).isoformat(), {}),
        (lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}", {"time_zone": "Europe/Berlin"}),
    ):
        data = [{"ds": write(t), "y": 50.0 + k % 96} for k, t in enumerate(times)]
        response = client.post(path, json={"data": data, "timeframe": "15m", **more, **zone})
        assert response.status_code == 200, response.text
        answers.append([row["yhat"] for row in response.json["predictions"]])
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], rtol=1e-9)


@pytest.mark.parametrize("path", ["/forecast/predict", "/forecast/backtest"])
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone must be an IANA name"),
        ({"calendar": [{"factor": 2}]}, "calendar.0.cron and duration_minutes, or start and end, or country"),
        ({"calendar": [{"country": "XX"}]}, "calendar.0.country must be an ISO code such as FR (got 'XX')."),
        ({"calendar": [{"country": "FR", "factor": -1}]}, "calendar.0.factor must be a number from 0 to 100 (got -1)."),
        ({"calendar": "sale"}, "calendar must be a list"),
    ],
)
def test_a_wrong_zone_or_event_is_named(client, points, path, fields, message):
    more = {"horizon": 4} if path.endswith("predict") else {"step": 4}
    response = client.post(path, json={"data": points, "timeframe": "5m", **more, **fields})
    assert response.status_code == 400
    assert message in response.json["message"]


def test_a_known_event_moves_its_own_bins_only(client):
    times = [datetime(2024, 3, 1, tzinfo=UTC) + timedelta(minutes=15 * k) for k in range(960)]
    data = [{"ds": f"{t:%Y-%m-%d %H:%M:%S}", "y": 100.0 + 50 * np.sin(k / 96 * 2 * np.pi)} for k, t in enumerate(times)]
    event = {"name": "sale", "start": "2024-03-11 06:00", "end": "2024-03-11 08:00", "factor": 1.5}
    body = {"data": data, "timeframe": "15m", "horizon": 96}
    plain = client.post("/forecast/predict", json=body).json["predictions"]
    moved = client.post("/forecast/predict", json={**body, "calendar": [event]}).json["predictions"]
    for before, after in zip(plain, moved, strict=True):
        inside = "2024-03-11 06:00:00" <= before["ds"] < "2024-03-11 08:00:00"
        assert after["yhat"] == pytest.approx((1.5 if inside else 1.0) * before["yhat"])


@pytest.mark.parametrize("horizon", [1, 12, 100])
def test_as_many_rows_as_the_horizon(client, points, horizon):
    assert len(predict(client, points, horizon=horizon).json["predictions"]) == horizon


def test_the_answer_is_the_service_layers(client, points):
    series, _, _ = import_points([(point["ds"], point["y"]) for point in points], timeframe="5m")
    expected = prediction.predict(series, model="lightgbm", horizon=3, timeframe="5m").rows()
    assert predict(client, points, model_type="lightgbm", horizon=3).json["predictions"] == expected


@pytest.mark.parametrize(
    ("ds", "first"),
    [
        ("1995-08-01 00:00:00", "1995-08-01 00:05:00"),
        ("1995-08-01T00:00:00", "1995-08-01T00:05:00"),
        ("1995-08-01T00:00:00Z", "1995-08-01T00:05:00Z"),
        ("1995-08-01T23:55:00-04:00", "1995-08-02T00:00:00-04:00"),
        ("1995-08-01 00:00", "1995-08-01 00:05"),
    ],
)
def test_the_answer_has_the_form_and_zone_of_the_question(client, ds, first):
    assert predict(client, single(ds)).json["predictions"][0]["ds"] == first


def test_quantiles_that_are_asked_for_are_columns(client, points):
    row = predict(client, points, quantiles=[0.025, 0.5, 0.9]).json["predictions"][0]
    assert set(row) == {"ds", "yhat", "yhat_lower", "yhat_upper", "q2.5", "q50", "q90"}
    assert row["q2.5"] <= row["q50"] <= row["q90"] == row["yhat_upper"]


def test_a_forecast_of_a_stranger_says_that_it_is_zero_shot(client, points):
    assert any("Zero-shot" in warning for warning in predict(client, points).json["warnings"])


def test_odd_points_are_taken_with_a_warning_each(client, points):
    shuffled = [points[1], points[0], *points[2:], {**points[-1], "y": 1.0}]
    body = predict(client, shuffled).json
    assert body["success"] is True
    assert len(body["warnings"]) >= 3


def test_unknown_counts_are_taken(client, points):
    assert predict(client, [*points, {"ds": "1995-08-02 01:00:00", "y": None}]).status_code == 200


def test_only_unknown_counts_are_refused(client):
    response = predict(client, single("1995-08-01 00:00:00", None))
    assert response.status_code == 400


def test_mixed_offsets_are_refused(client):
    data = single("1995-08-01T00:00:00Z") + single("1995-08-01T00:05:00")
    response = predict(client, data)
    assert response.status_code == 400
    assert response.json["errors"][0]["field"].startswith("data.")


@pytest.mark.parametrize("y", [1e308, 1.7976931348623157e308, 1e300, 5e-324, 0.0])
@pytest.mark.parametrize("model", MAIN)
def test_extreme_counts_give_numbers_or_a_refusal(client, points, model, y):
    data = [{**point, "y": y} for point in points]
    response = predict(client, data, model_type=model, horizon=100)
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        rows = response.json["predictions"]
        assert all(row[key] is not None for row in rows for key in ("yhat", "yhat_lower", "yhat_upper"))


@pytest.mark.parametrize("model_set", ["shop", "nasa-http2"])
def test_a_set_that_does_not_exist_is_404(client, points, model_set):
    response = predict(client, points, model_set=model_set)
    assert response.status_code == 404
    assert model_set in response.json["message"]


def test_a_named_set_is_used(client, points):
    assert predict(client, points, model_set="nasa-http").json["model_set"] == "nasa-http"


def test_many_threads_get_the_answer_of_one(client, points):
    app, answers = client.application, []

    def ask() -> None:
        answers.append(predict(app.test_client(), points).json["predictions"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def backtest(client, data, **fields):
    body = {"data": data, "step": 12, "model_type": "xgboost", "timeframe": "5m", **fields}
    return client.post("/forecast/backtest", json=body)


@pytest.mark.parametrize("model", MAIN)
@pytest.mark.parametrize("step", [1, 7, 50])
def test_a_backtest_has_each_target_once(client, points, model, step):
    body = backtest(client, points, model_type=model, step=step).json
    times = [row["ds"] for row in body["predictions"]]
    assert times == sorted(set(times))
    assert times[-1] == points[-1]["ds"]
    known = {point["ds"]: point["y"] for point in points}
    assert all(row["y"] == known[row["ds"]] for row in body["predictions"])
    assert {"mae", "rmse", "smape"} <= set(body["metrics"])


def test_a_backtest_scores_what_it_shows(client, points):
    body = backtest(client, points).json
    errors = [row["yhat"] - row["y"] for row in body["predictions"]]
    assert body["metrics"]["mae"] == pytest.approx(np.mean(np.abs(errors)))
    assert body["metrics"]["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(errors))))


def test_a_backtest_answers_in_the_form_of_the_question(client, points):
    data = [{**point, "ds": point["ds"].replace(" ", "T") + "Z"} for point in points]
    assert backtest(client, data).json["predictions"][-1]["ds"] == data[-1]["ds"]


def test_a_backtest_of_one_point_is_refused(client):
    response = backtest(client, single("1995-08-01 00:00:00"))
    assert response.status_code == 400
    assert "2 points" in response.json["message"]


@pytest.mark.parametrize(("step", "status"), [(0, 400), (51, 400), (50, 200)])
def test_the_step_of_a_backtest_has_bounds(client, points, step, status):
    assert backtest(client, points, step=step).status_code == status


def csv_of(points: list[dict], header: str = "timestamp,requests_count") -> bytes:
    return "\n".join([header, *(f"{point['ds']},{point['y']}" for point in points)]).encode() + b"\n"


def upload(client, content: bytes, name: str = "traffic.csv", query: str = "", **form):
    data = {"file": (io.BytesIO(content), name), **form}
    return client.post(f"/forecast/predict/csv{query}", data=data, content_type="multipart/form-data")


def test_a_file_gets_the_defaults(client, points):
    body = upload(client, csv_of(points)).json
    assert (body["model_type"], body["timeframe"], len(body["predictions"])) == ("auto", "5m", 12)
    assert body["predictions"] == predict(client, points, model_type="auto").json["predictions"]


def test_options_of_a_file_come_in_the_query_or_the_form(client, points):
    content = csv_of(points, "ds,y")
    in_query = upload(client, content, query="?horizon=3&model_type=lightgbm&timeframe=15m").json
    in_form = upload(client, content, horizon="3", model_type="lightgbm", timeframe="15m").json
    assert in_query == in_form
    assert (in_form["model_type"], in_form["timeframe"], len(in_form["predictions"])) == ("lightgbm", "15m", 3)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"horizon": "0"}, "horizon"),
        ({"horizon": "many"}, "horizon"),
        ({"model_type": "arima"}, "model_type"),
        ({"timeframe": "2m"}, "timeframe"),
        ({"horizn": "3"}, "horizn"),
        ({"model_set": "../etc"}, "model_set"),
    ],
)
def test_a_wrong_option_of_a_file_is_named(client, points, form, field):
    response = upload(client, csv_of(points), **form)
    assert response.status_code == 400
    assert [error["field"] for error in response.json["errors"]] == [field]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\x00\x01\x02" * 1000, bytes(range(256)) * 100, b"a,b\n1,2\n", b"\x89PNG\r\n\x1a\n" + bytes(5000)],
)
@pytest.mark.parametrize("name", ["traffic.csv", "traffic.csv.gz", "traffic.zip"])
def test_a_file_that_is_no_csv_is_refused(client, content, name):
    response = upload(client, content, name)
    assert response.status_code == 400, response.text
    assert response.json["message"]


def test_a_file_over_the_limit_on_points_is_refused(tmp_path, points):
    from forecasting.settings import Settings
    from webapp import create_app

    client = create_app(Settings(home=tmp_path, max_points=100)).server.test_client()
    response = upload(client, csv_of(points))
    assert response.status_code == 413
    assert "more than 100 rows" in response.json["message"]
    assert "DATAFLOW_MAX_POINTS" in response.json["message"]


def test_a_file_finer_than_the_timeframe_is_summed_and_repairs_are_told(client):
    rows = [{"ds": f"1995-08-01 {i // 60:02d}:{i % 60:02d}:00", "y": i} for i in range(93)]
    rows[3], rows[4], rows[10] = rows[4], rows[3], {**rows[10], "y": -4}
    body = upload(client, csv_of([*rows, rows[-1]]), model_type="xgboost").json
    assert body["predictions"][0]["ds"] == "1995-08-01 01:30:00"
    told = " ".join(body["warnings"])
    for word in ("order", "repeat", "negative", "complete", "Zero-shot"):
        assert word in told


def test_a_file_coarser_than_the_timeframe_is_refused(client, points):
    response = upload(client, csv_of(points), timeframe="1m")
    assert response.status_code == 400
    assert response.json["errors"][0]["field"] == "timeframe"


@pytest.mark.parametrize("name", ["demo_5m.csv", "nasa_zeros_1m.csv.gz", "large_15m.csv"])
def test_whole_files_are_forecast(client, recordings, name):
    timeframe = "15m" if "15m" in name else "5m"
    response = upload(client, (recordings / name).read_bytes(), name, timeframe=timeframe)
    assert response.status_code == 200, response.text
    assert len(response.json["predictions"]) == 12


def test_the_body_may_be_ten_thousand_points(client):
    times = np.datetime_as_string(np.datetime64("1995-08-01T00:00:00") + np.arange(10_000) * np.timedelta64(300, "s"))
    data = [{"ds": ds.replace("T", " "), "y": float(i % 97)} for i, ds in enumerate(times.tolist())]
    response = client.post(
        "/forecast/predict",
        data=json.dumps({"data": data, "horizon": 1, "model_type": "lightgbm", "timeframe": "5m"}),
        content_type="application/json",
    )
    assert response.status_code == 200
