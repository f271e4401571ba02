"""The shell around every page: the top bar with the menu, the place of the page, messages and the help."""

from __future__ import annotations

from collections.abc import Sequence

import dash
import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from webapp.access.access_texts import RESTRICTED
from webapp.access.identity import identity, is_restricted
from webapp.app.context import API_NAME, context
from webapp.ui.components.glossary import help_panel
from webapp.ui.figures import theme
from webapp.ui.page import Page

URL, WRITTEN, TOAST = "url", "written", "toast"


def shell(pages: Sequence[Page]) -> Component:
    """Return the layout of the application."""
    return html.Div(
        [
            html.A("Skip to content", href="#content", className="skip-link"),
            dcc.Location(id=URL, refresh=False),
            dcc.Store(id=WRITTEN),
            dcc.Store(id="theme-roles", data=theme.roles()),
            dcc.Store(id="theme"),
            _top_bar(pages),
            html.Section(id="jobs-panel", className="jobs-panel", hidden=True, **{"aria-label": "Jobs"}),
            _server_note(),
            html.Main(dash.page_container, id="content", className="page", tabIndex="-1"),
            _toast(),
            help_panel(),
        ]
    )


def _top_bar(pages: Sequence[Page]) -> Component:
    links = [
        dcc.Link(
            [html.I(className=f"bi bi-{page.icon}", **{"aria-hidden": "true"}), page.title],
            href=page.path,
            id={"type": "nav", "path": page.path},
            className="nav-link",
        )
        for page in pages
    ]
    menu = html.Button(
        html.I(className="bi bi-list", **{"aria-hidden": "true"}),
        id="menu-button",
        className="icon-button menu-button",
        type="button",
        **{"aria-label": "Pages", "aria-controls": "menu", "aria-expanded": "false"},
    )
    brand = dcc.Link(
        [html.Span(className="mark", **{"aria-hidden": "true"}), html.Span(API_NAME, className="brand-name")],
        href="/",
        id={"type": "nav", "path": "brand"},
        className="brand",
    )
    tools = html.Div(
        [
            _jobs_button(),
            _icon_button("theme-button", "circle-half", "Switch between light and dark"),
            _icon_button("help-button", "question-circle", "Help: glossary"),
            *_account(),
        ],
        className="top-tools",
    )
    return html.Header(
        [menu, brand, html.Nav(links, id="menu", className="menu", **{"aria-label": "Pages"}), tools],
        className="top-bar",
    )


def _server_note() -> Component | str:
    """Return why this server does less than it could, on every page, if it is restricted."""
    return html.Div(RESTRICTED, className="server-note", role="note") if is_restricted() else ""


def _account() -> list[Component]:
    """Return the link to the account of who is logged in; nothing on a server without users."""
    who = identity()
    if context().settings.auth == "none":
        return []
    role = f"{who.name}, {who.role}" if who.role else who.name
    link = html.A(
        [html.I(className="bi bi-person", **{"aria-hidden": "true"}), html.Span(who.name, className="user-name")],
        href="/account",
        className="user-link",
        title=f"Account: {role}",
        **{"aria-label": f"Account of {who.name}"},
    )
    return [link]


def _icon_button(name: str, icon: str, label: str) -> Component:
    symbol = html.I(className=f"bi bi-{icon}", **{"aria-hidden": "true"})
    return html.Button(symbol, id=name, className="icon-button", type="button", title=label, **{"aria-label": label})


def _jobs_button() -> Component:
    """Return the button of the jobs, which the script shows while there are some."""
    symbol = html.I(className="bi bi-hourglass-split", **{"aria-hidden": "true"})
    return html.Button(
        [symbol, html.Span(id="jobs-count")],
        id="jobs-button",
        className="icon-button",
        type="button",
        hidden=True,
        **{"aria-label": "Jobs", "aria-controls": "jobs-panel", "aria-expanded": "false"},
    )


def _toast() -> Component:
    return dbc.Toast(
        id=TOAST,
        header="Something went wrong",
        icon="danger",
        is_open=False,
        dismissable=True,
        class_name="toast-place",
    )


def register(app: Dash) -> None:
    """Add the callbacks of the shell, all of which run in the browser."""
    app.clientside_callback(
        ClientsideFunction("dataflow", "links"),
        Output({"type": "nav", "path": ALL}, "href"),
        Output({"type": "nav", "path": ALL}, "className"),
        Input(URL, "search"),
        Input(URL, "pathname"),
        Input(WRITTEN, "data"),
        State({"type": "nav", "path": ALL}, "id"),
    )
    app.clientside_callback(
        ClientsideFunction("dataflow", "menu"),
        Output("menu", "className"),
        Input("menu-button", "n_clicks"),
        Input(URL, "pathname"),
        State("menu", "className"),
    )
    app.clientside_callback(
        ClientsideFunction("dataflow", "switchTheme"),
        Output("theme", "data"),
        Input("theme-button", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("dataflow", "recolour"),
        Output({"type": "chart", "name": ALL}, "figure"),
        Input("theme", "data"),
        State({"type": "chart", "name": ALL}, "figure"),
        State("theme-roles", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("dataflow", "toggle"),
        Output("help", "is_open"),
        Input("help-button", "n_clicks"),
        State("help", "is_open"),
        prevent_initial_call=True,
    )
