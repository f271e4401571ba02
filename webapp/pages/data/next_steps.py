"""Links to the next steps after a data set was added."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component


def next_steps(name: str) -> Component:
    """Return links to the other pages, each with its purpose."""
    query = "?" + urlencode({"dataset": name})
    steps = [
        [
            dcc.Link("Forecast it", href="/forecasts" + query),
            " with the shipped models, or train models on it.",
        ],
        [
            dcc.Link("Set the capacity of one replica", href="/scaling" + query),
            " and see how many are needed, and when.",
        ],
        [dcc.Link("Compare the cost of policies", href="/cost" + query), " on this data."],
    ]
    look = dcc.Link("Open the overview", href="/" + query, className="btn btn-primary btn-sm data-look")
    return html.Div([look, html.Ul([html.Li(step) for step in steps])])
