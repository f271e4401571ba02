"""Small cards of model sets made for tests."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import cast

from forecasting.database import Store
from forecasting.forecasters.card_entry import CardEntry
from forecasting.model_sets.card import Card, card_text
from forecasting.model_sets.installed import files_in
from forecasting.model_sets.inventory import installed_sets
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.stored import fetched
from forecasting.model_sets.storing import new_files, store_set
from forecasting.settings import Settings

SCORES = {"n": 9, "rmse": 2.0, "mae": 1.0, "smape": 5.0, "mase": 0.5, "wql": 0.1, "bias": 0.0}
ROW = {**SCORES, "coverage_80": 0.8, "coverage_90": 0.9}


def entry() -> CardEntry:
    """The entry of a model that was trained on ten days, and tested on two more."""
    values = {
        "trained_from": "2024-03-04 00:00:00",
        "validation_from": "2024-03-12 00:00:00",
        "trained_until": "2024-03-14 00:00:00",
        "seasonal_scale": 3.0,
        "train_seconds": 0.1,
        "metrics_on": "test",
        "metrics_from": "2024-03-14 00:00:00",
        "metrics_until": "2024-03-16 00:00:00",
        "metrics": [{"step": 1, **ROW}, {"step": "all", **ROW}],
    }
    return cast("CardEntry", values)


def card(name: str = "mine", timeframe: str = "15m", model: str = "naive", **more: object) -> Card:
    """A whole card with one model."""
    data = {
        "name": "test",
        "synthetic": False,
        "time_zone": None,
        "start": "2024-03-04 00:00:00",
        "end": "2024-03-14 00:00:00",
        "requests": 1000.0,
        "day_hashes": {timeframe: {"2024-03-04": "abc"}},
    }
    values = {"schema": 1, "model_set": name, "created_at": "2026-11-25T19:39:12+00:00", "data": data}
    return cast("Card", {**values, "libraries": {"numpy": "2.4.6"}, "models": {timeframe: {model: entry()}}, **more})


def install_card(settings: Settings, name: str, content: Card | str) -> None:
    """Install a set that has a card, whole or not, and no files."""
    text = content if isinstance(content, str) else card_text(content)
    with sets_locked(settings) as lease:
        store_set(name, text, [], Store(settings), lease)


def install_folder(settings: Settings, folder: Path, name: str) -> None:
    """Write a set into a folder of a home, as release 0.4 did."""
    shutil.copytree(folder, settings.model_sets_path / name)


def stored_files(settings: Settings, name: str) -> dict[str, bytes]:
    """The files of a set in the database by path."""
    files = installed_sets(settings).find(name).files.listed()
    return {file.path: fetched(file, settings) for file in files}


def install_files(settings: Settings, name: str, files: dict[str, bytes]) -> None:
    """Install a set with a whole card and these files, by path."""
    with tempfile.TemporaryDirectory() as place, sets_locked(settings) as lease:
        for path, content in files.items():
            Path(place, path).parent.mkdir(parents=True, exist_ok=True)
            Path(place, path).write_bytes(content)
        sources = new_files(Path(place), files_in(Path(place)))
        store_set(name, card_text(card(name)), sources, Store(settings), lease)
