"""`dataflow data calendar`, and forecasts with known events from a file."""

from __future__ import annotations

import json
from pathlib import Path


def sale(factor: float | None = None) -> list[dict]:
    event = {"name": "sale", "start": "2026-05-03 00:05", "end": "2026-05-03 00:10"}
    return [event if factor is None else {**event, "factor": factor}]


def predicted(dataflow, *words) -> list[float]:
    done = dataflow("predict", "--dataset", "sample", "--timeframe", "5m", "--horizon", 3, "--json", *words)
    assert done.code == 0, done.err
    return [row["yhat"] for row in done.json["predictions"]]


def test_a_calendar_is_stored_shown_used_and_cleared(dataflow):
    plain = predicted(dataflow)
    Path("events.json").write_text(json.dumps({"calendar": sale(2.0)}))
    assert dataflow("data", "calendar", "sample").out == "sample has no known events\n"
    assert dataflow("data", "calendar", "sample", "--set", "events.json").out == "sale: × 2\n"
    assert dataflow("data", "calendar", "sample", "--json").json["calendar"] == sale(2.0)
    stored = predicted(dataflow)
    assert (stored[0], stored[2]) == (plain[0], plain[2])
    assert abs(stored[1] / plain[1] - 2.0) < 1e-9
    assert dataflow("data", "calendar", "sample", "--clear").code == 0
    assert predicted(dataflow) == plain
    assert predicted(dataflow, "--calendar", "events.json") == stored


def test_a_wrong_file_is_refused(dataflow):
    Path("events.json").write_text("[{]")
    done = dataflow("data", "calendar", "sample", "--set", "events.json")
    assert done.code == 2
    assert "events.json is not valid JSON" in done.err
    Path("events.json").write_text(json.dumps([{"country": "XX"}]))
    assert "country must be an ISO code" in dataflow("data", "calendar", "sample", "--set", "events.json").err
