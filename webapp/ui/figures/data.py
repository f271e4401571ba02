"""The figures of the page Data: counts over time before they are stored."""

from __future__ import annotations

from collections.abc import Sequence

from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.ui.figures import theme

Span = tuple[str, str]
MOST_TICKS = 400
SHADE_OPACITY = 0.35


def counts(
    times: Sequence[str],
    values: Sequence[float | None],
    timeframe: str,
    *,
    outages: Sequence[Span] = (),
    events: Sequence[Span] = (),
    bursts: Sequence[str] = (),
) -> dict[str, object]:
    """Return requests per bin over wall time; outages and events are shaded, bursts are ticks on the axis."""
    colours = theme.palette()
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "requests",
        "x": list(times),
        "y": list(values),
        "line": {"color": colours.ink, "width": 1},
        "connectgaps": False,
    }
    ticks = {
        "type": "scatter",
        "mode": "markers",
        "name": "burst",
        "x": list(bursts[:MOST_TICKS]),
        "y": [0] * len(bursts[:MOST_TICKS]),
        "marker": {"color": colours.burst, "symbol": "line-ns-open", "size": 10},
        "hoverinfo": "x+name",
    }
    shapes = [_shade(span, colours.outage) for span in outages] + [_shade(span, colours.event) for span in events]
    layout = theme.layout(
        xaxis={"type": "date"},
        yaxis={"title": {"text": theme.per_bin(bin_seconds_of(timeframe))}},
        showlegend=False,
        shapes=shapes,
        annotations=[_label(span, "event") for span in events] + [_label(span, "outage") for span in outages[:4]],
        uirevision="same",
    )
    return {"data": [line, ticks] if len(bursts) else [line], "layout": layout}


def _shade(span: Span, colour: str) -> dict[str, object]:
    start, end = span
    return {
        "type": "rect",
        "x0": start,
        "x1": end,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "fillcolor": theme.fade(colour, SHADE_OPACITY),
        "line": {"width": 0},
        "layer": "below",
    }


def _label(span: Span, text: str) -> dict[str, object]:
    colours = theme.palette()
    return {
        "x": span[0],
        "y": 1,
        "yref": "paper",
        "text": text,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"size": 11, "color": colours.muted},
    }
