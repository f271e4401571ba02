"""Model sets in the database: read as they are now, with a cache of their files by hash on the local disk."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import zstandard

from forecasting.database import Store
from forecasting.errors import DamagedModelSet
from forecasting.file_cache import FileCache
from forecasting.memory import Memory
from forecasting.model_sets import set_tables as tables
from forecasting.model_sets.card import CardDefect, read_card
from forecasting.model_sets.installed import FileDefect, InstalledSet, SetFile, damaged
from forecasting.settings import Settings

log = logging.getLogger(__name__)

MAX_CACHE_BYTES = 256 * 2**20
"""Of files of models on the local disk; a full set takes 20 MB."""
FOLDER = "model-files"

State = InstalledSet | DamagedModelSet


@dataclass(frozen=True, eq=False)
class StoredState:
    """The sets in the database in one version: by name the set, or why it cannot be used, and the stamp of each."""

    version: str | None
    states: dict[str, State]
    stamps: dict[str, str]


_EMPTY = StoredState(None, {}, {})
_latest: Memory[Settings, StoredState] = Memory(16)
_refreshing = threading.Lock()


@lru_cache(maxsize=16)
def store_of(settings: Settings) -> Store:
    """Return the store of these settings, the same one in the whole process."""
    return Store(settings)


def stored_state(settings: Settings) -> StoredState:
    """Return the sets in the database as they are now: one look at one row if nothing has changed.

    A set that has not changed is the same object as before, so its models stay loaded.
    """
    rows = store_of(settings).read(tables.version_statement())
    version = rows[0].version if rows else None
    latest = _latest.get(settings) or _EMPTY
    if version == latest.version:
        return latest
    with _refreshing:
        latest = _latest.get(settings) or _EMPTY
        if version != latest.version:
            latest = store_of(settings).snapshot(lambda one: _read(one, settings, latest), missing=lambda: _EMPTY)
            _latest.replace(settings, latest)
        return latest


def _read(connection: sa.Connection, settings: Settings, latest: StoredState) -> StoredState:
    version = connection.execute(tables.version_statement()).scalar()
    sets, files, contents = tables.model_sets.c, tables.model_set_files.c, tables.model_files.c
    facts = sa.select(files.model_set, files.path, files.sha256, contents.size).join_from(
        tables.model_set_files, tables.model_files, isouter=True
    )
    by_set: dict[str, list[SetFile]] = {}
    for row in connection.execute(facts.order_by(files.path)):
        by_set.setdefault(row.model_set, []).append(SetFile(row.path, row.size or 0, row.sha256))
    states: dict[str, State] = {}
    stamps: dict[str, str] = {}
    for name, stamp in sorted(map(tuple, connection.execute(sa.select(sets.name, sets.stamp)))):
        stamps[name] = stamp
        if latest.stamps.get(name) == stamp and not isinstance(latest.states[name], DamagedModelSet):
            states[name] = latest.states[name]
            continue
        text = connection.execute(sa.select(sets.card).where(sets.name == name)).scalar_one()
        states[name] = _state(name, text, by_set.get(name, []), settings)
    return StoredState(version, states, stamps)


def _state(name: str, text: str, files: Sequence[SetFile], settings: Settings) -> State:
    try:
        card = read_card(text, name)
    except CardDefect as defect:
        return damaged(name, str(defect))
    hashes = {file.path: file.sha256 for file in files}
    stated = card.get("files")
    wanted = hashes if stated is None else {path: facts["sha256"] for path, facts in stated.items()}
    if differ := sorted(wanted.items() ^ hashes.items()):
        return damaged(name, f"{differ[0][0]} is not the file of its card")
    return InstalledSet(name, card, StoredFiles(tuple(files), settings), own=True)


@dataclass(frozen=True)
class StoredFiles:
    """The files of a set in the database."""

    files: tuple[SetFile, ...]
    settings: Settings

    @contextmanager
    def opened(self, timeframe: str, model: str) -> Iterator[Path]:
        """Yield a temporary folder with the files of a model, each as it was stored."""
        prefix = f"{timeframe}/{model}/"
        with tempfile.TemporaryDirectory(prefix="dataflow-model-") as name:
            folder = Path(name)
            for file in self.files:
                if file.path.startswith(prefix):
                    path = folder / file.path.removeprefix(prefix)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(_content(file, self.settings))
            yield folder

    def listed(self) -> tuple[SetFile, ...]:
        """Return the files by path."""
        return self.files

    def defects(self) -> tuple[str, ...]:
        """Read every file from the database, whatever is cached, and return what is wrong with them."""
        defects = []
        for file in self.files:
            try:
                fetched(file, self.settings)
            except FileDefect as defect:
                defects.append(str(defect))
        return tuple(defects)


def _content(file: SetFile, settings: Settings) -> bytes:
    """Return the bytes of a file from the local cache, else from the database."""
    cache = _opened(settings.cache_path / FOLDER)
    data = cache.read(file.sha256) if cache is not None else None
    if data is not None and cache is not None:
        if hashlib.sha256(data).hexdigest() == file.sha256:
            return data
        cache.discard_damaged(file.sha256, "its hash is another one")
    data = fetched(file, settings)
    if cache is not None:
        cache.write(file.sha256, data)
    return data


def fetched(file: SetFile, settings: Settings) -> bytes:
    """Return the bytes of a file from the database. Raises FileDefect if they are missing or not what was stored."""
    contents = tables.model_files.c
    rows = store_of(settings).read(sa.select(contents.payload).where(contents.sha256 == file.sha256))
    if not rows:
        raise FileDefect(f"{file.path} is missing in the database")
    try:
        with zstandard.ZstdDecompressor().stream_reader(rows[0].payload) as reader:
            data = reader.read(file.bytes + 1)
    except zstandard.ZstdError as error:
        raise FileDefect(f"{file.path} is damaged in the database ({error})") from error
    if len(data) != file.bytes or hashlib.sha256(data).hexdigest() != file.sha256:
        raise FileDefect(f"{file.path} is not the file that was stored")
    return data


def _opened(folder: Path) -> FileCache | None:
    """Return the local cache; None if its folder cannot be used: files then come from the database each time."""
    try:
        return FileCache(folder, MAX_CACHE_BYTES, ".bin")
    except OSError as error:
        log.warning("%s cannot be used (%s): model files are read from the database.", folder, error)
        return None


def set_stamps(settings: Settings) -> list[list[Any]]:
    """Return the name and stamp of each set trained here: what a result that rests on them depends on."""
    return [[name, stamp] for name, stamp in stored_state(settings).stamps.items()]
