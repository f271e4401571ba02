"""Model sets read from the disk, lazily and once a process.

The shipped sets are inside the package; those trained here are under the home."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.errors import NotFound, NotReady
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.fitted_model import FittedModel, shares_a_day
from forecasting.forecasters.registry import forecaster_class
from forecasting.model_sets.names import _REPLACED, SHIPPED, checked_set_name, is_candidate
from forecasting.paths import model_sets_root
from forecasting.settings import Settings

CARD = "card.json"
SCHEMA = 1
_LOADING = threading.Lock()


@dataclass(frozen=True, eq=False)
class ValidationForecasts:
    """Rolling means of the validation days from before the final refit: (n, steps) in requests per bin.

    `first_origin` is the absolute second of the first origin; the next follow bin by bin.
    """

    first_origin: int
    bin_seconds: int
    steps: np.ndarray
    means: np.ndarray


def folder_of(model_set: str, settings: Settings) -> Path:
    """The folder of a set: trained here, else shipped. Raises InputError for a bad name, NotFound with what exists."""
    for folder, card in _places(checked_set_name(model_set), settings.model_sets_path):
        if os.path.isfile(card):
            return folder
    raise NotFound(f"There is no model set {model_set!r}; there are: {', '.join(set_names(settings)) or 'none'}.")


@lru_cache(maxsize=256)
def _places(model_set: str, root: Path) -> tuple[tuple[Path, str], ...]:
    """The folders where a set may be, of which the first counts that has its card, and the paths of the cards.

    Kept: paths are asked for with every forecast, and putting them together takes longer than looking.
    """
    own = root / model_set
    folders = (own, own.with_name(own.name + _REPLACED), model_sets_root() / model_set)
    return tuple((folder, str(folder / CARD)) for folder in folders)


def set_names(settings: Settings) -> list[str]:
    """Names of all sets, those trained here first."""
    return list(dict.fromkeys([*_names(settings.model_sets_path), *_names(model_sets_root())]))


def _names(root: Path) -> list[str]:
    cards = sorted(root.glob(f"*/{CARD}"))
    names = (card.parent.name.removesuffix(_REPLACED) for card in cards)
    return [name for name in dict.fromkeys(names) if not name.startswith(".")]


def card_of(model_set: str, settings: Settings) -> dict[str, Any]:
    """The card of a set. Raises NotFound, or NotReady where the card cannot be read."""
    path = folder_of(model_set, settings) / CARD
    return _card(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _card(path: Path, _changed: int) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NotReady(f"The card of model set {path.parent.name!r} cannot be read: {error}.") from error
    if card.get("schema") != SCHEMA:
        raise NotReady(f"Model set {path.parent.name!r} has schema {card.get('schema')}; train it again.")
    return card


def entry_of(model_set: str, timeframe: str, model: str, settings: Settings) -> dict[str, Any]:
    """The card's entry of one model; raises NotFound listing what the set has."""
    return _entry(card_of(model_set, settings), timeframe, model)


def _entry(card: dict[str, Any], timeframe: str, model: str) -> dict[str, Any]:
    entries = card["models"]
    try:
        return entries[timeframe][model]
    except KeyError:
        pairs = "; ".join(f"{tf}: {', '.join(models)}" for tf, models in entries.items())
        raise NotFound(
            f"Model set {card['model_set']!r} has no {model} at {timeframe}; it has {pairs}. Train a set on the series "
            f"(dataflow train --timeframe {timeframe}, or Train on the page Forecasts)."
        ) from None


def fitted(model_set: str, timeframe: str, model: str, settings: Settings) -> FittedModel:
    """A loaded model; loaded once a process until the set changes. Raises NotFound or NotReady."""
    folder = folder_of(model_set, settings)
    card = folder / CARD
    changed = card.stat().st_mtime_ns
    _entry(_card(card, changed), timeframe, model)
    with _LOADING:
        return _fitted(folder, timeframe, model, changed)


@lru_cache(maxsize=64)
def _fitted(folder: Path, timeframe: str, model: str, _changed: int) -> FittedModel:
    place = folder / timeframe / model
    try:
        calibration = Calibration.from_json(json.loads((place / "calibration.json").read_text()))
        forecaster = forecaster_class(model).load(place)
    except (OSError, ValueError, KeyError) as error:
        raise NotReady(f"Model set {folder.name!r}: {model} at {timeframe} does not load: {error}") from error
    card = _card(folder / CARD, _changed)
    entry, hashes = card["models"][timeframe][model], card["data"]["day_hashes"].get(timeframe, {})
    return FittedModel(folder.name.removesuffix(_REPLACED), timeframe, forecaster, calibration, entry, hashes)


def validation_forecasts(model_set: str, timeframe: str, model: str, settings: Settings) -> ValidationForecasts:
    """The stored forecasts of the validation days."""
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
    """The set used where none is named: one trained here on this very series (the newest), else the shipped one."""
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
