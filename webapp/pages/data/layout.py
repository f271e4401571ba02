"""The static layout of the page: the place of the table, and the ways to add a data set."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.access.roles import Role
from webapp.access.identity import missing_role, why_no_change
from webapp.app.context import context
from webapp.pages.data import collector, details, name_dialogs, nasa_http, synthetic
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
    refusal = why_no_change()
    ways = {
        "upload": upload.panel(context().settings),
        "nasa": nasa_http.panel(refusal),
        "synthetic": synthetic.panel(view, refusal),
        "collector": collector.panel(refusal),
    }
    return html.Section(
        [
            html.H2("Add a data set", className="section-title", id="data-add-title"),
            _note(refusal) if refusal else "",
            segments("add", "Way to add a data set", WAYS, view["add"]),
            *(html.Div(part, className=f"data-way data-way-{name}") for name, part in ways.items()),
        ],
        className="data-add",
        **{"aria-labelledby": "data-add-title"},
    )


def _note(refusal: str) -> Component:
    may_preview = context().settings.read_only and not missing_role(Role.OPERATOR)
    preview = "You can preview an import, but nothing" if may_preview else "Nothing"
    message = f"{refusal} {preview} is stored, renamed or removed here."
    return dbc.Alert(message, color="warning", class_name="data-read-only")
