"""Charts of the overview: week, day, distribution, autocorrelation, correlations, explained variation."""

from __future__ import annotations

import numpy as np

from forecasting.analysis import (
    Autocorrelation,
    Correlations,
    DayProfile,
    DayProfiles,
    Distribution,
    Forecastability,
    WeekHours,
)
from forecasting.timeseries.formatting import number, percent
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE, WEEK
from webapp.ui.figures.theme import fade, layout, palette
from webapp.ui.figures.traffic import MARKED_POINTS

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = [f"{hour:02d}:00" for hour in range(24)]
MARKED_LEVELS = {0.5: "half", 0.95: "95 %", 0.99: "99 %"}
"""The quantiles marked in the distribution."""

TIGHT = {"l": 56, "r": 16, "t": 16, "b": 40}
PER_MINUTE = "requests per minute"
BAR_TITLE = {"text": "per min", "font": {"size": 11}}


def week(result: WeekHours) -> dict:
    """Return mean requests per minute by weekday (y, Monday on top) and hour of day (x); unknown cells are empty."""
    colours = palette()
    heat = {
        "type": "heatmap",
        "x": HOURS,
        "y": WEEKDAYS,
        "z": _rounded(result.mean_requests_per_minute),
        "colorscale": scale(),
        "zmin": 0,
        "zmax": float(np.nanmax(result.mean_requests_per_minute)) or 1,
        "xgap": 1,
        "ygap": 1,
        "name": PER_MINUTE,
        "colorbar": {
            "thickness": 8,
            "outlinewidth": 0,
            "tickfont": {"color": colours.muted, "size": 11},
            "title": BAR_TITLE,
        },
        "hovertemplate": "%{y} %{x}<br>%{z:,.4~r} requests/min<extra></extra>",
    }
    axis = {"type": "category", "tickvals": HOURS[::3], "ticktext": [hour[:2] for hour in HOURS[::3]], "tickangle": 0}
    axis["title"] = {"text": "hour of the day"}
    days = {"autorange": "reversed", "showgrid": False, "type": "category"}
    return {"data": [heat], "layout": layout(xaxis=axis, yaxis=days, margin=TIGHT, hovermode="closest", dragmode=False)}


def scale() -> list[list]:
    """Return the colour scale up to the accent; lightness falls evenly, so it is readable without colour."""
    accent = palette().accent
    return [[0, fade(accent, 0.05)], [0.5, fade(accent, 0.45)], [1, fade(accent, 1)]]


def days(result: DayProfiles) -> dict:
    """Return requests per minute by time of day, mean and middle 80 %: weekdays left, weekends right."""
    kinds = (("Monday to Friday", result.weekdays, "", 0.0), ("Weekend", result.weekends, "2", 0.53))
    known = [kind for kind in kinds if kind[1].known_bins.any()]
    axis = {
        "tickvals": [0, 6, 12, 18, 24],
        "tickangle": 0,
        "range": [0, 24],
        "title": {"text": "hour of the day"},
        "showgrid": False,
    }
    return {
        "data": [
            trace
            for name, profile, number_of_axis, _ in known
            for trace in _profile(name, result.slot_seconds, profile, number_of_axis)
        ],
        "layout": layout(
            xaxis={**axis, "domain": [0, 0.47]},
            xaxis2={**axis, "domain": [0.53, 1], "zeroline": False},
            yaxis={"title": {"text": PER_MINUTE}},
            annotations=[_head(kind[0] + ("" if kind in known else ": no data"), kind[3]) for kind in kinds],
            showlegend=False,
            hovermode="closest",
            dragmode=False,
            margin={**TIGHT, "t": 28},
        ),
    }


def _head(text: str, x: float) -> dict:
    style = {"y": 1.01, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "showarrow": False}
    return {**style, "x": x, "text": text, "font": {"size": 12, "color": palette().muted}}


