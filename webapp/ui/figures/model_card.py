"""Charts of a model card by step: the error of every model, and the coverage of its intervals."""

from __future__ import annotations

import numpy as np

from forecasting.evaluation import display_name
from forecasting.evaluation.cards.model_cards import ModelCard
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import duration
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.ui.figures.theme import layout, palette
from webapp.ui.figures.track_record import MARGIN, model_line, step_ticks, unit

LEVELS = {"coverage_80": (80, "solid"), "coverage_90": (90, "dash")}
"""Intervals by the score of their coverage: nominal coverage in per cent, and line dash."""

ROOM = 4.0
"""Percentage points above and below the coverage values."""


def errors(card: ModelCard, timeframe: str, metric: str) -> dict:
    """Return a score (y) by step (x), one line per model; simple rules are drawn first, below the others."""
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
    """Return the coverage of the 80 % and 90 % intervals (y) by step (x), with the nominal coverage.

    For each trained model; if there is none, for `best` only.
    """
    steps, has = list(card.steps(timeframe)), card.entries(timeframe)
    models = [model for model in has if model in MAIN_MODELS] or [model for model in has if model == best]
    lines = [_coverage_line(card, timeframe, model, score) for score in LEVELS for model in models]
    values = [y for line in lines for y in line["y"] if y is not None] + [level for level, _ in LEVELS.values()]
    return {
        "data": lines,
        "layout": layout(
            xaxis=_ahead(timeframe, steps),
            yaxis={
                "title": {"text": "actuals within the interval"},
                "range": [max(0.0, min(values) - ROOM), min(100.0, max(values) + ROOM)],
                "rangemode": "normal",
                "ticksuffix": " %",
            },
            shapes=[_nominal(level) for level, _ in LEVELS.values()],
            margin=MARGIN,
            uirevision=f"{card.name} {timeframe}",
        ),
    }


def _coverage_line(card: ModelCard, timeframe: str, model: str, score: str) -> dict:
    """Return the coverage line of one interval of a model."""
    level, dash = LEVELS[score]
    line = model_line(model, list(card.steps(timeframe)), 100 * _by_step(card, timeframe, model, score))
    name = f"{display_name(model)}, {level} %"
    return {
        **line,
        "name": name,
        "line": {**line["line"], "dash": dash},
        "hovertemplate": f"%{{y:.3~r}} %<extra>{name}</extra>",
    }


def _by_step(card: ModelCard, timeframe: str, model: str, score: str) -> np.ndarray:
    """Return a score of one model by step (h,); NaN if there is none."""
    rows = (card.scores(timeframe, step).get(model, {}).get(score) for step in card.steps(timeframe))
    return np.array([np.nan if value is None else value for value in rows], dtype=float)


def _ahead(timeframe: str, steps: list[int]) -> dict:
    length = duration(bin_seconds_of(timeframe))
    return {"title": {"text": f"steps ahead ({length} each)"}, "tickvals": step_ticks(steps)}


def _nominal(level: float) -> dict:
    line = {"color": palette().muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": level, "y1": level, "line": line}
