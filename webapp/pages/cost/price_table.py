"""The price list; the button of a row takes its price."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from forecasting.scaling.config.prices import Price
from forecasting.timeseries.formatting import price

HEADS = ("Type and source", "Per hour", "As of", "")
NOTE = (
    "On-demand list prices for Linux. Rows of your own prices.csv come first. The price of a vCPU or of a GB is not "
    "the price of a replica: add up what yours requests. Not included: spot and reserved prices, traffic, load "
    "balancers and cluster fees."
)


def price_table(rows: Sequence[Price], price_per_hour: float, currency: str) -> Component:
    """Return every row with its date and source; the rows with the price in use are marked."""
    head = html.Thead(html.Tr([html.Th(text or html.Span("Choose", className="visually-hidden")) for text in HEADS]))
    table = html.Table([head, html.Tbody([_row(row, price_per_hour) for row in rows])], className="table table-sm")
    used = [f"{row.provider} {row.type}" for row in rows if _is_used(row, price_per_hour)]
    in_use = f"In use: {price(price_per_hour, currency)} per replica-hour, {_named(used)}."
    return html.Details(
        [
            html.Summary("Price list"),
            html.P(in_use),
            html.Div(table, className="table-scroll", tabIndex="0", role="region", **{"aria-label": "Price list"}),
            html.P(NOTE, className="muted small"),
        ],
        className="panel details",
        open=True,
    )


def _named(used: Sequence[str]) -> str:
    return f"the list price of {', '.join(used)}" if used else "which is not in the list"


def _is_used(row: Price, price_per_hour: float) -> bool:
    return row.unit == "instance" and math.isclose(row.price_per_hour, price_per_hour, rel_tol=1e-9)


def _row(row: Price, price_per_hour: float) -> Component:
    used = _is_used(row, price_per_hour)
    name = html.Th([f"{row.provider} {row.type}", html.Small(row.source, className="muted")], scope="row")
    amount = html.Td(price(row.price_per_hour, row.currency), className="number")
    cells = [name, amount, html.Td(row.as_of or "undated", className="day"), html.Td(_choice(row, used))]
    return html.Tr(cells, className="looked-at" if used else "")


def _choice(row: Price, used: bool) -> Component | str:
    if row.unit != "instance":
        return f"per {row.unit}"
    return html.Button(
        "In use" if used else "Use",
        type="button",
        className="plain-button",
        disabled=used,
        **{
            "data-set": "price",
            "data-value": f"{row.price_per_hour:g}",
            "aria-label": f"Use the price of {row.provider} {row.type}",
        },
    )
