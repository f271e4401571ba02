"""Check that the responses of the forecast calls, errors included, are equal to recorded ones to the byte.

    python -m benchmarks.speed.answers record FILE     before a change that must not change results
    python -m benchmarks.speed.answers compare FILE    after it; lists differences, non-zero if there are any

Several hundred requests are sent to the application in this process: every model and timeframe, points of every shape
that is repaired, CSV files, backtests, and invalid bodies.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.forecasters.registry import MAIN_MODELS, MODEL_NAMES
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.timeframes import API_TIMEFRAMES, bin_seconds_of
from webapp.app.processes import limit_threads

PREDICT, CSV, BACKTEST = "/forecast/predict", "/forecast/predict/csv", "/forecast/backtest"
START = 807_235_200
SHOWN_DIFFERENCES = 10

Request = tuple[str, dict]
"""The path, and the arguments of Flask's test client."""


def points(timeframe: str, size: int, *, separator: str = " ", suffix: str = "") -> list[dict]:
    """Return points of a service with a daily pattern and Poisson counts."""
    seconds = START + bin_seconds_of(timeframe) * np.arange(size)
    usual = bin_seconds_of(timeframe) * (1.2 + np.sin(2 * np.pi * seconds / 86_400))
    counts = np.random.default_rng(size).poisson(usual).tolist()
    texts = [text.replace(" ", separator) + suffix for text in wall_texts(seconds, None)]
    return [{"ds": ds, "y": y} for ds, y in zip(texts, counts, strict=True)]


def shapes() -> Iterator[tuple[str, list]]:
    """Yield points in 5m or finer in every format, order and state, valid and invalid, by name."""
    plain = points("5m", 300)
    yield "T and Z", points("5m", 300, separator="T", suffix="Z")
    yield "offset", points("5m", 40, suffix="-04:00")
    yield "fractions", points("5m", 40, suffix=".125")
    yield "minutes only", [{**point, "ds": point["ds"][:16]} for point in plain]
    yield "mixed forms", [*points("5m", 5, separator="T"), *plain[5:]]
    yield "dates only", [{"ds": "1995-08-01", "y": 3}]
    yield "reversed", plain[::-1]
    yield "repeated", [*plain, *plain[-3:]]
    yield "gaps", plain[:100] + plain[140:150] + plain[250:]
    yield "unknown counts", [{**point, "y": None if n % 7 == 3 else point["y"]} for n, point in enumerate(plain)]
    yield "zeros", [{**point, "y": 0} for point in plain]
    yield "fractional counts", [{**point, "y": point["y"] + 0.25} for point in plain]
    yield "a minute apart", points("1m", 333)
    yield "off the grid", [{"ds": point["ds"][:15] + "4:30", "y": point["y"]} for point in plain[::2]]
    yield "a quarter apart", points("15m", 30)
    yield "nothing known", [{**point, "y": None} for point in plain]
    yield "no points", []
    for y in (-1, "7", True, 1e300, 10**400, [1]):
        yield f"y {str(y)[:8]}", [*plain[:5], {**plain[5], "y": y}]
    for ds in ("1995-13-01 00:00:00", "yesterday", "1995-08-01 00:00:00+02:00", 5, None, "1995-08-01T00:25:00"):
        yield f"ds {ds}", [*plain[:5], {"ds": ds, "y": 1}]
    yield "wrong in many places", [{"ds": "x", "y": -1}] * 30
    yield "an unknown key", [{**plain[0], "z": 1}]
    yield "no y", [{"ds": plain[0]["ds"]}]


def fields() -> Iterator[tuple[str, dict]]:
    """Yield fields besides 50 plain points, valid and invalid, by name."""
    for quantiles in ([0.025, 0.5, 0.99], [0.33, 0.9], [], [0.001], [1.5], "0.5"):
        yield f"quantiles {quantiles}", {"quantiles": quantiles}
    for horizon in (1, 2, 13, 100, 0, 101, 1.5, "12", None):
        yield f"horizon {horizon}", {"horizon": horizon}
    for name, value in (
        ("model_type", "oracle"),
        ("timeframe", "7m"),
        ("model_set", "none-such"),
        ("model_set", "../x"),
    ):
        yield f"{name} {value}", {name: value}
    yield "a named set", {"model_set": "nasa-http"}
    yield "an unknown field", {"colour": 1}


