"""Traffic over time: the line, its marks, and further lines in the same chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecasting.analysis import Line, Lines, Overview, Stretch
from forecasting.analysis.chart_data.chart_lines import DAY_AVERAGE, HOUR_AVERAGE, LINES, TRAFFIC, WEEK_BEFORE
from forecasting.timeseries.formatting import duration
from forecasting.timeseries.timeframes import MINUTE
from webapp.ui.figures.theme import fade, layout, palette

NAMES = {
    TRAFFIC: "requests",
    HOUR_AVERAGE: "mean of the last hour",
    DAY_AVERAGE: "mean of the last 24 h",
    WEEK_BEFORE: "one week earlier",
}
ROOM = 1.12
"""Height of the axis in multiples of the highest point, which leaves room for names."""

MOST_MARKS = 600
"""Only the longest bursts, events and gaps are drawn: more of them cannot be distinguished at any width."""

MOST_NAMES, NAME_SHARE = 12, 0.05
"""Most spans with a name, and their least distance as a share of the range."""

TICK_HEIGHT = 0.012
"""Height of the middle of a tick: on the axis, not across it."""

SLIDER_SHARE = 0.12
MARKED_POINTS = 40
"""A line of at most this many points has dots: a single point would be invisible."""

NO_NAME = ""
"""A trace without a name is not in the table or the tooltip."""


def traffic(view: Overview, overlays: Sequence[str]) -> dict:
    """Draw requests per minute (y) over wall time (x): LINES first, as `zoomed` expects; those in `overlays` are shown.

    Bursts are ticks on the axis, events coloured spans with their name, outages and gaps are hatched.
    """
    colours = palette()
    shown = (TRAFFIC, *overlays)
    tops = [np.nanmax(getattr(view, name).requests_per_minute) for name in shown if getattr(view, name) is not None]
    top = ROOM * float(max(tops, default=0) or 1)
    alone = not {HOUR_AVERAGE, DAY_AVERAGE} & set(shown)
    lines = [
        _trace(name, getattr(view, name) if name in shown else None, shown=name in shown, alone=alone) for name in LINES
    ]
    outages, gaps = view.quality.outages, view.quality.gaps
    spans = [
        _hatched(outages, colours.outage, 0.5),
        _hatched(gaps, colours.outage, 0.25),
        _filled(view.events, fade(colours.event, 0.22)),
    ]
    return {
        "data": [*lines, *spans, _ticks(view.bursts)],
        "layout": layout(
            xaxis=_time_axis(view, top),
            yaxis={"title": {"text": unit(view.bin_seconds)}, "range": [0, top], "fixedrange": True},
            yaxis2={"overlaying": "y", "range": [0, 1], "fixedrange": True, "visible": False},
            annotations=_names({"event": view.events, "outage": outages}, (view.start, view.end)),
            showlegend=False,
            margin={"l": 56, "r": 16, "t": 8, "b": 8},
            uirevision=f"{view.name} {view.bin_seconds} {view.start} {view.end}",
        ),
    }


def zoomed(lines: Lines) -> tuple[dict[int, dict], list[float]]:
    """Return what `traffic` changes to draw these lines: fields of each trace by position, and the range of y.

    Other lines are hidden.
    """
    alone = not {HOUR_AVERAGE, DAY_AVERAGE} & set(lines.by_name)
    traces = {
        at: {**_points(lines.by_name.get(name)), "visible": name in lines.by_name, "line": _style(name, alone=alone)}
        for at, name in enumerate(LINES)
    }
    return traces, [0, ROOM * (lines.most_requests_per_minute or 1)]


def unit(bin_seconds: int) -> str:
    """Return the unit of the axis."""
    return "requests per minute" + ("" if bin_seconds == MINUTE else f", in bins of {duration(bin_seconds)}")


def _trace(name: str, line: Line | None, *, shown: bool, alone: bool) -> dict:
    return {
        "type": "scatter",
        "name": NAMES[name],
        **_points(line),
        "visible": shown,
        "line": _style(name, alone=alone),
        "marker": {"size": 4},
        "hovertemplate": "%{y:,.4~r} requests/min<extra>" + NAMES[name] + "</extra>",
    }


def _style(name: str, *, alone: bool) -> dict:
    """Return how a line is drawn. The traffic is fainter below an average."""
    colours = palette()
    styles = {
        TRAFFIC: {"color": colours.ink if alone else fade(colours.ink, 0.5), "width": 1},
        HOUR_AVERAGE: {"color": colours.accent, "width": 1.25},
        DAY_AVERAGE: {"color": colours.accent, "width": 3},
        WEEK_BEFORE: {"color": colours.good, "width": 1, "dash": "dot"},
    }
    return styles[name]


def _points(line: Line | None) -> dict[str, object]:
    if line is None:
        return {"x": [], "y": [], "mode": "lines"}
    return {
        "mode": "lines+markers" if len(line.wall_seconds) <= MARKED_POINTS else "lines",
        "x": times(line.wall_seconds),
        "y": [None if y != y else float(f"{y:.6g}") for y in line.requests_per_minute.tolist()],
    }


def times(wall_seconds: np.ndarray) -> list[str]:
    """Return wall seconds as Plotly times, to the minute."""
    texts = np.datetime_as_string(wall_seconds.astype("datetime64[s]"), unit="m")
    return np.strings.replace(texts, "T", " ").tolist()


def _time_axis(view: Overview, top: float) -> dict:
    colours, ends = palette(), [view.start, view.end]
    slider = {
        "visible": True,
        "thickness": SLIDER_SHARE,
        "range": ends,
        "yaxis": {"rangemode": "fixed", "range": [0, top]},
        "yaxis2": {"rangemode": "fixed", "range": [0, 1]},
        "bgcolor": fade(colours.grid, 0.35),
        "bordercolor": colours.grid,
        "borderwidth": 1,
    }
    return {"type": "date", "range": ends, "rangeslider": slider, "hoverformat": "%a %-d %b %Y %H:%M"}


def _hatched(spans: Sequence[Stretch], colour: str, opacity: float) -> dict:
    return _filled(spans, fade(colour, 0.12)) | {
        "fillpattern": {
            "shape": "/",
            "fgcolor": fade(colour, opacity + 0.3),
            "bgcolor": fade(colour, 0.12),
            "size": 7,
            "solidity": 0.25,
        }
    }


def _filled(spans: Sequence[Stretch], colour: str) -> dict:
    """Draw spans over the whole height as one shape with holes."""
    x, y = [], []
    for span in longest(spans):
        x += [span.start, span.start, span.end, span.end, None]
        y += [0, 1, 1, 0, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "yaxis": "y2",
        "fill": "toself",
        "fillcolor": colour,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "name": NO_NAME,
    }


def _ticks(bursts: Sequence[Stretch]) -> dict:
    """Draw a tick on the axis at the start and the end of each burst, with a line between them."""
    colour, x, labels = palette().burst, [], []
    for burst in longest(bursts):
        x += [burst.start, burst.end, None]
        labels += [f"burst of {duration(burst.seconds)}", "end of a burst", None]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": [None if time is None else TICK_HEIGHT for time in x],
        "yaxis": "y2",
        "text": labels,
        "line": {"color": colour, "width": 6},
        "marker": {"color": colour, "symbol": "line-ns", "size": 9, "line": {"color": colour, "width": 1.5}},
        "hovertemplate": "%{text}<extra></extra>",
        "name": "bursts",
    }


def _names(spans: Mapping[str, Sequence[Stretch]], ends: Sequence[str]) -> list[Mapping]:
    """Return names and lengths of the longest spans of each kind, upright at their middle, without overlaps."""
    colours = palette()
    font = {"size": 11, "color": colours.muted}
    style = {"y": 1, "yref": "paper", "yanchor": "top", "showarrow": False, "textangle": -90, "font": font}
    first, last = map(_time, ends)
    named: dict[np.datetime64, Mapping] = {}
    every = [(span, kind) for kind, several in spans.items() for span in several]
    for span, kind in sorted(every, key=lambda pair: -pair[0].seconds):
        middle = _middle(span)
        if len(named) < MOST_NAMES and all(abs(middle - other) > NAME_SHARE * (last - first) for other in named):
            text = {"x": str(middle).replace("T", " "), "text": f"{kind}, {duration(span.seconds)}"}
            named[middle] = {**style, **text, "bgcolor": fade(colours.paper, 0.7)}
    return list(named.values())


def _middle(span: Stretch) -> np.datetime64:
    return _time(span.start) + (_time(span.end) - _time(span.start)) / 2


def _time(text: str) -> np.datetime64:
    return np.datetime64(text.replace(" ", "T"), "s")


def longest(spans: Sequence[Stretch], most: int = MOST_MARKS) -> Sequence[Stretch]:
    """Return the longest spans, in order of time."""
    return sorted(sorted(spans, key=lambda span: -span.seconds)[:most], key=lambda span: span.start)
