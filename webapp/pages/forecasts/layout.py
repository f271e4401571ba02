"""The static layout of the page: the place of the forecast, the tabs and their controls."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.evaluation import ALL_STEPS, LOSSES, METRIC_NAMES
from forecasting.evaluation.ranking.entrants import STEPS
from forecasting.forecasters.base import MAX_HORIZON
from webapp.pages.forecasts import explanation, outlook, reliability, sections, set_comparison, track_record, training
from webapp.pages.forecasts.requests import RECORD, TABS, TRAIN, TRUST, WHY
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.model_sets import damage_notices
from webapp.ui.page_frame import control_id, segments


def content(view: View) -> Component:
    """Return the page without its data."""
    return html.Div([*sections.stores(), damage_notices(), outlook.section(view), _tabs(view)])


def _tabs(view: View) -> Component:
    shown = view["tab"]
    return html.Div(
        [
            html.Div(segments("tab", "Details", TABS, shown), className="forecast-tabs"),
            html.Div([_metric(view), _step(view), _ahead(view)], className="forecast-of"),
            sections.on_tabs("record", track_record.panel(), RECORD, shown=shown),
            sections.on_tabs("trust", reliability.panel(), TRUST, shown=shown),
            sections.on_tabs("why", explanation.panel(), WHY, shown=shown),
            sections.on_tabs("train", [training.panel(view), set_comparison.panel()], TRAIN, shown=shown),
        ],
        id="forecasts-tabs",
    )


def _metric(view: View) -> Component:
    options = [{"value": name, "label": METRIC_NAMES[name]} for name in LOSSES]
    select = dbc.Select(id=control_id("metric"), options=options, value=view["metric"], size="sm")
    return sections.on_tabs("metric", html.Label(["Ranked by", select]), RECORD, shown=view["tab"])


def _step(view: View) -> Component:
    options = [{"value": ALL_STEPS, "label": f"{STEPS[0]} to {STEPS[-1]}, pooled"}]
    options += [{"value": str(step), "label": str(step)} for step in STEPS]
    select = dbc.Select(id=control_id("step"), options=options, value=str(view["step"]), size="sm")
    return sections.on_tabs(
        "step", html.Label([term("horizon", "Steps ahead"), select]), RECORD, TRUST, shown=view["tab"]
    )


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
    return sections.on_tabs("ahead", html.Label([term("horizon", "Step to explain"), number]), WHY, shown=view["tab"])
