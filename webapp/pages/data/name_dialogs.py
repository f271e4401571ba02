"""The dialogs to rename and to remove a data set."""

from __future__ import annotations

from collections.abc import Callable

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from forecasting.access.roles import Role
from forecasting.errors import ForecastingError
from forecasting.settings import Settings
from webapp.access.callback_roles import callback_needs
from webapp.access.change_record import recorded
from webapp.app.context import context
from webapp.pages.data.change_signal import CHANGED, say_changed

MOVED = "data-moved"
"""The store with the old and the new name, because the address may have to follow."""


def stores() -> list[Component]:
    """Return the stores of the dialogs."""
    return [dcc.Store(id=name) for name in (CHANGED, MOVED, "data-renamed-name", "data-removed-name")]


def modals() -> Component:
    """Return both dialogs, closed."""
    return html.Div([_rename_modal(), _remove_modal()])


def _rename_modal() -> Component:
    field = dbc.Input(id="data-rename-to", type="text", autocomplete="off", class_name="data-name-field")
    body = [
        html.Label(["New name", field]),
        html.Small("a-z, 0-9, '.', '_' and '-'; models trained on it remain linked.", className="data-note"),
        html.Div(id="data-rename-error", className="data-error", role="alert"),
    ]
    do = dbc.Button("Rename", id="data-rename-do", color="primary")
    return _modal("rename", "Rename a data set", body, do)


def _remove_modal() -> Component:
    field = dbc.Input(id="data-remove-typed", type="text", autocomplete="off", class_name="data-name-field")
    body = [
        html.P(id="data-remove-words"),
        html.Label(["Type its name to remove it", field]),
        html.Div(id="data-remove-error", className="data-error", role="alert"),
    ]
    do = dbc.Button("Remove permanently", id="data-remove-do", color="danger", disabled=True)
    return _modal("remove", "Remove a data set", body, do)


def _modal(does: str, title: str, body: list[Component], do: Component) -> Component:
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(title, id=f"data-{does}-title")),
            dbc.ModalBody(body),
            dbc.ModalFooter([dbc.Button("Cancel", id=f"data-{does}-cancel", color="secondary", outline=True), do]),
        ],
        id=f"data-{does}-modal",
        is_open=False,
        centered=True,
        labelledby=f"data-{does}-title",
    )


def register(app: Dash, settings: Settings) -> None:
    """Register the callbacks of both dialogs."""
    _register_rename(app)
    _register_remove(app)
    app.clientside_callback(
        ClientsideFunction("data", "moved"),
        Input(MOVED, "data"),
        State({"type": "view", "page": ALL}, "data"),
        prevent_initial_call=True,
    )


def pressed_name() -> str | None:
    """Return the data set of the clicked button; None if a button was only drawn."""
    return ctx.triggered_id["name"] if ctx.triggered_id and ctx.triggered[0]["value"] else None


def _register_rename(app: Dash) -> None:
    @app.callback(
        Output("data-rename-modal", "is_open"),
        Output("data-renamed-name", "data"),
        Output("data-rename-to", "value"),
        Input({"type": "data-rename", "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(_clicks):
        name = pressed_name()
        return (True, name, name) if name else (no_update, no_update, no_update)

    @app.callback(
        Output("data-rename-modal", "is_open", allow_duplicate=True),
        Output("data-rename-error", "children"),
        Output(MOVED, "data"),
        Input("data-rename-do", "n_clicks"),
        Input("data-rename-to", "n_submit"),
        Input("data-rename-cancel", "n_clicks"),
        Input("data-renamed-name", "data"),
        State("data-rename-to", "value"),
        prevent_initial_call=True,
    )
    @callback_needs(Role.OPERATOR)
    def rename(_do, _enter, _cancel, name, new):
        if ctx.triggered_id == "data-renamed-name":
            return no_update, "", no_update
        if ctx.triggered_id == "data-rename-cancel" or new == name:
            return False, "", no_update
        return changed(lambda: context().catalog.rename(str(name), str(new or "")), name, new)


def _register_remove(app: Dash) -> None:
    @app.callback(
        Output("data-remove-modal", "is_open"),
        Output("data-removed-name", "data"),
        Output("data-remove-words", "children"),
        Output("data-remove-typed", "value"),
        Output("data-remove-error", "children"),
        Input({"type": "data-remove", "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(_clicks):
        name = pressed_name()
        if not name:
            return (no_update,) * 5
        message = [html.Strong(name), " and all its points will be deleted permanently. Models trained on it remain."]
        return True, name, message, "", ""

    app.clientside_callback(
        ClientsideFunction("data", "differs"),
        Output("data-remove-do", "disabled"),
        Input("data-remove-typed", "value"),
        Input("data-removed-name", "data"),
    )

    @app.callback(
        Output("data-remove-modal", "is_open", allow_duplicate=True),
        Output("data-remove-error", "children", allow_duplicate=True),
        Output(MOVED, "data", allow_duplicate=True),
        Input("data-remove-do", "n_clicks"),
        Input("data-remove-cancel", "n_clicks"),
        State("data-removed-name", "data"),
        State("data-remove-typed", "value"),
        prevent_initial_call=True,
    )
    @callback_needs(Role.OPERATOR)
    def remove(_do, _cancel, name, typed):
        if ctx.triggered_id == "data-remove-cancel":
            return False, "", no_update
        if not name or typed != name:
            return no_update, f"Type {name} to remove it.", no_update
        return changed(lambda: context().catalog.remove(str(name)), name, None)


def changed(change: Callable[[], object], name: str, new: str | None) -> tuple[object, str, object]:
    """Try `change` and return whether the dialog stays open, its error message, and the change of name."""
    try:
        with recorded("dataset.rename" if new else "dataset.remove", str(name), {"name": name}) as done:
            change()
            done.after = {"name": new} if new else None
    except ForecastingError as error:
        return no_update, error.message, no_update
    say_changed()
    return False, "", {"from": name, "to": new}
