"""What was computed before, kept on disk for every worker: a second look is instant, and never stale.

A key holds the version of this software, of the data, and of the model sets trained here, so that whatever an answer
was made of changes its key. Nothing is ever invalidated by hand.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar

import orjson
from flask_caching.backends import FileSystemCache, SimpleCache
from flask_caching.backends.base import BaseCache

from forecasting.settings import Settings
from forecasting.version import installed_version

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
        asked = [installed_version(), self._models_stamp(), name, version, dict(arguments)]
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)).hexdigest()

    def find(self, key: str) -> object | None:
        """What is kept under a key; None for nothing."""
        return self._cache.get(key)

    def keep(self, key: str, answer: object) -> None:
        """Keep an answer (not None) under a key; a whole one or none."""
        self._cache.set(key, answer)

    def remember(self, name: str, version: str, arguments: Mapping[str, object], compute: Callable[[], T]) -> T:
        """The kept answer, else what `compute` gives, which is kept."""
        key = self.key(name, version, arguments)
        found = self.find(key)
        if found is None:
            found = compute()
            self.keep(key, found)
        return found

    @cached_property
    def _cache(self) -> BaseCache:
        try:
            self._settings.cache_path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return FileSystemCache(str(self._settings.cache_path / "answers"), KEPT_ANSWERS, KEPT_SECONDS)
        except OSError as error:
            log.warning("%s cannot be used (%s): answers are kept by each worker.", self._settings.cache_path, error)
            return SimpleCache(KEPT_ANSWERS, KEPT_SECONDS)

    def _models_stamp(self) -> list[list[object]]:
        """When which set trained here was written."""
        cards = sorted(self._settings.model_sets_path.glob("*/card.json"))
        return [[card.parent.name, card.stat().st_mtime_ns] for card in cards]
