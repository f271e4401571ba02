"""Cost: is it worth it?"""

from __future__ import annotations

from dash import Dash, Output, html
from dash.development.base_component import Component

from forecasting.settings import Settings
from webapp import state
from webapp.components.notices import problem, skeleton
from webapp.frame import view_input
from webapp.jobs.panel import Job
from webapp.state import Key, View

PAGE, PATH, NAME, ICON = "cost", "/cost", "Cost", "cash-coin"
KEYS: tuple[Key, ...] = ()
COMPARING = Job("cost-compare", "compare", "Comparing policies")


def content(view: View) -> Component:
    """The page without its data."""
    return html.Div([COMPARING.stores(), html.Div(skeleton(), id="cost-content")])


def register(app: Dash, settings: Settings) -> None:
    """The page's callbacks."""
    COMPARING.register(app, settings)

    @app.callback(Output("cost-content", "children"), COMPARING.request, view_input(PAGE), *COMPARING.inputs)
    def draw(data, _done, _start):
        view = state.of_store(data, KEYS)
        asked = COMPARING.ask(view.version, {"dataset": view.dataset, "timeframe": view.timeframe})
        if asked.problem:
            return problem("The comparison failed", asked.problem), asked.request
        if asked.answer is None:
            return skeleton(), asked.request
        return html.P(asked.answer["verdict"]["text"], className="answer"), None
