"""The recommendation: how many replicas now, why, what could be in the way, and the plan."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request

from forecasting.errors import ForecastingError
from forecasting.scaling.config.calendar_text import events_of
from forecasting.scaling.recommendation.plan import finding_of, planned
from forecasting.scaling.recommendation.reasons import coming_words
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.settings import Settings
from forecasting.timeseries.formatting import moment
from webapp.pages.scaling.controls import event_list
from webapp.pages.scaling.export import exports
from webapp.pages.scaling.requests import LOG_KEYS, SUPPOSED_KEYS, asked_by, present_question
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.notices import failed, notices, shown_in_place
from webapp.ui.figures import scaling as figures
from webapp.ui.service_form import store

VERBS = {"scale_up": "scale up", "hold": "hold", "scale_down": "scale down"}


def answer(view: View, found: Recommendation) -> list[Component]:
    """The sentence, its reason, and what has to be known with it."""
    return [
        notices(view.notices),
        html.P(_sentence(found), className="answer scaling-answer"),
        html.P(found.reason, className="scaling-reason"),
        html.Div(_chips(view, found), className="chips"),
        html.Ul([html.Li(text) for text in found.warnings], className="scaling-warnings") if found.warnings else "",
    ]


def _sentence(found: Recommendation) -> list[Component | str]:
    count = f"{found.replicas:,} replica{'' if found.replicas == 1 else 's'} now"
    later = coming_words(found)
    tail = f", {later}: {VERBS[found.action]}." if later else f": {VERBS[found.action]}."
    return [html.Strong(count, className="lead-number"), tail]


def _chips(view: View, found: Recommendation) -> list[Component]:
    chips = [_now(view, found), _gate(found)]
    if found.hpa_would_ignore:
        chips.append(_chip("A cluster would ignore this: it is within its 10 % tolerance", "warn"))
    if found.capacity_shortfall:
        chips.append(_chip("More is asked for than the most that is allowed: requests will be lost", "bad"))
    supposed = [
        f"{view[name]:g} × {what}"
        for name, what in (("growth", "the traffic"), ("slower", "the boot time"))
        if view[name] != 1
    ]
    if supposed:
        chips.append(_chip(f"Supposed: {' and '.join(supposed)}", "warn"))
    return chips


def _now(view: View, found: Recommendation) -> Component:
    end = found.origin + found.bin_seconds
    where = "the end of the data" if view["origin"] is None else "as of"
    return _chip(
        f"Now is {moment(end, view.info.time_zone, with_year=True)}, {where}"
        if view["origin"] is None
        else f"As of {moment(end, view.info.time_zone, with_year=True)}"
    )


def _gate(found: Recommendation) -> Component:
    if found.share is None:
        return _chip(f"{found.policy} looks at what has come only")
    if found.gate_open:
        return _chip([term("gate", "Gate"), " open: the forecast is trusted"], "good")
    return _chip([term("gate", "Gate"), f" shut: {'; '.join(found.gate_reasons)}"], "warn")


def _chip(text: str | list, kind: str = "") -> Component:
    return html.Span(text, className=f"chip {kind}".strip())


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
    question = present_question(view, settings)
    found = question.recommendation()
    shown = planned(question, found)
    return answer(view, found), figures.plan(shown), finding_of(shown)


def stored(view: View) -> Component:
    """Store what a view chooses for its data set; raises ReadOnly."""
    store(view)
    return dbc.Alert(f"Stored for {view.dataset}.", color="success", class_name="stored")
