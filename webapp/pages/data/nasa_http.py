"""Fetch NASA-HTTP, the public log on which the shipped models were trained."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from forecasting.access.roles import Role
from forecasting.errors import ForecastingError
from forecasting.readers.nasa_http import MIRROR, NASA_LOGS
from forecasting.settings import Settings
from webapp.access.callback_roles import callback_needs
from webapp.access.change_record import recorded
from webapp.app.context import context
from webapp.jobs.panel import PageJob
from webapp.pages.data.change_signal import say_changed
from webapp.pages.data.import_report import report_of, summary
from webapp.pages.data.next_steps import next_steps
from webapp.ui.components.notices import problem

FETCHING = PageJob("data-fetch", "fetch-nasa", "Fetching NASA-HTTP", lasting=True, role=Role.OPERATOR)
NASA = "nasa-http-logs"


def panel(refusal: str) -> Component:
    """Return the description, the name field and the button; `refusal` is why nothing may be fetched."""
    description = (
        "The log of the web server of NASA's Kennedy Space Center, July and August 1995: 3.46 million requests. It is "
        "downloaded from the Internet Traffic Archive (37 MB), verified, and imported in bins of one minute. "
        "Its counts are already built in as nasa-http: fetch it only to import the logs yourself."
    )
    name = dbc.Input(
        id="data-fetch-name", type="text", value=NASA, size="sm", autocomplete="off", disabled=bool(refusal)
    )
    replace = dbc.Checklist(
        id="data-fetch-replace",
        options=[{"label": "Replace an existing data set of this name", "value": "replace", "disabled": bool(refusal)}],
        value=[],
        switch=True,
    )
    go = dbc.Button("Fetch", id="data-fetch", color="primary", disabled=bool(refusal))
    return html.Div(
        [
            html.P(description),
            html.Div(
                [html.Label([html.Span("Name", className="field-label"), name]), replace], className="data-fields"
            ),
            html.Div(id="data-fetch-error", className="data-error", role="alert"),
            html.Div([go, html.Span(refusal, className="data-note")], className="data-buttons"),
            FETCHING.stores(),
            html.Div(id="data-fetch-result"),
        ],
        className="panel",
    )


def register(app: Dash, settings: Settings) -> None:
    """Register the callbacks that start the job and show its result."""
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
    @callback_needs(Role.OPERATOR)
    def fetch(_clicks, done, _start, name, replace):
        if ctx.triggered_id == "data-fetch":
            return _started(str(name or ""), bool(replace))
        job = (done or {}).get("request")
        return _finished(job["arguments"]) if job else (no_update, no_update, no_update)


def _started(name: str, replace: bool) -> tuple[object, str, object]:
    """Request the job; an invalid name is reported before anything is fetched."""
    try:
        with recorded("dataset.fetch", name) as change:
            context().catalog.check_add(name, replace=replace)
            change.message = "started"
    except ForecastingError as error:
        return "", error.message, no_update
    arguments = {"name": name, "replace": replace, "nonce": secrets.token_hex(4)}
    return "", "", FETCHING.ask("", arguments).request


def _finished(arguments: Mapping[str, object]) -> tuple[object, str, object]:
    job = FETCHING.ask("", arguments)
    if job.problem:
        return problem("NASA-HTTP could not be fetched", job.problem, cure=_by_hand()), "", no_update
    if not isinstance(job.result, Mapping):
        return no_update, no_update, no_update
    say_changed()
    report = report_of(job.result)
    message = [html.Strong(f"{report.name} was imported. "), summary(report)]
    done = dbc.Alert([html.P(message), next_steps(report.name)], color="success", class_name="data-done")
    return done, "", no_update


def _by_hand() -> Component:
    """Return the alternative without a network connection of the server."""
    links = [html.Li(html.A(name, href=f"{MIRROR}/{name}", rel="noreferrer")) for name in NASA_LOGS]
    return html.Div(
        [
            "Alternative: download both logs on a computer with network access, then drop them together under "
            "'Upload a log or CSV'; several files become one data set.",
            html.Ul(links),
        ]
    )
