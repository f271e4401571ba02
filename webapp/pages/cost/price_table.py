"""The price list: a press on a row takes its price."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from forecasting.scaling.config.prices import Price

HEADS = ("Type and source", "$ an hour", "As of", "")
NOTE = (
    "List prices on demand, Linux. Rows of prices.csv in the home of this install come first. A price of a vCPU or GB "
    "is no price of a replica: add up what yours requests. Not in here: spot and reserved prices, traffic, load "
    "balancers, cluster fees."
)


def price_table(rows: Sequence[Price], price_per_hour: float) -> Component:
    """Every row with its date and source; the rows at the price in use are marked."""
    head = html.Thead(html.Tr([html.Th(text or html.Span("Choose", className="visually-hidden")) for text in HEADS]))
    table = html.Table([head, html.Tbody([_row(row, price_per_hour) for row in rows])], className="table table-sm")
    used = [f"{row.provider} {row.type}" for row in rows if _is_used(row, price_per_hour)]
    words = f"In use: ${price_per_hour:g} an hour and replica, {_named(used)}."
    return html.Details(
        [
            html.Summary("Price list"),
            html.P(words),
            html.Div(table, className="table-scroll", tabIndex="0", role="region", **{"aria-label": "Price list"}),
            html.P(NOTE, className="muted small"),
        ],
        className="panel details",
        open=True,
    )


def _named(used: Sequence[str]) -> str:
    return f"the list price of {', '.join(used)}" if used else "which no row of the list has"


def _is_used(row: Price, price_per_hour: float) -> bool:
    return row.unit == "instance" and math.isclose(row.price_per_hour, price_per_hour, rel_tol=1e-9)


def _row(row: Price, price_per_hour: float) -> Component:
    used = _is_used(row, price_per_hour)
    name = html.Th([f"{row.provider} {row.type}", html.Small(row.source, className="muted")], scope="row")
    price = html.Td(f"{row.price_per_hour:g}", className="number")
    cells = [name, price, html.Td(row.as_of or "undated", className="day"), html.Td(_choice(row, used))]
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
