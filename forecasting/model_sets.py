"""Model sets: folders `<set>/<timeframe>/<model>/` with a card, read lazily and once a process, written whole.

The shipped sets are inside the package; those trained here are under the home. A set is written to a temporary
folder and renamed into place; the one it replaces is kept under `<set>.replaced` until that has happened, and is read
where a crash left only it. A candidate waits beside the set whose place it may take, under `<set>.candidate`, until it
is accepted or discarded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.errors import InputError, NotFound, NotReady, ReadOnly
from forecasting.forecasters.base import Forecaster
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.registry import forecaster_class
from forecasting.recent_errors import recent_width
from forecasting.resources import model_sets_root
from forecasting.series import Series
from forecasting.settings import Settings
from forecasting.timeframes import DAY

SHIPPED = "nasa-http"
"""The set used where a data set has none of its own."""

CARD = "card.json"
SCHEMA = 1
_REPLACED, _CANDIDATE = ".replaced", ".candidate"
_WRITING = ".writing-"
_LOADING = threading.Lock()


@dataclass(frozen=True, eq=False)
class FittedModel:
    """One forecaster of one set and timeframe, with its calibration and its entry of the card.

    `day_hashes` are those of the series it was trained on (`Series.day_hashes`).
    """

    model_set: str
    timeframe: str
    forecaster: Forecaster
    calibration: Calibration
    entry: dict[str, Any]
    day_hashes: dict[str, str]

    def knows(self, hashes: dict[str, str]) -> bool:
        """Whether it was trained on the series with these `Series.day_hashes`: any day of training bins is equal."""
        return shares_a_day(hashes, self.day_hashes)

    def quantiles(
        self, series: Series, origins: np.ndarray, means: np.ndarray, steps: np.ndarray, *, follows: bool = True
    ) -> np.ndarray:
        """Quantiles (n, h, levels) of its forecasts with `means` (n, h) from `origins` (n,) for `steps` (h,).

        Their widths are the calibration's and, with `follows`, follow how wrong the model was on the day before each
        origin: not to be done where it has learnt that day.
        """
        width = recent_width(self.forecaster, self.calibration, series, origins, steps) if follows else None
        return self.calibration.quantiles(means, self.calibration.dispersion(series, origins), steps, width)


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


_NAME = r"[a-z0-9](?:[a-z0-9_-]|\.(?!replaced$)){0,62}(?:\.candidate)?"


def checked_set_name(model_set: str) -> str:
    """The name itself; raises InputError unless it is a plain lower-case name."""
    if not isinstance(model_set, str) or not re.fullmatch(_NAME, model_set):
        raise InputError(
            f"model_set is {model_set!r}; write lower-case letters, digits, '.', '_' or '-', starting with a letter "
            "or digit, at most 63.",
            field="model_set",
        )
    return model_set


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


def save_validation(folder: Path, forecasts: ValidationForecasts) -> None:
    """Write validation forecasts as half floats of their largest value (relative precision 0.05 %)."""
    scale = float(np.nanmax(forecasts.means, initial=0.0)) or 1.0
    np.savez_compressed(
        folder / "validation.npz",
        first_origin=forecasts.first_origin,
        bin_seconds=forecasts.bin_seconds,
        steps=forecasts.steps.astype(np.int16),
        means=(forecasts.means / scale).astype(np.float16),
        scale=scale,
    )


def shares_a_day(hashes: dict[str, str], known: dict[str, str]) -> bool:
    """Whether any day has the same fingerprint (`Series.day_hashes`) in both."""
    return any(known.get(day) == digest for day, digest in hashes.items())


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


@contextmanager
def writing(model_set: str, root: Path) -> Iterator[Path]:
    """A temporary folder that becomes the set's under `root` when the block ends well, and vanishes otherwise."""
    checked_set_name(model_set)
    root.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(root)
    temporary = Path(tempfile.mkdtemp(prefix=_WRITING, dir=root))
    try:
        yield temporary
        temporary.chmod(0o755)
        _put_in_place(temporary, root / model_set)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_abandoned(root: Path) -> None:
    """Remove what a process that was killed left half written: where nothing has changed for a day."""
    for folder in root.glob(f"{_WRITING}*"):
        changed = max((path.stat().st_mtime for path in (folder, *folder.rglob("*")) if path.exists()), default=0.0)
        if changed < time.time() - DAY:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename a finished folder to `target`; what was there is kept aside until that has happened, then removed."""
    replaced = target.with_name(target.name + _REPLACED)
    shutil.rmtree(replaced, ignore_errors=True)
    if target.exists():
        target.rename(replaced)
    folder.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)


def candidate_of(model_set: str) -> str:
    """The name under which the candidate of a set is read."""
    return checked_set_name(model_set) + _CANDIDATE


def base_of(name: str) -> str:
    """The name of the set whose place a candidate may take; any other name itself."""
    return name.removesuffix(_CANDIDATE)


def is_candidate(name: str) -> bool:
    """Whether a name is a candidate's: no series uses such a set unless it is named."""
    return name.endswith(_CANDIDATE)


def accept(model_set: str, settings: Settings) -> None:
    """Put the candidate of a set in its place; the set that was there is gone.

    A process that reads meanwhile finds the old set or the new one, never none. Raises NotFound where there is no
    candidate, ReadOnly where nothing may change.
    """
    folder = _candidate_folder(model_set, settings)
    card = json.loads((folder / CARD).read_text())
    renamed = folder / (CARD + ".new")
    renamed.write_text(json.dumps({**card, "model_set": model_set}, indent=1, allow_nan=False))
    renamed.replace(folder / CARD)
    _put_in_place(folder, settings.model_sets_path / model_set)


def discard(model_set: str, settings: Settings) -> None:
    """Remove the candidate of a set; raises as `accept`."""
    folder = _candidate_folder(model_set, settings)
    gone = folder.with_name(f"{_WRITING}{folder.name}")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone)


def _candidate_folder(model_set: str, settings: Settings) -> Path:
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1): its model sets do not change.")
    folder = settings.model_sets_path / candidate_of(model_set)
    if not (folder / CARD).is_file():
        raise NotFound(f"Model set {model_set!r} has no candidate to accept or discard; train one first.")
    return folder
