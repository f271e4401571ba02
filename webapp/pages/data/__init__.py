"""Data: what there is, and four ways to bring more."""

from __future__ import annotations

import time

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from forecasting.settings import Settings
from webapp.app.context import context
from webapp.pages.data import changing, collector, details, fetching, synthetic, table, trace_controls, upload
from webapp.pages.data.ids import CHANGED, PAGE, READ_ONLY_REASON
from webapp.ui import address
from webapp.ui.address import Key, View, one_of
from webapp.ui.components.notices import loading, shown_in_place
from webapp.ui.page_frame import segments, view_input

PATH, NAME, ICON = "/data", "Data", "database"
SHOWS_DATA = False

WAYS = {
    "upload": "Upload a log or CSV",
    "nasa": "Fetch NASA-HTTP",
    "synthetic": "Make a synthetic one",
    "collector": "Send points",
}
KEYS = (Key("add", one_of(*WAYS), "upload"), *trace_controls.KEYS)


def content(view: View) -> Component:
    """The page without its data."""
    return html.Div(
        [
            *changing.stores(),
            loading(html.Div(id="data-content"), height=200),
            _adding(view),
            changing.modals(),
            details.modal(),
        ],
        className="data-page",
    )


def _adding(view: View) -> Component:
    read_only = context().settings.read_only
    ways = {
        "upload": upload.panel(context().settings),
        "nasa": fetching.panel(read_only),
        "synthetic": synthetic.panel(view, read_only),
        "collector": collector.panel(read_only),
    }
    return html.Section(
        [
            html.H2("Add a data set", className="section-title", id="data-add-title"),
            _read_only_note() if read_only else "",
            segments("add", "Way to add a data set", WAYS, view["add"]),
            *(html.Div(part, className=f"data-way data-way-{name}") for name, part in ways.items()),
        ],
        className="data-add",
        **{"aria-labelledby": "data-add-title"},
    )


def _read_only_note() -> Component:
    words = (
        f"{READ_ONLY_REASON} You can look at what a file would give, but nothing is kept, renamed or removed here. "
        "Unset the variable where you may change things."
    )
    return dbc.Alert(words, color="warning", class_name="data-read-only")


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks."""

    @app.callback(Output("data-content", "children"), view_input(PAGE), Input(CHANGED, "data"))
    @shown_in_place
    def draw(data, _changed):
        view = address.of_store(data, KEYS)
        return table.section(view.dataset, int(time.time()), settings)

    changing.register(app, settings)
    details.register(app, settings)
    upload.register(app)
    fetching.register(app, settings)
    synthetic.register(app, KEYS)
