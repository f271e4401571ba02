"""The callbacks of the page; they run in the browser, see `assets/api.js`."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from forecasting.settings import Settings
from webapp.pages.api_explorer.layout import FIELD, LANGUAGES
from webapp.pages.api_explorer.requests import NAME
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """Register the page's callbacks: code snippets, sending, and file inputs."""
    app.clientside_callback(
        ClientsideFunction("api", "write"),
        *(Output(f"api-{name}", "children") for name in (*LANGUAGES, "line")),
        Input(FIELD, "value"),
        Input("api-call", "data"),
        Input("api-file", "data"),
        State(FIELD, "id"),
    )
    app.clientside_callback(
        ClientsideFunction("api", "send"),
        Output("api-status", "children"),
        Output("api-answer", "children"),
        Output("api-note", "children"),
        Output("api-answer-panel", "className"),
        Input("api-send", "n_clicks"),
        State(FIELD, "value"),
        State(FIELD, "id"),
        State("api-call", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(ClientsideFunction("api", "begin"), Output("api-file", "data"), view_input(NAME))
