"""Reliability: coverage of the intervals, calibration, and patterns in the errors."""

from __future__ import annotations

from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting.evaluation import ALL_STEPS, Reliability
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import KEYS, NAME, RELIABILITY, evaluation_arguments, selection_of
from webapp.pages.forecasts.track_record import about
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.figures import reliability as figures
from webapp.ui.page_frame import view_id

BODY = "forecasts-trust"
READING = {
    "reliability": "Quantiles on the dotted line are calibrated; above it they are too high, below it too low. Bars: "
    "95 % bootstrap interval over days.",
    "pit": "Equal bars mean calibrated forecasts; a hump means too wide, a U shape too narrow, a slope biased.",
    "coverage": "Dotted: the nominal coverage of each interval.",
    "memory": "Grey: 95 % of the correlations of independent errors would lie in this band.",
    "residuals": "In multiples of the spread that the model expects. Dotted: the expected 10 % and 90 % quantiles.",
}
"""How to read each chart."""


def panel() -> Component:
    """Return the tab without its data."""
    return sections.job_panel(RELIABILITY, BODY)


def register(app: Dash) -> None:
    """Register the callback of the tab."""

    @app.callback(
        Output(BODY, "children"),
        RELIABILITY.request,
        sections.part(sections.TRUST),
        Input(sections.SETS, "data"),
        *RELIABILITY.inputs,
        State(view_id(NAME), "data"),
        RELIABILITY.state,
    )
    def draw(part, _sets, _done, _start, data, _asked):
        if part is None:
            return no_update, no_update
        view = address.of_store(data, KEYS)
        return sections.or_problem(lambda: update(view))


def update(view: View) -> tuple[object, object]:
    """Return the content of the tab and the job request."""
    selection = selection_of(view)
    job = RELIABILITY.ask(view.version, {**evaluation_arguments(view), "model": selection.model})
    return sections.of_job(job, "The errors could not be analysed", lambda answer: render(view, answer))


def render(view: View, result: Reliability) -> list[Component]:
    """Return the findings as sentences, and their charts."""
    column = None if view["step"] == ALL_STEPS else int(view["step"]) - 1
    step = "all steps" if column is None else f"step {view['step']}"
    first, *others = result.sentences
    findings = html.Div(
        [html.P(first, className="finding"), html.Ul([html.Li(text) for text in others]), about(result)],
        className="panel",
    )
    return [
        findings,
        html.Div(
            [
                _chart("reliability", f"Calibration of quantiles, {step}", figures.reliability(result, column)),
                _chart("pit", f"Actuals in the forecast distribution, {step}", figures.histogram(result, column)),
                _chart("coverage", "Coverage of intervals by step", figures.coverage(result)),
                _chart("memory", "Autocorrelation of errors", figures.autocorrelation(result)),
            ],
            className="grid-2 forecast-charts",
        ),
        _chart("residuals", "One-step errors over time", figures.residuals(result)),
    ]


def _chart(name: str, title: str, figure: dict) -> Component:
    return chart(f"forecasts-{name}", title, figure, summary=READING[name])
