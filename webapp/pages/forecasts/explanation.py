"""Why: what a forecast is made of, and what the model looks at."""

from __future__ import annotations

from dataclasses import replace

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting import prediction
from forecasting.evaluation import (
    EXPLAINED,
    Components,
    Importance,
    ShapeCurves,
    components,
    importance,
    name_of,
    shape_curves,
)
from forecasting.timeseries.formatting import percent
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import KEYS, NAME, Chosen, chosen_of
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.components.notices import empty, loading, shown_in_place, skeleton
from webapp.ui.figures import why as figures
from webapp.ui.page_frame import view_id

BODY = "forecasts-why"
MOST_FEATURES = 12


def panel() -> Component:
    """The tab without its data."""
    return loading(html.Div(skeleton(), id=BODY))


def register(app: Dash) -> None:
    """The callback of the tab."""

    @app.callback(
        Output(BODY, "children"),
        sections.part(sections.WHY),
        Input(sections.SETS, "data"),
        State(view_id(NAME), "data"),
    )
    @shown_in_place
    def draw(part, _sets, data):
        return no_update if part is None else drawn(address.of_store(data, KEYS))


def drawn(view: View) -> object:
    """What the tab shows of a view."""
    chosen = chosen_of(view)
    if chosen is None:
        return sections.nothing_yet()
    if chosen.model == "ensemble":
        half = "The ensemble is the mean of seasonal smoothing and LightGBM. This is what its LightGBM half is made of."
        return [html.P(half, className="remark"), *_explained(view, replace(chosen, model="lightgbm"))]
    if chosen.model not in EXPLAINED:
        rule = f"{name_of(chosen.model)} is a simple rule: choose the hybrid, XGBoost or LightGBM to see their parts."
        return empty("A simple rule has no parts", rule)
    return _explained(view, chosen)


def _explained(view: View, chosen: Chosen) -> list[Component]:
    made = components_of(view, chosen)
    charts = _made_of(view, made)
    if chosen.model == "hybrid":
        return [*charts, *_shape(curves_of(view))]
    return [*charts, *_looks_at(chosen.model, importance_of(view, chosen))]


def components_of(view: View, chosen: Chosen) -> Components:
    """The factors of the forecast that a view shows, kept for the next look."""
    asked = {"timeframe": view.timeframe, "model": chosen.model, "horizon": view["horizon"], "origin": chosen.origin}

    def compute() -> Components:
        settings, horizon = context().settings, view["horizon"]
        return components(view.series, model=chosen.model, horizon=horizon, origin=chosen.origin, settings=settings)

    return context().answers.remember("components", view.version, asked, compute, Components)


def importance_of(view: View, chosen: Chosen) -> tuple[Importance, ...]:
    """What the trees look at; a few milliseconds."""
    return importance(prediction.chosen(view.series, chosen.model, None, context().settings)[0])


def curves_of(view: View) -> ShapeCurves:
    """The hybrid's day, week and trend, kept for the next look."""
    return context().answers.remember(
        "shape-curves",
        view.version,
        {"timeframe": view.timeframe},
        lambda: shape_curves(view.series, settings=context().settings),
        ShapeCurves,
    )


def _made_of(view: View, made: Components) -> list[Component]:
    """How one bin's forecast is made up, and the factors of all of them."""
    column = min(view["ahead"] or len(made.mean), len(made.mean)) - 1
    ahead = "the next bin" if column == 0 else f"{column + 1} bins ahead"
    return [
        html.P(made.sentence(column), className="finding panel"),
        html.Div(
            [
                chart(
                    "forecasts-made-of",
                    f"From the level to the forecast, {ahead}",
                    figures.steps_to_mean(made, column),
                ),
                chart("forecasts-factors", "The factors of every bin ahead", figures.factors_ahead(made)),
            ],
            className="grid-2 forecast-charts",
        ),
    ]


def _looks_at(model: str, found: tuple[Importance, ...]) -> list[Component]:
    note = "That the trees use something does not make it the cause of anything."
    return [
        chart(
            "forecasts-looked-at",
            " ".join(one.sentence for one in found),
            figures.looked_at(found, model),
            summary=note,
            height=380,
        ),
        html.Details([html.Summary("Every feature"), html.Div([_features(one) for one in found], className="grid-2")]),
    ]


def _features(found: Importance) -> Component:
    share_head = html.Th("Share", scope="col", className="number")
    heads = html.Thead(html.Tr([html.Th(f"For {found.part}", scope="col"), share_head]))
    rows = zip(found.features[:MOST_FEATURES], found.shares.tolist(), strict=False)
    cells = [html.Tr([html.Td(name), html.Td(percent(share, 2), className="number")]) for name, share in rows]
    return dbc.Table([heads, html.Tbody(cells)], size="sm")


def _shape(found: ShapeCurves) -> list[Component]:
    return [
        html.P(found.sentence, className="finding panel"),
        html.Div(
            [
                chart("forecasts-day", "The usual day", figures.usual_day(found)),
                chart("forecasts-week", "What each weekday has more or less", figures.weekdays(found)),
                chart("forecasts-trend", "The trend", figures.trend(found)),
            ],
            className="grid-3 forecast-charts",
        ),
    ]
