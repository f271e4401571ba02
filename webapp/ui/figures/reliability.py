"""Charts of reliability: calibration, coverage, residuals and their autocorrelation."""

from __future__ import annotations

import numpy as np

from forecasting.evaluation import BANDS, ErrorAutocorrelation, Reliability, Residuals, Shares, display_name
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE
from webapp.ui.figures.forecasts import shortened
from webapp.ui.figures.theme import fade, layout, model_colour, palette
from webapp.ui.figures.traffic import times

MARGIN = {"l": 56, "r": 24, "t": 16, "b": 40}
LEAST_CORRELATION, ROOM = 0.25, 1.1
"""The least extent of the correlation axis, and its extent relative to the largest correlation."""

PERCENT = {"ticksuffix": " %"}
BELOW = "below %{y:.2~r}<extra>%{fullData.name}</extra>"
DASHES = {0.5: "dot", 0.8: "solid", 0.95: "dash"}


def reliability(result: Reliability, column: int | None) -> dict:
    """Return the share of actuals below each quantile (y) against its level (x), with 95 % intervals."""
    shares = result.counts.reliability(column)
    x = shortened(100 * np.array(result.levels))
    colour = model_colour(result.model)
    ideal = {"type": "scatter", "mode": "lines", "name": "calibrated", "x": [0, 100], "y": [0, 100]}
    return {
        "data": [
            {**ideal, "line": {"color": palette().muted, "width": 1, "dash": "dot"}, "hoverinfo": "skip"},
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": display_name(result.model),
                "x": x,
                "y": shortened(100 * shares.observed),
                "error_y": _bars(shares, colour),
                "line": {"color": colour, "width": 2},
                "marker": {"size": 6},
                "hovertemplate": "below the %{x:.3~r} % quantile: %{y:.3~r} %<extra></extra>",
            },
        ],
        "layout": layout(
            xaxis={"title": {"text": "quantile of the forecast"}, "range": [0, 100], **PERCENT},
            yaxis={"title": {"text": "actuals below it"}, "range": [0, 100], **PERCENT},
            showlegend=False,
            hovermode="closest",
            margin=MARGIN,
            uirevision="reliability",
        ),
    }


def histogram(result: Reliability, column: int | None) -> dict:
    """Return the share of actuals (y) in each tenth of the forecast distribution (x): a tenth each if calibrated."""
    shares, colour = result.counts.histogram(column), model_colour(result.model)
    line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 10, "y1": 10}
    tenths = [f"{10 * k}–{10 * (k + 1)}" for k in range(len(shares.observed))]
    return {
        "data": [
            {
                "type": "bar",
                "name": display_name(result.model),
                "x": tenths,
                "y": shortened(100 * shares.observed),
                "marker": {"color": fade(colour, 0.55)},
                "error_y": _bars(shares, colour),
                "hovertemplate": "%{y:.3~r} % of actuals<extra></extra>",
            }
        ],
        "layout": layout(
            xaxis={"title": {"text": "quantile range of the forecast, %"}, "type": "category"},
            yaxis={"title": {"text": "share of actuals"}, **PERCENT},
            shapes=[{**line, "line": {"color": palette().muted, "width": 1, "dash": "dot"}}],
            bargap=0.08,
            showlegend=False,
            margin=MARGIN,
            uirevision="histogram",
        ),
    }


def coverage(result: Reliability) -> dict:
    """Return the coverage of each interval (y) by step (x), with its nominal coverage."""
    x, colour = result.steps.tolist(), model_colour(result.model)
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": f"{100 * share:.0f} % interval",
            "x": x,
            "y": shortened(100 * result.counts.coverage_by_step(share)),
            "line": {"color": colour, "width": 2, "dash": DASHES[share]},
            "hovertemplate": f"%{{y:.3~r}} %<extra>{100 * share:.0f} % interval</extra>",
        }
        for share in reversed(BANDS)
    ]
    nominal = [{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 100 * s, "y1": 100 * s} for s in BANDS]
    style = {"line": {"color": palette().muted, "width": 1, "dash": "dot"}}
    names = [
        {"x": 1, "xref": "paper", "y": 100 * s, "text": f"{100 * s:.0f} %", "xanchor": "right", "yanchor": "bottom"}
        for s in BANDS
    ]
    font = {"size": 11, "color": palette().muted}
    return {
        "data": lines,
        "layout": layout(
            xaxis={"title": {"text": "steps ahead"}, "tickvals": x},
            yaxis={"title": {"text": "actuals within the interval"}, "range": [0, 100], **PERCENT},
            shapes=[{**line, **style} for line in nominal],
            annotations=[{**name, "showarrow": False, "font": font} for name in names],
            showlegend=False,
            margin=MARGIN,
            uirevision="coverage",
        ),
    }