def _profile(name: str, slot_seconds: np.ndarray, profile: DayProfile, axis: str) -> list[dict]:
    """Return the edges of the band, and the mean, whose hover text has all three values."""
    colours = palette()
    low, high = _rounded(profile.q10_requests_per_minute), _rounded(profile.q90_requests_per_minute)
    base = {"type": "scatter", "mode": "lines", "x": (slot_seconds / HOUR).round(4).tolist(), "xaxis": f"x{axis}"}
    band = {**base, "line": {"width": 0}, "hoverinfo": "skip"}
    times = [f"{second // HOUR:02d}:{second % HOUR // MINUTE:02d}" for second in slot_seconds.tolist()]
    hover = "%{customdata[0]}<br>mean %{y:,.4~r} requests/min<br>80 %: %{customdata[1]:,.4~r} to %{customdata[2]:,.4~r}"
    return [
        {**band, "y": low, "name": f"{name}: 10 %"},
        {**band, "y": high, "name": f"{name}: 90 %", "fill": "tonexty", "fillcolor": fade(colours.accent, 0.18)},
        {
            **base,
            "y": _rounded(profile.mean_requests_per_minute),
            "name": f"{name}: mean",
            "mode": "lines+markers" if np.count_nonzero(profile.known_bins) < MARKED_POINTS else "lines",
            "marker": {"size": 4},
            "line": {"color": colours.accent, "width": 2},
            "customdata": list(zip(times, low, high, strict=True)),
            "hovertemplate": f"{hover}<extra>{name}</extra>",
        },
    ]


def distribution(result: Distribution) -> dict:
    """Return the share of bins (y, percent) by requests per minute (x), with quantiles marked."""
    colours = palette()
    edges = result.edges_requests_per_minute
    total = int(result.bins.sum()) + result.bins_above
    bars = {
        "type": "bar",
        "x": _rounded((edges[:-1] + edges[1:]) / 2),
        "y": _rounded(100 * result.bins / total),
        "width": _rounded(np.diff(edges)),
        "marker": {"color": fade(colours.accent, 0.55), "line": {"width": 0}},
        "name": "share of bins",
        "hovertemplate": "%{x:,.4~r} requests/min<br>%{y:.2~f} % of the bins<extra></extra>",
    }
    quantiles = dict(zip(result.levels, result.quantiles_requests_per_minute.tolist(), strict=True))
    marks = [(quantiles[level], f"{text}: {number(quantiles[level])}") for level, text in MARKED_LEVELS.items()]
    return {
        "data": [bars],
        "layout": layout(
            xaxis={"title": {"text": PER_MINUTE}},
            yaxis={"title": {"text": "% of bins"}},
            shapes=[_upright(x) for x, _ in marks],
            annotations=[_flag(x, text, row) for row, (x, text) in enumerate(marks)],
            bargap=0.05,
            hovermode="closest",
            margin=TIGHT,
        ),
    }


