"""A synthetic data set: the controls of its traffic, a live preview, and the name to store it under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, Patch, State, html, no_update
from dash.development.base_component import Component

from forecasting.access.roles import Role
from forecasting.analysis.chart_data.preview import SKETCH_POINTS, Sketch, few_points, sketch
from forecasting.errors import ForecastingError
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.formatting import counted, number
from forecasting.timeseries.series import Series
from webapp.access.callback_roles import callback_needs
from webapp.access.change_record import recorded
from webapp.app.context import context
from webapp.pages.data.change_signal import say_changed
from webapp.pages.data.next_steps import next_steps
from webapp.pages.data.requests import NAME
from webapp.pages.data.trace_controls import BINS, CONTROLS, DEFAULT_DAYS, MOST_DAYS, trace
from webapp.ui import address
from webapp.ui.address import Key, View
from webapp.ui.components.chart import chart, graph_id
from webapp.ui.components.field import choice_field, number_field
from webapp.ui.figures import data as figures
from webapp.ui.page_frame import control_id, view_id, view_input

CHART = "data-trace"
HEIGHT = 300


def panel(view: View, refusal: str) -> Component:
    """Return the preview, the controls below it, and the form to store it; `refusal` is why that is not allowed."""
    return html.Div([chart(CHART, "Synthetic traffic", None, height=HEIGHT), _controls(view), _store_form(refusal)])


def _controls(view: View) -> Component:
    fields = [
        number_field(
            control.key,
            control.label,
            view[control.key],
            unit=control.unit,
            why=control.why,
            proposal=control.default,
            slider=control.slider,
            whole=control.is_whole,
        )
        for control in CONTROLS
    ]
    return html.Div([*_calendar(view), *fields], className="panel data-controls")


def _calendar(view: View) -> list[Component]:
    days = number_field(
        "trace_days", "Days", view["trace_days"], proposal=DEFAULT_DAYS, slider=(1, MOST_DAYS), whole=True
    )
    seed = number_field("trace_seed", "Seed", view["trace_seed"], why="the same seed gives the same series", whole=True)
    return [
        days,
        choice_field("trace_bin", "Bin", view["trace_bin"], {name: name for name in BINS}),
        _text("trace_start", "First day", view["trace_start"], "date"),
        _text("trace_zone", "Time zone", view["trace_zone"], "text"),
        seed,
    ]


def _text(key: str, label: str, value: object, kind: str) -> Component:
    box = dbc.Input(id=control_id(key), type=kind, value=value, debounce=True, size="sm")
    return html.Div(html.Label([html.Span(label, className="field-label"), box]), className="field")


def _store_form(refusal: str) -> Component:
    name = dbc.Input(
        id="data-trace-name", type="text", value="trace", size="sm", autocomplete="off", disabled=bool(refusal)
    )
    replace = dbc.Checklist(
        id="data-trace-replace",
        options=[{"label": "Replace an existing data set of this name", "value": "replace", "disabled": bool(refusal)}],
        value=[],
        switch=True,
    )
    save = dbc.Button("Save", id="data-trace-save", color="primary", disabled=bool(refusal))
    note = html.Span(refusal, className="data-note")
    return html.Div(
        [
            html.Div(
                [html.Label([html.Span("Name", className="field-label"), name]), replace], className="data-fields"
            ),
            html.Div(id="data-trace-error", className="data-error", role="alert"),
            html.Div([save, note], className="data-buttons"),
            html.Div(id="data-trace-result"),
        ],
        className="panel",
    )


def register(app: Dash, keys: Sequence[Key]) -> None:
    """Register the callbacks of the preview, which follows the controls and zooms, and of the button."""
    _register_preview(app, keys)

    @app.callback(
        Output("data-trace-result", "children"),
        Output("data-trace-error", "children", allow_duplicate=True),
        Input("data-trace-save", "n_clicks"),
        State(view_id(NAME), "data"),
        State("data-trace-name", "value"),
        State("data-trace-replace", "value"),
        prevent_initial_call=True,
    )
    @callback_needs(Role.OPERATOR)
    def save(_clicks, data, name, replace):
        view = address.of_store(data, keys)
        try:
            return save_trace(view.values, str(name or ""), bool(replace)), ""
        except ForecastingError as error:
            return "", error.message


def _register_preview(app: Dash, keys: Sequence[Key]) -> None:
    # The shell writes the figure of every chart too, when the theme changes.
    figure = Output(graph_id(CHART), "figure", allow_duplicate=True)

    @app.callback(
        figure,
        Output(f"chart-title-{CHART}", "children"),
        Output("data-trace-error", "children"),
        view_input(NAME),
        prevent_initial_call="initial_duplicate",
    )
    def draw(data):
        view = address.of_store(data, keys)
        if view["add"] != "synthetic":
            return no_update, no_update, no_update
        try:
            preview = sketch(trace(view.values, "trace"))
        except ForecastingError as error:
            return no_update, no_update, error.message
        return figure_of(preview), title_of(preview), ""

    @app.callback(
        figure, Input(graph_id(CHART), "relayoutData"), State(view_id(NAME), "data"), prevent_initial_call=True
    )
    def zoom(moved, data):
        view = address.of_store(data, keys)
        span = shown_span(moved, view["trace_zone"])
        if span is None:
            return no_update
        patch = Patch()
        patch["data"][0]["x"], patch["data"][0]["y"] = few_points(
            _part(trace(view.values, "trace"), span), SKETCH_POINTS
        )
        return patch


def figure_of(preview: Sketch) -> dict[str, object]:
    """Return the figure of a preview."""
    return figures.counts(
        preview.times,
        preview.counts,
        preview.timeframe,
        outages=[(gap.start, gap.end) for gap in preview.gaps],
        events=[(event.start, event.end) for event in preview.events],
        bursts=[burst.start for burst in preview.bursts],
    )


def title_of(preview: Sketch) -> str:
    """Return mean, peak and marks of a preview as text."""
    facts = preview.facts
    if facts.known_bins == 0:
        return "No known bins"
    mean, peak = number(facts.mean_requests_per_minute), number(facts.peak_requests_per_minute)
    marks = ((facts.bursts, "burst"), (facts.events, "event"), (len(preview.gaps), "outage"))
    return f"{mean} requests/min on average, {peak} at most; {', '.join(counted(*mark) for mark in marks)}"


def shown_span(moved: object, time_zone: str | None) -> tuple[int | None, int | None] | None:
    """Return the visible range of a chart in absolute seconds from Plotly's relayout data; None if it is unchanged."""
    if not isinstance(moved, Mapping):
        return None
    if moved.get("xaxis.autorange"):
        return None, None
    edges = moved.get("xaxis.range") or [moved.get(f"xaxis.range[{at}]") for at in (0, 1)]
    if not all(isinstance(edge, str) for edge in edges):
        return None
    start, end = (moment_of(edge[:19], time_zone, field="range") for edge in edges)
    return start, end


def _part(series: Series, span: tuple[int | None, int | None]) -> Series:
    """Return the bins in a span; all bins if it has none."""
    part = series.between(*span)
    return part if len(part) else series


def save_trace(values: Mapping[str, object], name: str, replace: bool) -> Component:
    """Store the trace; raises like `Catalog.add`."""
    catalog = context().catalog
    with recorded("dataset.create", name) as change:
        catalog.check_add(name, replace=replace)
        change.after = catalog.add(trace(values, name), replace=replace).to_dict()
    say_changed()
    message = html.P([html.Strong(f"{name} was created."), " It is marked as synthetic wherever it appears."])
    return dbc.Alert([message, next_steps(name)], color="success", class_name="data-done")
