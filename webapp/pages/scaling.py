"""The page Scaling."""

from __future__ import annotations

from dash import Dash, html
from dash.development.base_component import Component

from forecasting.settings import Settings
from webapp.state import Key, View

PAGE, PATH, NAME, ICON = "scaling", "/scaling", "Scaling", "hdd-stack"
KEYS: tuple[Key, ...] = ()


def content(view: View) -> Component:
    """The page without its data."""
    return html.Div(id="scaling-content")


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks."""
