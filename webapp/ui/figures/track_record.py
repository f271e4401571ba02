"""Charts of the error of every model, by step and by hour of day."""

from __future__ import annotations

import numpy as np

from forecasting.evaluation import METRIC_NAMES, Leaderboard, display_name
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import duration
from forecasting.timeseries.timeframes import MINUTE, bin_seconds_of
from webapp.ui.figures.forecasts import shortened
from webapp.ui.figures.theme import layout, model_colour

DASHES = {
    "seasonal_smoothing": "longdash",
    "smoothing": "solid",
    "naive": "dot",
    "seasonal_naive": "dash",
    "seasonal_naive_week": "dashdot",
}
SYMBOLS = {
    "auto": "star",
    "adaptive": "hexagon",
    "hybrid": "circle",
    "xgboost": "square",
    "lightgbm": "diamond",
    "ensemble": "triangle-up",
}
MARGIN = {"l": 56, "r": 16, "t": 8, "b": 40}


def by_step(board: Leaderboard, metric: str) -> dict:
    """Return a score (y) by step (x), one line per model."""
    x, length = board.steps.tolist(), duration(bin_seconds_of(board.timeframe))
    return {
        "data": [model_line(model, x, values) for model, values in _rows(board, board.by_step(metric))],
        "layout": layout(
            xaxis={"title": {"text": f"steps ahead ({length} each)"}, "tickvals": step_ticks(x)},
            yaxis={"title": {"text": unit(board.timeframe, metric)}},
            margin=MARGIN,
            uirevision=f"{metric} {board.timeframe}",
        ),
    }


def by_hour(board: Leaderboard, metric: str) -> dict:
    """Return a score (y) by hour of day in wall time (x), one line per model."""
    x = list(range(24))
    hours = x[::3]
    texts = [f"{hour:02d}:00" for hour in hours]
    return {
        "data": [model_line(model, x, values) for model, values in _rows(board, board.by_hour(metric))],
        "layout": layout(
            xaxis={"title": {"text": "hour of day"}, "tickvals": hours, "ticktext": texts},
            yaxis={"title": {"text": unit(board.timeframe, metric)}},
            margin=MARGIN,
            uirevision=f"{metric} {board.timeframe}",
        ),
    }


def unit(timeframe: str, metric: str) -> str:
    """Return the name of a score with its unit."""
    if metric in ("mae", "rmse"):
        seconds = bin_seconds_of(timeframe)
        return f"{METRIC_NAMES[metric]}, requests per {'minute' if seconds == MINUTE else duration(seconds)}"
    return METRIC_NAMES[metric] + (", %" if metric == "smape" else "")


def _rows(board: Leaderboard, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return every model with its values, simple rules first, so that the others are on top."""
    rows = list(zip(board.models, values, strict=True))
    return sorted(rows, key=lambda row: row[0] in MAIN_MODELS)


def model_line(model: str, x: list[int], values: np.ndarray) -> dict:
    """Return the line of a model's score over `x`: thinner, dashed and without markers for a simple rule."""
    main = model in MAIN_MODELS
    return {
        "type": "scatter",
        "mode": "lines+markers" if main else "lines",
        "name": display_name(model),
        "x": x,
        "y": shortened(values),
        "line": {"color": model_colour(model), "width": 2 if main else 1.5, "dash": DASHES.get(model, "solid")},
        "marker": {"size": 6, "symbol": SYMBOLS.get(model, "circle")},
        "hovertemplate": f"%{{y:,.3~r}}<extra>{display_name(model)}</extra>",
    }


def step_ticks(steps: list[int]) -> list[int]:
    """Return the steps labelled on the axis: all of them, or about a dozen."""
    return steps if len(steps) <= 12 else steps[:: -(-len(steps) // 12)]
