"""A chart with what every chart has: a title that states the finding, the figure, its data and its image."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

CONFIG = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "responsive": True,
    "scrollZoom": False,
    "displayModeBar": False,
}
HEIGHT = 320


def graph_id(name: str) -> dict[str, str]:
    """Return the id of a chart's graph; `name` is unique among all pages."""
    return {"type": "chart", "name": name}


def graph(name: str, figure: dict | None, *, height: int = HEIGHT, animate: bool = False) -> Component:
    """Return the bare figure. In this configuration no button leads to another server."""
    empty: dict[str, object] = {"data": [], "layout": {}}
    style = {"height": f"{height}px"}
    return dcc.Graph(id=graph_id(name), figure=figure or empty, config=CONFIG, style=style, animate=animate)


def chart(
    name: str,
    title: str,
    figure: dict | None,
    *,
    summary: str | None = None,
    csv_url: str | None = None,
    height: int = HEIGHT,
    controls: Component | None = None,
) -> Component:
    """Return a card with a figure. `title` states the finding, `summary` describes it for everybody, seeing or not.

    The data button downloads what is drawn, or what is behind `csv_url` if there is more.
    """
    heading = html.H3(title, className="chart-title", id=f"chart-title-{name}")
    head = html.Div([heading, html.Div([controls or "", *_buttons(name, csv_url)], className="chart-tools")])
    head.className = "chart-head"
    body = html.Div(
        graph(name, figure, height=height), role="group", **{"aria-labelledby": f"chart-title-{name}"}, tabIndex="0"
    )
    note = html.P(summary, className="chart-summary") if summary else ""
    return dbc.Card([head, note, body, html.Div(className="chart-table", hidden=True)], class_name="chart")


def _buttons(name: str, csv_url: str | None) -> list[Component]:
    """Return the buttons of a chart; `assets/charts.js` handles their clicks."""
    kinds = (("csv", "Data", "Download the data as CSV"), ("table", "Table", "Show the data as a table"))
    images = (("png", "PNG", "Download the image as PNG"), ("svg", "SVG", "Download the image as SVG"))
    return [_button(name, *kind, csv_url if kind[0] == "csv" else None) for kind in (*kinds, *images)]


def _button(name: str, does: str, text: str, words: str, url: str | None) -> Component:
    data = {"data-chart": name, "data-does": does, "aria-label": f"{words}: {name}"}
    if url:
        data["data-url"] = url
    return html.Button(text, type="button", className="chart-button", title=words, **data)
