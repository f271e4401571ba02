"""The static layout of the page: stores, and the place of its content."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from webapp.ui.address import View
from webapp.ui.components.notices import loading

SHOWN, OVERLAY, SEEN = "overview-shown", "overview-overlay", "overview-seen"
"""Stores: what the page shows, the overlays of its chart, and the visible part of its time axis."""


def content(view: View) -> Component:
    """Return the page without its data."""
    overlay = view.to_store()["values"]["overlay"]
    stores = [dcc.Store(id=SHOWN), dcc.Store(id=OVERLAY, data=overlay)]
    return html.Div([*stores, loading(html.Div(id="overview-content", className="stack"), height=720)])
