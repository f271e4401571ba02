"""A backend of Flask-Caching that stores JSON in a Redis, which the processes of all machines share.

It is a cache only: while Redis cannot be reached nothing is found and results are computed again; the log says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import redis
from flask_caching.backends.base import BaseCache

from forecasting.file_cache import TRIMMED_SHARE, UNCHECKED_SHARE
from webapp.app.json_cache import entry_bytes, entry_name, opened_entry

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.5
PAUSE_SECONDS = 5.0
"""How long a Redis that failed is left alone: a page must not wait for it again and again."""

PREFIX = "dataflow:results:"
USED, SIZES = "dataflow:results-used", "dataflow:results-bytes"
"""When each entry was used last (a sorted set), and how large it is (a hash)."""

Answer = TypeVar("Answer")


class JsonRedisCache(BaseCache):
    """JSON values in a Redis, of at most `max_bytes` together; those used least recently go first.

    `timeout` is the lifetime of a value in seconds, 0 for no limit. What Redis holds is read as JSON and nothing else.
    """

    def __init__(self, url: str, max_bytes: int, timeout: int):
        super().__init__(timeout)
        self._redis = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, health_check_interval=30
        )
        self._max_bytes = max_bytes
        self._unchecked = float(max_bytes)
        self._left_alone_until = 0.0

    def get(self, key: str) -> object | None:
        """The value of a key as parsed JSON; None if there is none, it is damaged, or Redis cannot be reached."""
        name = entry_name(key)
        data = self._ask(lambda: self._read(name), None)
        if data is None:
            return None
        try:
            return opened_entry(data)[1]
        except ValueError as error:
            log.warning("The cached result %s is damaged (%s); it is removed and computed again.", name, error)
            self.delete(key)
            return None

    def set(self, key: str, value: object, timeout: int | timedelta | None = None) -> bool:
        """Store a value; return whether it is stored. Raises TypeError for one that has no JSON."""
        seconds = self._normalize_timeout(timeout)
        data = entry_bytes(value, 0)
        return len(data) <= self._max_bytes and self._ask(lambda: self._write(entry_name(key), data, seconds), False)

    def add(self, key: str, value: object, timeout: int | timedelta | None = None) -> bool:
        """Store a value unless the key has one."""
        return not self.has(key) and self.set(key, value, timeout)

    def delete(self, key: str) -> bool:
        """Remove a key; return whether it had a value."""
        return self._ask(lambda: self._remove([entry_name(key)]) > 0, False)

    def has(self, key: str) -> bool:
        """Whether a key has a value."""
        return self.get(key) is not None

    def clear(self) -> bool:
        """Remove everything that this cache has stored; return whether Redis did."""

        def remove_all() -> bool:
            self._remove([_text(name) for name in self._redis.hkeys(SIZES)])
            return True

        return self._ask(remove_all, False)

    def _read(self, name: str) -> bytes | None:
        data = self._redis.get(PREFIX + name)
        if not isinstance(data, bytes):
            return None
        self._redis.zadd(USED, {name: time.time()}, xx=True)
        return data

    def _write(self, name: str, data: bytes, seconds: int) -> bool:
        with self._redis.pipeline(transaction=True) as batch:
            batch.set(PREFIX + name, data, ex=seconds or None)
            batch.zadd(USED, {name: time.time()})
            batch.hset(SIZES, name, len(data))
            batch.execute()
        self._unchecked += len(data)
        if self._unchecked > UNCHECKED_SHARE * self._max_bytes:
            self._make_room()
        return True

    def _make_room(self) -> None:
        """Remove the entries used least recently until the rest is within the bound."""
        self._unchecked = 0.0
        sizes = {_text(name): int(size) for name, size in self._redis.hgetall(SIZES).items()}
        used = sum(sizes.values())
        if used <= self._max_bytes:
            return
        oldest = []
        for name in (_text(one) for one in self._redis.zrange(USED, 0, -1)):
            if used <= self._max_bytes * TRIMMED_SHARE:
                break
            used -= sizes.get(name, 0)
            oldest.append(name)
        self._remove(oldest)

    def _remove(self, names: list[str]) -> int:
        if not names:
            return 0
        with self._redis.pipeline(transaction=True) as batch:
            batch.delete(*(PREFIX + name for name in names))
            batch.zrem(USED, *names)
            batch.hdel(SIZES, *names)
            return int(batch.execute()[0])

    def _ask(self, work: Callable[[], Answer], otherwise: Answer) -> Answer:
        """Return what Redis does, or `otherwise` while it cannot be reached or holds something else at our keys."""
        if time.monotonic() < self._left_alone_until:
            return otherwise
        try:
            return work()
        except redis.RedisError as error:
            log.warning("The cache in Redis is not used for %g s: %s.", PAUSE_SECONDS, error)
            self._left_alone_until = time.monotonic() + PAUSE_SECONDS
            return otherwise


def _text(name: Any) -> str:
    """The name of an entry; the client types what it returns as one of many."""
    return bytes(name).decode()
