"""Figures of a comparison report: cost against the service level, and replicas over time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from forecasting.scaling.comparison.compare import Comparison, Row
from forecasting.scaling.comparison.replica_lines import ReplicaLine, ReplicaLines
from forecasting.scaling.simulation.optimum import violation
from webapp.ui.figures.theme import POLICY_DASHES, palette, policy_colour, template

SHOWN_SHARES = 3.0
"""How much of the axis the chart shows at first, in multiples of the objective."""

ROOM = 1.1
BELOW = {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0}
"""Where a long legend leaves the chart its full width, also on a phone."""


def frontier(comparison: Comparison, theme: str) -> dict:
    """Draw cost (y) against the unmet or under-provisioned share in percent (x): a line per policy, a dot if tuned.

    The optimum and the perfect forecast are single points, the objective a vertical line.
    """
    colours, slo = palette(theme), comparison.replay.slo
    chosen = {row.family: row for row in comparison.rows if row.variant == "tuned"}
    marks = [row for row in comparison.rows if not row.variant]
    lines = [_edge(name, *edge, theme) for name, edge in comparison.edges().items()]
    dots = [_dot(row, comparison, theme) for row in (*chosen.values(), *marks)]
    costs = [row.totals.cost for row in (*chosen.values(), *marks)]
    missed = slo.limited
    layout = {
        "template": template(theme),
        "hovermode": "closest",
        "legend": BELOW,
        "xaxis": {"title": {"text": f"share of {missed}, %"}, "range": [0, 100 * SHOWN_SHARES * slo.share]},
        "yaxis": {"title": {"text": "cost over the evaluation days"}, "range": [min(costs) / ROOM, max(costs) * ROOM]},
        **_objective(100 * slo.share, colours),
    }
    return {"data": [*lines, *dots], "layout": layout}


def replicas(tracks: ReplicaLines, theme: str) -> dict:
    """Draw replicas (y) over wall time (x): a step line per policy, and the need behind them."""
    idle = palette(theme).idle
    needed = {**_steps(tracks.needed, {"color": idle, "width": 1}), "fill": "tozeroy", "fillcolor": idle}
    ready = [_steps(track, {"color": policy_colour(track.name, theme), "width": 2}) for track in tracks.ready]
    layout = {
        "template": template(theme),
        "xaxis": {"type": "date"},
        "yaxis": {"title": {"text": "ready replicas"}, "rangemode": "tozero"},
    }
    return {"data": [needed, *ready], "layout": layout}


def _edge(name: str, shares: np.ndarray, costs: np.ndarray, theme: str) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "x": (100 * shares).round(5).tolist(),
        "y": costs.round(4).tolist(),
        "line": {"color": policy_colour(name, theme), "width": 2, "dash": POLICY_DASHES.get(name, "solid")},
        "hovertemplate": f"{name}<br>%{{x:.2f}} %, cost %{{y:,.2f}}<extra></extra>",
    }


def _dot(row: Row, comparison: Comparison, theme: str) -> dict:
    """Draw the chosen setting; large and named for both policies of the verdict and for the perfect plans."""
    knew = not row.variant
    named = knew or row.policy in (comparison.reference, comparison.best_forecast)
    missed = 100 * violation(row.outcome, comparison.replay.slo)
    return {
        "type": "scatter",
        "mode": "markers+text" if named else "markers",
        "name": row.policy,
        "text": [row.policy],
        "textposition": f"bottom {_side(row, comparison)}",
        "legendgroup": row.family,
        "showlegend": False,
        "x": [round(missed, 5)],
        "y": [round(row.totals.cost, 4)],
        "marker": {
            "color": policy_colour(row.family, theme),
            "size": 12 if named else 7,
            "symbol": "star" if knew else "circle",
        },
        "hovertemplate": f"{row.policy}<br>%{{x:.2f}} %, cost %{{y:,.2f}}<extra></extra>",
    }


def _side(row: Row, comparison: Comparison) -> str:
    """Where a dot's name stands: those of the two rivals, which lie close together, away from each other."""
    rivals = [comparison.row(name) for name in (comparison.reference, comparison.best_forecast) if name]
    left = min(rivals, key=lambda rival: violation(rival.outcome, comparison.replay.slo))
    return "left" if row is left and len(rivals) > 1 else "right"


def _objective(percent: float, colours: SimpleNamespace) -> dict:
    line = {"color": colours.unmet, "width": 1, "dash": "dash"}
    shape = {"type": "line", "x0": percent, "x1": percent, "y0": 0, "y1": 1, "yref": "paper", "line": line}
    note = {"text": "objective", "x": percent, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top"}
    return {"shapes": [shape], "annotations": [{**note, "showarrow": False, "font": {"color": colours.unmet}}]}


def _steps(track: ReplicaLine, line: dict) -> dict:
    times = np.datetime_as_string(track.wall_seconds.astype("datetime64[s]"), unit="m")
    values = [None if value != value else int(value) for value in track.replicas.tolist()]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": track.name,
        "x": [text.replace("T", " ") for text in times.tolist()],
        "y": values,
        "line": {**line, "shape": "hv"},
        "hovertemplate": f"%{{y}} {track.name}<extra></extra>",
    }
