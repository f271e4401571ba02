"""The callbacks of the page: the comparison, two policies over time, the map, prices and the report."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from forecasting.settings import Settings
from webapp.pages.cost import panels
from webapp.pages.cost.charts import PAIR
from webapp.pages.cost.downloads import downloads
from webapp.pages.cost.layout import (
    EVIDENCE,
    MAP_ASK,
    MAP_BUTTON,
    MAP_PLACE,
    PAIR_PLACE,
    PLACES,
    PRICES,
    REPORT_BUTTON,
    REPORT_PLACE,
    SHOWN,
)
from webapp.pages.cost.requests import GRID, KEYS, NAME, QUICK, REPORT, TUNED
from webapp.ui import address
from webapp.ui.components.chart import graph_id
from webapp.ui.components.notices import shown_in_place
from webapp.ui.page_frame import view_id, view_input


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks and downloads."""
    app.server.register_blueprint(downloads)
    for job in (QUICK, TUNED, GRID, REPORT):
        job.register(app)
    _register_comparison(app)
    _register_pair(app)
    _register_more(app)


def _register_comparison(app: Dash) -> None:
    @app.callback(
        output={
            "places": [Output(name, "children") for name in PLACES],
            "style": Output(EVIDENCE, "className"),
            "shown": Output(SHOWN, "data"),
            "quick": QUICK.request,
            "tuned": TUNED.request,
        },
        inputs={
            "data": view_input(NAME),
            "_done": [*QUICK.inputs, *TUNED.inputs],
            "_asked": [QUICK.state, TUNED.state],
            "shown": State(SHOWN, "data"),
        },
    )
    def draw(data, _done, _asked, shown):
        return panels.comparison(address.of_store(data, KEYS), shown)

    app.clientside_callback(ClientsideFunction("cost", "mark"), Input(SHOWN, "data"))


def _register_pair(app: Dash) -> None:
    view = State(view_id(NAME), "data")

    @app.callback(Output(PAIR_PLACE, "children"), Input(SHOWN, "data"), view)
    @shown_in_place
    def draw(_shown, data):
        return panels.pair_place(address.of_store(data, KEYS))

    @app.callback(
        Output(graph_id(PAIR), "figure", allow_duplicate=True),
        Input(graph_id(PAIR), "relayoutData"),
        view,
        prevent_initial_call=True,
    )
    def zoom(moved, data):
        return panels.zoomed(address.of_store(data, KEYS), moved)


def _register_more(app: Dash) -> None:
    @app.callback(Output(PRICES, "children"), view_input(NAME))
    @shown_in_place
    def prices(data):
        return panels.prices(address.of_store(data, KEYS))

    @app.callback(
        output={
            "place": Output(MAP_PLACE, "children"),
            "ask": Output(MAP_ASK, "hidden"),
            "request": GRID.request,
        },
        inputs={
            "data": view_input(NAME),
            "_calls": [Input(MAP_BUTTON, "n_clicks"), Input(SHOWN, "data"), *GRID.inputs],
            "_asked": GRID.state,
        },
    )
    def grid_map(data, _calls, _asked):
        return panels.grid_map(address.of_store(data, KEYS))

    @app.callback(
        output={
            "place": Output(REPORT_PLACE, "children"),
            "button": Output(REPORT_BUTTON, "class_name"),
            "request": REPORT.request,
        },
        inputs={
            "data": view_input(NAME),
            "_calls": [Input(REPORT_BUTTON, "n_clicks"), *REPORT.inputs],
            "_asked": REPORT.state,
        },
    )
    def report(data, _calls, _asked):
        return panels.report(address.of_store(data, KEYS))
