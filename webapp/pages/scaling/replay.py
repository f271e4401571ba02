"""The replay: what the policy would have decided over the days, cached for the next look at it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from dash import Patch, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from forecasting.errors import ForecastingError
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation.decision_log import Decisions, decisions_of
from forecasting.scaling.simulation.replay_text import cautions_of, figures_of, summary_of, title_of
from forecasting.scaling.simulation.simulate import Simulation, simulate
from forecasting.scaling.simulation.what_if import FlashCrowd, supposing
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_seconds
from webapp.app.context import context
from webapp.pages.scaling.requests import (
    LOG_KEYS,
    PLAN_KEYS,
    REHEARSING,
    arguments,
    asked_by,
    events,
    rehearsal_of,
    replay_question,
    what_if,
)
from webapp.ui.address import View
from webapp.ui.components.notices import failed, problem, skeleton
from webapp.ui.figures import scaling as figures

KEPT = 6
"""Replays that a worker keeps: a zoom or another page of the log need none anew."""


class Replayed(NamedTuple):
    """A simulated policy with its decisions. `plain` is the same with nothing supposed (None where nothing is), `crowd`
    the one that is supposed.
    """

    simulation: Simulation
    decisions: Decisions
    plain: Replayed | None = None
    crowd: FlashCrowd | None = None


_kept: OrderedDict[str, Replayed] = OrderedDict()
_lock = threading.Lock()


def replayed(view: View, settings: Settings) -> Replayed:
    """The replay of a view; raises InputError for what the service layer refuses."""
    key = context().answers.key("replayed", view.version, arguments(view))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _replay(view, replay_question(view, settings))
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _replay(view: View, question: ScalingRequest) -> Replayed:
    supposed = what_if(view, question)
    found = _simulated(question)
    if supposed.is_nothing:
        return found
    return _simulated(supposing(question, supposed))._replace(plain=found, crowd=supposed.crowd)


def _simulated(question: ScalingRequest) -> Replayed:
    simulation = simulate(question.replay(), question.policy, question.parameters)
    return Replayed(simulation, decisions_of(simulation))


def cards(found: Replayed) -> list[Component]:
    """The totals; where something is supposed, what they are without it too."""
    usual = figures_of(found.plain.simulation, found.plain.decisions) if found.plain else {}
    return [
        _card(name, value, f"without: {usual[name][0]}" if usual else note)
        for name, (value, note) in figures_of(found.simulation, found.decisions).items()
    ]


def _card(name: str, value: str, note: str) -> Component:
    parts = ((name, "kpi-name"), (value, "kpi-value"), (note, "kpi-note"))
    return html.Div([html.Div(text, className=kind) for text, kind in parts], className="kpi")


def marks_of(view: View, found: Replayed) -> list[tuple[str, int, int]]:
    """The crowd and the events that have a start and an end, as named spans of wall time."""
    zone = view.info.time_zone
    spans = [("crowd", found.crowd.start, found.crowd.start + found.crowd.seconds)] if found.crowd else []
    first, last = (int(second) for second in found.decisions.seconds[[0, -1]])
    for event in events(view):
        if event.entry.cron is None:
            spans += [(event.name, *edges) for edges in event.entry.spans(first, last, zone)]
    seen = [(name, max(start, first), min(end, last)) for name, start, end in spans if start < last and end > first]
    return [(name, *(int(second) for second in wall_seconds(edges, zone))) for name, *edges in seen]


def window_of(decisions: Decisions, seen: list[str] | None) -> tuple[int, int] | None:
    """The steps between two wall times as a chart writes them; None for all of them."""
    return decisions.between(*seen) if seen else None


def asks_of(view: View) -> dict[str, str]:
    """What the replay of a view rests on, and its days."""
    return {"all": asked_by(view, *LOG_KEYS, *PLAN_KEYS), "days": repr((view.version, view.timeframe, view.span))}


def refuse_unasked(view: View, asked: dict | None) -> None:
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
    simulation, decisions = found.simulation, found.decisions
    marks = marks_of(view, found)
    figure = figures.replay(decisions, view["policy"], view["model"], window_of(decisions, seen), marks)
    slo = simulation.scenario.slo
    summary = " ".join([summary_of(simulation, decisions), *cautions_of(simulation)])
    return title_of(simulation, slo), summary, cards(found), figure


def looked(view: View, asked: dict | None, seen: list[str] | None, settings: Settings) -> Patch:
    """What the chart changes where one looks between two times of it, at all of it where None."""
    refuse_unasked(view, asked)
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
