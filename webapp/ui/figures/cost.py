"""Figures of the Cost page, drawn from `comparison.page_payload`.

Costs are drawn for a month, those of the evaluation days times `monthly`, unless the days are too few (`per`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from forecasting.scaling.config.objective import Objective
from forecasting.timeseries.formatting import CURRENCY, currency_sign, money, percent
from webapp.ui.figures import theme
from webapp.ui.figures.theme import POLICY_DASHES, palette, policy_colour

NARROWEST, WIDEST = 50.0, 20.0
"""How far the axis reaches to both sides of the objective, as factors of it."""

ROOM = 1.06
EDGE = 0.04
"""Room for marks at the left edge, in decades."""

DEAREST = 1.55
"""How much of the cost axis is shown at first, in multiples of the cost of the selected policy."""

SYMBOLS = {"tuned": "circle", "default": "circle-open", "hindsight": "diamond-open", "": "star"}
VARIANT_WORDS = {"tuned": "tuned on earlier days", "default": "default settings", "hindsight": "best in hindsight"}
BESIDE = ((-150, 8), (-84, 44))
"""Where the names of marks stand, that of the left one first, in pixels: below the lines, where no policy is."""

BELOW_RIGHT = (70, 12)
LEGEND_BELOW = {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "font": {"size": 12}}


def frontier(result: Mapping, first: str, second: str, monthly: float) -> dict:
    """Draw the cost per month (y) against the unmet or under-provisioned share in percent (x, logarithmic).

    Each policy is a line over its settings. Marks are the settings of the table, `first` has a ring. The vertical line
    is the objective; its shape comes first, so that the browser can move it.
    """
    slo = 100.0 * _slo(result).share
    low, high = slo / NARROWEST, min(100.0, slo * WIDEST)
    rows = result["policies"]
    lines = [_edge(result, name, edge, low, monthly) for name, edge in result["edges"].items()]
    marks = [_marks(result, [row for row in rows if row["variant"] == variant], low, monthly) for variant in SYMBOLS]
    looked_at = next(row for row in rows if row["policy"] == first)
    named = sorted(
        (row for row in rows if row["policy"] in {first, second} - {"oracle"}),
        key=lambda row: missed_share(result, row),
    )
    optimum = next(row for row in rows if row["family"] == "oracle")
    places = zip([*named, optimum], [*BESIDE[: len(named)], BELOW_RIGHT], strict=True)
    names = [_name(result, row, low, monthly, place) for row, place in places]
    line = objective_line(slo)
    return {
        "data": [*lines, *marks, _ring(result, looked_at, low, monthly)],
        "layout": theme.layout(
            hovermode="closest",
            legend=LEGEND_BELOW,
            uirevision="frontier",
            xaxis={
                "type": "log",
                "range": [math.log10(low) - EDGE, math.log10(high)],
                "title": {"text": f"{_missed_text(result)}, %"},
                **_percent_ticks(low, high),
            },
            yaxis={
                "title": {"text": f"cost {result['per']}, {currency_sign(currency_of(result)).strip()}"},
                "range": _cost_range(result, looked_at, monthly),
                "rangemode": "normal",
            },
            margin={"l": 56, "r": 16, "t": 28, "b": 40},
            shapes=line["shapes"],
            annotations=[*line["annotations"], *names],
        ),
    }


def objective_line(percent: float) -> dict:
    """Return the vertical line of the objective on a logarithmic axis, with its name."""
    colour = palette().unmet
    line = {"color": colour, "width": 1.5, "dash": "dash"}
    shape = {"type": "line", "x0": percent, "x1": percent, "y0": 0, "y1": 1, "yref": "paper", "line": line}
    note = {"text": "objective", "x": math.log10(percent), "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {"shapes": [shape], "annotations": [{**note, "showarrow": False, "font": {"color": colour, "size": 12}}]}


def currency_of(result: Mapping) -> str:
    """Return the currency of a result's money."""
    return result.get("currency", CURRENCY)


def _slo(result: Mapping) -> Objective:
    return Objective.of(result["slo"])


def missed_share(result: Mapping, row: Mapping) -> float:
    """Return the share (0-1) of a row that the objective limits."""
    return row[_slo(result).measure]


def _missed_text(result: Mapping) -> str:
    return _slo(result).limited


def _hover(result: Mapping, name: str) -> str:
    sign = currency_sign(currency_of(result))
    return f"{name}<br>%{{x:.2~f}} % {_missed_text(result)}, {sign}%{{y:,.4~g}} {result['per']}<extra></extra>"


def _edge(result: Mapping, name: str, edge: Mapping, low: float, monthly: float) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "x": [max(_short(100.0 * share), low) for share in edge["share"]],
        "y": [_short(monthly * cost) for cost in edge["cost"]],
        "line": {"color": policy_colour(name), "width": 2, "dash": POLICY_DASHES.get(name, "solid"), "shape": "linear"},
        "hovertemplate": _hover(result, name),
    }


