"""Fetch NASA-HTTP, the public recording that the shipped models learnt from."""

from __future__ import annotations

import secrets

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from forecasting.readers.nasa_http import MIRROR, NASA_LOGS
from forecasting.settings import Settings
from webapp.app.context import context
from webapp.jobs.panel import Job
from webapp.pages.data.change_signal import READ_ONLY_REASON, say_changed
from webapp.pages.data.import_report import report_of, summary
from webapp.pages.data.next_steps import next_steps
from webapp.ui.components.notices import problem

FETCHING = Job("data-fetch", "fetch-nasa", "Fetching NASA-HTTP")
NASA = "nasa-http"


def panel(read_only: bool) -> Component:
    """What it is, what to call it, and the button."""
    words = (
        "Two months of requests to the web server of NASA's Kennedy Space Center, July and August 1995: 3.46 million, "
        "37 MB to download from the Internet Traffic Archive. They are checked, kept, and imported by the minute."
    )
    name = dbc.Input(id="data-fetch-name", type="text", value=NASA, size="sm", autocomplete="off", disabled=read_only)
    replace = dbc.Checklist(
        id="data-fetch-replace",
        options=[{"label": "Replace the data set of this name", "value": "replace", "disabled": read_only}],
        value=[],
        switch=True,
    )
    go = dbc.Button("Fetch", id="data-fetch", color="primary", disabled=read_only)
    return html.Div(
        [
            html.P(words),
            html.Div(
                [html.Label([html.Span("Name", className="field-label"), name]), replace], className="data-fields"
            ),
            html.Div(id="data-fetch-error", className="data-error", role="alert"),
            html.Div(
                [go, html.Span(READ_ONLY_REASON if read_only else "", className="data-note")], className="data-buttons"
            ),
            FETCHING.stores(),
            html.Div(id="data-fetch-result"),
        ],
        className="panel",
    )


def register(app: Dash, settings: Settings) -> None:
    """Start the job, and show what came of it."""
    FETCHING.register(app)

    @app.callback(
        Output("data-fetch-result", "children"),
        Output("data-fetch-error", "children"),
        FETCHING.request,
        Input("data-fetch", "n_clicks"),
        *FETCHING.inputs,
        State("data-fetch-name", "value"),
        State("data-fetch-replace", "value"),
        prevent_initial_call=True,
    )
    def fetch(_clicks, done, _start, name, replace):
        if ctx.triggered_id == "data-fetch":
            return _started(str(name or ""), bool(replace))
        asked = (done or {}).get("asked")
        return _finished(asked["arguments"]) if asked else (no_update, no_update, no_update)


def _started(name: str, replace: bool) -> tuple[object, str, object]:
    """Ask for the job; a name that cannot be taken is said before anything is fetched."""
    try:
        context().catalog.check_add(name, replace=replace)
    except ForecastingError as error:
        return "", error.message, no_update
    arguments = {"name": name, "replace": replace, "nonce": secrets.token_hex(4)}
    return "", "", FETCHING.ask("", arguments).request


def _finished(arguments: dict) -> tuple[object, str, object]:
    asked = FETCHING.ask("", arguments)
    if asked.problem:
        return problem("NASA-HTTP could not be fetched", asked.problem, cure=_by_hand()), "", no_update
    if asked.answer is None:
        return no_update, no_update, no_update
    say_changed()
    report = report_of(asked.answer)
    words = [html.Strong(f"{report.name} is here. "), summary(report)]
    done = dbc.Alert([html.P(words), next_steps(report.name)], color="success", class_name="data-done")
    return done, "", no_update


def _by_hand() -> Component:
    """The way that needs no network here."""
    links = [html.Li(html.A(name, href=f"{MIRROR}/{name}", rel="noreferrer")) for name in NASA_LOGS]
    return html.Div(
        [
            "The way out: fetch both logs with a computer that has a network, then drop them together under "
            "'Upload a log or CSV': several files become one data set.",
            html.Ul(links),
        ]
    )
