"""The parts of the page: which keys of the URL each shows, so that none is drawn anew for what it does not show."""

from __future__ import annotations

from collections.abc import Callable

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from webapp.jobs.panel import Asked, Job
from webapp.pages.forecasts.requests import RECORD, TRAIN, TRUST, WHY
from webapp.ui.address import COMMON, View
from webapp.ui.components.notices import empty, failed, loading, problem, skeleton

FAN = "fan"
PARTS_OF, SETS = "forecasts-parts-of", "forecasts-sets"
"""Stores: what each part shows, and that a model set has been put in use.

The latter is written by no declared output: at the first load nothing must wait for what may never come.
"""

PARTS = {
    FAN: ("model", "horizon", "origin", "models"),
    RECORD: ("model", "metric", "step"),
    TRUST: ("model", "step"),
    WHY: ("model", "horizon", "origin", "ahead"),
    TRAIN: ("train", "bins", "until"),
}
ALWAYS = (FAN, RECORD)
"""Parts that are drawn whichever tab is open: the answer needs what the track record finds."""


def stores() -> list[Component]:
    """What each part watches."""
    keys = {name: [*keys, *(key.name for key in COMMON)] for name, keys in PARTS.items()}
    said = dcc.Store(id=PARTS_OF, data={"keys": keys, "always": ALWAYS})
    return [said, dcc.Store(id=SETS), *(dcc.Store(id=_id(name)) for name in PARTS)]


def register(app: Dash, view: Input) -> None:
    """Let the browser say which parts show something else when the view changes, and show the tab that is chosen."""
    stores = [_id(name) for name in PARTS]
    app.clientside_callback(
        ClientsideFunction("forecasts", "parts"),
        [Output(store, "data") for store in stores],
        view,
        State(PARTS_OF, "data"),
        [State(store, "data") for store in stores],
    )
    app.clientside_callback(
        ClientsideFunction("forecasts", "showTab"),
        Output({"type": "forecasts-of", "name": ALL, "tabs": ALL}, "hidden"),
        view,
        State({"type": "forecasts-of", "name": ALL, "tabs": ALL}, "id"),
    )


def of_tabs(name: str, child: Component | list[Component], *tabs: str, shown: str) -> Component:
    """What stands on the page only while one of these tabs is open; `name` is its own."""
    identity = {"type": "forecasts-of", "name": name, "tabs": " ".join(tabs)}
    return html.Div(child, id=identity, hidden=shown not in tabs)


def awaiting(job: Job, body: str) -> Component:
    """A place for what a job gives, dimmed while it goes on."""
    return html.Div([job.stores(), loading(html.Div(skeleton(), id=body))], className="forecast-awaiting")


def part(name: str) -> Input:
    """The input that brings a part's callback when what it shows has changed."""
    return Input(_id(name), "data")


def _id(name: str) -> dict[str, str]:
    return {"type": "forecasts-part", "part": name}


def in_place(draw: Callable[[], tuple[object, object]]) -> tuple[object, object]:
    """What a part shows and what it asks for, or in place of it the problem that the service layer named."""
    try:
        return draw()
    except ForecastingError as error:
        return failed(error), no_update


def of_job(
    asked: Asked, failing: str, draw: Callable[[object], object], awaited: object = no_update
) -> tuple[object, object]:
    """What a part shows of a job's answer, that it failed, or what is `awaited` for (what it shows now, dimmed).

    With it the request for the answer; where nothing is asked for it stays as it is: to write it would start the job.
    """
    if asked.problem:
        return problem(failing, asked.problem), asked.request
    if asked.answer is None:
        return awaited, asked.request
    return draw(asked.answer), no_update


def nothing_yet() -> Component:
    """That a tab has nothing to show while there is no model."""
    return html.P("There is no model yet that this could be said of.", className="muted")


def no_model(view: View) -> Component:
    """That no model has the bins of a view, and the way out."""
    button = html.Button("Train on this data", type="button", className="btn btn-primary", **{"data-tab": TRAIN})
    words = (
        f"The shipped models know bins of 1, 5 and 15 minutes, and {view.dataset} has bins of {view.timeframe}. Train "
        "models on it: simple rules such as 'same time yesterday' take a second, all models some minutes."
    )
    return empty(f"There is no model for bins of {view.timeframe} yet", words, action=button)
