"""The start page: what this is, what data and models are here, and which calls there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting import service
from forecasting.catalog import DatasetInfo
from forecasting.errors import ForecastingError
from forecasting.timeframes import bin_seconds_of
from webapp.api.system import endpoints
from webapp.context import context

PATH = "/"
NAME = "Start"


def layout(**_: str) -> Component:
    """The page as it stands at this moment."""
    return html.Div(
        [
            html.H1("Forecast request traffic", className="h3"),
            html.P(
                "Bring an access log, a CSV file or JSON points: three models forecast the next requests, "
                "with the interval they will lie in. Everything here is also a call of the API and a command.",
                className="lead",
            ),
            _section("Data sets", _guarded(_datasets)),
            _section("Models", _guarded(_models)),
            _section("Calls", _calls()),
        ]
    )


def _section(title: str, content: Component) -> Component:
    return html.Section([html.H2(title, className="h5 mt-4"), content])


def _guarded(draw) -> Component:
    """What `draw` gives, or in its place what went wrong."""
    try:
        return draw()
    except ForecastingError as error:
        return dbc.Alert(error.message, color="danger")


def _datasets() -> Component:
    rows = [_dataset_row(info) for info in context().catalog.list()]
    return _table(("Name", "From", "To (excluded)", "Bin", "Requests", ""), rows)


def _dataset_row(info: DatasetInfo) -> Sequence:
    facts = info.to_dict()
    badge = dbc.Badge("synthetic", color="secondary") if info.synthetic else ""
    return info.name, facts["start"], facts["end"], info.timeframe, f"{info.requests:,.0f}", badge


def _models() -> Component:
    """A row a model of a set; under each timeframe its error, as a share of the error of "same time yesterday"."""
    entries = service.model_sets(context().settings)
    if not entries:
        return dbc.Alert("No model set is installed.", color="warning")
    timeframes = sorted({entry["timeframe"] for entry in entries}, key=bin_seconds_of)
    errors = {(entry["model_set"], entry["model"], entry["timeframe"]): entry["mase"] for entry in entries}
    pairs = dict.fromkeys((model_set, model) for model_set, model, _ in errors)
    rows = [(*pair, *(_two_digits(errors.get((*pair, timeframe))) for timeframe in timeframes)) for pair in pairs]
    heads = ("Model set", "Model", *(f"Error at {timeframe}" for timeframe in timeframes))
    note = html.P(
        "Error: mean absolute scaled error (MASE) over 1 to 12 steps on the test days; 1 is as good as repeating the "
        "day before was in training.",
        className="text-body-secondary small",
    )
    return html.Div([_table(heads, rows), note])


def _two_digits(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _calls() -> Component:
    rows = [(html.Code(f"{call['method']} {call['path']}"), call["summary"]) for call in endpoints()]
    return _table(("Call", "What it does"), rows)


def _table(heads: Iterable[str], rows: Iterable[Sequence]) -> Component:
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in heads]))
    body = html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows])
    return dbc.Table([head, body], size="sm", responsive=True, class_name="align-middle")
