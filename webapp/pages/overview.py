"""Overview: what is this traffic like, and can it be forecast?"""

from __future__ import annotations

import numpy as np
from dash import Dash, Output, html
from dash.development.base_component import Component

from forecasting.settings import Settings
from webapp import state
from webapp.components.chart import chart
from webapp.components.notices import loading, shown_in_place
from webapp.figures import theme
from webapp.frame import view_input
from webapp.state import Key, View

PAGE, PATH, NAME, ICON = "overview", "/", "Overview", "activity"
KEYS: tuple[Key, ...] = ()


def content(view: View) -> Component:
    """The page without its data."""
    return loading(html.Div(id="overview-content"))


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks."""

    @app.callback(Output("overview-content", "children"), view_input(PAGE))
    @shown_in_place
    def draw(data):
        view = state.of_store(data, KEYS)
        series = view.series.between(*view.span)
        colours = theme.palette()
        figure = {
            "data": [
                {
                    "type": "scatter",
                    "mode": "lines",
                    "y": np.asarray(series.requests_count[:2000]),
                    "line": {"color": colours.ink, "width": 1},
                    "name": "requests",
                }
            ],
            "layout": theme.layout(yaxis={"title": {"text": f"requests per {view.timeframe}"}}),
        }
        return chart("overview-requests", "Requests over time", figure)