def _marks(result: Mapping, rows: Sequence[Mapping], low: float, monthly: float) -> dict:
    """Draw the rows of one variant as marks, each in the colour of its policy."""
    variant = rows[0]["variant"] if rows else ""
    return {
        **_points(result, rows, low, monthly),
        "mode": "markers",
        "name": VARIANT_WORDS.get(variant, "knew all demand in advance"),
        "text": [row["policy"] for row in rows],
        "marker": {
            "color": [policy_colour(row["family"]) for row in rows],
            "symbol": SYMBOLS[variant],
            "size": 13 if not variant else 9,
            "line": {"width": 1.5},
        },
        "showlegend": False,
        "hovertemplate": _hover(result, "%{text}"),
    }


def _name(result: Mapping, row: Mapping, low: float, monthly: float, place: tuple[int, int]) -> dict:
    """Return a name with a line to its mark."""
    return {
        "x": math.log10(max(_short(100.0 * missed_share(result, row)), low)),
        "y": _short(monthly * row["cost"]),
        "text": "optimum" if row["family"] == "oracle" else row["policy"],
        "ax": place[0],
        "ay": place[1],
        "arrowhead": 0,
        "arrowwidth": 1,
        "standoff": 8,
        "arrowcolor": policy_colour(row["family"]),
        "font": {"color": policy_colour(row["family"]), "size": 13},
        "bgcolor": palette().paper,
    }


def _ring(result: Mapping, row: Mapping, low: float, monthly: float) -> dict:
    ring = {"size": 20, "symbol": "circle-open", "color": palette().ink, "line": {"width": 2}}
    return {
        **_points(result, [row], low, monthly),
        "mode": "markers",
        "marker": ring,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _points(result: Mapping, rows: Sequence[Mapping], low: float, monthly: float) -> dict:
    return {
        "type": "scatter",
        "x": [max(_short(100.0 * missed_share(result, row)), low) for row in rows],
        "y": [_short(monthly * row["cost"]) for row in rows],
    }


def _cost_range(result: Mapping, looked_at: Mapping, monthly: float) -> list[float]:
    """Return the range from below the cheapest mark to the most expensive one near the selected policy."""
    costs = [row["cost"] for row in result["policies"]]
    near = [cost for cost in costs if cost <= DEAREST * looked_at["cost"]]
    return [monthly * min(costs) / ROOM**3, monthly * max(near, default=max(costs)) * ROOM]


def _percent_ticks(low: float, high: float) -> dict:
    """Return ticks at 1 and 5 times powers of ten; the lowest stands for everything below it."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [factor * 10.0**decade for decade in decades for factor in (1, 5)]
    values = [low, *(value for value in values if low * 1.2 < value <= high)]
    return {"tickvals": values, "ticktext": [f"≤ {_tick(low)}", *map(_tick, values[1:])]}


def _tick(value: float) -> str:
    return percent(value / 100.0, 4).removesuffix(" %")


def _short(value: float) -> float:
    return float(f"{value:.5g}")


PARTS = (
    ("serving_cost", "serving", "accent", ""),
    ("idle_cost", "idle", "idle", ""),
    ("booting_cost", "starting up", "burst", "."),
    ("minimum_cost", "minimum billing", "muted", "x"),
    ("launches_cost", "launches", "event", "-"),
    ("unmet_cost", "unmet requests", "unmet", "/"),
)
"""Parts of cost + unmet requests: their keys, names, colour roles and patterns."""


def breakdown(rows: Sequence[Mapping], monthly: float, currency: str = CURRENCY, per: str = "a month") -> dict:
    """Draw what each row's money is spent on, from serving to unmet requests; the first row on top."""
    names, sign = [row["policy"] for row in rows], currency_sign(currency)
    shown = [part for part in PARTS if any(row[part[0]] for row in rows) or part[0] in ("serving_cost", "idle_cost")]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": names,
            "x": [_short(monthly * max(row[key], 0.0)) for row in rows],
            "marker": {"color": getattr(palette(), role), "pattern": {"shape": shape, "size": 5, "solidity": 0.3}},
            "hovertemplate": f"%{{y}}<br>{name}: {sign}%{{x:,.4~g}} {per}<extra></extra>",
        }
        for key, name, role, shape in shown
    ]
    total = [monthly * row["objective"] for row in rows]
    return {
        "data": bars,
        "layout": theme.layout(
            barmode="stack",
            hovermode="closest",
            uirevision="breakdown",
            bargap=0.35,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            xaxis={
                "title": {"text": f"cost {per}, {sign.strip()}"},
                "showgrid": True,
                "range": [0, 1.3 * max(total)],
            },
            yaxis={"autorange": "reversed", "showgrid": False},
            annotations=[_total(name, amount, currency) for name, amount in zip(names, total, strict=True)],
            margin={"l": 8, "r": 16, "t": 40, "b": 40},
        ),
    }


def _total(name: str, amount: float, currency: str) -> dict:
    """Return the total at the end of a bar."""
    place = {"x": amount, "y": name, "xanchor": "left", "xshift": 4, "showarrow": False}
    return {**place, "text": money(amount, currency), "font": {"color": palette().muted, "size": 12}}
