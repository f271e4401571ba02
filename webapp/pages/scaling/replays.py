"""The callbacks of the replay: its totals and chart, a closer look, and the decision log."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, Patch, State, dcc, no_update
from dash.exceptions import PreventUpdate

from forecasting.errors import ForecastingError
from forecasting.settings import Settings
from webapp.pages.scaling import log
from webapp.pages.scaling.replaying import Replayed, cards, marks_of, replayed, window_of
from webapp.pages.scaling.requests import (
    KEYS,
    LOG_KEYS,
    PAGE,
    PLAN_KEYS,
    REHEARSING,
    asked_by,
    rehearsal_of,
    replay_question,
)
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import graph_id
from webapp.ui.components.notices import failed, problem, skeleton
from webapp.ui.figures import scaling as figures
from webapp.ui.page_frame import view_input

REPLAY = "scaling-replay"


def register(app: Dash, settings: Settings) -> None:
    """Add them to `app`."""
    view = view_input(PAGE)
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
    def replay(data, _done, _start, _running, asked, seen):
        return replay_of(address.of_store(data, KEYS), asked, seen, settings)

    @app.callback(
        Output(graph_id(REPLAY), "figure", allow_duplicate=True),
        Input("scaling-seen", "data"),
        view_state,
        State("scaling-replay-asked", "data"),
        prevent_initial_call=True,
    )
    def look(seen, data, asked):
        return looked(address.of_store(data, KEYS), asked, seen, settings)


def _register_log(app: Dash, settings: Settings) -> None:
    view = view_input(PAGE)
    view_state = State(view.component_id, view.component_property)

    @app.callback(
        Output("scaling-log", "children"),
        Output("scaling-log-pages", "children"),
        view,
        Input("scaling-replay-asked", "data"),
    )
    def show_log(data, asked):
        view = address.of_store(data, KEYS)
        _refuse_unasked(view, asked)
        return log.table(view, replayed(view, settings).decisions)

    @app.callback(
        Output("scaling-log-download", "data"),
        Input("scaling-log-csv", "n_clicks"),
        view_state,
        State("scaling-replay-asked", "data"),
        prevent_initial_call=True,
    )
    def download(_pressed, data, asked):
        view = address.of_store(data, KEYS)
        _refuse_unasked(view, asked)
        decisions = replayed(view, settings).decisions
        text = decisions.frame(log.chosen(view, decisions)).to_csv(index=False)
        return dcc.send_string(text, f"{view.dataset}-{view['policy'].replace(':', '-')}-decisions.csv")


def asks_of(view: View) -> dict[str, str]:
    """What the replay of a view rests on, and its days."""
    return {"all": asked_by(view, *LOG_KEYS, *PLAN_KEYS), "days": repr((view.version, view.timeframe, view.span))}


def _refuse_unasked(view: View, asked: dict | None) -> None:
    """A replay that is not there yet is for the other callback to make, as a job where it takes long."""
    if asked != asks_of(view):
        raise PreventUpdate


NOTHING = (no_update,) * 4
"""Title, summary, cards and figure stay."""


def replay_of(view: View, asked: dict | None, seen: list[str] | None, settings: Settings) -> tuple:
    """The outputs of the replay: the request of a job where it needs one first."""
    asks = asks_of(view)
    if asked == asks:
        raise PreventUpdate
    try:
        question = replay_question(view, settings)
        rehearsal = rehearsal_of(view, question)
        if rehearsal is not None:
            done = REHEARSING.ask(view.version, rehearsal)
            if done.problem:
                return done.request, problem("The days could not be forecast", done.problem), True, *NOTHING, no_update
            if done.answer is None:
                return done.request, skeleton() if asked is None else "", asked is None, *NOTHING, no_update
        found = replayed(view, settings)
    except ForecastingError as error:
        return no_update, failed(error), True, *NOTHING, None
    kept = seen if asked and asked["days"] == asks["days"] else None
    return no_update, "", False, *_drawn(view, found, kept), asks


def _drawn(view: View, found: Replayed, seen: list[str] | None) -> tuple:
    from forecasting.scaling.simulation.replay_text import cautions_of, summary_of, title_of

    simulation, decisions = found.simulation, found.decisions
    marks = marks_of(view, found)
    figure = figures.replay(decisions, view["policy"], view["model"], window_of(decisions, seen), marks)
    slo = simulation.situation.slo
    summary = " ".join([summary_of(simulation, decisions), *cautions_of(simulation)])
    return title_of(simulation, slo), summary, cards(found), figure


def looked(view: View, asked: dict | None, seen: list[str] | None, settings: Settings) -> Patch:
    """What the chart changes where one looks between two times of it, at all of it where None."""
    _refuse_unasked(view, asked)
    decisions = replayed(view, settings).decisions
    span = window_of(decisions, seen)
    lines, meta = figures.replay_traces(decisions, view["policy"], view["model"], span)
    patch = Patch()
    for at, fields in enumerate(figures.zoomed(lines)):
        for name, value in fields.items():
            patch["data"][at][name] = value
    patch["layout"]["meta"] = meta
    for axis, top in zip(("yaxis", "yaxis2"), figures.tops(decisions, span), strict=True):
        patch["layout"][axis]["range"] = [0, top]
    return patch
