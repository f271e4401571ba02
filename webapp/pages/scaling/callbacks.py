"""The callbacks of the page: the recommendation and its plan, the export, the replay and the decision log."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State, dcc

from forecasting.access.roles import Role
from forecasting.settings import Settings
from webapp.access.callback_roles import callback_needs
from webapp.pages.scaling import decision_log, recommendation, replay
from webapp.pages.scaling.layout import ACCEPT, PLAN, REPLAY
from webapp.pages.scaling.requests import KEYS, NAME, REHEARSING
from webapp.ui import address, service_form
from webapp.ui.components.chart import graph_id
from webapp.ui.components.notices import shown_in_place
from webapp.ui.page_frame import view_input


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks, and those of the service form."""
    service_form.register(app)
    REHEARSING.register(app)
    _register_present(app, settings)
    _register_replay(app, settings)


def _register_present(app: Dash, settings: Settings) -> None:
    view = view_input(NAME)

    @app.callback(
        Output("scaling-answer", "children"),
        Output(graph_id(PLAN), "figure"),
        Output(f"chart-title-{PLAN}", "children"),
        Output("scaling-plan-body", "hidden"),
        Output("scaling-plan-asked", "data"),
        view,
        State("scaling-plan-asked", "data"),
    )
    def recommend(data, drawn):
        return recommendation.recommended(address.of_store(data, KEYS), drawn, settings)

    @app.callback(
        Output("scaling-export", "children"),
        Output("scaling-events", "children"),
        view,
        Input(ACCEPT, "value"),
    )
    def details(data, accepted):
        return recommendation.export(address.of_store(data, KEYS), accepted is True), recommendation.understood(data)

    @app.callback(
        Output("scaling-stored", "children"),
        Input("scaling-store", "n_clicks"),
        State(view.component_id, view.component_property),
        prevent_initial_call=True,
    )
    @callback_needs(Role.OPERATOR)
    @shown_in_place
    def keep(_pressed, data):
        return recommendation.stored(address.of_store(data, KEYS))

    app.clientside_callback(
        ClientsideFunction("scaling", "stored"), Input("scaling-stored", "children"), prevent_initial_call=True
    )


def _register_replay(app: Dash, settings: Settings) -> None:
    view = view_input(NAME)
    view_state = State(view.component_id, view.component_property)
    _register_log(app, settings)
    app.clientside_callback(
        ClientsideFunction("overview", "seen"),
        Output("scaling-seen", "data"),
        Input(graph_id(REPLAY), "relayoutData"),
        prevent_initial_call=True,
    )

    @app.callback(
        REHEARSING.request,
        Output("scaling-problem", "children"),
        Output("scaling-replay-body", "hidden"),
        Output(f"chart-title-{REPLAY}", "children"),
        Output("scaling-summary", "children"),
        Output("scaling-cards", "children"),
        Output(graph_id(REPLAY), "figure", allow_duplicate=True),
        Output("scaling-replay-asked", "data"),
        view,
        *REHEARSING.inputs,
        REHEARSING.state,
        State("scaling-replay-asked", "data"),
        State("scaling-seen", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def draw(data, _done, _start, _running, drawn, seen):
        return replay.replay_of(address.of_store(data, KEYS), drawn, seen, settings)

    @app.callback(
        Output(graph_id(REPLAY), "figure", allow_duplicate=True),
        Input("scaling-seen", "data"),
        view_state,
        State("scaling-replay-asked", "data"),
        prevent_initial_call=True,
    )
    def look(seen, data, drawn):
        return replay.looked(address.of_store(data, KEYS), drawn, seen, settings)


def _register_log(app: Dash, settings: Settings) -> None:
    view = view_input(NAME)
    view_state = State(view.component_id, view.component_property)

    @app.callback(
        Output("scaling-log", "children"),
        Output("scaling-log-pages", "children"),
        view,
        Input("scaling-replay-asked", "data"),
    )
    def show_log(data, drawn):
        view = address.of_store(data, KEYS)
        replay.refuse_outdated(view, drawn)
        return decision_log.table(view, replay.replayed(view, settings).decisions)

    @app.callback(
        Output("scaling-log-download", "data"),
        Input("scaling-log-csv", "n_clicks"),
        view_state,
        State("scaling-replay-asked", "data"),
        prevent_initial_call=True,
    )
    def download(_pressed, data, drawn):
        view = address.of_store(data, KEYS)
        replay.refuse_outdated(view, drawn)
        decisions = replay.replayed(view, settings).decisions
        text = decisions.frame(decision_log.chosen(view, decisions)).to_csv(index=False)
        return dcc.send_string(text, f"{view.dataset}-{view['policy'].replace(':', '-')}-decisions.csv")
