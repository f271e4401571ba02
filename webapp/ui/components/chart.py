"""A chart with everything that every chart has: a finding, a figure, its data as CSV and a table, its image."""

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
    """The id of the graph of a chart; `name` is unique among all pages."""
    return {"type": "chart", "name": name}


def graph(name: str, figure: dict | None, *, height: int = HEIGHT, animate: bool = False) -> Component:
    """The bare figure. All of ours have this configuration: no button of theirs leads to another server."""
    empty = {"data": [], "layout": {}}
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
    """A card with a figure. `title` states the finding; `summary` says it in a sentence, for who can't see it too.

    The data button gives what is drawn, or what `csv_url` answers where more lies behind it.
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
    """What `assets/charts.js` does when they are pressed is written on them."""
    kinds = (("csv", "Data", "Download the data as CSV"), ("table", "Table", "Show the data as a table"))
    images = (("png", "PNG", "Download the image as PNG"), ("svg", "SVG", "Download the image as SVG"))
    return [_button(name, *kind, csv_url if kind[0] == "csv" else None) for kind in (*kinds, *images)]


def _button(name: str, does: str, text: str, words: str, url: str | None) -> Component:
    data = {"data-chart": name, "data-does": does, "aria-label": f"{words}: {name}"}
    if url:
        data["data-url"] = url
    return html.Button(text, type="button", className="chart-button", title=words, **data)
