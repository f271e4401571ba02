"""The callbacks that answer for now: recommendation and plan, export, events, and what is stored."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request

from forecasting.errors import ForecastingError
from forecasting.scaling.config.calendar_text import events_of
from forecasting.settings import Settings
from webapp.pages.scaling.answer import answer
from webapp.pages.scaling.controls import event_list
from webapp.pages.scaling.export import exports
from webapp.pages.scaling.requests import KEYS, LOG_KEYS, PAGE, SUPPOSED_KEYS, asked_by, present_question
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import graph_id
from webapp.ui.components.notices import failed, shown_in_place
from webapp.ui.figures import scaling as figures
from webapp.ui.page_frame import view_input
from webapp.ui.service_form import store

PLAN = "scaling-plan"


def register(app: Dash, settings: Settings) -> None:
    """Add them to `app`."""
    view = view_input(PAGE)

    @app.callback(
        Output("scaling-answer", "children"),
        Output(graph_id(PLAN), "figure"),
        Output(f"chart-title-{PLAN}", "children"),
        Output("scaling-plan-body", "hidden"),
        Output("scaling-plan-asked", "data"),
        view,
        State("scaling-plan-asked", "data"),
    )
    def recommend(data, asked):
        return recommended(address.of_store(data, KEYS), asked, settings)

    @app.callback(Output("scaling-export", "children"), Output("scaling-events", "children"), view)
    def details(data):
        return export(address.of_store(data, KEYS)), understood(data)

    @app.callback(
        Output("scaling-stored", "children"),
        Input("scaling-store", "n_clicks"),
        State(view.component_id, view.component_property),
        prevent_initial_call=True,
    )
    @shown_in_place
    def keep(_pressed, data):
        return stored(address.of_store(data, KEYS))

    app.clientside_callback(
        ClientsideFunction("scaling", "stored"), Input("scaling-stored", "children"), prevent_initial_call=True
    )


@shown_in_place
def export(view: View) -> list[Component]:
    """The manifests for this server."""
    return exports(view, request.root_url)


@shown_in_place
def understood(data: Mapping[str, object]) -> Component | str:
    """The events that a browser posts as they were understood, or why they were not: a view leaves those out."""
    return event_list(events_of(str(data["values"].get("events") or "")))


def recommended(view: View, asked: str | None, settings: Settings) -> tuple:
    """The answer, the plan's figure and title, whether there is none, and what was asked; raises PreventUpdate where
    it was asked before.
    """
    asks = asked_by(view, *LOG_KEYS, *SUPPOSED_KEYS, "range", "start", "end")
    if asks == asked:
        raise PreventUpdate
    try:
        return (*_recommended(view, settings), False, asks)
    except ForecastingError as error:
        return failed(error), no_update, no_update, True, asks


def _recommended(view: View, settings: Settings) -> tuple[list[Component], dict, str]:
    from forecasting.scaling.recommendation.plan import finding_of, planned

    question = present_question(view, settings)
    found = question.recommendation()
    shown = planned(question, found)
    return answer(view, found), figures.plan(shown), finding_of(shown)


def stored(view: View) -> Component:
    """Store what a view chooses for its data set; raises ReadOnly."""
    store(view)
    return dbc.Alert(f"Stored for {view.dataset}.", color="success", class_name="stored")
