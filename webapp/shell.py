"""What surrounds every page."""

from __future__ import annotations

import dash
import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from webapp.context import API_NAME


def shell() -> Component:
    """The bar on top, with the links that every page has, and the page."""
    bar = dbc.Navbar(
        dbc.Container(
            [
                dbc.NavbarBrand(API_NAME, href="/"),
                dbc.Nav(
                    [
                        dbc.NavLink("Try the API", href="/docs", external_link=True),
                        dbc.NavLink("API reference", href="/redoc", external_link=True),
                    ],
                    navbar=True,
                ),
            ]
        ),
        color="body",
        dark=False,
        class_name="border-bottom mb-4",
    )
    return html.Div([bar, html.Main(dash.page_container, className="container pb-5")])
