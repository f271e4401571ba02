"""Sets that were trained and wait to be accepted: what they are called, and which there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.names import SHIPPED, base_of, checked_set_name
from forecasting.model_sets.trained_on import sets_trained_on
from forecasting.model_sets.training import default_timeframes
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

MOST_CHARACTERS = 63
ONLY_RULES = "rules"
"""Stands for the baselines, which always come along, where no other model is trained."""


def set_name_for(series: Series, models: Sequence[str], timeframes: Sequence[str]) -> str:
    """What to call the set of these models and timeframes: the name says what is left out.

    So a set is only ever replaced by one of the same content: `shop` has everything, `shop.15m.lightgbm` one model.
    """
    base = series.name.replace(".", "-")
    base = f"{base}-own" if base == SHIPPED else base
    main = [model for model in MAIN_MODELS if model in models]
    bins = [] if set(timeframes) >= set(default_timeframes(series)) else sorted(timeframes, key=bin_seconds_of)
    names = [] if len(main) == len(MAIN_MODELS) else main or [ONLY_RULES]
    suffix = "".join(f".{part}" for part in (*bins, *names))
    return checked_set_name(base[: MOST_CHARACTERS - len(suffix)] + suffix)


@dataclass(frozen=True)
class Waiting:
    """A candidate that waits to be accepted as `model_set`: the timeframes and main models that it has, and since when.

    `trained_until` is the end of its training bins on the wall, `created_at` an ISO time in UTC.
    """

    model_set: str
    timeframes: tuple[str, ...]
    models: tuple[str, ...]
    trained_until: str
    created_at: str


def waiting(series: Series, settings: Settings) -> tuple[Waiting, ...]:
    """The candidates that were trained on this very series, the newest first."""
    names = sets_trained_on(series, settings, candidates=True)
    found = [_waiting(name, card_of(name, settings)) for name in names]
    return tuple(sorted(found, key=lambda one: one.created_at, reverse=True))


def _waiting(name: str, card: Mapping[str, Any]) -> Waiting:
    entries = card["models"]
    models = [model for model in MAIN_MODELS if any(model in has for has in entries.values())]
    until = max(entry["trained_until"] for has in entries.values() for entry in has.values())
    return Waiting(base_of(name), tuple(entries), tuple(models), until, card["created_at"])
