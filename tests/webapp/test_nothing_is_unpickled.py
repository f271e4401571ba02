"""What pages and jobs leave on the disk: JSON, plain arrays, SQLite and model files; a planted pickle runs nothing."""

from __future__ import annotations

import io
import os
import pickle
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import orjson
import pytest

from forecasting.analysis import Overview
from forecasting.catalog import Catalog
from forecasting.errors import NotReady
from forecasting.evaluation import Leaderboard
from forecasting.file_cache import FileCache
from forecasting.hindcasts import cache as hindcasts
from forecasting.hindcasts.cache import cached_forecasts
from forecasting.jobs import DONE, JobQueue
from forecasting.prediction import chosen
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic
from tests.webapp.jobs.processes import perform_one
from webapp import create_app
from webapp.app.result_cache import ResultCache
from webapp.pages.overview.requests import KEYS, NAME, overview_of
from webapp.ui import address

PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
BOARD = {"dataset": "test", "timeframe": "15m", "start": None, "end": None}


class Hostile:
    """A pickle of it makes the process that reads it write a file."""

    def __init__(self, note: Path):
        self.note = note

    def __reduce__(self) -> tuple[Callable, tuple[str]]:
        return os.system, (f"touch {self.note}",)


def is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except ValueError:
        return False
    return True


def is_array(data: bytes) -> bool:
    try:
        np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError):
        return False
    return True


def what_it_is(path: Path) -> str:
    """The kind of a file; fails for any that is not known."""
    data = path.read_bytes()
    assert not data.startswith(PICKLES), path
    if path.suffix == ".lock":
        return "lock" if not data else pytest.fail(f"{path} has content")
    if path.suffix == ".json" and is_json(data):
        return "json"
    if path.suffix in (".npy", ".npz") and is_array(data):
        return "array"
    if ".sqlite3" in path.name:
        return "database"
    if path.name == "catalog.reserve" and not data.strip(b"\0"):
        return "reserve"
    if path.name in ("model.txt", "model.ubj", "root.txt", "root.ubj") or path.suffix in (".txt", ".ubj"):
        return "model"
    pytest.fail(f"{path} is no file that this product is known to write")


def plant_in_rows(settings: Settings, hostile: bytes) -> None:
    """Put a pickle where the result of every job is."""
    with closing(sqlite3.connect(settings.catalog_path)) as connection, connection:
        assert connection.execute("UPDATE jobs SET result = ?", (hostile,)).rowcount == 1


def overview_page(settings: Settings) -> Overview:
    with create_app(settings).server.test_request_context():
        return overview_of(address.read(NAME, {"dataset": "test"}, KEYS))


@pytest.fixture
def version(settings: Settings) -> str:
    return Catalog(settings).add(daily_traffic(12)).version


def test_all_that_lands_on_the_disk_is_plain(settings, version):
    series = Catalog(settings).get("test")
    assert overview_page(settings).name == "test"
    for task, arguments in (
        ("leaderboard", BOARD),
        ("trust", {**BOARD, "model": "lightgbm"}),
        ("train", {"dataset": "test", "models": ["lightgbm"], "timeframes": ["15m"], "until": None}),
    ):
        assert perform_one(JobQueue(settings), settings, task, version, **arguments).state == DONE, task
    fitted, _ = chosen(series, "lightgbm", None, settings)
    cached_forecasts(fitted, series, np.arange(500, 900), np.arange(1, 3), settings.cache_path / "means")
    kinds = {path: what_it_is(path) for path in settings.home.rglob("*") if path.is_file()}
    assert set(kinds.values()) >= {"json", "array", "database", "reserve"}
    folders = {path.parent.name for path in kinds}
    assert {"results", "means"} <= folders


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_planted_pickle_is_removed_and_runs_nothing(settings, version, tmp_path, protocol, caplog):
    note = tmp_path / "ran"
    hostile = pickle.dumps(Hostile(note), protocol)
    pickle.loads(hostile)
    assert note.exists(), "the trap works where something unpickles it"
    note.unlink()
    answers = ResultCache(settings)
    answers.put("key", {"a": 1})
    before = overview_page(settings)
    queue = JobQueue(settings)
    job = perform_one(queue, settings, "leaderboard", version, **BOARD)
    plant_in_rows(settings, hostile)
    series = Catalog(settings).get("test")
    fitted, _ = chosen(series, "lightgbm", None, settings)
    folder = settings.cache_path / "means"
    hindcasts._blocks_in_memory.clear()
    means = cached_forecasts(fitted, series, np.arange(500, 900), np.arange(1, 3), folder)
    planted = [path for path in settings.cache_path.rglob("*") if path.is_file() and path.suffix in (".json", ".npy")]
    assert len(planted) >= 5
    for path in planted:
        path.write_bytes(hostile)
    hindcasts._blocks_in_memory.clear()

    assert ResultCache(settings).find("key", dict) is None
    assert ResultCache(settings).find("key", Leaderboard) is None
    assert overview_page(settings).summary == before.summary
    assert ResultCache(settings).find(str(job.result_key), Leaderboard) is None
    with pytest.raises(NotReady, match="damaged"):
        queue.result(job.id)
    np.testing.assert_array_equal(cached_forecasts(fitted, series, np.arange(500, 900), np.arange(1, 3), folder), means)
    assert not note.exists()
    assert "damaged" in caplog.text
    assert all(path.read_bytes() != hostile for path in planted if path.exists())


def test_a_cache_that_others_can_write_is_not_used(settings, caplog):
    settings.prepare_home()
    settings.cache_path.chmod(0o777)
    answers = ResultCache(settings)
    assert answers.get_or_compute("a", "v", {}, lambda: "once", str) == "once"
    assert answers.get_or_compute("a", "v", {}, lambda: "twice", str) == "once"
    assert ResultCache(settings).get_or_compute("a", "v", {}, lambda: "elsewhere", str) == "elsewhere"
    assert "can be written by other users" in caplog.text
    assert list(settings.cache_path.iterdir()) == []


def test_no_library_that_pickles_its_cache_is_loaded_by_a_server(settings):
    create_app(settings)
    assert "diskcache" not in sys.modules
    assert FileCache.__module__ in sys.modules
