"""Forecasts: what comes next, and why should I believe it?"""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import Dash, html
from dash.development.base_component import Component

from forecasting.evaluation import LOSSES, METRIC_NAMES
from forecasting.evaluation import PATH as ALL_STEPS
from forecasting.evaluation.ranking.entrants import STEPS
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.settings import Settings
from webapp.pages.forecasts import comparing, outlook, parts, record, training, trust, why
from webapp.pages.forecasts.requests import (
    BOARD,
    COMPARING,
    KEYS,
    PAGE,
    RECORD,
    TABS,
    TRAIN,
    TRAINING,
    TRUST,
    TRUSTING,
    WHY,
)
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.page_frame import control_id, segments, view_input

PATH, NAME, ICON = "/forecasts", "Forecasts", "graph-up"

__all__ = ["ICON", "KEYS", "NAME", "PAGE", "PATH", "content", "register"]


def content(view: View) -> Component:
    """The page without its data."""
    return html.Div([*parts.stores(), outlook.section(view), _tabs(view)])


def _tabs(view: View) -> Component:
    shown = view["tab"]
    return html.Div(
        [
            html.Div(segments("tab", "What to look at", TABS, shown), className="forecast-tabs"),
            html.Div([_metric(view), _step(view), _ahead(view)], className="forecast-of"),
            parts.of_tabs("record", record.panel(), RECORD, shown=shown),
            parts.of_tabs("trust", trust.panel(), TRUST, shown=shown),
            parts.of_tabs("why", why.panel(), WHY, shown=shown),
            parts.of_tabs("train", [training.panel(view), comparing.panel()], TRAIN, shown=shown),
        ],
        id="forecasts-tabs",
    )


def _metric(view: View) -> Component:
    options = [{"value": name, "label": METRIC_NAMES[name]} for name in LOSSES]
    select = dbc.Select(id=control_id("metric"), options=options, value=view["metric"], size="sm")
    return parts.of_tabs("metric", html.Label(["Ranked by", select]), RECORD, shown=view["tab"])


def _step(view: View) -> Component:
    options = [{"value": ALL_STEPS, "label": f"{STEPS[0]} to {STEPS[-1]} together"}]
    options += [{"value": str(step), "label": str(step)} for step in STEPS]
    select = dbc.Select(id=control_id("step"), options=options, value=str(view["step"]), size="sm")
    return parts.of_tabs("step", html.Label([term("horizon", "Bins ahead"), select]), RECORD, TRUST, shown=view["tab"])


def _ahead(view: View) -> Component:
    number = dbc.Input(
        id=control_id("ahead"),
        type="number",
        value=view["ahead"],
        placeholder="the last",
        min=1,
        max=MAX_HORIZON,
        step=1,
        debounce=True,
        size="sm",
    )
    return parts.of_tabs(
        "ahead", html.Label([term("horizon", "Taken apart: bin ahead"), number]), WHY, shown=view["tab"]
    )


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks."""
    for job in (BOARD, TRUSTING, TRAINING, COMPARING):
        job.register(app)
    parts.register(app, view_input(PAGE))
    for part in (outlook, record, trust, why, training, comparing):
        part.register(app)
