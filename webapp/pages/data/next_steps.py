"""What to do with a data set that has just come."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component


def next_steps(name: str) -> Component:
    """Links into the other pages, each with what it answers."""
    query = "?" + urlencode({"dataset": name})
    steps = [
        [
            dcc.Link("Forecast it", href="/forecasts" + query),
            " with the shipped models, or train ones that know its week.",
        ],
        [dcc.Link("Say what one replica can serve", href="/scaling" + query), " and see how many it needs, and when."],
        [dcc.Link("Compare what each policy would have cost", href="/cost" + query), " on these very days."],
    ]
    look = dcc.Link("Look at it", href="/" + query, className="btn btn-primary btn-sm data-look")
    return html.Div([look, html.Ul([html.Li(step) for step in steps])])
