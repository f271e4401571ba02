"""The tables of background/accuracy.md, from the saved result of `python -m benchmarks.accuracy`.

`python -m scripts.docs_reference` writes them into the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scripts.docs_blocks import ROOT
from scripts.docs_tables import digits, table

SAVED = ROOT / "benchmarks" / "results" / "accuracy.json"

LEFT_OUT = ("naive", "seasonal_naive_week")
"""Baselines that are in the saved result but not on the page: other baselines are better."""

BASELINES = ("smoothing", "seasonal_naive")
REFERENCE = "ensemble"
"""The model whose differences are shown. It was chosen before the test, not because it does best on these days."""

NASA, PUBLISHED, PATH = ("nasa-1m", "nasa-5m", "nasa-15m"), "nasa-1m-70-30", "1-12"
Cell = Callable[[dict[str, Any]], str]


def text() -> str:
    """Everything between the marks."""
    result = json.loads(SAVED.read_text(encoding="utf-8"))
    tasks = {task["task"]: task for task in result["tasks"]}
    nasa = [tasks[name] for name in NASA]
    other = [tasks[name] for name in tasks if name not in (*NASA, PUBLISHED)]
    parts = [
        measured(result),
        "### NASA-HTTP, every bin an origin",
        "MAE, sMAPE, MASE (against the day before), SQL (scaled quantile loss) and coverage are over steps 1 to 12.",
        nasa_table(nasa),
        "### All series, beside other libraries",
        f"WQL over steps 1 to 12 from {result['subset']['origins']} origins spread over the test days, because some "
        "peers are fitted again at every origin. In brackets: coverage of the 80 % interval. Bold: lowest WQL.",
        pivot([*nasa, *other], "subset", wql_and_coverage),
        f"How much lower the WQL of `{REFERENCE}` is than that of `smoothing` and of the best peer, with 95 % "
        "intervals from a bootstrap over whole days (none if there are fewer than four days):",
        differences([*nasa, *other]),
        "### Other series, every bin an origin",
        "Steps 1 to 12: RMSE / WQL / coverage of the 80 % interval. Models are trained on the first 80 % of the series "
        "(NASA-HTTP at 1h: until 23 August). Zero-shot models were trained on NASA-HTTP only.",
        pivot(other, "all", rmse_wql_coverage),
        "### The published 70/30 split",
        "NASA-HTTP at 1m, minutes with at least one request, mean squared error:",
        published_table(tasks[PUBLISHED]),
        "### What the peers were given on NASA-HTTP",
        peer_settings(nasa),
    ]
    return "\n\n".join(parts)


def measured(result: dict[str, Any]) -> str:
    """When and on what the result was measured."""
    machine, peers = result["machine"], result["peer_libraries"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(peers.items()))
    return (
        f"Measured on {result['date']} with {machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} "
        f"GB and Python {machine['python']}. Peers: {versions}, in an environment of their own."
    )


def nasa_table(tasks: list[dict[str, Any]]) -> str:
    """All origins of NASA-HTTP: a row a bin and model."""
    heads = "RMSE, step 1", "1-12", "1 h", "MAE", "sMAPE", "MASE", "WQL, step 1", "1-12", "SQL", "in 80 %", "in 90 %"
    rows = [
        [task["timeframe"], name_of(row), *nasa_cells(row["slices"])]
        for task in tasks
        for row in shown(task["blocks"]["all"])
    ]
    return table(["bin", "model", *heads], rows, numbers_from=2)


def nasa_cells(slices: dict[str, Any]) -> list[str]:
    """The figures of one row; one hour is 12 steps of 5 minutes."""
    first, path = slices["step 1"], slices[PATH]
    hour = slices.get("1 h", path)
    losses = [digits(part["rmse"][0], 4) for part in (first, path, hour)]
    return [
        *losses,
        digits(path["mae"][0], 4),
        f"{path['smape'][0]:.1f} %",
        f"{path['mase'][0]:.3f}",
        digits(first["wql"][0]),
        digits(path["wql"][0]),
        f"{path['sql'][0]:.3f}",
        f"{100 * path['coverage_80'][0]:.1f} %",
        f"{100 * path['coverage_90'][0]:.1f} %",
    ]


def pivot(tasks: list[dict[str, Any]], block: str, cell: Cell) -> str:
    """A row a model, a column a task; the least WQL of a column is bold."""
    names = list(dict.fromkeys(name_of(row) for task in tasks for row in shown(task["blocks"][block])))
    columns = [column(shown(task["blocks"][block]), cell) for task in tasks]
    rows = [[name, *(cells.get(name, "") for cells in columns)] for name in names]
    return table(["model", *(task["title"] for task in tasks)], rows, numbers_from=1)


def column(rows: list[dict[str, Any]], cell: Cell) -> dict[str, str]:
    """The cells of one task by model."""
    best = min(rows, key=lambda row: row["slices"][PATH]["wql"][0])
    return {name_of(row): f"**{cell(row)}**" if row is best else cell(row) for row in rows}


def wql_and_coverage(row: dict[str, Any]) -> str:
    """As `0.119 (78 %)`."""
    path = row["slices"][PATH]
    return f"{digits(path['wql'][0])} ({100 * path['coverage_80'][0]:.0f} %)"


def rmse_wql_coverage(row: dict[str, Any]) -> str:
    """As `59.3 / 0.484 / 79 %`."""
    path = row["slices"][PATH]
    return f"{digits(path['rmse'][0])} / {digits(path['wql'][0])} / {100 * path['coverage_80'][0]:.0f} %"


def differences(tasks: list[dict[str, Any]]) -> str:
    """How the reference model compares to smoothing and to the best peer; a row a task."""
    rows = []
    for task in tasks:
        (row,) = (r for r in task["blocks"]["subset"] if r["model"] == REFERENCE and r["parameters"] != "zero-shot")
        peer = min(
            (r for r in task["blocks"]["subset"] if r["by"] != "ours"), key=lambda r: r["slices"][PATH]["wql"][0]
        )
        scores = row["slices"][PATH]
        cells = [less(scores[f"better_than_{rival}"]["wql"]) for rival in ("smoothing", "best_peer")]
        rows.append([task["title"], *cells, name_of(peer)])
    return table(["series", "than smoothing", "than the best peer", "best peer"], rows, numbers_from=1)


def less(values: list[float | None]) -> str:
    """A share as `15.8 % (11.3 to 19.4)`."""
    share, *interval = [100 * value for value in values if value is not None]
    return f"{share:.1f} %" + (f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else "")


def peer_settings(tasks: list[dict[str, Any]]) -> str:
    """What each peer was given, by bin; one line each."""
    given: dict[str, list[str]] = {}
    for task in tasks:
        for row in task["blocks"]["subset"]:
            if row["by"] != "ours":
                given.setdefault(name_of(row), []).append(f"{task['timeframe']}: {row['parameters']}")
    return "\n".join(f"- {name}: {'; '.join(parts)}." for name, parts in given.items())


def published_table(task: dict[str, Any]) -> str:
    """Our rows and the published ones."""
    ours = [
        [name_of(row), *(f"{row['slices'][name]['mse'][0]:.1f}" for name in ("step 1", "1-5"))]
        for row in shown(task["blocks"]["all"])
    ]
    others = [
        [f"{row['model']} ({row['by']}, published)", *(f"{row['mse'][name]:.1f}" for name in ("step 1", "1-5"))]
        for row in task["published"]
    ]
    return table(["model", "step 1", "steps 1-5"], ours + others, numbers_from=1)


def shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the page: two of the baselines, and no baseline twice (they need no training)."""
    return [
        row
        for row in rows
        if row["model"] not in LEFT_OUT and not (row["model"] in BASELINES and row["parameters"] == "zero-shot")
    ]


def name_of(row: dict[str, Any]) -> str:
    """The model: ours as code, a peer with its package if that has another name."""
    if row["by"] == "ours":
        return f"`{row['model']}`{', zero-shot' if row['parameters'] == 'zero-shot' else ''}"
    return row["model"] if row["model"].lower() == row["by"] else f"{row['model']} ({row['by']})"
