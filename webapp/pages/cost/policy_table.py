"""The table of every policy, sortable, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

from dash import html
from dash.development.base_component import Component

from forecasting.timeseries.formatting import money, percent, whole
from webapp.pages.cost.row_text import parameter_words, saving_words, swatch
from webapp.ui.components.glossary import TERMS

Shown = Callable[[Mapping, Mapping], object]

COLUMNS: tuple[tuple[str, str, str, Shown], ...] = (
    ("cost", "Cost a month", "cost", lambda row, digest: money(digest["monthly"] * row["cost"])),
    ("replicas", "Replicas", "mean_replicas", lambda row, _: f"{row['mean_replicas']:.2f}"),
    ("unmet", "Unmet", "unmet_share", lambda row, _: percent(row["unmet_share"])),
    ("under", "Time under", "minutes_under_share", lambda row, _: percent(row["minutes_under_share"])),
    ("slo", "Objective", "meets_slo", lambda row, _: "kept" if row["meets_slo"] else "missed"),
    ("events", "Changes", "scale_events", lambda row, _: whole(row["scale_events"])),
    ("objective", "Cost + unmet", "objective", lambda row, digest: money(digest["monthly"] * row["objective"])),
    ("regret", "Regret", "regret", lambda row, _: _percent(row["regret"])),
    ("forecast", "by forecast", "forecast_regret", lambda row, _: _percent(row["forecast_regret"])),
    ("policy", "by policy", "policy_regret", lambda row, _: _percent(row["policy_regret"])),
    ("saving", "Saving", "saving", lambda row, digest: _saving(row, digest["reference"])),
)
"""Name, title, key of the value to sort by, and what is shown of a row."""

MEANINGS = {
    "cost": "What the provider bills, for a month of days like those judged",
    "replicas": "Ready replicas on average",
    "unmet": f"Share of all requests: {TERMS['unmet requests']}",
    "under": "Share of the time with fewer replicas ready than needed",
    "slo": TERMS["SLO"],
    "events": "Changes of the number of replicas on the days judged",
    "objective": "The bill and the unmet requests at the price used, a month",
    "regret": TERMS["regret"],
    "forecast": "Regret that a perfect forecast would have spared",
    "policy": "Regret that is left with a perfect forecast",
    "saving": TERMS["saving"],
}


def policies_table(digest: Mapping, first: str) -> Component:
    """Every policy on the days judged. A press on a name looks at that policy, one on a head sorts."""
    pick = digest["verdict"]["pick"]
    rows = [_row(row, digest, pick, first) for row in digest["policies"]]
    heads = [_head(title, at, MEANINGS[name]) for at, (name, title, _, _) in enumerate(COLUMNS, 1)]
    head = html.Tr([_head("Policy and its settings", 0, "A press on a name looks at that policy"), *heads])
    table = html.Table(
        [
            html.Caption("Every policy on the days judged", className="visually-hidden"),
            html.Thead(head),
            html.Tbody(rows),
        ],
        className="table table-sm policies",
        **{"data-sortable": "true"},
    )
    return html.Div(table, className="table-scroll", tabIndex="0", role="region", **{"aria-label": "Every policy"})


def _head(title: str, at: int, meaning: str) -> Component:
    button = html.Button(title, type="button", className="sort-button", title=meaning, **{"data-column": str(at)})
    return html.Th(button, scope="col", className="number" if at else "", **{"aria-sort": "none"})


def _row(row: Mapping, digest: Mapping, pick: str, first: str) -> Component:
    styles = {"best": row["policy"] == pick, "hindsight": row["hindsight"], "looked-at": row["policy"] == first}
    cells = [
        html.Td(shown(row, digest), className=_style(name, row), **{"data-sort": _sortable(row[key])})
        for name, _, key, shown in COLUMNS
    ]
    style = " ".join(name for name, holds in styles.items() if holds)
    return html.Tr([_name(row, first), *cells], className=style, **{"data-policy": row["policy"]})


def _name(row: Mapping, first: str) -> Component:
    button = html.Button(
        row["policy"],
        type="button",
        className="name-button",
        title=f"Look at {row['policy']}",
        **{"data-set": "first", "data-value": row["policy"], "aria-pressed": str(row["policy"] == first).lower()},
    )
    badge = html.Span("hindsight", className="badge-hindsight") if row["hindsight"] else ""
    settings = html.Small(parameter_words(row["parameters"]), className="muted")
    return html.Th([swatch(row["family"]), button, badge, settings], scope="row", **{"data-sort": row["policy"]})


def _style(name: str, row: Mapping) -> str:
    if name == "slo":
        return "number" if row["meets_slo"] else "number missed"
    if name == "saving" and row["clear_difference"]:
        return f"number {'cheaper' if row['saving'] > 0 else 'dearer'}"
    return "number"


def _sortable(value: float | bool | None) -> str:
    return "" if value is None else f"{float(value):.9g}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:,.1f} %"


def _saving(row: Mapping, reference: str) -> object:
    words, note = saving_words(row, reference)
    if row["policy"] == reference:
        return "reference"
    if row["saving"] is None or row["saving_low"] is None:
        return words
    interval = html.Small(note.removeprefix("95 % interval "), className="muted", title=note)
    return [words if row["clear_difference"] else "unclear", interval]


def policies_csv(digest: Mapping) -> str:
    """The table with every field of it, costs of the days judged beside those of a month."""
    rows = digest["policies"]
    names = [name for name in rows[0] if name != "parameters"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, "cost_a_month", "parameters"])
    for row in rows:
        parameters = ", ".join(f"{name}={value:.6g}" for name, value in row["parameters"].items())
        writer.writerow(
            [*("" if row[n] is None else row[n] for n in names), digest["monthly"] * row["cost"], parameters]
        )
    return text.getvalue()
