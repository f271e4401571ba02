"""Explanation: the factors of a forecast, and the features that the model uses."""

from __future__ import annotations

from dataclasses import replace

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting import prediction
from forecasting.evaluation import (
    EXPLAINABLE,
    ForecastFactors,
    Importance,
    MemberShares,
    ShapeCurves,
    display_name,
    forecast_factors,
    importance,
    member_shares,
    shape_curves,
)
from forecasting.forecasters.registry import WITHOUT_SET
from forecasting.timeseries.formatting import percent
from webapp.app.context import context
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import KEYS, NAME, Selection, selection_of
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.components.notices import empty, loading, shown_in_place, skeleton
from webapp.ui.figures import explanation as figures
from webapp.ui.page_frame import view_id

BODY = "forecasts-why"
MOST_FEATURES = 12


def panel() -> Component:
    """Return the tab without its data."""
    return loading(html.Div(skeleton(), id=BODY))


def register(app: Dash) -> None:
    """Register the callback of the tab."""

    @app.callback(
        Output(BODY, "children"),
        sections.part(sections.WHY),
        Input(sections.SETS, "data"),
        State(view_id(NAME), "data"),
    )
    @shown_in_place
    def draw(part, _sets, data):
        return no_update if part is None else render(address.of_store(data, KEYS))


def render(view: View) -> object:
    """Return the content of the tab for a view."""
    selection = selection_of(view)
    if selection.model in WITHOUT_SET:
        return _member_charts(shares_of(view, selection))
    if selection.model == "ensemble":
        note = "The ensemble is the mean of seasonal smoothing and LightGBM. Shown here is its LightGBM part."
        return [html.P(note, className="remark"), *_explained(view, replace(selection, model="lightgbm"))]
    if selection.model not in EXPLAINABLE:
        name = display_name(selection.model)
        advice = f"{name} is a simple rule. Select the hybrid, XGBoost or LightGBM to see the factors of a forecast."
        return empty("A simple rule has no factors", advice)
    return _explained(view, selection)


def _explained(view: View, selection: Selection) -> list[Component]:
    factors = factors_of(view, selection)
    charts = _factor_charts(view, factors)
    if selection.model == "hybrid":
        return [*charts, *_shape(curves_of(view))]
    return [*charts, *_importance_charts(selection.model, importance_of(view, selection))]


def shares_of(view: View, selection: Selection) -> MemberShares:
    """Return the members of a view's forecast; cached."""
    horizon = view["horizon"]
    selected = {"model": selection.model, "horizon": horizon, "origin": selection.origin}
    selected["step"] = min(view["ahead"] or horizon, horizon)

    def compute() -> MemberShares:
        return member_shares(view.series, settings=context().settings, **selected)

    arguments = {"timeframe": view.timeframe, **selected}
    return context().results.get_or_compute("members", view.version, arguments, compute, MemberShares)


def _member_charts(shares: MemberShares) -> list[Component]:
    """Return the members of one forecast, and the chart of their weights over the day before."""
    step = "the next bin" if shares.step == 1 else f"{shares.step} steps ahead"
    return [
        html.P([shares.sentence, " ", shares.changes], className="finding panel"),
        html.Div(
            [
                chart("forecasts-members", "Members of this forecast", figures.member_bars(shares)),
                chart(
                    "forecasts-member-weights",
                    f"Weights of the members in the 24 hours before, {step}",
                    figures.member_weights(shares),
                    summary="Weights follow each member's recent errors and its usual errors at this time of day.",
                ),
            ],
            className="grid-2 forecast-charts",
        ),
    ]


def factors_of(view: View, selection: Selection) -> ForecastFactors:
    """Return the factors of a view's forecast; cached."""
    selected = {"model": selection.model, "horizon": view["horizon"], "origin": selection.origin}

    def compute() -> ForecastFactors:
        return forecast_factors(view.series, settings=context().settings, **selected)

    arguments = {"timeframe": view.timeframe, **selected}
    return context().results.get_or_compute("factors", view.version, arguments, compute, ForecastFactors)


def importance_of(view: View, selection: Selection) -> tuple[Importance, ...]:
    """Return the feature importance of a tree model; takes milliseconds."""
    return importance(prediction.chosen(view.series, selection.model, None, context().settings)[0])


def curves_of(view: View) -> ShapeCurves:
    """Return the hybrid's daily, weekly and trend curves; cached."""
    return context().results.get_or_compute(
        "shape-curves",
        view.version,
        {"timeframe": view.timeframe},
        lambda: shape_curves(view.series, settings=context().settings),
        ShapeCurves,
    )


def _factor_charts(view: View, factors: ForecastFactors) -> list[Component]:
    """Return the factors of one step, and the chart of all steps."""
    column = min(view["ahead"] or len(factors.mean), len(factors.mean)) - 1
    step = "the next bin" if column == 0 else f"{column + 1} steps ahead"
    return [
        html.P(factors.sentence(column), className="finding panel"),
        html.Div(
            [
                chart(
                    "forecasts-made-of",
                    f"From the recent level to the forecast, {step}",
                    figures.steps_to_mean(factors, column),
                ),
                chart("forecasts-factors", "The factors at every step", figures.factors_ahead(factors)),
            ],
            className="grid-2 forecast-charts",
        ),
    ]


def _importance_charts(model: str, result: tuple[Importance, ...]) -> list[Component]:
    note = "A feature that the trees use is not necessarily a cause."
    return [
        chart(
            "forecasts-looked-at",
            " ".join(one.sentence for one in result),
            figures.importance_bars(result, model),
            summary=note,
            height=380,
        ),
        html.Details([html.Summary("Every feature"), html.Div([_features(one) for one in result], className="grid-2")]),
    ]


def _features(result: Importance) -> Component:
    share_head = html.Th("Share", scope="col", className="number")
    heads = html.Thead(html.Tr([html.Th(f"For {result.part}", scope="col"), share_head]))
    rows = zip(result.features[:MOST_FEATURES], result.shares.tolist(), strict=False)
    cells = [html.Tr([html.Td(name), html.Td(percent(share, 2), className="number")]) for name, share in rows]
    return dbc.Table([heads, html.Tbody(cells)], size="sm")


def _shape(result: ShapeCurves) -> list[Component]:
    return [
        html.P(result.sentence, className="finding panel"),
        html.Div(
            [
                chart("forecasts-day", "The average day", figures.usual_day(result)),
                chart("forecasts-week", "Each weekday relative to the average day", figures.weekdays(result)),
                chart("forecasts-trend", "The trend", figures.trend(result)),
            ],
            className="grid-3 forecast-charts",
        ),
    ]
