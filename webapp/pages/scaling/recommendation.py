"""The recommendation: how many replicas now, why, what to know about it, and the plan."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request

from forecasting.errors import ForecastingError
from forecasting.scaling.recommendation.plan import finding_of, planned
from forecasting.scaling.recommendation.reasons import budget_left, coming_words
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.settings import Settings
from forecasting.timeseries.formatting import exact, moment, quantity
from webapp.access.change_record import recorded
from webapp.app.context import context
from webapp.pages.scaling.controls import event_list
from webapp.pages.scaling.export import exports
from webapp.pages.scaling.requests import LOG_KEYS, SUPPOSED_KEYS, asked_by, present_request
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.notices import failed, notices, shown_in_place
from webapp.ui.figures import scaling as figures
from webapp.ui.service_form import events_of_text, store

ACTIONS = {"scale_up": "scale out", "hold": "no change", "scale_down": "scale in"}


def answer(view: View, recommendation: Recommendation) -> list[Component]:
    """Return the recommendation in a sentence, its reason, and what to know about it."""
    return [
        notices(view.notices),
        html.P(_sentence(recommendation), className="answer scaling-answer"),
        html.P(recommendation.reason, className="scaling-reason"),
        html.Div(_chips(view, recommendation), className="chips"),
        html.Ul([html.Li(text) for text in recommendation.warnings], className="scaling-warnings")
        if recommendation.warnings
        else "",
    ]


def _sentence(recommendation: Recommendation) -> list[Component | str]:
    count = f"{quantity(recommendation.replicas, 'replica')} now"
    later = coming_words(recommendation)
    tail = f", {later}: {ACTIONS[recommendation.action]}." if later else f": {ACTIONS[recommendation.action]}."
    return [html.Strong(count, className="lead-number"), tail]


def _chips(view: View, recommendation: Recommendation) -> list[Component]:
    chips = [_now(view, recommendation), _trust_check(recommendation)]
    budget = recommendation.error_budget
    if budget is not None:
        words = f"Error budget: {budget_left(budget)}"
        chips.append(_chip(words, "good" if budget.left_days >= 0 else "bad"))
    if recommendation.hpa_would_ignore:
        chips.append(_chip("Kubernetes would ignore this change: it is within its 10 % tolerance", "warn"))
    if recommendation.capacity_shortfall:
        chips.append(_chip("The maximum number of replicas is too low: requests will be lost", "bad"))
    assumed = [
        f"{exact(view[name])} × {what}"
        for name, what in (("growth", "the traffic"), ("slower", "the start-up time"))
        if view[name] != 1
    ]
    if assumed:
        chips.append(_chip(f"Assumed: {' and '.join(assumed)}", "warn"))
    return chips


def _now(view: View, recommendation: Recommendation) -> Component:
    end = moment(recommendation.origin + recommendation.bin_seconds, view.info.time_zone, with_year=True)
    return _chip(f"As of {end}, the end of the data" if view["origin"] is None else f"As of {end}")


def _trust_check(recommendation: Recommendation) -> Component:
    if recommendation.share is None:
        return _chip(f"{recommendation.policy} does not use a forecast")
    if recommendation.gate_open:
        return _chip([term("trust check", "Trust check"), " passed"], "good")
    return _chip([term("trust check", "Trust check"), f" failed: {'; '.join(recommendation.gate_reasons)}"], "warn")


def _chip(text: str | list[str | Component], kind: str = "") -> Component:
    return html.Span(text, className=f"chip {kind}".strip())


@shown_in_place
def export(view: View, accepted: bool) -> list[Component]:
    """Return the manifests for this server; `accepted`: an assumed capacity may be exported."""
    return exports(view, request.root_url, accept_assumptions=accepted)


@shown_in_place
def understood(data: Mapping[str, object]) -> Component | str:
    """Return the events that a browser posts as they were read, or what is wrong: a view has only valid ones."""
    values = data.get("values")
    return event_list(events_of_text(str((values.get("events") if isinstance(values, Mapping) else None) or "")))


def recommended(view: View, shown: str | None, settings: Settings) -> tuple[object, ...]:
    """Return the answer, the plan's figure and title, whether the plan is hidden, and the key of what they show.

    Raises PreventUpdate if that is `shown` already.
    """
    key = asked_by(view, *LOG_KEYS, *SUPPOSED_KEYS, "range", "start", "end")
    if key == shown:
        raise PreventUpdate
    try:
        return (*_recommended(view, settings), False, key)
    except ForecastingError as error:
        return failed(error), no_update, no_update, True, key


def _recommended(view: View, settings: Settings) -> tuple[list[Component], dict, str]:
    request = present_request(view, settings)
    recommendation = recommend(request)
    shown = planned(request, recommendation)
    return answer(view, recommendation), figures.plan(shown), finding_of(shown)


def stored(view: View) -> Component:
    """Store the settings of a view for its data set; raises ReadOnly."""
    catalog = context().catalog
    with recorded("service.store", view.dataset, catalog.choices(view.dataset)) as change:
        store(view)
        change.after = catalog.choices(view.dataset)
    return dbc.Alert(f"Stored for {view.dataset}.", color="success", class_name="stored")
