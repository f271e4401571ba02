"""Plans and replays: demand against capacity above, replicas below on the same time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

import numpy as np

from forecasting.scaling.kernels.inputs import BINDINGS
from forecasting.scaling.recommendation.plan import Planned
from forecasting.scaling.simulation.decision_log import Decisions
from forecasting.timeseries.formatting import percent, whole
from webapp.ui.figures.theme import fade, layout, model_colour, palette, per_bin, policy_colour

MOST_POINTS = 1_600
ABOVE, STRIP, BELOW = [0.42, 1.0], [0.35, 0.39], [0.0, 0.32]
"""The parts of the height of demand, of the strip between, and of replicas."""

ROOM = 1.15
"""Height of an axis in multiples of the highest value, which leaves room for names."""

LIMIT_ROOM = 1.6
"""A limit is drawn if it is below this multiple of the highest replicas; otherwise it is only named."""

LEAST_APART = 0.075
"""Least distance between the names of two lines, as a share of the height of an axis."""


class LineStyle(TypedDict, total=False):
    """Attributes of a plotly scatter trace that only some lines set."""

    customdata: list[int]
    fill: str
    fillcolor: str
    hoverinfo: str
    hovertemplate: str | None
    showlegend: bool
    visible: bool
    yaxis: str


QUIET: dict[str, Any] = {"hoverinfo": "skip", "hovertemplate": None}
"""For a line that only bounds an area."""


def plan(shown: Planned) -> dict:
    """Draw the past and the plan: demand and planned capacity in requests per bin above, replicas below."""
    found = shown.recommendation
    traces = _plan_traces(shown)
    capacity = shown.capacity * shown.replicas
    top = ROOM * float(np.nanmax([*capacity, *shown.quantile, *shown.past_demand, *shown.actual, 1.0]))
    most = int(max(*shown.replicas, found.current_replicas, 1))
    limits, limit_names = _limits(shown.service.min_replicas, shown.service.max_replicas, most)
    now, end = int(shown.wall[0]), int(shown.wall[-1]) + found.bin_seconds
    accent = palette().accent
    texts = ("capacity", "expected", "quantile")
    names = [(text, trace["y"][-1], trace["line"]["color"]) for text, trace in zip(texts, traces, strict=False)]
    return {
        "data": traces,
        "layout": layout(
            xaxis={"type": "date", "anchor": "y2", "range": [_text(int(shown.past_wall[0])), _text(end)]},
            yaxis=_axis(per_bin(found.bin_seconds), ABOVE, top),
            yaxis2=_axis("replicas", BELOW, _top(most, limits)),
            shapes=[_starting(now, found.lead_seconds, accent), _now(now, accent), *limits],
            annotations=[*_names(names, top), _label("now", now, accent), *limit_names, *_running(shown)],
            showlegend=False,
            margin={"l": 56, "r": 76, "t": 24, "b": 32},
            uirevision=f"{now} {end}",
        ),
    }


def _plan_traces(shown: Planned) -> list[dict]:
    found, colours = shown.recommendation, palette()
    policy, model = policy_colour(found.policy), model_colour(found.model)
    steps: dict[str, Any] = {"shape": "hv", "width": 2, "fill": "tozeroy"}
    quantile, grey = f"{percent(shown.share, 4)} quantile", fade(colours.idle, 0.35)
    capacity = _held(shown.capacity * shown.replicas)
    traces = [
        _line("capacity", capacity, policy, **steps, fillcolor=grey),
        _line("expected", shown.mean, model, width=2, dash="dash"),
        _line(quantile, shown.quantile, model, fill="tonexty", fillcolor=fade(model, 0.14)),
        _line("demand", shown.past_demand, colours.ink, width=1.5),
        _line("actual", shown.actual, colours.ink, width=1.5, dash="dot"),
        _line("replicas", _held(shown.replicas), policy, **steps, fillcolor=fade(policy, 0.18), yaxis="y2"),
    ]
    for trace in traces:
        wall = shown.past_wall if trace["name"] == "demand" else shown.wall
        trace |= {"x0": _text(int(wall[0])), "dx": 1000 * found.bin_seconds}
    return traces


def replay(
    shown: Decisions,
    policy: str,
    model: str,
    span: tuple[int, int] | None = None,
    marks: Sequence[tuple[str, int, int]] = (),
) -> dict:
    """Draw a replay over its whole time, or its bins [first, end) if `span` is given.

    `marks` are named spans in wall seconds.
    """
    service, seconds = shown.trace.service, shown.trace.bin_seconds
    limits, limit_names = _limits(service.min_replicas, service.max_replicas, _most(shown))
    traces, meta = replay_traces(shown, policy, model, span)
    top, replicas_top = tops(shown, span)
    ends = [_text(int(shown.wall[0])), _text(int(shown.wall[-1]) + seconds)]
    return {
        "data": traces,
        "layout": layout(
            meta=meta,
            xaxis={"type": "date", "anchor": "y2", "range": ends},
            yaxis=_axis(per_bin(seconds), ABOVE, top),
            yaxis2=_axis("replicas", BELOW, replicas_top),
            yaxis3={"domain": STRIP, "range": [0, 1], "fixedrange": True, "visible": False},
            shapes=[*limits, *map(_marked, marks)],
            annotations=[*limit_names, *map(_mark_name, marks)],
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
            margin={"l": 56, "r": 16, "t": 40, "b": 32},
            uirevision=" ".join(ends),
        ),
    }


def replay_traces(
    shown: Decisions, policy: str, model: str, span: tuple[int, int] | None
) -> tuple[list[dict], dict[str, object]]:
    """Return the lines of the bins [first, end) (None: all), and what one point stands for (`layout.meta`).

    If there are more than MOST_POINTS bins, a point stands for several: for the one with the least spare capacity.
    """
    starts, at, together = shown.busiest(*(span or (0, len(shown))), MOST_POINTS)
    times = _times(shown.wall[starts], together * shown.trace.bin_seconds)
    lines = [*_demand_lines(shown, at, policy, model), *_replica_lines(shown, at, policy)]
    meta = {"together": together, "step": shown.trace.bin_seconds, "bindings": list(BINDINGS)}
    return [{**line, **times} for line in lines], meta


def tops(shown: Decisions, span: tuple[int, int] | None) -> tuple[float, float]:
    """Return the ends of the axes of demand and of replicas for the bins [first, end); limits count only for all."""
    part = slice(*span) if span else slice(None)
    most = np.fmax(np.nan_to_num(shown.trace.demand[part]), shown.capacity[part] + shown.unmet[part])
    top = ROOM * float(most.max())
    if span:
        return max(top, 1.0), _top(_most(shown, part), ())
    limits, _ = _limits(shown.trace.service.min_replicas, shown.trace.service.max_replicas, _most(shown))
    return max(top, 1.0), _top(_most(shown), limits)


def _most(shown: Decisions, part: slice = slice(None)) -> int:
    return int(max(np.ceil(shown.run.ready[part].max()), shown.run.desired[part].max()))


def zoomed(lines: Sequence[Mapping]) -> list[dict[str, object]]:
    """Return what another span changes in each line of a replay."""
    return [{name: line[name] for name in ("y", "x", "x0", "dx", "customdata") if name in line} for line in lines]


def _demand_lines(shown: Decisions, at: np.ndarray, policy: str, model: str) -> list[dict]:
    colours, ours = palette(), policy_colour(policy)
    demand, capacity, unmet = shown.trace.demand[at], shown.capacity[at], shown.unmet[at]
    forecast = np.full(len(at), np.nan) if shown.forecast is None else shown.forecast[at]
    steps: dict[str, Any] = {"shape": "hv"}
    below: dict[str, Any] = {"fill": "tonexty"}
    idle, lacking = fade(colours.idle, 0.45), fade(colours.unmet, 0.65)
    decided = np.column_stack([shown.run.binding[at], shown.change[at]]).tolist()
    return [
        _line("served", np.fmin(demand - unmet, capacity), colours.idle, width=0, **steps, **QUIET, showlegend=False),
        _line("capacity", capacity, ours, width=1.5, **steps, **below, fillcolor=idle),
        _line("unmet", capacity + unmet, colours.unmet, width=0, **steps, **below, **QUIET, fillcolor=lacking),
        _line("demand", demand, colours.ink, **steps, customdata=decided),
        _line("forecast used", forecast, model_colour(model), dash="dot", **steps, visible=shown.forecast is not None),
    ]


def _replica_lines(shown: Decisions, at: np.ndarray, policy: str) -> list[dict]:
    colours, ours, run = palette(), policy_colour(policy), shown.run
    steps: dict[str, Any] = {"shape": "hv", "yaxis": "y2"}
    needed, starting = fade(colours.idle, 0.6), fade(ours, 0.4)
    floor = np.where(shown.floor[at] > 0, shown.floor[at], np.nan)
    distrust = np.full(len(at), np.nan) if shown.trusted is None else np.where(shown.trusted[at], np.nan, 0.5)
    strip: dict[str, Any] = {"width": 5, "yaxis": "y3", "visible": not bool(np.isnan(distrust).all())}
    together = run.ready[at] + run.booting[at]
    return [
        _line("needed", shown.trace.needed[at], colours.idle, width=0, fill="tozeroy", fillcolor=needed, **steps),
        _line("ready", run.ready[at], ours, width=2, **steps),
        _line("and starting", together, ours, width=0, fill="tonexty", fillcolor=starting, **steps),
        _line("desired", run.desired[at], colours.muted, dash="dot", **steps),
        _line("calendar minimum", floor, colours.event, width=2, **steps, visible=bool(shown.floor.any())),
        _line("trust check failed", distrust, colours.burst, **strip, **QUIET),
    ]


def _line(
    name: str,
    values: np.ndarray,
    colour: str,
    *,
    width: float = 1,
    shape: str = "linear",
    dash: str = "solid",
    **style: Unpack[LineStyle],
) -> dict:
    line = {"color": colour, "width": width, "shape": shape, "dash": dash}
    hover = f"%{{y:,.4~r}} {name}<extra></extra>"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "y": _numbers(values),
        "line": line,
        "hovertemplate": hover,
        **style,
    }


def _numbers(values: np.ndarray) -> list[float | int | None]:
    """Round each to four digits, whole numbers without a point, None if unknown."""
    return [_short(value) for value in np.asarray(values, dtype=np.float64).tolist()]


def _short(value: float) -> float | int | None:
    if value != value:
        return None
    return int(value) if value == int(value) else float(f"{value:.4g}")


def _held(values: np.ndarray) -> np.ndarray:
    """Repeat the last value, so that its step is drawn up to the end of its bin."""
    return np.append(values, values[-1])


def _times(wall: np.ndarray, step: int) -> dict[str, object]:
    """Return a start and a step, or single times if the clock changes on the way."""
    if np.all(np.diff(wall) == step):
        return {"x0": _text(int(wall[0])), "dx": 1000 * step}
    return {"x": [_text(int(second)) for second in wall]}


def _text(wall_second: int) -> str:
    return str(np.datetime64(wall_second, "s")).replace("T", " ")


def _axis(title: str, domain: list[float], top: float) -> dict[str, object]:
    return {"title": {"text": title}, "domain": domain, "range": [0, top], "fixedrange": True}


def _top(most: int, limits: Sequence[Mapping]) -> float:
    return ROOM * max(most, 2, *(limit["y0"] for limit in limits))


def _limits(least: int, largest: int, most: int) -> tuple[list[dict], list[dict]]:
    """Return lines of the limits that are in view, and the names of both."""
    colours = palette()
    line = {"color": colours.muted, "width": 1, "dash": "dash"}
    shapes, names = [], []
    for value, words in ((least, f"minimum {whole(least)}"), (largest, f"maximum {whole(largest)}")):
        seen = value <= LIMIT_ROOM * most
        if seen:
            span = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": value, "y1": value}
            shapes.append({**span, "line": line})
        place = {"yref": "y2", "y": value, "yanchor": "bottom"} if seen else {"yref": "paper", "y": BELOW[1]}
        name = {"text": words if seen else f"{words} ↑", "showarrow": False}
        left = {"xref": "paper", "x": 0, "xshift": 4, "xanchor": "left", "yanchor": "top"}
        names.append({**name, **left, **place, "font": {"color": colours.muted, "size": 11}})
    return shapes, names


def _now(second: int, colour: str) -> dict:
    edges = {"x0": _text(second), "x1": _text(second), "yref": "paper", "y0": 0, "y1": 1}
    return {"type": "line", **edges, "line": {"color": colour, "width": 1.5}}


def _starting(second: int, lead: int, colour: str) -> dict:
    """Shade the time until a replica started now is ready."""
    edges = {"x0": _text(second), "x1": _text(second + lead), "yref": "paper", "y0": 0, "y1": 1}
    return {"type": "rect", **edges, "fillcolor": fade(colour, 0.08), "line": {"width": 0}, "layer": "below"}


def _marked(mark: tuple[str, int, int]) -> dict:
    edges = {"x0": _text(mark[1]), "x1": _text(mark[2]), "yref": "paper", "y0": 0, "y1": 1}
    return {"type": "rect", **edges, "fillcolor": fade(palette().event, 0.16), "line": {"width": 0}, "layer": "below"}


def _mark_name(mark: tuple[str, int, int]) -> dict:
    place = {"x": _text((mark[1] + mark[2]) // 2), "y": 1, "yref": "paper", "xanchor": "center", "yanchor": "top"}
    return {"text": mark[0], **place, "showarrow": False, "font": {"color": palette().event, "size": 12}}


def _label(text: str, second: int, colour: str) -> dict:
    place = {"x": _text(second), "y": 1, "yref": "paper", "xanchor": "center", "yanchor": "bottom"}
    return {"text": text, **place, "showarrow": False, "font": {"color": colour, "size": 12}}


def _running(shown: Planned) -> list[dict]:
    """Return the number of running replicas, at the line of now."""
    found = shown.recommendation
    text = f"{whole(found.current_replicas)} running"
    place = {
        "x": _text(int(shown.wall[0])),
        "y": found.current_replicas,
        "yref": "y2",
        "xanchor": "right",
        "ax": -14,
        "ay": -14,
    }
    font = {"color": policy_colour(found.policy), "size": 12}
    return [
        {
            "text": text,
            **place,
            "showarrow": True,
            "arrowhead": 6,
            "arrowsize": 0.8,
            "arrowcolor": font["color"],
            "font": font,
        }
    ]


def _names(lines: Sequence[tuple[str, float, str]], top: float) -> list[dict]:
    """Return the names of lines at their right ends, moved apart if they would overlap."""
    names, floor = [], -np.inf
    for text, value, colour in sorted(lines, key=lambda line: line[1]):
        y = max(value, floor)
        floor = y + LEAST_APART * top
        place = {"xref": "paper", "x": 1, "xanchor": "left", "y": y, "yanchor": "middle", "xshift": 4}
        names.append({"text": text, **place, "showarrow": False, "font": {"color": colour, "size": 12}})
    return names
