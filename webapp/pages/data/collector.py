"""Points from a collector: the API call that keeps a data set up to date."""

from __future__ import annotations

import time

from dash import html
from dash.development.base_component import Component
from flask import request

from forecasting.catalog import DatasetInfo
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.timeframes import MINUTE

EXAMPLE = "web"


def panel(refusal: str) -> Component:
    """Return how a collector starts a data set and keeps it live; `refusal` is why the server would reject it."""
    steps = [
        "Count requests in bins of equal length and send each bin after it ends; several bins in one call are fine.",
        "The first call creates the data set. Sending a bin twice is harmless, and a late bin fills its gap.",
        "The data set is live while its last bin is recent; scaling recommendations are then for the current moment.",
    ]
    return html.Div(
        [
            html.P("Any collector, cron job or log shipper can keep a data set up to date with one call per minute."),
            html.P(f"{refusal} The server rejects this call.", className="data-error") if refusal else "",
            code("data-collector-curl", starting_call(int(time.time()))),
            html.Ul([html.Li(step) for step in steps]),
            html.P(["All fields are described in the ", html.A("API reference", href="/docs"), "."]),
        ],
        className="panel",
    )


def code(name: str, text: str) -> Component:
    """Return a text with a copy button."""
    button = html.Button("Copy", type="button", className="chart-button", **{"data-copy": name})
    return html.Div([html.Div(button, className="data-copy"), html.Pre(text, id=name, className="code", tabIndex="0")])


def starting_call(now: int) -> str:
    """Return the call that creates a data set of one-minute bins with the last two bins before `now`."""
    last = now - now % MINUTE - MINUTE
    return _call(
        EXAMPLE, (last - MINUTE, last), "UTC", '"create": true, "timeframe": "1m", "time_zone": "UTC",\n       '
    )


def appending_call(info: DatasetInfo) -> str:
    """Return the call that appends the next two bins to a data set."""
    return _call(info.name, (info.end, info.end + info.bin_seconds), info.time_zone)


def _call(name: str, seconds: tuple[int, int], time_zone: str | None, more: str = "") -> str:
    points = ", ".join(
        f'{{"ds": "{wall_text(at, time_zone)}", "y": {y}}}' for at, y in zip(seconds, (52, 57), strict=True)
    )
    return (
        f"curl -sS {request.root_url}datasets/{name}/points \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{{{more}\"data\": [{points}]}}'"
    )
