"""The callbacks of the page: its content for a view, and zooming the main chart."""

from __future__ import annotations

from collections.abc import Sequence

from dash import ClientsideFunction, Dash, Input, Output, Patch, State, dcc, html
from dash.development.base_component import Component

from forecasting.analysis import findings_of, lines_of
from forecasting.analysis.chart_data.chart_lines import TRAFFIC
from forecasting.settings import Settings
from webapp.pages.overview.cards import answer, cards, next_steps
from webapp.pages.overview.details import details
from webapp.pages.overview.layout import OVERLAY, SEEN, SHOWN
from webapp.pages.overview.panels import CHART, panels, traffic_card
from webapp.pages.overview.requests import KEYS, NAME, OVERLAYS, overview_of
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import graph_id
from webapp.ui.components.notices import shown_in_place
from webapp.ui.figures.traffic import zoomed
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """Register the page's callbacks."""
    view_of_page = view_input(NAME)
    as_state = State(view_of_page.component_id, view_of_page.component_property)
    app.clientside_callback(
        ClientsideFunction("overview", "split"),
        Output(SHOWN, "data"),
        Output(OVERLAY, "data"),
        view_of_page,
        State(SHOWN, "data"),
        State(OVERLAY, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("overview", "seen"),
        Output(SEEN, "data"),
        Input(graph_id(CHART), "relayoutData"),
        prevent_initial_call=True,
    )

    @app.callback(Output("overview-content", "children"), Input(SHOWN, "data"), as_state)
    @shown_in_place
    def draw(_shown, data):
        return page_of(address.of_store(data, KEYS))

    @app.callback(
        Output(graph_id(CHART), "figure"),
        Input(SEEN, "data"),
        Input(OVERLAY, "data"),
        as_state,
        prevent_initial_call=True,
    )
    def zoom(seen, _overlay, data):
        return zoom_of(address.of_store(data, KEYS), seen)


def page_of(view: View) -> list[Component]:
    """Return the content of the page for a view."""
    overview = overview_of(view)
    findings = findings_of(overview)
    return [
        html.Div([answer(overview), next_steps(view)]),
        cards(overview),
        dcc.Store(id=SEEN),
        traffic_card(view, overview, findings.traffic),
        *panels(overview, findings),
        *details(overview, findings),
    ]


def zoom_of(view: View, visible: Sequence[str] | None) -> Patch:
    """Return the change of the main chart when it is zoomed to two times (None: all of it)."""
    names = (TRAFFIC, *(OVERLAYS[name] for name in view["overlay"] or ()))
    between = (visible[0], visible[1]) if visible else None
    traces, y_range = zoomed(lines_of(view.series, names, *view.span, between))
    patch = Patch()
    for at, fields in traces.items():
        for name, value in fields.items():
            patch["data"][at][name] = value
    patch["layout"]["yaxis"]["range"] = y_range
    return patch
