"""What was computed before, kept on disk for every worker: a second look is instant, and never stale.

A key holds the version of this software, of the data, and of the model sets trained here, so that whatever an answer
was made of changes its key. Nothing is ever invalidated by hand.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import orjson
from flask_caching.backends import FileSystemCache, SimpleCache
from flask_caching.backends.base import BaseCache

from forecasting.settings import Settings, make_private
from forecasting.version import installed_version
from webapp.app.shipped_answers import shipped_answers

log = logging.getLogger(__name__)

KEPT_ANSWERS = 500
KEPT_SECONDS = 30 * 86_400

T = TypeVar("T")


class Answers:
    """A cache of answers by what was asked. The folder is private to the user who runs the server: it is unpickled."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def key(self, name: str, version: str, arguments: Mapping[str, object]) -> str:
        """The key of the answer `name` for data of this version; `arguments` must be JSON."""
        asked = [installed_version(), self._models_stamp(), name, version, _as_a_browser_writes(dict(arguments))]
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)).hexdigest()

    def find(self, key: str) -> object | None:
        """What is kept under a key, or was shipped under it; None for nothing."""
        found = self._kept(key)
        return shipped_answers().get(key) if found is None else found

    def keep(self, key: str, answer: object) -> bool:
        """Keep an answer (not None) under a key, a whole one or none; whether it is kept."""
        return bool(self._cache.set(key, answer))

    @property
    def shared(self) -> bool:
        """Whether other processes find what this one keeps."""
        return isinstance(self._cache, FileSystemCache)

    def remember(self, name: str, version: str, arguments: Mapping[str, object], compute: Callable[[], T]) -> T:
        """The kept answer, else what `compute` gives, which is kept."""
        key = self.key(name, version, arguments)
        found = self.find(key)
        if found is None:
            found = compute()
            self.keep(key, found)
        return found

    def _kept(self, key: str) -> object | None:
        try:
            return self._cache.get(key)
        except Exception:  # whatever reading a damaged file may raise
            log.warning("A kept answer cannot be read and is made again.", exc_info=True)
            return None

    @cached_property
    def _cache(self) -> BaseCache:
        try:
            folder = make_private(self._settings.cache_path / "answers")
            return FileSystemCache(str(folder), KEPT_ANSWERS, KEPT_SECONDS)
        except OSError as error:
            log.warning("%s cannot be used (%s): answers are kept by each worker.", self._settings.cache_path, error)
            return SimpleCache(KEPT_ANSWERS, KEPT_SECONDS)

    def _models_stamp(self) -> list[list[object]]:
        """When which set trained here was written."""
        cards = sorted(self._settings.model_sets_path.glob("*/card.json"))
        return [[card.parent.name, written] for card in cards if (written := _written_at(card)) is not None]


def _written_at(path: Path) -> int | None:
    """When a file was written, in nanoseconds; None where it has just gone, as when a set is replaced."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _as_a_browser_writes(value: object) -> object:
    """The same with whole numbers as such: what was 120.0 here comes back from a browser as 120."""
    if isinstance(value, Mapping):
        return {name: _as_a_browser_writes(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_a_browser_writes(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
