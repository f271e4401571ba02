"""What stands on the page from the start: places for what is drawn, and every control."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from webapp.pages.scaling import decision_log
from webapp.pages.scaling.controls import known_events, moments, player, side, supposing
from webapp.pages.scaling.requests import REHEARSING
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.components.notices import loading

PLAN, REPLAY = "scaling-plan", "scaling-replay"
ACCEPT = "scaling-accept"
"""The box with which an assumed capacity is accepted for the export."""


def content(view: View) -> Component:
    """Return the page without its data."""
    plan = html.Div(chart(PLAN, "The plan", None, height=380, controls=moments(view)), id="scaling-plan-body")
    return html.Div(
        [
            loading(html.Div(id="scaling-answer", **{"aria-live": "polite"}), height=140),
            html.Div(
                [
                    html.Div(loading(plan, height=440), className="scaling-plan"),
                    html.Aside(side(view), className="scaling-form"),
                    html.Div(_replay(view), className="scaling-replay stack"),
                ],
                className="scaling-grid",
            ),
            *(dcc.Store(id=name) for name in ("scaling-plan-asked", "scaling-replay-asked", "scaling-seen")),
        ]
    )


def _replay(view: View) -> list[Component]:
    drawn = html.Div(
        [
            html.Div(id="scaling-cards", className="cards scaling-cards"),
            html.Div(
                [chart(REPLAY, "The replay", None, height=500), html.Div(id="scaling-veil", hidden=True), player()],
                className="scaling-stage",
            ),
        ],
        id="scaling-replay-body",
    )
    return [
        html.H2("Replay: what this policy would have done", className="section-title"),
        html.P(id="scaling-summary", className="scaling-summary", **{"aria-live": "polite"}),
        supposing(view),
        html.Div([REHEARSING.stores(), html.Div(id="scaling-problem")]),
        loading(drawn, height=520),
        decision_log.section(view),
        known_events(view),
        html.Details(
            [
                html.Summary("Export: KEDA, HPA, curl"),
                dbc.Checkbox(id=ACCEPT, value=False, label="Export also with an assumed capacity"),
                html.Div(id="scaling-export"),
            ],
            className="panel",
            open=False,
        ),
    ]
