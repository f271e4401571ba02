"""What a page shows instead of a result: a notice, a problem, an empty state, a skeleton."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.errors import ForecastingError, HistoryTooShort

SHOW_AFTER_MS = 300
SOMETHING_BROKE = "This part of the page failed; the rest works. The server log has the details under number {number}."


def notices(messages: Sequence[str]) -> Component:
    """Return each message as a line that can be dismissed."""
    return html.Div([dbc.Alert(text, color="warning", dismissable=True, class_name="notice") for text in messages])


def problem(title: str, message: str, *, cure: Component | str | None = None) -> Component:
    """Return what went wrong in place of the result: what happened, why, and what to do."""
    return dbc.Alert(
        [html.H3(title, className="h6"), html.P(message), cure or ""], color="danger", class_name="problem"
    )


def empty(title: str, message: str, *, action: Component | None = None) -> Component:
    """Return an empty place: why it is empty, and how to fill it."""
    return html.Div([html.H3(title, className="h6"), html.P(message), action or ""], className="empty-state")


def skeleton(height: int = 320) -> Component:
    """Return a grey shape of the size of the result."""
    return html.Div(className="skeleton", style={"height": f"{height}px"}, **{"aria-hidden": "true"})


def loading(child: Component, *, height: int = 320) -> Component:
    """Show a skeleton while `child` is drawn for the first time, and dim the old content while it is redrawn."""
    return dcc.Loading(
        child,
        delay_show=SHOW_AFTER_MS,
        custom_spinner=skeleton(height),
        overlay_style={"visibility": "visible", "opacity": 0.45},
    )


def shown_in_place(draw: Callable) -> Callable:
    """Let a callback of one output return the problem that the service layer raised in place of its result."""

    @wraps(draw)
    def drawn(*args: object) -> object:
        try:
            return draw(*args)
        except ForecastingError as error:
            return failed(error)

    return drawn


def failed(error: ForecastingError) -> Component:
    """Return an error of the service layer as a problem."""
    if isinstance(error, HistoryTooShort):
        return problem("There is not enough data", error.message)
    return problem("This cannot be shown", error.message)
