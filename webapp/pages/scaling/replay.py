"""The replay: what the policy would have decided over the days, cached for the next look at it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
from dash import Patch, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from forecasting.errors import ForecastingError
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation.decision_log import Decisions, decisions_of
from forecasting.scaling.simulation.replay import Replay
from forecasting.scaling.simulation.replay_text import cautions_of, figures_of, summary_of, title_of
from forecasting.scaling.simulation.simulate import Simulation, simulate
from forecasting.scaling.simulation.what_if import TrafficSurge
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_seconds
from webapp.app.context import context
from webapp.pages.scaling.requests import (
    LOG_KEYS,
    PLAN_KEYS,
    REHEARSING,
    ReplayRequest,
    arguments,
    asked_by,
    events,
    rehearsal_of,
    replay_request,
)
from webapp.ui.address import View
from webapp.ui.components.kpi import kpi
from webapp.ui.components.notices import failed, problem, skeleton
from webapp.ui.figures import scaling as figures

MOST_CACHED = 6
"""Replays that a worker caches, so that a zoom or another page of the log does not need a new one."""


class Replayed(NamedTuple):
    """A simulated policy with its decisions.

    `plain` is the same without the what-if (None if nothing is assumed), `surge` the traffic surge that is assumed.
    """

    simulation: Simulation
    decisions: Decisions
    plain: Replayed | None = None
    surge: TrafficSurge | None = None


_cached: OrderedDict[str, Replayed] = OrderedDict()
_lock = threading.Lock()


def cached_replay(view: View) -> Replayed | None:
    """Return the replay of a view if this worker made it before."""
    key = _key(view)
    with _lock:
        if key in _cached:
            _cached.move_to_end(key)
        return _cached.get(key)


def replayed(view: View, settings: Settings, resolved: ReplayRequest | None = None) -> Replayed:
    """Return the replay of a view, `resolved` if its request is at hand.

    Raises InputError for what the service layer refuses.
    """
    cached = cached_replay(view)
    if cached is not None:
        return cached
    made = _replay(resolved or replay_request(view, settings))
    with _lock:
        _cached[_key(view)] = made
        while len(_cached) > MOST_CACHED:
            _cached.popitem(last=False)
    return made


def _key(view: View) -> str:
    return context().results.key("replayed", view.version, arguments(view))


def _replay(resolved: ReplayRequest) -> Replayed:
    plain = _simulated(resolved.request, resolved.plain)
    if resolved.what_if.is_nothing:
        return plain
    return _simulated(resolved.request, resolved.replay)._replace(plain=plain, surge=resolved.what_if.surge)


def _simulated(request: ScalingRequest, replay: Replay) -> Replayed:
    simulation = simulate(replay, request.policy, dict(request.parameters))
    return Replayed(simulation, decisions_of(simulation))


def cards(made: Replayed) -> list[Component]:
    """Return the totals, beside those without the what-if if there is one."""
    usual = figures_of(made.plain.simulation, made.plain.decisions) if made.plain else {}
    return [
        kpi(name, value, f"without what-if: {usual[name][0]}" if usual else note)
        for name, (value, note) in figures_of(made.simulation, made.decisions).items()
    ]


def marks_of(view: View, made: Replayed) -> list[tuple[str, int, int]]:
    """Return the surge and the events that have a start and an end, as named spans of wall time."""
    zone, surge = view.info.time_zone, made.surge
    spans = [("surge", surge.start, surge.start + surge.seconds)] if surge else []
    first, last = (int(second) for second in made.decisions.seconds[[0, -1]])
    for event in events(view):
        if event.entry.cron is None:
            spans += [(event.name, start, end) for start, end in event.entry.spans(first, last, zone)]
    shown = [(name, max(start, first), min(end, last)) for name, start, end in spans if start < last and end > first]
    walls = [(name, wall_seconds(np.array([start, end]), zone)) for name, start, end in shown]
    return [(name, int(wall[0]), int(wall[1])) for name, wall in walls]


def window_of(decisions: Decisions, seen: list[str] | None) -> tuple[int, int] | None:
    """Return the bins between two wall times as a chart writes them; None for all of them."""
    return decisions.between(*seen) if seen else None


def asks_of(view: View) -> dict[str, str]:
    """Return the key of a view's replay, and of its days."""
    return {"all": asked_by(view, *LOG_KEYS, *PLAN_KEYS), "days": repr((view.version, view.timeframe, view.span))}


def refuse_outdated(view: View, drawn: dict | None) -> None:
    """Leave a replay that is not there yet to the other callback, which makes it as a job if it takes long."""
    if drawn != asks_of(view):
        raise PreventUpdate


NOTHING = (no_update,) * 4
"""Title, summary, cards and figure stay."""


def replay_of(view: View, drawn: dict | None, seen: list[str] | None, settings: Settings) -> tuple:
    """Return the outputs of the replay, or the request of the job that it needs first."""
    asks = asks_of(view)
    if drawn == asks:
        raise PreventUpdate
    try:
        resolved = None if cached_replay(view) else replay_request(view, settings)
        rehearsal = rehearsal_of(view, resolved) if resolved else None
        if rehearsal is not None:
            done = REHEARSING.ask(view.version, rehearsal)
            if done.problem:
                return done.request, problem("The days could not be forecast", done.problem), True, *NOTHING, no_update
            if done.result is None:
                return done.request, skeleton() if drawn is None else "", drawn is None, *NOTHING, no_update
        made = replayed(view, settings, resolved)
    except ForecastingError as error:
        return no_update, failed(error), True, *NOTHING, None
    zoom = seen if drawn and drawn["days"] == asks["days"] else None
    return no_update, "", False, *_drawn(view, made, zoom), asks


def _drawn(view: View, made: Replayed, seen: list[str] | None) -> tuple:
    simulation, decisions = made.simulation, made.decisions
    marks = marks_of(view, made)
    figure = figures.replay(decisions, view["policy"], view["model"], window_of(decisions, seen), marks)
    if simulation.scenario is None:
        raise TypeError("A simulated policy has a scenario; only a plan in hindsight has none.")
    slo = simulation.scenario.slo
    summary = " ".join([summary_of(simulation, decisions), *cautions_of(simulation)])
    return title_of(simulation, slo), summary, cards(made), figure


def looked(view: View, drawn: dict | None, seen: list[str] | None, settings: Settings) -> Patch:
    """Return what a zoom between two times changes in the chart (None: all of it)."""
    refuse_outdated(view, drawn)
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
