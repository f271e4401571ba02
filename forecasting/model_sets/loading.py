"""Model sets loaded from disk, lazily and once per process.

The shipped sets are inside the package; those trained here are under the home.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from forecasting.errors import NotFound, NotReady
from forecasting.forecasters.base import DistributionForecaster, has_distribution
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.fitted_model import CardEntry, FittedModel, shares_a_day
from forecasting.forecasters.registry import UNTRAINED, forecaster_class
from forecasting.model_sets.card import Card
from forecasting.model_sets.names import _REPLACED, SHIPPED, checked_set_name, is_candidate
from forecasting.paths import model_sets_root
from forecasting.settings import Settings

CARD = "card.json"
CALIBRATION = "calibration.json"
SCHEMA = 1

LOADED_MODELS = 256
"""Models cached in memory. A full set has 27 and takes about 30 MB, so this is nine sets and at most 300 MB."""

_loading: dict[tuple[Path, str, str], threading.Lock] = {}
"""One lock per model: a model is loaded once even if several threads need it, and never waits for another model."""


@dataclass(frozen=True, eq=False)
class ValidationForecasts:
    """Rolling means of the validation days, made before the final refit: (n, steps) in requests per bin.

    `first_origin` is the absolute second of the first origin; one origin follows per bin.
    """

    first_origin: int
    bin_seconds: int
    steps: np.ndarray
    means: np.ndarray


def folder_of(model_set: str, settings: Settings) -> Path:
    """Return the folder of a set: trained here, else shipped.

    Raises InputError for an invalid name, NotFound with the available names.
    """
    for folder, card in _places(checked_set_name(model_set), settings.model_sets_path):
        if os.path.isfile(card):
            return folder
    raise NotFound(f"Model set {model_set!r} not found. Available: {', '.join(set_names(settings)) or 'none'}.")


@lru_cache(maxsize=256)
def _places(model_set: str, root: Path) -> tuple[tuple[Path, str], ...]:
    """Return the folders where a set may be, in order of precedence, and the paths of their cards.

    Cached: every forecast needs the paths, and building them takes longer than the look-up on disk.
    """
    own = root / model_set
    folders = (own, own.with_name(own.name + _REPLACED), model_sets_root() / model_set)
    return tuple((folder, str(folder / CARD)) for folder in folders)


def set_names(settings: Settings) -> list[str]:
    """Return the names of all sets, those trained here first."""
    return list(dict.fromkeys([*_names(settings.model_sets_path), *_names(model_sets_root())]))


def _names(root: Path) -> list[str]:
    cards = sorted(root.glob(f"*/{CARD}"))
    names = (card.parent.name.removesuffix(_REPLACED) for card in cards)
    return [name for name in dict.fromkeys(names) if not name.startswith(".")]


def card_of(model_set: str, settings: Settings) -> Card:
    """Return the card of a set. Raises NotFound, or NotReady if the card cannot be read."""
    path = folder_of(model_set, settings) / CARD
    return _card(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _card(path: Path, _changed: int) -> Card:
    try:
        card: Card = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NotReady(f"The card of model set {path.parent.name!r} cannot be read: {error}.") from error
    if card.get("schema") != SCHEMA:
        raise NotReady(f"Model set {path.parent.name!r} has schema {card.get('schema')}, not {SCHEMA}. Train it again.")
    return card


def entry_of(model_set: str, timeframe: str, model: str, settings: Settings) -> CardEntry:
    """Return the card's entry of one model; raises NotFound with the models of the set."""
    return _entry(card_of(model_set, settings), timeframe, model)


def _entry(card: Card, timeframe: str, model: str) -> CardEntry:
    entries = card["models"]
    try:
        return entries[timeframe][model]
    except KeyError:
        pairs = "; ".join(f"{tf}: {', '.join(models)}" for tf, models in entries.items())
        raise NotFound(
            f"Model set {card['model_set']!r} has no {model} at {timeframe}. Available: {pairs}. Train a set on the "
            f"series (dataflow train --timeframe {timeframe}, or Train on the page Forecasts)."
        ) from None


def fitted(model_set: str, timeframe: str, model: str, settings: Settings) -> FittedModel:
    """Return a model, loaded once per process until the set changes. Raises NotFound or NotReady."""
    folder = folder_of(model_set, settings)
    card = folder / CARD
    changed = card.stat().st_mtime_ns
    _entry(_card(card, changed), timeframe, model)
    with _loading.setdefault((folder, timeframe, model), threading.Lock()):
        return _fitted(folder, timeframe, model, changed)


@lru_cache(maxsize=LOADED_MODELS)
def _fitted(folder: Path, timeframe: str, model: str, _changed: int) -> FittedModel:
    model_folder = folder / timeframe / model
    try:
        forecaster = forecaster_class(model).load(model_folder)
        own = has_distribution(forecaster)
        calibration = None if own else Calibration.from_json(json.loads((model_folder / CALIBRATION).read_text()))
    except (OSError, ValueError, KeyError) as error:
        raise NotReady(f"Model set {folder.name!r}: {model} at {timeframe} cannot be loaded: {error}") from error
    card = _card(folder / CARD, _changed)
    entry, hashes = card["models"][timeframe][model], card["data"]["day_hashes"].get(timeframe, {})
    name, before = folder.name.removesuffix(_REPLACED), untrained_part() if own else None
    return FittedModel(name, timeframe, forecaster, calibration, entry, hashes, before)


def has_model(model_set: str, timeframe: str, model: str, settings: Settings) -> bool:
    """Return whether a set has a model at a timeframe; raises NotFound if there is no such set."""
    return model in card_of(model_set, settings)["models"].get(timeframe, {})


@lru_cache(maxsize=64)
def without_set(model: str, timeframe: str) -> FittedModel:
    """Return a model that needs no training; the same one in every call, so that what it derives is cached."""
    return FittedModel(None, timeframe, _with_distribution(model), None, None, {})


@lru_cache(maxsize=1)
def untrained_part() -> DistributionForecaster:
    """Return the forecaster that stands for a trained one on the days that it was trained on."""
    return _with_distribution(UNTRAINED)


def _with_distribution(model: str) -> DistributionForecaster:
    forecaster = forecaster_class(model)()
    if not has_distribution(forecaster):
        raise TypeError(f"{model} has no distribution of its own, so it cannot forecast without a model set.")
    return forecaster


def validation_forecasts(model_set: str, timeframe: str, model: str, settings: Settings) -> ValidationForecasts:
    """Return the stored forecasts of the validation days."""
    entry_of(model_set, timeframe, model, settings)
    path = folder_of(model_set, settings) / timeframe / model / "validation.npz"
    return _validation(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _validation(path: Path, _changed: int) -> ValidationForecasts:
    with np.load(path, allow_pickle=False) as stored:
        return ValidationForecasts(
            int(stored["first_origin"]),
            int(stored["bin_seconds"]),
            stored["steps"].astype(np.int64),
            stored["means"].astype(np.float64) * float(stored["scale"]),
        )


def set_for(hashes: dict[str, str], timeframe: str, model: str, settings: Settings) -> str:
    """Return the default set of a series: the newest one trained on it here, else the shipped one."""
    own = []
    for name in _names(settings.model_sets_path) if hashes else ():
        if is_candidate(name):
            continue
        card = card_of(name, settings)
        if model in card["models"].get(timeframe, {}) and shares_a_day(
            hashes, card["data"]["day_hashes"].get(timeframe, {})
        ):
            own.append((card["created_at"], name))
    return max(own)[1] if own else SHIPPED
