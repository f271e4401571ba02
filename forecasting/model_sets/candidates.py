"""Candidates: trained sets stored beside the set that they may replace, until they are accepted or discarded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forecasting.errors import NotFound, ReadOnly
from forecasting.model_sets.installed import CARD
from forecasting.model_sets.inventory import installed_sets
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.names import _REPLACED, _WRITING, candidate_of, checked_set_name
from forecasting.model_sets.writing import _put_in_place
from forecasting.settings import Settings


def accept(model_set: str, settings: Settings) -> None:
    """Replace a set with its candidate; the previous set is deleted.

    A process that reads meanwhile gets the old set or the new one, never none. Raises NotFound if there is no
    candidate, ReadOnly if the install is read-only, Conflict during a training.
    """
    with _locked_candidate(model_set, settings) as folder:
        card = json.loads((folder / CARD).read_text())
        renamed = folder / (CARD + ".new")
        renamed.write_text(json.dumps({**card, "model_set": model_set}, indent=1, allow_nan=False))
        renamed.replace(folder / CARD)
        _put_in_place(folder, settings.model_sets_path / model_set)


def discard(model_set: str, settings: Settings) -> None:
    """Remove the candidate of a set; raises as `accept`."""
    with _locked_candidate(model_set, settings) as folder:
        _remove_folder(folder)


def remove(model_set: str, settings: Settings) -> None:
    """Remove a set that was trained here, damaged or not. Raises NotFound, else as `accept`."""
    names = [folder.name for folder in _folders(checked_set_name(model_set), settings)]
    if not names:
        own = [
            name for name, one in installed_sets(settings).states.items() if (settings.model_sets_path / name).is_dir()
        ]
        raise NotFound(f"No model set {model_set!r} was trained here. Available: {', '.join(own) or 'none'}.")
    _refuse_if_read_only(settings)
    with sets_locked(settings):
        for folder in _folders(model_set, settings):
            _remove_folder(folder)


def _folders(model_set: str, settings: Settings) -> list[Path]:
    root = settings.model_sets_path
    return [path for path in (root / model_set, root / (model_set + _REPLACED)) if path.is_dir()]


def _remove_folder(folder: Path) -> None:
    """Remove a set at once for readers: its folder is renamed first."""
    removed = folder.with_name(f"{_WRITING}{folder.name}")
    shutil.rmtree(removed, ignore_errors=True)
    folder.rename(removed)
    shutil.rmtree(removed)


def _refuse_if_read_only(settings: Settings) -> None:
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1): its model sets cannot be changed.")


@contextmanager
def _locked_candidate(model_set: str, settings: Settings) -> Iterator[Path]:
    """Yield the folder of a set's candidate, with the lock held; it is there for as long."""
    _refuse_if_read_only(settings)
    folder = settings.model_sets_path / candidate_of(model_set)
    with sets_locked(settings):
        if not (folder / CARD).is_file():
            raise NotFound(f"Model set {model_set!r} has no candidate to accept or discard. Train one first.")
        yield folder
