"""Trust: whether the intervals hold what they promise, and what the errors still have in them."""

from __future__ import annotations

from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from forecasting.evaluation import PATH, Reliability
from webapp.pages.forecasts import sections
from webapp.pages.forecasts.requests import KEYS, NAME, TRUSTING, chosen_of, judging
from webapp.pages.forecasts.track_record import about
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.figures import trust as figures
from webapp.ui.page_frame import view_id

BODY = "forecasts-trust"
READING = {
    "reliability": "On the dotted line the quantiles are right; above it they are too high, below it too low. Bars: "
    "what drawing whole days gives in 95 of 100.",
    "pit": "Even bars are right; a hump is too wide a forecast, a bowl too narrow a one, a slope one that is off.",
    "coverage": "Dotted: what each band promises.",
    "memory": "Grey: where 95 % of the correlations of errors without memory would lie.",
    "residuals": "In multiples of the spread that the model expects. Dotted: where 10 % and 90 % of them should lie.",
}
"""How each chart is read."""


def panel() -> Component:
    """The tab without its data."""
    return sections.awaiting(TRUSTING, BODY)


def register(app: Dash) -> None:
    """The callback of the tab."""

    @app.callback(
        Output(BODY, "children"),
        TRUSTING.request,
        sections.part(sections.TRUST),
        Input(sections.SETS, "data"),
        *TRUSTING.inputs,
        State(view_id(NAME), "data"),
        TRUSTING.state,
    )
    def draw(part, _sets, _done, _start, data, _asked):
        if part is None:
            return no_update, no_update
        view = address.of_store(data, KEYS)
        return sections.in_place(lambda: asked(view))


def asked(view: View) -> tuple[object, object]:
    """What the tab shows, and what it asks for."""
    chosen = chosen_of(view)
    if chosen is None:
        return sections.nothing_yet(), no_update
    found = TRUSTING.ask(view.version, {**judging(view), "model": chosen.model})
    return sections.of_job(found, "The errors could not be looked at", lambda answer: drawn(view, answer))


def drawn(view: View, found: Reliability) -> list[Component]:
    """The findings in words, and the charts that they come from."""
    column = None if view["step"] == PATH else int(view["step"]) - 1
    ahead = "over all bins ahead" if column is None else f"{view['step']} bins ahead"
    first, *others = found.sentences
    said = html.Div(
        [html.P(first, className="finding"), html.Ul([html.Li(text) for text in others]), about(found)],
        className="panel",
    )
    return [
        said,
        html.Div(
            [
                _chart("reliability", f"Promised and found, {ahead}", figures.reliability(found, column)),
                _chart("pit", f"Where what came lay, {ahead}", figures.histogram(found, column)),
                _chart("coverage", "What the bands held, by how far ahead", figures.coverage(found)),
                _chart("memory", "What one error tells of a later one", figures.memory(found)),
            ],
            className="grid-2 forecast-charts",
        ),
        _chart("residuals", "Errors of the next bin over time", figures.residuals(found)),
    ]


def _chart(name: str, title: str, figure: dict) -> Component:
    return chart(f"forecasts-{name}", title, figure, summary=READING[name])
