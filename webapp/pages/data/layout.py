"""The static layout of the page: the place of the table, and the ways to add a data set."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from webapp.app.context import context
from webapp.pages.data import collector, details, name_dialogs, nasa_http, synthetic
from webapp.pages.data.change_signal import READ_ONLY_REASON
from webapp.pages.data.files import upload
from webapp.pages.data.requests import WAYS
from webapp.ui.address import View
from webapp.ui.components.notices import loading
from webapp.ui.page_frame import segments


def content(view: View) -> Component:
    """Return the page without its data."""
    return html.Div(
        [
            *name_dialogs.stores(),
            loading(html.Div(id="data-content"), height=200),
            _adding(view),
            name_dialogs.modals(),
            details.modal(),
        ],
        className="data-page",
    )


def _adding(view: View) -> Component:
    read_only = context().settings.read_only
    ways = {
        "upload": upload.panel(context().settings),
        "nasa": nasa_http.panel(read_only),
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
    message = (
        f"{READ_ONLY_REASON} You can preview an import, but nothing is stored, renamed or removed here. To allow "
        "changes, unset the variable."
    )
    return dbc.Alert(message, color="warning", class_name="data-read-only")
