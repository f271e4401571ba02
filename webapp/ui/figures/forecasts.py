"""The fan chart of a forecast, with history and actuals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.evaluation import BANDS, PastForecast, Surroundings, display_name
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.formatting import duration, moment
from forecasting.timeseries.series import Span
from forecasting.timeseries.timeframes import MINUTE
from webapp.ui.figures.theme import fade, layout, model_colour, palette
from webapp.ui.figures.traffic import times

OPACITIES = {0.95: 0.13, 0.8: 0.17, 0.5: 0.22}
"""Opacity of each interval; they overlap, so the inner ones are darker."""

DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")
ROOM = 0.04
"""How far the axis extends beyond the horizon, as a share of its range."""


def fan(past: PastForecast, around: Surroundings, others: Sequence[PastForecast] = ()) -> dict:
    """Return requests per bin (y) over wall time (x): intervals, history, actuals, dashed mean, and `others` as means.

    The vertical line marks the origin. The axis extends beyond the horizon, with or without actuals.
    """
    forecast, colour = past.forecast, model_colour(past.forecast.model)
    x = _wall(forecast.ds, forecast.time_zone)
    known = around.ds <= forecast.origin
    zone = around.time_zone
    bands = [trace for share in sorted(BANDS, reverse=True) for trace in _band(past, share, x, colour)]
    actual = [_line("actual", _wall(around.ds[~known], zone), around.counts[~known], palette().ink, 1)]
    return {
        "data": [
            *bands,
            _line("history", _wall(around.ds[known], zone), around.counts[known], palette().ink, 1.5),
            *(actual if len(around.ds[~known]) else []),
            *(_other(other, at) for at, other in enumerate(others)),
            _line(display_name(forecast.model), x, forecast.yhat, colour, 2.5, "dash"),
        ],
        "layout": layout(
            xaxis={"type": "date", "range": _range(around, past), "hoverformat": "%a %-d %b %Y %H:%M"},
            yaxis={"title": {"text": bin_unit(forecast.bin_seconds)}},
            shapes=[*_unknown(around.unknown, zone), _now_line(past)],
            annotations=[_now_label(past)],
            legend={"orientation": "h", "y": 1.03, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            margin={"l": 56, "r": 16, "t": 56, "b": 40},
            uirevision=f"{forecast.model} {forecast.origin} {len(x)} {forecast.bin_seconds}",
        ),
    }


def bin_unit(bin_seconds: int) -> str:
    """Return the unit of a count."""
    return "requests per minute" if bin_seconds == MINUTE else f"requests per {duration(bin_seconds)}"


def shortened(values: np.ndarray, digits: int = 4) -> list[float | None]:
    """Return values with few digits for a figure, None if unknown."""
    return [None if value != value else float(f"{value:.{digits}g}") for value in values.tolist()]


def _wall(seconds: np.ndarray, time_zone: str | None) -> list[str]:
    return times(wall_seconds(seconds, time_zone)) if len(seconds) else []


def _line(name: str, x: list[str], values: np.ndarray, colour: str, width: float, dash: str = "solid") -> dict:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(x) == 1 else "lines",
        "name": name,
        "x": x,
        "y": shortened(values),
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": f"%{{y:,.3~r}}<extra>{name}</extra>",
    }


def _other(past: PastForecast, at: int) -> dict:
    forecast = past.forecast
    x, colour = _wall(forecast.ds, forecast.time_zone), model_colour(forecast.model)
    return _line(display_name(forecast.model), x, forecast.yhat, colour, 1.75, DASHES[(at + 1) % len(DASHES)])


def _band(past: PastForecast, share: float, x: list[str], colour: str) -> list[dict]:
    """Return the invisible lower edge, and the upper edge with the area between them filled."""
    low, high = (shortened(edge) for edge in past.band(share))
    name = f"{100 * share:.0f} %"
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "line": {"width": 0, "color": colour},
        "legendgroup": name,
    }
    return [
        {**edge, "name": f"{name} from", "y": low, "showlegend": False, "hoverinfo": "skip"},
        {
            **edge,
            "name": name,
            "y": high,
            "customdata": low,
            "fill": "tonexty",
            "fillcolor": fade(colour, OPACITIES[share]),
            "hovertemplate": f"%{{customdata:,.3~r}} to %{{y:,.3~r}}<extra>{name}</extra>",
        },
    ]


def _range(around: Surroundings, past: PastForecast) -> list[str]:
    first, last = int(around.ds[0]), int(past.forecast.ds[-1]) + past.forecast.bin_seconds
    return _wall(np.array([first, last + int(ROOM * (last - first))]), around.time_zone)


def _unknown(spans: Sequence[Span], time_zone: str | None) -> list[dict]:
    """Return shaded rectangles for unknown spans."""
    edges = [_wall(np.array([span.start, span.end]), time_zone) for span in spans]
    fill = {"fillcolor": fade(palette().outage, 0.35), "line": {"width": 0}, "layer": "below"}
    return [{"type": "rect", "x0": x0, "x1": x1, "y0": 0, "y1": 1, "yref": "paper", **fill} for x0, x1 in edges]


def _now_line(past: PastForecast) -> dict:
    (x,) = _wall(past.forecast.ds[:1], past.forecast.time_zone)
    line = {"color": palette().muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _now_label(past: PastForecast) -> dict:
    """Return the label of the line: the end of the data, or the origin in the past."""
    begins, zone = int(past.forecast.ds[0]), past.forecast.time_zone
    text = "end of the data" if past.is_latest else f"origin {moment(begins, zone)}"
    if past.in_sample:
        text += " (in training data)"
    return {
        "x": _wall(past.forecast.ds[:1], zone)[0],
        "y": 1,
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "top",
        "xshift": -4,
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "color": palette().muted},
    }
