"""The decision log: the decisions page by page, filtered by action and by deciding rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.scaling.simulation.decision_log import Decisions
from forecasting.timeseries.formatting import number, whole
from webapp.pages.scaling.requests import ACTION_NAMES, ACTIONS, ANY_BINDING, BINDING_NAMES
from webapp.ui.address import View
from webapp.ui.components.field import choice_field
from webapp.ui.components.glossary import term
from webapp.ui.page_frame import control_id

ROWS = 15
COLUMNS = ("Time", "Demand", "Forecast used", "Ready", "Starting", "Desired", "Action", "Deciding rule", "Reason")
NUMBERS = ("Demand", "Forecast used", "Ready", "Starting", "Desired")
SIGNS = {"scale_up": "▲ scale out", "scale_down": "▼ scale in", "hold": "no change"}


def section(view: View) -> Component:
    """Return the filters and the place of the table."""
    bindings = {ANY_BINDING: "any", **BINDING_NAMES}
    csv = html.Button("CSV", type="button", id="scaling-log-csv", className="quiet-button", title="Download these rows")
    filters = html.Div(
        [
            choice_field("action", "Show", view["action"], ACTION_NAMES),
            choice_field("binding", term("deciding rule", "Deciding rule"), view["binding"], bindings),
            csv,
        ],
        className="log-filters",
    )
    head = html.Div([html.H3("Decision log", className="chart-title"), filters], className="chart-head")
    table = html.Div(
        id="scaling-log", className="log-table", tabIndex="0", role="region", **{"aria-label": "Decision log"}
    )
    return html.Section([head, table, _pages(view), dcc.Download(id="scaling-log-download")], className="panel")


def _pages(view: View) -> Component:
    box = dbc.Input(id=control_id("page"), type="number", min=1, step=1, value=view["page"], debounce=True, size="sm")
    return html.Div(
        [
            _turn(-1, "‹", "Previous page"),
            html.Label(["Page ", box], className="log-page"),
            html.Span(id="scaling-log-pages"),
            _turn(1, "›", "Next page"),
        ],
        className="log-pages",
    )


def _turn(by: int, text: str, label: str) -> Component:
    return html.Button(
        text, type="button", className="btn btn-sm btn-outline-secondary", **{"data-turn": str(by), "aria-label": label}
    )


def chosen(view: View, decisions: Decisions) -> np.ndarray:
    """Return the positions of the bins that pass the filters."""
    actions = ACTIONS.get(view["action"], (view["action"],))
    return decisions.chosen(actions, BINDING_NAMES.get(view["binding"]))


def table(view: View, decisions: Decisions) -> tuple[Component, str]:
    """Return a page of the log, and the number of pages."""
    steps = chosen(view, decisions)
    pages = max(1, -(-len(steps) // ROWS))
    at = min(view["page"], pages) - 1
    count = f"of {whole(pages)} ({whole(len(steps))} of {whole(len(decisions))} bins)"
    if not len(steps):
        return html.P("No bin matches these filters.", className="muted"), count
    head = html.Thead(html.Tr([html.Th(name, scope="col", className=_kind(name)) for name in COLUMNS]))
    rows = [_row(row) for row in decisions.rows(steps[at * ROWS : (at + 1) * ROWS])]
    return html.Table([head, html.Tbody(rows)], className="table table-sm"), count


def _row(row: Mapping[str, Any]) -> Component:
    cells = (
        row["ds"][:16],
        number(row["demand"]),
        number(row["forecast"]),
        number(row["ready"]),
        number(row["booting"]),
        whole(row["desired"]),
        html.Span(SIGNS[row["action"]], className=f"action {row['action']}"),
        row["binding_term"],
        row["reason"],
    )
    return html.Tr([html.Td(cell, className=_kind(name)) for name, cell in zip(COLUMNS, cells, strict=True)])


def _kind(name: str) -> str:
    return "number" if name in NUMBERS else ""
