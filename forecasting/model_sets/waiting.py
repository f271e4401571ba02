"""Candidates that wait to be accepted, and the names of newly trained sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecasting.forecasters.registry import TRAINABLE_MODELS, TRAINED_BY_DEFAULT
from forecasting.model_sets.card import Card
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.names import SHIPPED, base_of, checked_set_name
from forecasting.model_sets.trained_on import sets_trained_on
from forecasting.model_sets.training import default_timeframes
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

MOST_CHARACTERS = 63
ONLY_RULES = "rules"
"""Name part of a set that has only the baselines, which every set includes."""


def set_name_for(series: Series, models: Sequence[str], timeframes: Sequence[str]) -> str:
    """Return the name for a set of these models and timeframes, which states how it differs from the default.

    A set is therefore only replaced by one with the same content: `shop` has the default model in every timeframe,
    `shop.15m.lightgbm` another one in one.
    """
    base = series.name.replace(".", "-")
    base = f"{base}-own" if base == SHIPPED else base
    main = [model for model in TRAINABLE_MODELS if model in models]
    bins = [] if set(timeframes) >= set(default_timeframes(series)) else sorted(timeframes, key=bin_seconds_of)
    names = [] if set(main) == set(TRAINED_BY_DEFAULT) else main or [ONLY_RULES]
    suffix = "".join(f".{part}" for part in (*bins, *names))
    return checked_set_name(base[: MOST_CHARACTERS - len(suffix)] + suffix)


@dataclass(frozen=True)
class Waiting:
    """A candidate that waits to be accepted as `model_set`, with its timeframes and main models.

    `trained_until` is the end of its training bins in wall time, `created_at` an ISO time in UTC.
    """

    model_set: str
    timeframes: tuple[str, ...]
    models: tuple[str, ...]
    trained_until: str
    created_at: str


def waiting(series: Series, settings: Settings) -> tuple[Waiting, ...]:
    """Return the candidates trained on this very series, the newest first."""
    names = sets_trained_on(series, settings, candidates=True)
    candidates = [_waiting(name, card_of(name, settings)) for name in names]
    return tuple(sorted(candidates, key=lambda candidate: candidate.created_at, reverse=True))


def _waiting(name: str, card: Card) -> Waiting:
    entries = card["models"]
    models = [model for model in TRAINABLE_MODELS if any(model in by_model for by_model in entries.values())]
    until = max(entry["trained_until"] for by_model in entries.values() for entry in by_model.values())
    return Waiting(base_of(name), tuple(entries), tuple(models), until, card["created_at"])
