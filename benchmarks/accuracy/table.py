"""The printed table: one block per task, set of origins and slice of steps, one line per model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

COLUMNS = {
    "RMSE": 11,
    "[95 %]": 23,
    "MAE": 11,
    "sMAPE": 7,
    "MASE": 7,
    "WQL": 8,
    "[95 %] ": 17,
    "SQL": 7,
    "cov80": 7,
    "by step": 12,
    "cov90": 7,
    "WQL v. smoothing": 27,
    "fit s": 9,
    "fcst s": 9,
}
LABELS = {"all": "all origins", "subset": "origins of the subset"}


def lines(task: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of one task of a result."""
    yield f"\n=== {task['title']}: trained until {task['trained_until']}, tested until {task['data_until']}"
    for block, rows in task["blocks"].items():
        for name in rows[0]["slices"] if rows else ():
            yield f"\n--- {task['task']}, {name}, {LABELS[block]} ({task['origins'][block]:,})"
            yield aligned("model", tuple(COLUMNS))
            yield from (line_of(row, name) for row in rows)
    for row in task["blocks"]["subset"]:
        if row["by"] != "ours":
            yield f"{row['model']} ({row['by']}): {row['parameters']}"
    for row in task.get("published", ()):
        yield f"{row['model']} ({row['by']}), published: MSE {row['mse']}"
    for place, text in task.get("statements", {}).items():
        yield f"{place}: {text}"


def line_of(row: dict[str, Any], name: str) -> str:
    """Format the scores of one model over one slice."""
    found = row["slices"][name]
    covered, gain = found.get("coverage_80_of_steps"), found.get("better_than_smoothing", {}).get("wql")
    cells = (
        size(found["rmse"][0]),
        interval(found["rmse"], size),
        size(found["mae"][0]),
        _short(found["smape"][0], 1),
        _short(found["mase"][0], 3),
        _short(found["wql"][0], 4),
        interval(found["wql"], lambda value: f"{value:.4f}"),
        _short(found["sql"][0], 3),
        _short(found["coverage_80"][0], 3),
        f"{covered[0]:.3f}-{covered[1]:.3f}" if covered else "",
        _short(found["coverage_90"][0], 3),
        share(gain),
        _short(row["fit_seconds"], 1),
        _short(row["forecast_seconds"], 2),
    )
    return aligned(label_of(row), cells)


def aligned(label: str, cells: tuple[str, ...]) -> str:
    """Align a label and cells to the column widths."""
    return f"{label:26}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, COLUMNS.values(), strict=True))


def label_of(row: dict[str, Any]) -> str:
    """Return the label of a model in a table."""
    return f"{row['model']}, zero-shot" if row["parameters"] == "zero-shot" else row["model"]


def size(value: float) -> str:
    """Format a loss in requests per bin, which may be tens or billions."""
    return f"{value:.4g}" if value >= 100_000 else f"{value:.2f}"


def interval(values: list[float | None], written: Any = size) -> str:
    """Format the 95 % interval of a score; empty without one."""
    return "" if values[1] is None else f"[{written(values[1])}, {written(values[2])}]"


def share(values: list[float | None] | None) -> str:
    """Format the change of a loss in per cent with its interval; empty without a comparison."""
    value, low, high = values or (None, None, None)
    if value is None:
        return ""
    rest = "" if low is None or high is None else f" [{-100 * high:+.1f}, {-100 * low:+.1f}]"
    return f"{-100 * value:+.1f} %{rest}"


def _short(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
