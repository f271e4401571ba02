"""The sortable table of all policies, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

from dash import html
from dash.development.base_component import Component

from forecasting.scaling.comparison.saving_text import interval_of
from forecasting.timeseries.formatting import fixed, money, percent, points, whole
from webapp.pages.cost.row_text import parameter_words, saving_card, saving_of, swatch
from webapp.ui.components.glossary import TERMS
from webapp.ui.figures.cost import currency_of

Shown = Callable[[Mapping, Mapping], object]

COLUMNS: tuple[tuple[str, str, str, Shown], ...] = (
    ("cost", "Cost", "cost", lambda row, result: _monthly(row, result, "cost")),
    ("replicas", "Mean replicas", "mean_replicas", lambda row, _: fixed(row["mean_replicas"], 2)),
    ("unmet", "Unmet requests", "unmet_share", lambda row, _: percent(row["unmet_share"])),
    ("under", "Under-provisioned", "minutes_under_share", lambda row, _: percent(row["minutes_under_share"])),
    ("before", "On tuning days", "tuning_share", lambda row, _: percent(row["tuning_share"])),
    ("slo", "Objective", "meets_slo", lambda row, _: _kept(row)),
    ("events", "Changes", "scale_events", lambda row, _: whole(row["scale_events"])),
    ("objective", "Cost + unmet", "objective", lambda row, result: _monthly(row, result, "objective")),
    ("regret", "Regret", "regret", lambda row, _: points(row["regret"])),
    ("forecast", "due to forecast", "forecast_regret", lambda row, _: points(row["forecast_regret"])),
    ("policy", "due to policy", "policy_regret", lambda row, _: points(row["policy_regret"])),
    ("saving", "Saving", "saving", lambda row, result: _saving(row, result["reference"])),
)
"""Name, title, key of the value to sort by, and the text of a row."""

MEANINGS = {
    "cost": "What the provider bills: for a month of days like the evaluation days, if there are two of them at least",
    "replicas": "Mean number of ready replicas",
    "unmet": f"As a share of all requests. {TERMS['unmet requests']}",
    "under": "Share of the time with fewer ready replicas than needed",
    "before": "The share that the objective limits, on the tuning days",
    "slo": f"{TERMS['SLO']} “Met here only”: missed on the tuning days; “met, by no margin”: kept there, but not with "
    "the margin that so few days call for",
    "events": "How often the number of replicas changed on the evaluation days",
    "objective": "The bill plus the unmet requests at the price used",
    "regret": TERMS["regret"],
    "forecast": "The part of the regret that a perfect forecast would avoid",
    "policy": "The part of the regret that remains with a perfect forecast",
    "saving": TERMS["saving"],
}


def policies_table(result: Mapping, first: str) -> Component:
    """Return the table of all policies on the evaluation days; a name selects its policy, a heading sorts."""
    pick = result["verdict"]["pick"]
    rows = [_row(row, result, pick, first) for row in result["policies"]]
    titles = {"cost": f"Cost {result['per']}"}
    heads = [_head(titles.get(name, title), at, MEANINGS[name]) for at, (name, title, _, _) in enumerate(COLUMNS, 1)]
    head = html.Tr([_head("Policy and settings", 0, "Click a name to select that policy"), *heads])
    table = html.Table(
        [
            html.Caption("All policies on the evaluation days", className="visually-hidden"),
            html.Thead(head),
            html.Tbody(rows),
        ],
        className="table table-sm policies",
        **{"data-sortable": "true"},
    )
    return html.Div(table, className="table-scroll", tabIndex="0", role="region", **{"aria-label": "All policies"})


def _head(title: str, at: int, meaning: str) -> Component:
    button = html.Button(title, type="button", className="sort-button", title=meaning, **{"data-column": str(at)})
    return html.Th(button, scope="col", className="number" if at else "", **{"aria-sort": "none"})


def _row(row: Mapping, result: Mapping, pick: str, first: str) -> Component:
    styles = {"best": row["policy"] == pick, "hindsight": row["hindsight"], "looked-at": row["policy"] == first}
    cells = [
        html.Td(shown(row, result), className=_style(name, row), **{"data-sort": _sortable(row[key])})
        for name, _, key, shown in COLUMNS
    ]
    style = " ".join(name for name, holds in styles.items() if holds)
    return html.Tr([_name(row, first), *cells], className=style, **{"data-policy": row["policy"]})


def _name(row: Mapping, first: str) -> Component:
    button = html.Button(
        row["policy"],
        type="button",
        className="name-button",
        title=f"Select {row['policy']}",
        **{"data-set": "first", "data-value": row["policy"], "aria-pressed": str(row["policy"] == first).lower()},
    )
    badge = html.Span("hindsight", className="badge-hindsight") if row["hindsight"] else ""
    words = "; ".join(filter(None, [parameter_words(row["parameters"]), row["note"]]))
    settings = html.Small(words, className="muted")
    return html.Th([swatch(row["family"]), button, badge, settings], scope="row", **{"data-sort": row["policy"]})


def _style(name: str, row: Mapping) -> str:
    if name == "slo":
        return "number" if row["keeps"] or (row["hindsight"] and row["meets_slo"]) else "number missed"
    if name == "saving" and row["clear_difference"]:
        return f"number {'cheaper' if row['saving'] > 0 else 'dearer'}"
    return "number"


def _sortable(value: float | bool | None) -> str:
    return "" if value is None else f"{float(value):.9g}"


def _monthly(row: Mapping, result: Mapping, key: str) -> str:
    return money(result["monthly"] * row[key], currency_of(result))


def _kept(row: Mapping) -> str:
    return row["objective_kept"] or ("met" if row["meets_slo"] else "missed")


def _saving(row: Mapping, reference: str) -> str | list[str | Component]:
    words, note = saving_card(row, reference)
    if row["policy"] == reference:
        return "reference"
    saving = saving_of(row)
    if saving.saving is None or saving.interval is None:
        return words
    interval = interval_of(saving) if saving.clear else f"unclear: {interval_of(saving)}"
    return [words, html.Small(interval, className="muted", title=note)]


def policies_csv(result: Mapping) -> str:
    """Return the table with every field; costs are those of the evaluation days, and of a month if they are enough."""
    rows = result["policies"]
    names = [name for name in rows[0] if name != "parameters"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, "cost_a_month", "parameters"])
    has_months = result["yearly"] is not None
    for row in rows:
        month = result["monthly"] * row["cost"] if has_months else ""
        parameters = ", ".join(f"{name}={value:.6g}" for name, value in row["parameters"].items())
        writer.writerow([*("" if row[n] is None else row[n] for n in names), month, parameters])
    return text.getvalue()
