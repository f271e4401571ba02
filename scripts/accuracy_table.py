"""Write the saved result of `python -m benchmarks.accuracy` into the README, between its accuracy marks.

python scripts/accuracy_table.py
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
README, SAVED = ROOT / "README.md", ROOT / "benchmarks" / "results" / "accuracy.json"
BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"

LEFT_OUT = ("naive", "seasonal_naive_week")
"""Baselines that are in the saved result but not in the README: others here are better."""

BASELINES = ("smoothing", "seasonal_naive")
JUDGED = "ensemble"
"""The model whose differences are told: named beforehand, not the one that these days favour."""

NASA, PUBLISHED, PATH = ("nasa-1m", "nasa-5m", "nasa-15m"), "nasa-1m-70-30", "1-12"
Cell = Callable[[dict[str, Any]], str]


def text(result: dict[str, Any]) -> str:
    """Everything between the marks."""
    tasks = {task["task"]: task for task in result["tasks"]}
    other = [name for name in tasks if name not in (*NASA, PUBLISHED)]
    parts = [
        measured(result),
        "Every bin is an origin. MAE, sMAPE, MASE (m one day), SQL (scaled quantile loss) and cover are those of 1-12:",
        nasa_table([tasks[name] for name in NASA]),
        f"WQL over steps 1 to 12 from {result['subset']['origins']} origins spread over the test days, as there are "
        "peers that fit anew at each; in brackets what the 80 % interval covers; the least WQL is bold:",
        pivot([tasks[name] for name in (*NASA, *other)], "subset", wql_and_coverage),
        f"How much less the WQL of `{JUDGED}` is there than those of `smoothing` and of the best peer, with 95 % "
        "intervals from whole days drawn anew (none for fewer than four days):",
        differences([tasks[name] for name in (*NASA, *other)]),
        "What the peers were given on NASA-HTTP:",
        peers_said([tasks[name] for name in NASA]),
        "Other series, every bin an origin, steps 1 to 12: RMSE / WQL / cover of the 80 % interval. Models are trained "
        "on the first 80 % of the series (NASA-HTTP at 1h until 23 August); zero-shot ones never saw it:",
        pivot([tasks[name] for name in other], "all", rmse_wql_coverage),
        *told([tasks[name] for name in other]),
        "The 70/30 split of the published table on NASA-HTTP at 1m (minutes with a request only), mean squared error:",
        published_table(tasks[PUBLISHED]),
    ]
    return "\n\n".join(parts)


def measured(result: dict[str, Any]) -> str:
    """When and on what."""
    machine, peers = result["machine"], result["peer_libraries"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(peers.items()))
    return (
        f"Measured on {result['date']} with {machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} "
        f"GB and Python {machine['python']}; peers: {versions}, in an environment of their own."
    )


def nasa_table(tasks: list[dict[str, Any]]) -> str:
    """All origins of NASA-HTTP: a row a bin and model."""
    heads = "RMSE step 1", "1-12", "1 h", "MAE", "sMAPE", "MASE", "WQL step 1", "1-12", "SQL", "80 % covers", "90 %"
    rows = [
        [task["timeframe"], name_of(row), *nasa_cells(row["slices"])]
        for task in tasks
        for row in shown(task["blocks"]["all"])
    ]
    return table(["bin", "model", *heads], rows, words=2)


def nasa_cells(slices: dict[str, Any]) -> list[str]:
    """The figures of one row; one hour is 12 steps of 5 minutes."""
    first, path = slices["step 1"], slices[PATH]
    hour = slices.get("1 h", path)
    losses = [f"{part['rmse'][0]:.2f}" for part in (first, path, hour)]
    return [
        *losses,
        f"{path['mae'][0]:.2f}",
        f"{path['smape'][0]:.1f} %",
        f"{path['mase'][0]:.3f}",
        f"{first['wql'][0]:.4f}",
        f"{path['wql'][0]:.4f}",
        f"{path['sql'][0]:.3f}",
        f"{100 * path['coverage_80'][0]:.1f} %",
        f"{100 * path['coverage_90'][0]:.1f} %",
    ]


def pivot(tasks: list[dict[str, Any]], block: str, cell: Cell) -> str:
    """A row a model, a column a task; the least WQL of a column is bold."""
    names = list(dict.fromkeys(name_of(row) for task in tasks for row in shown(task["blocks"][block])))
    columns = [column(shown(task["blocks"][block]), cell) for task in tasks]
    rows = [[name, *(cells.get(name, "") for cells in columns)] for name in names]
    return table(["model", *(task["title"] for task in tasks)], rows, words=1)


def column(rows: list[dict[str, Any]], cell: Cell) -> dict[str, str]:
    """The cells of one task by model."""
    best = min(rows, key=lambda row: row["slices"][PATH]["wql"][0])
    return {name_of(row): f"**{cell(row)}**" if row is best else cell(row) for row in rows}


def wql_and_coverage(row: dict[str, Any]) -> str:
    """As `0.119 (78 %)`."""
    path = row["slices"][PATH]
    return f"{path['wql'][0]:.4f} ({100 * path['coverage_80'][0]:.0f} %)"


def rmse_wql_coverage(row: dict[str, Any]) -> str:
    """As `59.3 / 0.484 / 79 %`."""
    path = row["slices"][PATH]
    rmse = path["rmse"][0]
    size = f"{rmse:.3g}" if rmse >= 100_000 else f"{rmse:,.1f}"
    return f"{size} / {path['wql'][0]:.4f} / {100 * path['coverage_80'][0]:.0f} %"


def differences(tasks: list[dict[str, Any]]) -> str:
    """How the judged model stands to smoothing and to the best peer; a row a task."""
    rows = []
    for task in tasks:
        (row,) = (r for r in task["blocks"]["subset"] if r["model"] == JUDGED and r["parameters"] != "zero-shot")
        peer = min(
            (r for r in task["blocks"]["subset"] if r["by"] != "ours"), key=lambda r: r["slices"][PATH]["wql"][0]
        )
        found = row["slices"][PATH]
        cells = [less(found[f"better_than_{rival}"]["wql"]) for rival in ("smoothing", "best_peer")]
        rows.append([task["title"], *cells, name_of(peer)])
    return table(["series", "than smoothing", "than the best peer", "which is"], rows, words=1)


def less(values: list[float | None]) -> str:
    """A share as `15.8 % (11.3 to 19.4)`."""
    share, low, high = values
    interval = "" if low is None else f" ({100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * share:.1f} %{interval}"


def peers_said(tasks: list[dict[str, Any]]) -> str:
    """What each peer was given, by bin; one line each."""
    given: dict[str, list[str]] = {}
    for task in tasks:
        for row in task["blocks"]["subset"]:
            if row["by"] != "ours":
                given.setdefault(name_of(row), []).append(f"{task['timeframe']}: {row['parameters']}")
    return "\n".join(f"- {name}: {'; '.join(said)}." for name, said in given.items())


def told(tasks: list[dict[str, Any]]) -> Iterator[str]:
    """What the product says of each series that the shipped set never saw."""
    said = [(task["title"], task["statements"]) for task in tasks if "statements" in task]
    if said:
        yield "What the pages tell somebody who brings these series and trains nothing:"
        yield "\n".join(
            f'- {title}: "{words["overview"]}" "{words["forecasts"]}" "{words["cost"]}"' for title, words in said
        )


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
    return table(["model", "step 1", "steps 1-5"], ours + others, words=1)


def shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that the README has: of the baselines two, and none of them zero-shot, where they know no less."""
    return [
        row
        for row in rows
        if row["model"] not in LEFT_OUT and not (row["model"] in BASELINES and row["parameters"] == "zero-shot")
    ]


def name_of(row: dict[str, Any]) -> str:
    """The model: ours as code, a peer with the package it is from, where that is not its name."""
    if row["by"] == "ours":
        return f"`{row['model']}`{', zero-shot' if row['parameters'] == 'zero-shot' else ''}"
    return row["model"] if row["model"].lower() == row["by"] else f"{row['model']} ({row['by']})"


def table(heads: list[str], rows: list[list[str]], *, words: int) -> str:
    """A Markdown table whose first `words` columns are words and the rest numbers."""
    rule = "|".join(["---"] * words + ["---:"] * (len(heads) - words))
    head, *body = (f"| {' | '.join(cells)} |" for cells in (heads, *rows))
    return "\n".join([head, f"|{rule}|", *body])


def saved() -> dict[str, Any]:
    """The result that the last whole run wrote."""
    return json.loads(SAVED.read_text(encoding="utf-8"))


def main() -> None:
    """Replace what stands between the marks."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{text(saved())}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