def requests() -> Iterator[tuple[str, Request]]:
    """Yield every request by name."""
    for model, timeframe, size in itertools.product(MODEL_NAMES, API_TIMEFRAMES, (1, 2, 12, 300, 4_000)):
        yield f"{model} {timeframe} {size}", predicting(points(timeframe, size), model_type=model, timeframe=timeframe)
    for model, (name, data) in itertools.product((*MAIN_MODELS, "naive"), shapes()):
        yield f"{model} {name}", predicting(data, model_type=model)
    for model, (name, more) in itertools.product(MAIN_MODELS, fields()):
        yield f"{model} {name}", predicting(points("5m", 50), **{"model_type": model, **more})
    for model, step in itertools.product(MAIN_MODELS, (1, 12, 50, 51)):
        body = {"data": points("5m", 400), "step": step, "model_type": model, "timeframe": "5m"}
        yield f"backtest {model} {step}", posted(BACKTEST, body)
        yield f"backtest gaps {model} {step}", posted(BACKTEST, {**body, "data": dict(shapes())["gaps"]})
    yield from files()
    yield from malformed()


def predicting(data: list, **fields: object) -> Request:
    """Return a request of POST /forecast/predict."""
    return posted(PREDICT, {"data": data, "horizon": 12, "model_type": "hybrid", "timeframe": "5m", **fields})


def posted(path: str, body: object, **headers: str) -> Request:
    """Return a request with a JSON body."""
    return path, {"data": json.dumps(body), "content_type": "application/json", "headers": headers}


def files() -> Iterator[tuple[str, Request]]:
    """Yield uploads of CSV."""
    rows = "".join(f"{point['ds']},{point['y']}\n" for point in points("5m", 300)).encode()
    for name, content in (("rows", b"timestamp,requests_count\n" + rows), ("no header", rows), ("empty", b"")):
        for model in MAIN_MODELS:
            form = {"file": (io.BytesIO(content), "a.csv"), "model_type": model, "timeframe": "5m", "horizon": "3"}
            yield f"csv {name} {model}", (CSV, {"data": form})


def malformed() -> Iterator[tuple[str, Request]]:
    """Yield bodies that are invalid for the call."""
    for body in (b"", b"{", b"[]", b"null", b'{"data": NaN}', b"\xff", b'{"data": 1e999}'):
        yield f"body {body!r}", (PREDICT, {"data": body, "content_type": "application/json"})
    yield "text", (PREDICT, {"data": b"{}", "content_type": "text/plain"})
    yield "compressed", posted(PREDICT, {}, **{"Content-Encoding": "br"})
    yield "a query", posted(PREDICT + "?a=1", {})
    yield "from elsewhere", posted(PREDICT, {}, **{"Sec-Fetch-Site": "cross-site"})
    yield "nowhere", posted("/forecast/nowhere", {})


def answers() -> dict[str, dict[str, Any]]:
    """Return status, headers and body of every response."""
    limit_threads()
    from webapp.app.factory import build

    with tempfile.TemporaryDirectory() as home:
        client = build(Settings(home=Path(home))).server.test_client()
        responses = {}
        for name, (path, options) in requests():
            response = client.post(path, **options)
            headers = sorted(f"{key}: {value}" for key, value in response.headers)
            responses[name] = {
                "status": response.status_code,
                "headers": headers,
                "body": response.get_data(as_text=True),
            }
    return responses


def differences(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """Describe every difference."""
    names = dict.fromkeys([*before, *after])
    return [
        f"{name}: {part} {before.get(name, {}).get(part)!s:.300}\n    became {after.get(name, {}).get(part)!s:.300}"
        for name in names
        for part in ("status", "headers", "body")
        if before.get(name, {}).get(part) != after.get(name, {}).get(part)
    ]


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("record", "compare"))
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    found = answers()
    if arguments.what == "record":
        arguments.file.write_text(json.dumps(found, indent=0))
        print(f"{len(found)} answers recorded")
        return 0
    changed = differences(json.loads(arguments.file.read_text()), found)
    print("\n".join(changed[:SHOWN_DIFFERENCES]), f"{len(found)} answers compared, {len(changed)} differ", sep="\n")
    return min(len(changed), 1)


if __name__ == "__main__":
    sys.exit(main())
