"""The sections of the page: the address keys that each depends on, so that only affected ones are redrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from webapp.jobs.panel import JobState, PageJob
from webapp.pages.forecasts.requests import RECORD, TRAIN, TRUST, WHY
from webapp.ui.address import COMMON
from webapp.ui.components.notices import failed, loading, problem, skeleton

FAN = "fan"
PARTS_OF, SETS = "forecasts-parts-of", "forecasts-sets"
"""Stores: the keys of each section, and a marker that a model set has been accepted.

The marker has no declared output: the first load must not wait for a change that may never happen.
"""

PARTS = {
    FAN: ("model", "horizon", "origin", "models"),
    RECORD: ("model", "metric", "step"),
    TRUST: ("model", "step"),
    WHY: ("model", "horizon", "origin", "ahead"),
    TRAIN: ("train", "bins", "until"),
}
ALWAYS = (FAN, RECORD)
"""Sections that are drawn whichever tab is open: the summary needs the leaderboard."""


def stores() -> list[Component]:
    """Return the stores that each section watches."""
    keys = {name: [*keys, *(key.name for key in COMMON)] for name, keys in PARTS.items()}
    parts_of = dcc.Store(id=PARTS_OF, data={"keys": keys, "always": ALWAYS})
    return [parts_of, dcc.Store(id=SETS), *(dcc.Store(id=_id(name)) for name in PARTS)]


def register(app: Dash, view: Input) -> None:
    """Let the browser decide which sections to redraw when the view changes, and show the selected tab."""
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


def on_tabs(name: str, child: Component | list[Component], *tabs: str, shown: str) -> Component:
    """Return a section that is visible only while one of these tabs is open; `name` is unique."""
    identity = {"type": "forecasts-of", "name": name, "tabs": " ".join(tabs)}
    return html.Div(child, id=identity, hidden=shown not in tabs)


def job_panel(job: PageJob, body: str) -> Component:
    """Return the place of a job's result, dimmed while the job runs."""
    return html.Div([job.stores(), loading(html.Div(skeleton(), id=body))], className="forecast-awaiting")


def part(name: str) -> Input:
    """Return the input that triggers a section's callback when its keys have changed."""
    return Input(_id(name), "data")


def _id(name: str) -> dict[str, str]:
    return {"type": "forecasts-part", "part": name}


def or_problem(draw: Callable[[], tuple[object, object]]) -> tuple[object, object]:
    """Return a section's content and job request; if the service layer raises, its message and no request."""
    try:
        return draw()
    except ForecastingError as error:
        return failed(error), no_update


def of_job(
    state: JobState, failure: str, render: Callable[[Any], object], pending: object = no_update
) -> tuple[object, object]:
    """Return a section's content (the job's result, its failure, or `pending` while it runs) and the job request.

    Without a new request the store must stay unchanged: writing it would start the job.
    """
    if state.problem:
        return problem(failure, state.problem), state.request
    if state.result is None:
        return pending, state.request
    return render(state.result), no_update
