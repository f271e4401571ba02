"""The details of a data set: its facts, its import report, and how to append points."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, html, no_update
from dash.development.base_component import Component

from forecasting.catalog import DatasetInfo
from forecasting.errors import ForecastingError
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import duration, percent, whole
from webapp.access.identity import why_no_change
from webapp.app.context import context
from webapp.pages.data.collector import appending_call, code
from webapp.pages.data.import_report import account, report_of
from webapp.pages.data.name_dialogs import pressed_name
from webapp.pages.data.table import trained_on
from webapp.ui.components.notices import failed


def modal() -> Component:
    """Return the window, closed."""
    return dbc.Modal(
        [dbc.ModalHeader(dbc.ModalTitle(id="data-details-title")), dbc.ModalBody(id="data-details-body")],
        id="data-details-modal",
        is_open=False,
        size="lg",
        scrollable=True,
        labelledby="data-details-title",
    )


def register(app: Dash, settings: Settings) -> None:
    """Register the callback that fills the window."""

    @app.callback(
        Output("data-details-modal", "is_open"),
        Output("data-details-title", "children"),
        Output("data-details-body", "children"),
        Input({"type": "data-details", "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def show(_clicks):
        name = pressed_name()
        if not name:
            return no_update, no_update, no_update
        try:
            return True, name, body(context().catalog.info(str(name)), settings)
        except ForecastingError as error:
            return True, name, failed(error)


def body(info: DatasetInfo, settings: Settings) -> list[Component]:
    """Return the content of the window."""
    report = context().catalog.report(info.name)
    return [
        facts(_facts(info, settings)),
        html.H3("Import report", className="h6"),
        account(report_of(report)) if report else html.P(_no_report(info), className="muted"),
        *_keeping_live(info, settings),
    ]


def facts(pairs: list[tuple[str, str]]) -> Component:
    """Return names and values as a definition list."""
    return html.Dl([part for name, text in pairs for part in (html.Dt(name), html.Dd(text))], className="data-facts")


def _facts(info: DatasetInfo, settings: Settings) -> list[tuple[str, str]]:
    start, end = (wall_text(second, info.time_zone) for second in (info.start, info.end))
    known = f"{whole(info.known_bins)} of {whole(info.bins)} ({percent(info.known_bins / info.bins)})"
    sets = [f"{name} ({', '.join(bins)})" for name, bins in trained_on(info, settings).items()]
    source = [("Source and terms", info.source)] if info.source else []
    return [
        *source,
        ("Period", f"{start} to {end}, {duration(info.end - info.start)}"),
        ("Time zone", info.time_zone or "unknown: times are used as they are"),
        ("Known bins", f"{known}, of {info.timeframe} each"),
        ("Requests", whole(info.requests)),
        (
            "Models",
            ", ".join(sets)
            or "none trained on it; the shipped models forecast it zero-shot, that is without training on it",
        ),
        ("Added", f"{info.created_at} (UTC)" if info.created_at else "built in"),
    ]


def _no_report(info: DatasetInfo) -> str:
    if info.embedded:
        return f"{info.name} is built in; it cannot be changed, renamed or removed."
    return "It was not imported from a file: it was generated, or a collector sent its points."


def _keeping_live(info: DatasetInfo, settings: Settings) -> list[Component]:
    if info.embedded:
        return []
    if refusal := why_no_change():
        message = f"{refusal} New points are rejected."
        return [html.H3("Append points", className="h6"), html.P(message, className="muted")]
    note = "Example: the next two bins. An existing bin is overwritten."
    return [
        html.H3("Append points", className="h6"),
        html.P(note, className="muted"),
        code("data-append-curl", appending_call(info)),
    ]
