"""The installed models and their errors on days that they were not trained on."""

from __future__ import annotations

from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting import prediction
from forecasting.errors import ForecastingError
from forecasting.timeseries.formatting import number
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.app.context import context
from webapp.ui.components.glossary import term
from webapp.ui.components.model_sets import damage_notices, set_link
from webapp.ui.components.notices import empty, failed


def models_section() -> Component:
    """Return every model of every set; each error links to all of its scores."""
    try:
        entries = prediction.model_sets(context().settings)
    except ForecastingError as error:
        return failed(error)
    title = html.H2("Models", className="section-title")
    if not entries:
        return html.Div(
            [title, empty("No model set is installed", "Train one on your own traffic on the Forecasts page.")]
        )
    note = html.P(
        [
            term("MASE"),
            " per bin length over 1 to 12 steps, on days that the models were not trained on: ",
            _sets_text(entries),
        ],
        className="muted",
    )
    card = html.A("All model cards as JSON", href="/models")
    return html.Section([title, damage_notices(), html.Div([_model_table(entries), note, card], className="panel")])


def _sets_text(entries: list[dict]) -> str:
    spans = {entry["model_set"]: _span_text(entry) for entry in entries}
    return "; ".join(spans.values()) + "."


def _span_text(entry: dict) -> str:
    kind = "" if entry["metrics_on"] == "test" else " (validation days)"
    return f"{entry['model_set']} from {entry['metrics_from'][:10]} to {entry['metrics_until'][:10]}{kind}"


def _model_table(entries: list[dict]) -> Component:
    timeframes = sorted({entry["timeframe"] for entry in entries}, key=bin_seconds_of)
    by_key = {(entry["model_set"], entry["model"], entry["timeframe"]): entry for entry in entries}
    heads = [html.Th(text, scope="col") for text in ("Model set", "Model")]
    heads += [html.Th(name, scope="col", className="number") for name in timeframes]
    rows = [
        html.Tr(
            [html.Td(set_link(name)), html.Td(model), *(_error(by_key.get((name, model, tf))) for tf in timeframes)]
        )
        for name, model in dict.fromkeys(key[:2] for key in by_key)
    ]
    return dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], size="sm", class_name="model-table")


def _error(entry: dict | None) -> Component:
    if entry is None:
        return html.Td("–", className="number")
    href = f"/metrics/{entry['model']}/{entry['timeframe']}?{urlencode({'model_set': entry['model_set']})}"
    return html.Td(html.A(number(entry["mase"], 2), href=href), className="number")
