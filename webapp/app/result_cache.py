"""Computed results, cached in Redis or on disk for every worker: a second look is instant, and never stale.

A key holds the version of this software, of the data, and of the model sets trained here, so that whatever a result
was made of changes its key. Nothing is ever invalidated by hand.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar, overload

import orjson
from flask_caching.backends.base import BaseCache

from forecasting.errors import NotReady
from forecasting.jobs import JobQueue
from forecasting.model_sets.stored import set_stamps
from forecasting.settings import Settings
from forecasting.version import installed_version
from webapp.app.json_cache import JsonFileCache, JsonMemoryCache
from webapp.app.json_values import NotConvertible, decode
from webapp.app.redis_cache import JsonRedisCache
from webapp.app.shipped_answers import shipped_answers

log = logging.getLogger(__name__)

LIFETIME_SECONDS = 30 * 86_400
MEMORY_SHARE = 1 / 16
"""The share of the bytes on disk that a worker may take in memory if it cannot write."""

OBSOLETE = ("answers", "jobs", "turns")
"""Folders in which version 0.4.0 stored pickles and locks; they are removed unread."""

T = TypeVar("T")


class ResultCache:
    """Results by what was requested, as JSON. What a caller reads has the type that it names, or is a miss."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def key(self, name: str, version: str, arguments: Mapping[str, object]) -> str:
        """The key of the result `name` for data of this version; `arguments` must be JSON."""
        parts = [installed_version(), self._models_stamp(), name, version, _as_a_browser_writes(dict(arguments))]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)).hexdigest()

    @overload
    def find(self, key: str) -> object | None: ...

    @overload
    def find(self, key: str, kind: type[T]) -> T | None: ...

    def find(self, key: str, kind: type = object) -> object | None:
        """The result cached or shipped under a key, as a `kind` (JSON as it is by default); None if there is none."""
        value = self._cache.get(key)
        if value is None:
            value = shipped_answers().get(key)
        if value is None:
            value = self._of_a_job(key)
        if value is None:
            return None
        try:
            return decode(value, kind)
        except NotConvertible as error:
            log.warning("The cached result %s is removed and computed again: %s", key, error)
            self._cache.delete(key)
            return None

    def put(self, key: str, result: object) -> bool:
        """Cache a result (not None) under a key, whole or not at all; return whether it is cached."""
        return bool(self._cache.set(key, result))

    def get_or_compute(
        self, name: str, version: str, arguments: Mapping[str, object], compute: Callable[[], T], kind: type[T]
    ) -> T:
        """The cached result of type `kind`, else what `compute` returns, which is cached."""
        key = self.key(name, version, arguments)
        result = self.find(key, kind)
        if result is None:
            result = compute()
            self.put(key, result)
        return result

    def _of_a_job(self, key: str) -> object | None:
        """The result that a job stored in the database, perhaps on another machine; it is cached here then."""
        try:
            data = self._jobs.result_of(key)
        except NotReady as error:
            log.warning("No result of a job is used: %s", error.message)
            return None
        if data is None:
            return None
        value = orjson.loads(data)
        self.put(key, value)
        return value

    @cached_property
    def _jobs(self) -> JobQueue:
        return JobQueue(self._settings)

    @cached_property
    def _cache(self) -> BaseCache:
        folder, size = self._settings.cache_path, self._settings.cache_bytes
        if self._settings.redis_url:
            return JsonRedisCache(self._settings.redis_url, size, LIFETIME_SECONDS)
        try:
            cache = JsonFileCache(folder / "results", size, LIFETIME_SECONDS)
        except OSError as error:
            log.warning("%s cannot be used (%s): results are cached by each worker.", folder, error)
            return JsonMemoryCache(int(size * MEMORY_SHARE), LIFETIME_SECONDS)
        for name in OBSOLETE:
            shutil.rmtree(folder / name, ignore_errors=True)
        return cache

    def _models_stamp(self) -> list[list[object]]:
        """The sets trained here as they are now."""
        return set_stamps(self._settings)


def _as_a_browser_writes(value: object) -> object:
    """Normalise 120.0 to 120, as JSON from a browser has it."""
    if isinstance(value, Mapping):
        return {name: _as_a_browser_writes(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_a_browser_writes(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
