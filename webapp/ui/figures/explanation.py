"""Charts of an explanation: the factors of a forecast, feature importance, and the hybrid's curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.evaluation import ForecastFactors, Importance, MemberShares, ShapeCurves, member_name
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.timeframes import DAY, HOUR
from webapp.ui.figures.forecasts import bin_unit, shortened
from webapp.ui.figures.theme import fade, layout, model_colour, palette
from webapp.ui.figures.traffic import times

MOST_LINES = 5
LEVEL, FORECAST, REST = "the recent level", "the forecast", "all other factors"
ROLES = ("accent", "event", "good", "burst", "muted", "ink")
MEMBER_ROLES = (
    "accent",
    "good",
    "burst",
    "event",
    "ensemble",
    "reactive",
    "baseline",
    "threshold",
    "scheduled",
    "idle",
)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MARGIN = {"l": 56, "r": 24, "t": 8, "b": 40}


def steps_to_mean(result: ForecastFactors, column: int) -> dict:
    """Return the factors from the recent level to the forecast of one step: one bar per factor, before to after (x)."""
    reached = result.level * np.r_[1.0, np.cumprod(result.factors[:, column])]
    room = max(float(np.ptp(reached)), 0.02 * float(reached.max())) * 0.2
    return {
        "data": [_factor_bars(result, column, reached), _ends(np.array([result.level, result.mean[column]]))],
        "layout": layout(
            xaxis={
                "title": {"text": bin_unit(int(result.ds[0] - result.origin))},
                "range": [max(0.0, float(reached.min()) - room), float(reached.max()) + 1.5 * room],
                "rangemode": "normal",
                "showgrid": True,
            },
            yaxis={
                "type": "category",
                "categoryorder": "array",
                "categoryarray": [LEVEL, *result.names, FORECAST],
                "autorange": "reversed",
                "rangemode": "normal",
                "showgrid": False,
            },
            hovermode="closest",
            showlegend=False,
            margin={"l": 56, "r": 56, "t": 8, "b": 40},
            uirevision="steps",
        ),
    }


def _factor_bars(result: ForecastFactors, column: int, reached: np.ndarray) -> dict:
    """Return one bar per factor, paler if it decreases; `reached` (k + 1,) are the products before and after each."""
    factors, colour = result.factors[:, column], model_colour(result.model)
    return {
        "type": "bar",
        "orientation": "h",
        "name": "factors",
        "y": list(result.names),
        "base": shortened(np.minimum(reached[:-1], reached[1:])),
        "x": shortened(np.abs(np.diff(reached))),
        "marker": {"color": [colour if factor >= 1 else fade(colour, 0.45) for factor in factors]},
        "text": [f"× {factor:.2f}" for factor in factors],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": shortened(reached[1:]),
        "hovertemplate": "%{y}: %{text}, gives %{customdata:,.3~r}<extra></extra>",
    }


def _ends(ends: np.ndarray) -> dict:
    """Return the level and the forecast as markers, because bars that do not start at 0 would mislead."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "requests",
        "x": shortened(ends),
        "y": [LEVEL, FORECAST],
        "marker": {"color": [palette().muted, palette().ink], "size": 11, "symbol": "diamond"},
        "text": [f"{end:,.3g}" for end in ends],
        "textposition": "middle right",
        "hovertemplate": "%{y}: %{x:,.3~r}<extra></extra>",
    }