def residuals(result: Reliability) -> dict:
    """Return one-step errors over wall time in multiples of the expected spread: mean and 80 % range."""
    errors, colour = result.residuals, model_colour(result.model)
    x = times(errors.seconds)
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0, "color": colour}}
    return {
        "data": [
            {**edge, "name": "10 %", "y": shortened(errors.low, 3), "hovertemplate": BELOW},
            {
                **edge,
                "name": "90 %",
                "y": shortened(errors.high, 3),
                "fill": "tonexty",
                "fillcolor": fade(colour, 0.2),
                "hovertemplate": BELOW,
            },
            {
                **edge,
                "name": "mean",
                "y": shortened(errors.mean, 3),
                "line": {"color": colour, "width": 2},
                "hovertemplate": "mean %{y:.2~r}<extra></extra>",
            },
        ],
        "layout": layout(
            xaxis={"type": "date", "hoverformat": "%a %-d %b %Y %H:%M"},
            yaxis={"title": {"text": "actual minus forecast, in spreads"}, "rangemode": "normal"},
            shapes=_expected(errors),
            showlegend=False,
            margin=MARGIN,
            uirevision="residuals",
        ),
    }


def autocorrelation(result: Reliability) -> dict:
    """Return the autocorrelation (y) of one-step errors by lag (x), with the band of independent errors."""
    errors: ErrorAutocorrelation = result.autocorrelation
    reach = int(errors.lag_seconds[-1]) if len(errors.lag_seconds) else 0
    scale, unit = (HOUR, "hours") if reach >= 3 * HOUR else (MINUTE, "minutes")
    x = shortened(errors.lag_seconds / scale)
    most = float(np.nanmax(np.abs(errors.correlation), initial=LEAST_CORRELATION / ROOM)) * ROOM
    colour = palette().muted
    grey = fade(colour, 0.2)
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0, "color": colour}, "hoverinfo": "skip"}
    return {
        "data": [
            {**edge, "name": "chance from", "y": shortened(-errors.bound, 3)},
            {**edge, "name": "chance to", "y": shortened(errors.bound, 3), "fill": "tonexty", "fillcolor": grey},
            {
                "type": "scatter",
                "mode": "lines",
                "name": "correlation",
                "x": x,
                "y": shortened(errors.correlation, 3),
                "line": {"color": model_colour(result.model), "width": 1.5},
                "hovertemplate": "%{y:.2~r}<extra></extra>",
            },
        ],
        "layout": layout(
            xaxis={"title": {"text": f"lag in {unit}"}, "range": [0, reach / scale or 1], **_day_ticks(reach)},
            yaxis={"title": {"text": "correlation"}, "range": [-most, most], "rangemode": "normal"},
            showlegend=False,
            margin=MARGIN,
            uirevision="memory",
        ),
    }


def _day_ticks(reach: int) -> dict:
    return {"tickvals": list(range(0, 25, 3))} if reach == DAY else {}


def _expected(errors: Residuals) -> list[dict]:
    """Return lines at the expected 10 % and 90 % quantiles, and at 0."""
    lines = [(0.0, "solid", palette().grid), *((value, "dot", palette().muted) for value in errors.expected)]
    return [
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "paper",
            "y0": value,
            "y1": value,
            "line": {"color": colour, "width": 1, "dash": dash},
        }
        for value, dash, colour in lines
    ]


def _bars(shares: Shares, colour: str) -> dict:
    """Return the 95 % interval of each share as an error bar; invisible with too few days."""
    up, down = 100 * (shares.high - shares.observed), 100 * (shares.observed - shares.low)
    if not np.isfinite(up).all():
        return {"visible": False}
    more, less = (shortened(np.maximum(part, 0)) for part in (up, down))
    style = {"color": colour, "thickness": 1, "width": 3}
    return {"type": "data", "symmetric": False, "array": more, "arrayminus": less, **style}
