"""The frame of a page: its view, the context bar that shows and changes it, and the way back into the address.

The callbacks of a page take `view_input(NAME)` and turn it into a View with `address.of_store`.
"""

from __future__ import annotations

from collections.abc import Callable

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, State, dcc, html
from dash.development.base_component import Component

from forecasting.catalog.built_in import NASA_HTTP
from forecasting.catalog.sample import SAMPLE
from forecasting.errors import ForecastingError
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import duration
from webapp.app.context import context
from webapp.ui import address
from webapp.ui.address import View
from webapp.ui.components.notices import failed, notices
from webapp.ui.page import Page

RANGE_NAMES = {"24h": "24 h", "7d": "7 d", "14d": "14 d", "all": "All", "custom": "Custom"}


def view_id(page: str) -> dict[str, str]:
    """Return the id of the store that holds a page's view."""
    return {"type": "view", "page": page}


def view_input(page: str) -> Input:
    """Return the input that every callback of a page takes: its view."""
    return Input(view_id(page), "data")


def control_id(key: str) -> dict[str, str]:
    """Return the id of the control that sets a key of the address."""
    return {"type": "control", "key": key}


def layout_of(page: Page) -> Callable[..., Component]:
    """Return the layout function of a page, which reads the query and never fails."""

    def layout(**query: str | list[str]) -> Component:
        try:
            view = address.read(page.name, query, page.keys)
            return frame(page, view)
        except ForecastingError as error:
            return html.Div(failed(error), className="container-xxl")

    return layout


def frame(page: Page, view: View) -> Component:
    """Return a page in its frame."""
    stored = {**view.to_store(), "of_dataset": [key.name for key in (*address.COMMON, *page.keys) if key.of_dataset]}
    return html.Div(
        [
            dcc.Store(id=view_id(page.name), data=stored),
            html.H1(page.title, className="visually-hidden"),
            _context_bar(view) if page.shows_data else "",
            html.Div(
                [notices(view.notices), _first_visit(view) if page.shows_data else "", page.content(view)],
                className="page-body",
            ),
        ]
    )


_BUILT_IN_TRAFFIC = {
    NASA_HTTP: "You are looking at real traffic: NASA's web server in July and August 1995.",
    SAMPLE: "You are looking at synthetic traffic.",
}


def _first_visit(view: View) -> Component | str:
    """Return the hint which built-in traffic is shown, with a link to import your own."""
    if not view.info.embedded:
        return ""
    text = [_BUILT_IN_TRAFFIC[view.dataset], " ", dcc.Link("Bring your own log or CSV", href="/data"), "."]
    return html.Div(
        [html.Span(text), html.Button("×", type="button", className="hint-close", **{"aria-label": "Hide this"})],
        className="hint",
        **{"data-hint": "synthetic" if view.info.synthetic else "built-in"},
    )


def _context_bar(view: View) -> Component:
    chip = html.Button(
        f"{view.dataset} · {view.timeframe} · {RANGE_NAMES[view['range']]}",
        type="button",
        className="context-chip",
        **{"aria-expanded": "false", "aria-controls": "context-controls"},
    )
    return html.Section(
        [chip, html.Div(_controls(view), id="context-controls", className="context-controls"), _facts(view)],
        className="context-bar",
        **{"aria-label": "Data set, bin and range"},
    )


def _controls(view: View) -> list[Component]:
    names = [info.name for info in context().catalog.list()]
    dataset = dbc.Select(id=control_id("dataset"), options=names, value=view.dataset, size="sm")
    badge = dbc.Badge("synthetic", color="secondary", class_name="ms-1") if view.info.synthetic else ""
    return [
        html.Label([html.Span("Data set", className="visually-hidden"), dataset, badge], className="context-dataset"),
        segments("timeframe", "Bin", {name: name for name in address.timeframes_of(view.info)}, view.timeframe),
        segments("range", "Range", RANGE_NAMES, view["range"]),
        html.Div([_edge(view, "start", "From"), _edge(view, "end", "to")], className="context-edges"),
    ]


def segments(key: str, label: str, options: dict[str, str], value: str) -> Component:
    """Return a choice among few options, as one row of buttons that sets a key of the address."""
    return html.Fieldset(
        [
            html.Legend(label, className="visually-hidden"),
            dbc.RadioItems(
                id=control_id(key),
                options=[{"label": text, "value": name} for name, text in options.items()],
                value=value,
                class_name="btn-group segments",
                input_class_name="btn-check",
                label_class_name="btn btn-sm btn-outline-secondary",
                label_checked_class_name="active",
            ),
        ]
    )


def _edge(view: View, key: str, label: str) -> Component:
    """Return the field of an edge of the range: a day, or the value of the address if that is more precise."""
    first, last = (wall_text(second, view.info.time_zone)[:10] for second in (view.info.start, view.info.end))
    field = dbc.Input(
        id=control_id(key),
        type="text",
        value=view[key],
        placeholder=first if key == "start" else last,
        debounce=True,
        size="sm",
        class_name="context-edge",
    )
    return html.Label([label, field])


def _facts(view: View) -> Component:
    info = view.info
    last = wall_text(info.end - info.bin_seconds, info.time_zone)[:16]
    zone = info.time_zone or "time zone unknown"
    facts = f"{zone} · last bin {last} · {duration(info.end - info.start)}"
    return html.Div(facts, className="context-facts", title="Time zone, start of the last bin, length of the data set")


def register(app: Dash) -> None:
    """Write the values of a page's controls into its view and into the address; another data set reloads the page.

    The script sets the properties itself: as outputs they would delay the first callbacks of the page.
    """
    app.clientside_callback(
        ClientsideFunction("dataflow", "compose"),
        Input({"type": "control", "key": ALL}, "value"),
        State({"type": "control", "key": ALL}, "id"),
        State({"type": "view", "page": ALL}, "data"),
        prevent_initial_call=True,
    )