def factors_ahead(result: ForecastFactors) -> dict:
    """Return the factors (y) over time (x): the largest by name, the product of the others as one line."""
    order = np.argsort(-result.weights.max(axis=1), kind="stable")
    named, others = order[:MOST_LINES], order[MOST_LINES:]
    rows = [(result.names[k], result.factors[k]) for k in named]
    rows += [(REST, result.factors[others].prod(axis=0))] if len(others) else []
    x = times(wall_seconds(result.ds, result.time_zone))
    return {
        "data": [_line(name, x, values, at) for at, (name, values) in enumerate(rows)],
        "layout": layout(
            xaxis={"type": "date", "hoverformat": "%a %-d %b %Y %H:%M"},
            yaxis={"title": {"text": "times the level"}, "rangemode": "normal", "tickprefix": "× "},
            shapes=[_unity()],
            legend={"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0, "font": {"size": 12}},
            margin=MARGIN,
            uirevision="factors",
        ),
    }


def member_bars(result: MemberShares) -> dict:
    """Return the weight of each member in one forecast (x), the largest first."""
    bar = {
        "type": "bar",
        "orientation": "h",
        "name": "weight",
        "y": [member_name(member.model) for member in result.members],
        "x": shortened(100 * np.array([member.weight for member in result.members]), 3),
        "marker": {"color": model_colour(result.model)},
        "hovertemplate": "%{y}: %{x:.3~r} %<extra></extra>",
    }
    return {
        "data": [bar],
        "layout": layout(
            xaxis={"title": {"text": "share of the forecast"}, "ticksuffix": " %", "showgrid": True},
            yaxis={"autorange": "reversed", "rangemode": "normal", "showgrid": False},
            hovermode="closest",
            showlegend=False,
            margin=MARGIN,
            uirevision="members",
        ),
    }


def member_weights(result: MemberShares) -> dict:
    """Return the weights of the members at one step (y, stacked to 100 %) by origin (x), the largest lowest."""
    order = np.argsort(-result.weights.mean(axis=0), kind="stable").tolist()
    x = times(wall_seconds(result.seconds, result.time_zone))
    return {
        "data": [_area(result, x, column, at) for at, column in enumerate(order)],
        "layout": layout(
            xaxis={"type": "date", "hoverformat": "%a %-d %b %Y %H:%M"},
            yaxis={"title": {"text": "share of the forecast"}, "ticksuffix": " %", "range": [0, 100]},
            legend={"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0, "font": {"size": 12}},
            margin=MARGIN,
            uirevision="member-weights",
        ),
    }


def _area(result: MemberShares, x: list[str], column: int, at: int) -> dict:
    name, colour = member_name(result.names[column]), getattr(palette(), MEMBER_ROLES[at % len(MEMBER_ROLES)])
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "members",
        "name": name,
        "x": x,
        "y": shortened(100 * result.weights[:, column], 3),
        "line": {"color": colour, "width": 0.5},
        "fillcolor": fade(colour, 0.75),
        "hovertemplate": f"%{{y:.3~r}} %<extra>{name}</extra>",
    }


def importance_bars(result: Sequence[Importance], model: str) -> dict:
    """Return the share of each feature group in the training gain (x): a bar each for the next bin and later steps."""
    names = list(result[-1].groups)
    styles = (fade(model_colour(model), 0.45), model_colour(model))
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": one.part,
            "y": names,
            "x": shortened(100 * one.group_shares[[one.groups.index(name) for name in names]], 3),
            "marker": {"color": colour},
            "hovertemplate": f"%{{x:.3~r}} %<extra>{one.part}</extra>",
        }
        for one, colour in zip(result, styles, strict=True)
    ]
    return {
        "data": bars,
        "layout": layout(
            xaxis={"title": {"text": "share of the training gain"}, "ticksuffix": " %", "showgrid": True},
            yaxis={"autorange": "reversed", "rangemode": "normal", "showgrid": False},
            hovermode="y unified",
            barmode="group",
            bargap=0.25,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            margin={"l": 56, "r": 24, "t": 32, "b": 40},
            uirevision="looked-at",
        ),
    }


def usual_day(result: ShapeCurves) -> dict:
    """Return the hybrid's average day: multiples of its mean (y) by hour (x)."""
    hours = list(range(0, 25, 3))
    return _curve(
        result.day_seconds / HOUR,
        result.day,
        {"title": {"text": "hour of day"}, "tickvals": hours, "ticktext": [f"{hour:02d}:00" for hour in hours]},
        "times the daily mean",
    )


def weekdays(result: ShapeCurves) -> dict:
    """Return each weekday relative to the average day (y) over the week (x)."""
    noons = [day + 0.5 for day in range(7)]
    axis = {"tickvals": noons, "ticktext": WEEKDAYS, "range": [0, 7]}
    return _curve(result.week_seconds / DAY, result.weekday, axis, "times the average day")


def trend(result: ShapeCurves) -> dict:
    """Return the hybrid's trend: multiples of its end (y) over wall time (x)."""
    return _curve(result.trend_seconds, result.trend, {"type": "date"}, "times the level at the end")


def _curve(x: np.ndarray, values: np.ndarray, axis: dict, unit: str) -> dict:
    is_time = axis.get("type") == "date"
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": unit,
        "x": times(x) if is_time else shortened(x, 5),
        "y": shortened(values),
        "line": {"color": model_colour("hybrid"), "width": 2},
        "hovertemplate": "× %{y:.2f}<extra></extra>",
    }
    return {
        "data": [line],
        "layout": layout(
            xaxis=axis,
            yaxis={"title": {"text": unit}, "rangemode": "normal", "tickprefix": "× "},
            shapes=[_unity()],
            showlegend=False,
            margin=MARGIN,
            uirevision=unit,
        ),
    }


def _line(name: str, x: list[str], values: np.ndarray, at: int) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": shortened(values),
        "line": {"color": getattr(palette(), ROLES[at]), "width": 2, "dash": DASHES[at]},
        "hovertemplate": f"× %{{y:.2f}}<extra>{name}</extra>",
    }


def _unity() -> dict:
    """Return the line of a factor of 1."""
    line = {"color": palette().muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1, "line": line}