def _upright(x: float) -> dict:
    line = {"color": palette().ink, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _flag(x: float, text: str, row: int) -> dict:
    """Return the label of a vertical line near its top; each has a row of its own."""
    style = {
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "xshift": 3,
        "bgcolor": fade(palette().paper, 0.7),
    }
    return {**style, "x": x, "y": 1 - 0.09 * row, "text": text, "font": {"size": 12, "color": palette().ink}}


def autocorrelation(result: Autocorrelation) -> dict:
    """Return the correlation (y) with requests a lag (x) earlier, with the band of pure chance."""
    colours = palette()
    per, unit = (DAY, "days") if result.lag_seconds[-1] >= DAY else (HOUR, "hours")
    lags = (result.lag_seconds[1:] / per).round(4).tolist()
    bound = result.bound[1:]
    edge = {"type": "scatter", "mode": "lines", "x": lags, "line": {"width": 0}, "hoverinfo": "skip", "name": ""}
    marks = [
        (seconds / per, text)
        for seconds, text in ((DAY, "a day"), (WEEK, "a week"))
        if seconds <= result.lag_seconds[-1]
    ]
    return {
        "data": [
            {**edge, "y": _rounded(-bound, 3)},
            {**edge, "y": _rounded(bound, 3), "fill": "tonexty", "fillcolor": fade(colours.idle, 0.6)},
            {
                "type": "scatter",
                "mode": "lines",
                "x": lags,
                "y": _rounded(result.correlation[1:], 3),
                "line": {"color": colours.accent, "width": 1.5},
                "name": "correlation",
                "hovertemplate": f"%{{x:.2~f}} {unit} before: %{{y:.2f}}<extra></extra>",
            },
        ],
        "layout": layout(
            xaxis={"title": {"text": f"lag in {unit}"}, "dtick": 1 if per == DAY else None, "range": [0, lags[-1]]},
            yaxis={"title": {"text": "correlation"}, "rangemode": "normal"},
            shapes=[_upright(x) for x, _ in marks],
            annotations=[_flag(x, text, 0) for x, text in marks],
            hovermode="closest",
            showlegend=False,
            margin=TIGHT,
        ),
    }


def correlations(result: Correlations) -> dict:
    """Return rank correlations between columns (-1 to 1) as a labelled matrix without the diagonal."""
    colours = palette()
    values = np.where(np.eye(len(result.labels), dtype=bool), np.nan, result.correlation)
    texts = [["" if value != value else f"{round(value, 2) + 0.0:.2f}" for value in row] for row in values.tolist()]
    heat = {
        "type": "heatmap",
        "x": result.labels,
        "y": result.labels,
        "z": _rounded(values, 3),
        "text": texts,
        "texttemplate": "%{text}",
        "textfont": {"size": 12, "color": colours.ink},
        "colorscale": [[0, fade(colours.unmet, 0.6)], [0.5, fade(colours.idle, 0.15)], [1, fade(colours.accent, 0.6)]],
        "zmin": -1,
        "zmax": 1,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "name": "correlation",
        "hovertemplate": "%{y} and %{x}: %{z:.2f}<extra></extra>",
    }
    rows = {"autorange": "reversed", "showgrid": False}
    return {
        "data": [heat],
        "layout": layout(
            xaxis={"side": "top"}, yaxis=rows, margin={**TIGHT, "b": 8}, hovermode="closest", dragmode=False
        ),
    }


def explained(result: Forecastability) -> dict:
    """Return the parts of the variation as stacked bars: time of day and weekday, other changes, noise."""
    colours = palette()
    noise = result.noise.share if result.noise else 0.0
    calendar = min(result.explained_share or 0.0, 1.0 - noise)
    recent = 1.0 - calendar - noise
    parts = {"time of day and weekday": calendar, "other changes": recent, "noise": noise if result.noise else None}
    shares = {name: share for name, share in parts.items() if share is not None}
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [f"{name}  {percent(share, 2)}" for name, share in shares.items()],
        "x": [round(100 * share, 2) for share in shares.values()],
        "base": [0, *np.cumsum([100 * share for share in shares.values()])[:-1].round(2).tolist()],
        "marker": {"color": [fade(colours.accent, 0.5), fade(colours.muted, 0.5), colours.idle]},
        "width": 0.85,
        "name": "share of the variation, %",
        "hovertemplate": "%{y}<extra></extra>",
    }
    rows = {"autorange": "reversed", "showgrid": False, "ticklabelstandoff": 8}
    rows["tickfont"] = {"color": colours.ink, "size": 13}
    axis, margin = {"visible": False, "range": [0, 100]}, {"l": 8, "r": 8, "t": 4, "b": 4}
    return {
        "data": [bars],
        "layout": layout(xaxis=axis, yaxis=rows, margin=margin, hovermode="closest", dragmode=False),
    }


def _rounded(values: np.ndarray, decimals: int | None = None) -> list:
    """Return numbers for JSON (any shape): None if unknown, with six digits or a number of decimals."""
    if np.ndim(values) > 1:
        return [_rounded(row, decimals) for row in values]
    texts = "{:.6g}" if decimals is None else f"{{:.{decimals}f}}"
    return [None if value != value else float(texts.format(value)) for value in np.asarray(values).tolist()]
