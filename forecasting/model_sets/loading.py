"""Models of the installed sets, loaded lazily and once per process, and the choice of a set for a series."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from forecasting.errors import DamagedModelSet, ForecastingError, NotFound
from forecasting.forecasters.base import DistributionForecaster, has_distribution
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.card_entry import CardEntry
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.registry import UNTRAINED, forecaster_class
from forecasting.model_sets.card import Card
from forecasting.model_sets.installed import FileDefect, InstalledSet, damaged
from forecasting.model_sets.inventory import Inventory, installed_sets
from forecasting.model_sets.names import SHIPPED
from forecasting.settings import Settings

log = logging.getLogger(__name__)

CALIBRATION, VALIDATION = "calibration.json", "validation.npz"

LOADED_MODELS = 256
"""Models cached in memory. A full set has 27 and takes about 30 MB, so this is nine sets and at most 300 MB."""


@dataclass(frozen=True, eq=False)
class ValidationForecasts:
    """Rolling means of the validation days, made before the final refit: (n, steps) in requests per bin.

    `first_origin` is the absolute second of the first origin; one origin follows per bin.
    """

    first_origin: int
    bin_seconds: int
    steps: np.ndarray
    means: np.ndarray


def set_names(settings: Settings) -> list[str]:
    """Return the names of all sets, those trained here first, damaged ones included."""
    return list(installed_sets(settings).states)


def card_of(model_set: str, settings: Settings) -> Card:
    """Return the card of a set. Raises NotFound, or DamagedModelSet if the card cannot be used."""
    return installed_sets(settings).find(model_set).card


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
    """Return a model, loaded once per process until the set changes. Raises NotFound or DamagedModelSet."""
    return loaded(installed_sets(settings).find(model_set), timeframe, model)


def loaded(installed: InstalledSet, timeframe: str, model: str) -> FittedModel:
    """Return a model of a set, loaded once per process. Raises as `fitted`; damage is looked for once."""
    _entry(installed.card, timeframe, model)
    with installed.lock_of(timeframe, model):
        defect = installed.damage.get((timeframe, model))
        if defect is None:
            try:
                return _loaded(installed, timeframe, model)[0]
            except FileDefect as error:
                defect = str(error)
            installed.damage[timeframe, model] = defect
            log.warning("Model set %r is damaged: %s.", installed.name, defect)
    raise damaged(installed.name, defect)


@lru_cache(maxsize=LOADED_MODELS)
def _loaded(installed: InstalledSet, timeframe: str, model: str) -> tuple[FittedModel, ValidationForecasts | None]:
    with installed.files.opened(timeframe, model) as folder:
        try:
            forecaster = forecaster_class(model).load(folder)
            own = has_distribution(forecaster)
            calibration = None if own else Calibration.from_json(json.loads((folder / CALIBRATION).read_text()))
            validation = None if own else _validation(folder / VALIDATION)
        except (ForecastingError, MemoryError):
            raise
        except Exception as error:  # each library raises its own kinds for a file that it cannot read
            log.info("%s/%s of model set %r does not load.", timeframe, model, installed.name, exc_info=True)
            raise FileDefect(f"{model} at {timeframe} cannot be loaded ({_short(error)})") from error
    entry, hashes = installed.card["models"][timeframe][model], installed.card["data"]["day_hashes"].get(timeframe, {})
    before = untrained_part() if own else None
    return FittedModel(installed.name, timeframe, forecaster, calibration, entry, hashes, before), validation


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:160]}..."


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
    """Return the stored forecasts of the validation days. Raises as `fitted`, NotFound for a model without any."""
    installed = installed_sets(settings).find(model_set)
    loaded(installed, timeframe, model)
    stored = _loaded(installed, timeframe, model)[1]
    if stored is None:
        raise NotFound(f"Model set {model_set!r} has no validation forecasts of {model} at {timeframe}.")
    return stored


def _validation(path: Path) -> ValidationForecasts:
    with np.load(path, allow_pickle=False) as stored:
        steps, means = stored["steps"].astype(np.int64), stored["means"].astype(np.float64) * float(stored["scale"])
        first, bin_seconds = int(stored["first_origin"]), int(stored["bin_seconds"])
    if steps.ndim != 1 or means.ndim != 2 or means.shape[1] != len(steps) or not means.size:
        raise ValueError(f"validation forecasts of shape {means.shape} for {len(steps)} steps")
    return ValidationForecasts(first, bin_seconds, steps, means)


def model_trained_on(
    hashes: dict[str, str], timeframe: str, model: str, settings: Settings
) -> tuple[FittedModel | None, tuple[str, ...]]:
    """Return the model from the default set of a series, if that was trained on it and can be used; else None.

    Also returns what was left out because it is damaged: sets of this series, and those whose cards cannot be used,
    which may have been trained on it.
    """
    now = installed_sets(settings)
    defects = now.unknown() if hashes else []
    for installed in now.trained_on(hashes, timeframe, model):
        try:
            return loaded(installed, timeframe, model), tuple(defects)
        except DamagedModelSet as error:
            defects.append(error.message)
    return None, tuple(defects)


@lru_cache(maxsize=64)
def noted(model: FittedModel, notes: tuple[str, ...]) -> FittedModel:
    """Return a model with notes about its choice; the same one in every call, so that what it derives is cached."""
    return replace(model, notes=(*model.notes, *notes)) if notes else model


def set_for(hashes: dict[str, str], timeframe: str, model: str, settings: Settings) -> str:
    """Return the default set of a series: the newest usable one trained on it here, else the shipped one."""
    return default_set(installed_sets(settings), hashes, timeframe, model)


def default_set(now: Inventory, hashes: dict[str, str], timeframe: str, model: str) -> str:
    """Return the name of the default set of a series among those that there are."""
    usable = (one for one in now.trained_on(hashes, timeframe, model) if (timeframe, model) not in one.damage)
    return next((one.name for one in usable), SHIPPED)
