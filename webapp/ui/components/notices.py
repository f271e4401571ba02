"""What a page says when something is not as usual: a notice, a problem in its place, an empty state, a skeleton."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.errors import ForecastingError, HistoryTooShort

SHOW_AFTER_MS = 300
SOMETHING_BROKE = "This part of the page failed; the rest works. Look for number {number} in the log of the server."


def notices(messages: Sequence[str]) -> Component:
    """Each message as a line that can be dismissed; nothing where there is none."""
    return html.Div([dbc.Alert(text, color="warning", dismissable=True, class_name="notice") for text in messages])


def problem(title: str, message: str, *, cure: Component | str | None = None) -> Component:
    """What went wrong, where its result would be: what happened, why, and what to do."""
    said = [html.H3(title, className="h6"), html.P(message), cure or ""]
    return dbc.Alert(said, color="danger", class_name="problem")


def empty(title: str, message: str, *, action: Component | None = None) -> Component:
    """A place where nothing is yet: why, and how to have something there."""
    return html.Div([html.H3(title, className="h6"), html.P(message), action or ""], className="empty-state")


def skeleton(height: int = 320) -> Component:
    """The shape of what is to come."""
    return html.Div(className="skeleton", style={"height": f"{height}px"}, **{"aria-hidden": "true"})


def loading(child: Component, *, height: int = 320) -> Component:
    """Shows a skeleton while `child` is drawn for the first time, and dims the old content while it is drawn anew."""
    return dcc.Loading(
        child,
        delay_show=SHOW_AFTER_MS,
        custom_spinner=skeleton(height),
        overlay_style={"visibility": "visible", "opacity": 0.45},
    )


def shown_in_place(draw: Callable) -> Callable:
    """What a callback of one output draws, or in its place the problem that the service layer named."""

    @wraps(draw)
    def drawn(*args: object) -> object:
        try:
            return draw(*args)
        except ForecastingError as error:
            return failed(error)

    return drawn


def failed(error: ForecastingError) -> Component:
    """The problem that an error of the service layer is."""
    if isinstance(error, HistoryTooShort):
        return problem("There is too little data for this", error.message)
    return problem("This cannot be shown", error.message)
