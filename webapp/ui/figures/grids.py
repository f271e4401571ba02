"""The map over start-up times and prices of an unmet request: what forecasting saves, or which policy is best."""

from __future__ import annotations

import math
from collections.abc import Mapping

from forecasting.timeseries.formatting import CURRENCY, duration, fixed, money, points, points_between
from webapp.ui.figures import theme
from webapp.ui.figures.theme import fade, palette, policy_colour

CLEAREST = 0.10
"""The saving (or loss) that is drawn in full colour."""

FAINTEST, FULLEST = 0.15, 0.75
CLEAR = [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]]
"""Cells are coloured by shapes, whose colours a browser can switch; the heat map itself holds the numbers."""

REQUESTS = 1_000
"""Prices are shown for this many unmet requests."""


def saving_map(grid: Mapping, boot_seconds: float, lost_request_price: float, currency: str = CURRENCY) -> dict:
    """Draw what forecasting saves in each cell, in percent; clear differences are filled, the own cell is outlined."""
    texts = [[_saving_text(cell) for cell in row] for row in grid["cells"]]
    values = [[round(100.0 * cell["saving"], 2) for cell in row] for row in grid["cells"]]
    fills = [[_saving_fill(cell) for cell in row] for row in grid["cells"]]
    return _map(grid, values, texts, fills, _own(grid, boot_seconds, lost_request_price), currency)


def best_map(grid: Mapping, boot_seconds: float, lost_request_price: float, currency: str = CURRENCY) -> dict:
    """Draw the best policy on the tuning days for each cell."""
    names = sorted({cell["best"] for row in grid["cells"] for cell in row})
    values = [[names.index(cell["best"]) for cell in row] for row in grid["cells"]]
    texts = [[cell["best"].rpartition(":")[2] for cell in row] for row in grid["cells"]]
    fills = [[fade(policy_colour(cell["best"]), 0.3) for cell in row] for row in grid["cells"]]
    return _map(grid, values, texts, fills, _own(grid, boot_seconds, lost_request_price), currency)


def _map(grid: Mapping, values: list, texts: list, fills: list, own: tuple[int, int] | None, currency: str) -> dict:
    prices = [money(REQUESTS * price, currency) for price in grid["lost_request_prices"]]
    start_ups = [duration(seconds) for seconds in grid["boot_seconds"]]
    cells = [
        _cell(column, row, colour) for row, line in enumerate(fills) for column, colour in enumerate(line) if colour
    ]
    outline = [_cell(*own, None)] if own else []
    return {
        "data": [
            {
                "type": "heatmap",
                "name": "map",
                "x": prices,
                "y": start_ups,
                "z": values,
                "text": texts,
                "customdata": [[_hover(cell) for cell in row] for row in grid["cells"]],
                "texttemplate": "%{text}",
                "textfont": {"color": palette().ink, "size": 12},
                "colorscale": CLEAR,
                "showscale": False,
                "hovertemplate": "start-up time %{y}, %{x} per 1,000 unmet requests<br>%{customdata}<extra></extra>",
            }
        ],
        "layout": theme.layout(
            hovermode="closest",
            uirevision="map",
            xaxis={"type": "category", "title": {"text": "price per 1,000 unmet requests"}, "showgrid": False},
            yaxis={"type": "category", "title": {"text": "start-up time"}, "showgrid": False},
            shapes=[*cells, *outline],
            margin={"l": 64, "r": 16, "t": 16, "b": 48},
        ),
    }


def _cell(column: int, row: int, colour: str | None) -> dict:
    place = {"type": "rect", "x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    if colour is None:
        return {**place, "line": {"color": palette().ink, "width": 2}}
    return {**place, "layer": "below", "fillcolor": colour, "line": {"width": 0}}


def _saving_text(cell: Mapping) -> str:
    text = ("+" if cell["saving"] > 0 else "") + fixed(100.0 * cell["saving"], 1)
    return f"<b>{text}</b>" if cell["clear"] else text


def _saving_fill(cell: Mapping) -> str | None:
    if not cell["clear"]:
        return None
    depth = min(abs(cell["saving"]) / CLEAREST, 1.0)
    colour = palette().good if cell["saving"] > 0 else palette().unmet
    return fade(colour, round(FAINTEST + depth * (FULLEST - FAINTEST), 2))


def _hover(cell: Mapping) -> str:
    low, high = cell["saving_low"], cell["saving_high"]
    interval = "too few days for an interval" if low is None else f"95 % interval {points_between(low, high)}"
    saved = f"{cell['driven']} saves {points(cell['saving'])} compared with {cell['rule']}<br>{interval}"
    return f"{saved}<br>best policy: {cell['best']}"


def _own(grid: Mapping, boot_seconds: float, lost_request_price: float) -> tuple[int, int] | None:
    """Return the (column, row) closest to the service's own values; None if they lie beyond the map."""
    prices, start_ups = grid["lost_request_prices"], grid["boot_seconds"]
    if not prices or not start_ups or not prices[0] / 2 <= lost_request_price <= 2 * prices[-1]:
        return None
    column = min(range(len(prices)), key=lambda at: abs(math.log(prices[at] / lost_request_price)))
    return column, min(range(len(start_ups)), key=lambda at: abs(start_ups[at] - boot_seconds))
