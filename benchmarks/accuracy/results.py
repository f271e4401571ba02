"""The result of a run as JSON values: one entry per task, two blocks of rows, figures by slice of steps."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.accuracy.scoring import LOSSES, Row, better, coverage_by_step, figures, pinball, targets_of
from benchmarks.accuracy.tasks import Task
from forecasting.timeseries.clock import wall_text

SAVED = Path(__file__).resolve().parents[1] / "results" / "accuracy.json"
SCHEMA = 1
REFERENCE = "smoothing"
"""Tuned exponential smoothing: the reference of every row, besides the best peer."""

VALUE_DIGITS, INTERVAL_DIGITS = 5, 4

PUBLISHED = (
    {"model": "Bi-LSTM", "by": "Dang-Quang & Yoo 2021", "mse": {"step 1": 183.642, "1-5": 207.313}},
    {"model": "ARIMA", "by": "Dang-Quang & Yoo 2021", "mse": {"step 1": 196.288, "1-5": 237.604}},
)
"""Published figures of the 70/30 split, quoted from Mondal et al. 2023 (Mathematics 11, 2675), table 1.

The source does not state whether its 5 steps are the mean of steps 1 to 5, as ours are, or step 5 alone.
"""


def task_result(task: Task, whole: list[Row], subset: list[Row], texts: dict[str, object] | None) -> dict[str, Any]:
    """Return one task: its facts, its blocks `all` and `subset` (equal origins for all rows of a block), statements."""
    series = task.series
    edges = (series.start + bin * series.bin_seconds for bin in (0, task.train_end, len(series)))
    first, cut, end = (wall_text(edge, series.time_zone) for edge in edges)
    return {
        "task": task.name,
        "title": task.title,
        "timeframe": series.timeframe,
        "data_from": first,
        "trained_until": cut,
        "data_until": end,
        "days": len(task.days),
        "seasonal_scale": rounded(task.seasonal_scale, VALUE_DIGITS),
        "origins": {"all": len(task.origins), "subset": len(task.subset)},
        "blocks": {"all": _block(task, whole), "subset": _block(task, subset)},
        **({"published": list(PUBLISHED)} if task.positive_only else {}),
        **({"statements": texts} if texts else {}),
    }


def _block(task: Task, rows: list[Row]) -> list[dict[str, Any]]:
    return [_row(task, row, rows) for row in rows]


def _row(task: Task, row: Row, rows: list[Row]) -> dict[str, Any]:
    return {
        "model": row.model,
        "by": row.by,
        "parameters": row.parameters,
        "fit_seconds": rounded(row.fit_seconds, 3),
        "forecast_seconds": rounded(row.forecast_seconds, 3),
        "slices": {name: _slice(task, row, rows, steps) for name, steps in task.slices.items()},
    }


def _slice(task: Task, row: Row, rows: list[Row], steps: tuple[int, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _rounded_interval(values) for name, values in figures(task, row, steps).items()}
    if len(steps) > 1:
        found["coverage_80_of_steps"] = [rounded(share, INTERVAL_DIGITS) for share in coverage_by_step(row, steps)]
    for key, other in _rivals(rows, steps).items():
        if other is not row:
            shares = {loss: better(row, other, steps, loss) for loss in LOSSES}
            found[f"better_than_{key}"] = {loss: _rounded_interval(share) for loss, share in shares.items()}
    return {"n": targets_of(row, steps), **found}


def _rivals(rows: list[Row], steps: tuple[int, ...]) -> dict[str, Row]:
    """Return the references of the rows: our smoothing fitted on the training bins, and the peer with the least WQL."""
    smoothing = [row for row in rows if row.model == REFERENCE and row.parameters != "zero-shot"]
    peers = [row for row in rows if row.by != "ours"]
    best = min(peers, key=lambda row: pinball(row, steps), default=None)
    return {**({REFERENCE: smoothing[0]} if smoothing else {}), **({"best_peer": best} if best else {})}


def rounded(value: float | None, digits: int) -> float | None:
    """Round a value to `digits` significant digits."""
    return None if value is None else float(f"{value:.{digits}g}")


def _rounded_interval(values: list[float | None]) -> list[float | None]:
    value, low, high = values
    return [rounded(value, VALUE_DIGITS), rounded(low, INTERVAL_DIGITS), rounded(high, INTERVAL_DIGITS)]


def write(result: dict[str, Any], path: Path) -> None:
    """Write a result with sorted keys and one line per slice of a row, so that two can be compared by eye."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(_lines(result, 0) + "\n", encoding="utf-8")
    part.replace(path)


def _lines(value: object, depth: int) -> str:
    """Format JSON with one line per entry; the values of one figure stay on one line."""
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, dict | list) or not value or (isinstance(value, dict) and "n" in value):
        return flat
    pad, closing = " " * (depth + 1), " " * depth
    if isinstance(value, list):
        if not any(isinstance(item, dict | list) for item in value):
            return flat
        return "[\n" + ",\n".join(pad + _lines(item, depth + 1) for item in value) + f"\n{closing}]"
    items = (f"{pad}{json.dumps(key)}: {_lines(value[key], depth + 1)}" for key in sorted(value))
    return "{\n" + ",\n".join(items) + f"\n{closing}}}"
