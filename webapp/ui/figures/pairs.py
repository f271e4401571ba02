"""Two policies over time: demand above, their replicas below on the same axis, the difference shaded."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.comparison.replica_pair import ReplicaPair
from webapp.ui.figures import theme
from webapp.ui.figures.theme import POLICY_DASHES, fade, palette, per_bin, policy_colour

SHADE = 0.3
ABOVE, BELOW = (0.64, 1.0), (0.0, 0.58)
"""The parts of the height that demand and replicas have."""


def pair_figure(pair: ReplicaPair, families: tuple[str, str], bin_seconds: int) -> dict:
    """Draw requests per bin and replicas over wall time; the area between both has the colour of the higher one."""
    colours, x, styles = palette(), _times(pair), _styles(families)
    lower = np.minimum(pair.first, pair.second)
    data = [
        {**_line(x, pair.demand, "demand", colours.ink, "solid", 1), "yaxis": "y2"},
        {**_line(x, pair.needed, "needed", colours.idle, "solid", 0), "fill": "tozeroy", "fillcolor": colours.idle},
    ]
    for style, mine in zip(styles, (pair.first, pair.second), strict=True):
        data += _shaded(x, lower, np.maximum(mine, lower), style[0])
    for name, style, values in zip(pair.names, styles, (pair.first, pair.second), strict=True):
        data.append(_line(x, values, name, *style, 1.5))
    return {"data": data, "layout": _layout(pair, bin_seconds)}


def _styles(families: tuple[str, str]) -> list[tuple[str, str]]:
    """Return (colour, dash) of both; the second of two settings of one policy has the foreground colour."""
    styles = [(policy_colour(family), POLICY_DASHES.get(family, "solid")) for family in families]
    return styles if families[0] != families[1] else [styles[0], (palette().ink, "dot")]


def _layout(pair: ReplicaPair, bin_seconds: int) -> dict:
    highest = float(np.nanmax([pair.first.max(), pair.second.max(), np.nanmax(np.append(pair.needed, 1.0))]))
    return theme.layout(
        uirevision="pair",
        xaxis={"type": "date", "anchor": "y", "showgrid": False},
        yaxis={"domain": BELOW, "title": {"text": "replicas"}, "range": [0, 1.08 * highest], "rangemode": "tozero"},
        yaxis2={**_y2(), "domain": ABOVE, "title": {"text": per_bin(bin_seconds)}, "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        margin={"l": 56, "r": 16, "t": 32, "b": 32},
    )


def _y2() -> dict:
    """Return the second axis in the style of the first: templates know only one."""
    return {**theme.value_axis(theme.current()), "anchor": "x"}


def _shaded(x: dict, lower: np.ndarray, upper: np.ndarray, colour: str) -> list[dict]:
    """Return the area between a line and one that is nowhere below it."""
    hidden = {"showlegend": False, "hoverinfo": "skip", "line": {"width": 0, "shape": "hv", "color": colour}}
    base = {**_line(x, lower, "", colour, "solid", 0), **hidden}
    top = {**_line(x, upper, "", colour, "solid", 0), **hidden, "fill": "tonexty", "fillcolor": fade(colour, SHADE)}
    return [base, top]


def _line(x: dict, values: np.ndarray, name: str, colour: str, dash: str, width: float) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        **x,
        "y": [None if value != value else _plain(value) for value in values.tolist()],
        "line": {"color": colour, "width": width, "shape": "hv", "dash": dash},
        "hovertemplate": f"%{{y}} {name}<extra></extra>",
    }


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else float(f"{value:.4g}")


def _times(pair: ReplicaPair) -> dict[str, object]:
    """Return the times of the points: a start and a step if they are regular on the wall, else one by one."""
    wall = pair.wall_seconds
    steps = np.diff(wall)
    texts = np.datetime_as_string(wall.astype("datetime64[s]"), unit="m")
    if len(steps) and (steps == steps[0]).all():
        return {"x0": texts[0].replace("T", " "), "dx": int(steps[0]) * 1000}
    return {"x": [text.replace("T", " ") for text in texts.tolist()]}
