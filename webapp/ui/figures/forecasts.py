"""What a model expects after an origin, over what was known and what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.evaluation import BANDS, PastForecast, Surroundings, name_of
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.formatting import duration, moment
from forecasting.timeseries.series import Span
from forecasting.timeseries.timeframes import MINUTE
from webapp.ui.figures.theme import fade, layout, model_colour, palette
from webapp.ui.figures.traffic import times

OPACITIES = {0.95: 0.13, 0.8: 0.17, 0.5: 0.22}
"""How dense each band is: they lie on each other, so the inner ones are darker."""

DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")
ROOM = 0.04
"""How far the axis reaches past the horizon, as a share of what is shown."""


def fan(found: PastForecast, around: Surroundings, others: Sequence[PastForecast] = ()) -> dict:
    """Requests per bin (y) over wall time (x): bands, what was known, the dashed mean, what came; `others` as means.

    The line stands where the forecast begins. The axis reaches past the horizon, whatever came.
    """
    forecast, colour = found.forecast, model_colour(found.forecast.model)
    x = _wall(forecast.ds, forecast.time_zone)
    known = around.ds <= forecast.origin
    zone = around.time_zone
    bands = [trace for share in sorted(BANDS, reverse=True) for trace in _band(found, share, x, colour)]
    came = [_line("came", _wall(around.ds[~known], zone), around.counts[~known], palette().ink, 1)]
    return {
        "data": [
            *bands,
            _line("known", _wall(around.ds[known], zone), around.counts[known], palette().ink, 1.5),
            *(came if len(around.ds[~known]) else []),
            *(_other(other, at) for at, other in enumerate(others)),
            _line(name_of(forecast.model), x, forecast.yhat, colour, 2.5, "dash"),
        ],
        "layout": layout(
            xaxis={"type": "date", "range": _range(around, found), "hoverformat": "%a %-d %b %Y %H:%M"},
            yaxis={"title": {"text": bin_unit(forecast.bin_seconds)}},
            shapes=[*_unknown(around.unknown, zone), _now_line(found)],
            annotations=[_now_words(found)],
            legend={"orientation": "h", "y": 1.03, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            margin={"l": 56, "r": 16, "t": 56, "b": 40},
            uirevision=f"{forecast.model} {forecast.origin} {len(x)} {forecast.bin_seconds}",
        ),
    }


def bin_unit(bin_seconds: int) -> str:
    """The unit of a count in words."""
    return "requests per minute" if bin_seconds == MINUTE else f"requests per {duration(bin_seconds)}"


def shortened(values: np.ndarray, digits: int = 4) -> list[float | None]:
    """Values with few digits, None where there is none: what a figure needs of them."""
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


def _other(found: PastForecast, at: int) -> dict:
    forecast = found.forecast
    x, colour = _wall(forecast.ds, forecast.time_zone), model_colour(forecast.model)
    return _line(name_of(forecast.model), x, forecast.yhat, colour, 1.75, DASHES[(at + 1) % len(DASHES)])


def _band(found: PastForecast, share: float, x: list[str], colour: str) -> list[dict]:
    """The lower edge, which is not seen, and the upper one with all between them filled."""
    low, high = (shortened(edge) for edge in found.band(share))
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


def _range(around: Surroundings, found: PastForecast) -> list[str]:
    first, last = int(around.ds[0]), int(found.forecast.ds[-1]) + found.forecast.bin_seconds
    return _wall(np.array([first, last + int(ROOM * (last - first))]), around.time_zone)


def _unknown(spans: Sequence[Span], time_zone: str | None) -> list[dict]:
    """Spans of which nothing is known, shaded."""
    edges = [_wall(np.array([span.start, span.end]), time_zone) for span in spans]
    fill = {"fillcolor": fade(palette().outage, 0.35), "line": {"width": 0}, "layer": "below"}
    return [{"type": "rect", "x0": x0, "x1": x1, "y0": 0, "y1": 1, "yref": "paper", **fill} for x0, x1 in edges]


def _now_line(found: PastForecast) -> dict:
    (x,) = _wall(found.forecast.ds[:1], found.forecast.time_zone)
    line = {"color": palette().muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _now_words(found: PastForecast) -> dict:
    """What the line is: the end of what is known, or the moment in the past that the forecast was made at."""
    begins, zone = int(found.forecast.ds[0]), found.forecast.time_zone
    text = "end of the data" if found.is_latest else f"as of {moment(begins, zone)}"
    if found.in_sample:
        text += ", days that the model had learnt from"
    return {
        "x": _wall(found.forecast.ds[:1], zone)[0],
        "y": 1,
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "top",
        "xshift": -4,
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "color": palette().muted},
    }
