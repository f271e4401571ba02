"""What stands on the page from the start: places for what is drawn, and every control."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.evaluation import display_name
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import percent
from webapp.pages.cost.requests import AS_VERDICT, BEST, GRID, QUICK, REPORT, SAVING, TUNED, row_names
from webapp.ui import service_form
from webapp.ui.address import View
from webapp.ui.components.field import choice_field
from webapp.ui.components.notices import skeleton
from webapp.ui.page_frame import control_id, segments

SHOWN = "cost-shown"
"""The store that holds what is drawn: its cache key and the two policies."""

PLACES = ("cost-verdict", "cost-cards", "cost-frontier", "cost-policies", "cost-breakdown", "cost-money", "cost-method")
COMPARED = "compared"
"""The class of what the comparison draws: dimmed while a new comparison is computed."""

EVIDENCE, PAIR_PLACE = "cost-evidence", "cost-pair-place"
MAP_PLACE, MAP_ASK, MAP_BUTTON = "cost-map-place", "cost-map-ask", "cost-map-button"
REPORT_PLACE, REPORT_BUTTON, PRICES = "cost-report-place", "cost-report-button", "cost-prices"

MAP_WHY = (
    "How much would forecasting save if replicas started faster or slower, and if an unmet request cost less or more? "
    "Every policy is tuned again for each combination, which takes ten seconds to a minute."
)


def content(view: View) -> Component:
    """Return the page without its data."""
    first_look = [
        html.Div(id="cost-cards", className=COMPARED),
        html.Div(
            [html.Div(skeleton(460), id="cost-frontier", className=COMPARED), _objective_slider(view)],
            className="block",
        ),
        html.Div([_pair_choices(view), html.Div(skeleton(460), id=PAIR_PLACE, className=COMPARED)], className="block"),
    ]
    money = [
        html.Div(id="cost-money", className=COMPARED),
        html.Div(id="cost-method", className=COMPARED),
        _report(),
    ]
    evidence = [
        html.Div([html.Div(first_look, className="stack"), _side(view)], className="grid-side"),
        html.Div(id="cost-policies", className=COMPARED),
        html.Div([html.Div(id="cost-breakdown", className=COMPARED), _map(view)], className="grid-2"),
        html.Div([html.Div(money, className="stack"), html.Div(id=PRICES)], className="grid-2"),
    ]
    return html.Div(
        [
            dcc.Store(id=SHOWN),
            html.Div(skeleton(96), id="cost-verdict"),
            QUICK.stores(),
            TUNED.stores(),
            html.Div(evidence, id=EVIDENCE, className="stack"),
        ],
        className="cost-page",
    )


def _side(view: View) -> Component:
    models = {name: display_name(name) for name in MAIN_MODELS}
    model = html.Fieldset(
        [html.Legend("Forecast"), choice_field("model", "Forecast model", view["model"], models)],
        className="form-group",
    )
    return html.Aside([service_form.form(view, with_policy=False), model], className="cost-side")


def _objective_slider(view: View) -> Component:
    """Return the slider of the objective; the scripts copy it to the form and move the line in the chart."""
    slider = dbc.Input(
        id={"type": "slider", "key": "slo"},
        type="range",
        min=0.1,
        max=10,
        step=0.1,
        value=view["slo"],
        class_name="field-slider",
    )
    value = html.Span(percent(view["slo"] / 100, 4), className="objective-value")
    return html.Label([html.Span("Objective: at most"), slider, value], className="objective-slider")


def _pair_choices(view: View) -> Component:
    return html.Div(
        [
            html.H2("Replicas over time", className="section-title"),
            _policy_select(view, "first", "Policy"),
            _policy_select(view, "second", "compared with"),
        ],
        className="block-head",
    )


def _policy_select(view: View, key: str, label: str) -> Component:
    names = {AS_VERDICT: "as in the summary", **{name: name for name in row_names()}}
    options = [{"value": value, "label": text} for value, text in names.items()]
    select = dbc.Select(id=control_id(key), options=options, value=view[key], size="sm")
    return html.Label([html.Span(label), select])


def _map(view: View) -> Component:
    head = html.Div(
        [
            html.H2("Other start-up times and prices", className="section-title"),
            segments("map", "Shown on the map", {SAVING: "Saving, %", BEST: "Best policy"}, view["map"]),
        ],
        className="block-head",
    )
    button = dbc.Button("Compute the map", id=MAP_BUTTON, size="sm", color="primary", outline=True)
    ask = html.Div([html.P(MAP_WHY), button], id=MAP_ASK, className="empty-state", hidden=True)
    return html.Div([head, GRID.stores(), ask, html.Div(id=MAP_PLACE)], className="block")


def _report() -> Component:
    button = dbc.Button("Create the report", id=REPORT_BUTTON, size="sm", color="primary", outline=True)
    words = "Everything on this page in one HTML file, which needs neither a network nor this server. "
    printed = "You can also print this page; the form and the buttons are left out."
    return html.Div(
        [
            html.H2("Report", className="chart-title"),
            html.P([words, printed], className="muted"),
            REPORT.stores(),
            html.Div([button, html.Span(id=REPORT_PLACE)], className="form-buttons"),
        ],
        className="panel report-panel",
    )
