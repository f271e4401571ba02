"""Scores and other facts stored in the cards of the model sets."""

from __future__ import annotations

from typing import Any

from forecasting import model_sets as sets
from forecasting.errors import InputError, NotFound
from forecasting.forecasters.registry import checked_model
from forecasting.settings import Settings
from forecasting.timeseries.timeframes import API_TIMEFRAMES


def metrics(
    model: str, timeframe: str, model_set: str | None = None, settings: Settings | None = None
) -> dict[str, Any]:
    """Return stored scores of a set: pooled over steps 1-12, with the period and `by_step`.

    Raises InputError for an unknown model or a timeframe that the API does not have, NotFound without such scores.
    """
    checked_model(model)
    if timeframe not in API_TIMEFRAMES:
        raise InputError(
            f"timeframe must be one of {', '.join(API_TIMEFRAMES)} (got {timeframe!r}).", field="timeframe"
        )
    settings = settings or Settings.from_environment()
    name = model_set or sets.SHIPPED
    entry = sets.entry_of(name, timeframe, model, settings)
    if not entry.get("metrics"):
        raise NotFound(f"Model set {name!r} has no metrics for {model} at {timeframe}.")
    by_step = {str(row["step"]): {k: v for k, v in row.items() if k != "step"} for row in entry["metrics"]}
    pooled = by_step.pop("all")
    period = {
        "metrics_on": entry["metrics_on"],
        "metrics_from": entry["metrics_from"],
        "metrics_until": entry["metrics_until"],
        "trained_until": entry["trained_until"],
    }
    return {**pooled, "steps": "1-12", **period, "model_set": name, "by_step": by_step}


def model_sets(settings: Settings | None = None) -> list[dict[str, Any]]:
    """Return one dict per model of every usable set: model_set, timeframe, model, its card entry, its pooled scores."""
    settings = settings or Settings.from_environment()
    return [
        {
            "model_set": name,
            "model": model,
            "timeframe": timeframe,
            **{key: value for key, value in entry.items() if key != "metrics"},
            **{key: entry["metrics"][-1][key] for key in ("rmse", "mae", "smape", "mase", "wql", "coverage_80")},
        }
        for name, card in cards(settings).items()
        for timeframe, entries in card["models"].items()
        for model, entry in entries.items()
    ]


def cards(settings: Settings | None = None) -> dict[str, sets.Card]:
    """Return the card of every usable set by name."""
    return sets.cards_of(settings or Settings.from_environment())
