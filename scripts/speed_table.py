"""The tables of background/speed.md, from the saved result of `python -m benchmarks.speed`."""

from __future__ import annotations

import json
from typing import Any

from scripts.docs_blocks import ROOT
from scripts.docs_tables import digits, table

SAVED = ROOT / "benchmarks" / "results" / "speed.json"
TASKS = {
    "fit": ("Training on NASA-HTTP by the minute", "seconds", "s"),
    "predict": ("One forecast of 12 minutes, median", "p50_ms", "ms"),
    "backtest": ("A backtest of 155,520 forecasts", "seconds", "s"),
}
Row = dict[str, Any]


def text() -> str:
    """Everything between the marks."""
    result = json.loads(SAVED.read_text(encoding="utf-8"))
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["libraries"].items())
    return "\n\n".join(
        [
            f"Measured on {result['date']} on {machine['cores']} cores ({machine['processor']}) with "
            f"{machine['memory_gb']} GB and Python {machine['python']}; {versions}.",
            "### The library",
            "One core each, beside mlforecast with LightGBM and Prophet on the same minutes. A factor above 1 means "
            "that the model here is faster.",
            library(result["library"]),
            "### The server",
            f"`POST /forecast/predict` with 12 bins at 1 minute, load from `{result['load_client']}` on the same "
            "machine. Latency at rest is with one connection; under load it is at half the highest rate.",
            http(result["http"]),
            "### Memory and start",
            memory(result["memory"]),
            start(result["start"]),
        ]
    )


def library(rows: list[Row]) -> str:
    """A row a task and model, with the factors to the peers."""
    cells = []
    for row in rows:
        task, field, unit = TASKS[row["task"]]
        factors = [f"{digits(row[name])}x" if name in row else "" for name in ("times_mlforecast", "times_prophet")]
        name = row["model"] if " " in row["model"] else f"`{row['model']}`"
        cells.append([task, name, f"{digits(row[field])} {unit}", *factors])
    return table(["task", "model", "time", "mlforecast takes", "Prophet takes"], cells, numbers_from=2)


def http(rows: list[Row]) -> str:
    """A row a number of workers, model and length of history."""
    cells = [
        [
            str(row["workers"]),
            f"`{row['model']}`",
            f"{row['points']:,}",
            f"{digits(row['requests_per_second'])}",
            f"{digits(row['one_connection_p50_ms'])} ms",
            f"{digits(row['half_rate_p50_ms'])} ms",
            f"{digits(row['half_rate_p99_ms'])} ms",
        ]
        for row in rows
    ]
    heads = ["workers", "model", "points posted", "requests a second", "at rest, p50", "under load, p50", "p99"]
    return table(heads, cells, numbers_from=2)


def memory(rows: list[Row]) -> str:
    """Memory of one worker after what it has served."""
    cells = [[row["served"], f"{row['rss_mib']} MiB", f"{row['pss_mib']} MiB"] for row in rows]
    return table(["one worker after it served", "RSS", "PSS"], cells, numbers_from=1)


def start(rows: list[Row]) -> str:
    """Seconds from the start of the process to the first answers."""
    cells = [
        [f"`{row['model']}`", f"{digits(row['up_seconds'])} s", f"{digits(row['first_forecast_seconds'])} s"]
        for row in rows
    ]
    return table(["model", "first answer after", "first forecast after"], cells, numbers_from=1)
