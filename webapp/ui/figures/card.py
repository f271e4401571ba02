"""The scores on a model card by how far ahead: the error of every model, and what its intervals held."""

from __future__ import annotations

import numpy as np

from forecasting.evaluation import name_of
from forecasting.evaluation.cards.model_cards import ModelCard
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import duration
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.ui.figures.theme import layout, palette
from webapp.ui.figures.track_record import MARGIN, model_line, step_ticks, unit

LEVELS = {"coverage_80": (80, "solid"), "coverage_90": (90, "dash")}
"""Intervals by the score that says what they held: what they promise in per cent, and their dash."""

ROOM = 4.0
"""Per cent above and below what is drawn of coverage."""


def errors(card: ModelCard, timeframe: str, metric: str) -> dict:
    """A score (y) over the bins ahead (x), a line a model; baselines are drawn first, below the others."""
    steps = list(card.steps(timeframe))
    models = sorted(card.entries(timeframe), key=MAIN_MODELS.__contains__)
    return {
        "data": [model_line(model, steps, _by_step(card, timeframe, model, metric)) for model in models],
        "layout": layout(
            xaxis=_ahead(timeframe, steps),
            yaxis={"title": {"text": unit(timeframe, metric)}},
            margin=MARGIN,
            uirevision=f"{card.name} {timeframe} {metric}",
        ),
    }


def coverage(card: ModelCard, timeframe: str, best: str | None) -> dict:
    """What the 80 % and 90 % intervals held (y) over the bins ahead (x), beside their promise.

    Of each trained model; where there is none of `best` alone.
    """
    steps, has = list(card.steps(timeframe)), card.entries(timeframe)
    models = [model for model in has if model in MAIN_MODELS] or [model for model in has if model == best]
    lines = [_held(card, timeframe, model, score) for score in LEVELS for model in models]
    values = [y for line in lines for y in line["y"] if y is not None] + [level for level, _ in LEVELS.values()]
    return {
        "data": lines,
        "layout": layout(
            xaxis=_ahead(timeframe, steps),
            yaxis={
                "title": {"text": "of what came lay within"},
                "range": [max(0.0, min(values) - ROOM), min(100.0, max(values) + ROOM)],
                "rangemode": "normal",
                "ticksuffix": " %",
            },
            shapes=[_promise(level) for level, _ in LEVELS.values()],
            margin=MARGIN,
            uirevision=f"{card.name} {timeframe}",
        ),
    }


def _held(card: ModelCard, timeframe: str, model: str, score: str) -> dict:
    """The line of one interval of a model; the legend names each model once."""
    level, dash = LEVELS[score]
    line = model_line(model, list(card.steps(timeframe)), 100 * _by_step(card, timeframe, model, score))
    name = f"{name_of(model)}, {level} %"
    return {
        **line,
        "name": name,
        "line": {**line["line"], "dash": dash},
        "hovertemplate": f"%{{y:.3~r}} %<extra>{name}</extra>",
    }


def _by_step(card: ModelCard, timeframe: str, model: str, score: str) -> np.ndarray:
    """A score of one model by step (h,); NaN where there is none."""
    rows = (card.scores(timeframe, step).get(model, {}).get(score) for step in card.steps(timeframe))
    return np.array([np.nan if value is None else value for value in rows], dtype=float)


def _ahead(timeframe: str, steps: list[int]) -> dict:
    length = duration(bin_seconds_of(timeframe))
    return {"title": {"text": f"bins of {length} ahead"}, "tickvals": step_ticks(steps)}


def _promise(level: float) -> dict:
    line = {"color": palette().muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": level, "y1": level, "line": line}
