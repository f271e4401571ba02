"""Backends of Flask-Caching that store JSON: files that all processes share, or the memory of this one.

The backends that come with Flask-Caching pickle their values, so anyone with write access to the folder could run code
in the server.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from datetime import timedelta
from pathlib import Path

import orjson
from flask_caching.backends.base import BaseCache

from forecasting.file_cache import FileCache
from webapp.app.json_values import encode

log = logging.getLogger(__name__)


class JsonFileCache(BaseCache):
    """JSON values in files of one private folder, of at most `max_bytes` together.

    `timeout` is the lifetime of a value in seconds, 0 for no limit. Raises OSError if the folder is not private.
    """

    def __init__(self, folder: Path, max_bytes: int, timeout: int):
        super().__init__(timeout)
        self._files = FileCache(folder, max_bytes, ".json")

    def get(self, key: str) -> object | None:
        """The value of a key as parsed JSON; None if there is none, it has expired, or its file is damaged."""
        name = entry_name(key)
        data = self._files.read(name)
        if data is None:
            return None
        try:
            expires, value = opened_entry(data)
        except ValueError as error:
            self._files.discard_damaged(name, error)
            return None
        if expires and expires < time.time():
            self._files.remove(name)
            return None
        return value

    def set(self, key: str, value: object, timeout: int | timedelta | None = None) -> bool:
        """Store a value; return whether it is stored. Raises TypeError for one that has no JSON."""
        return self._files.write(entry_name(key), self._entry(value, timeout))

    def add(self, key: str, value: object, timeout: int | timedelta | None = None) -> bool:
        """Store a value unless the key has one; of several processes at once, one succeeds."""
        return self.get(key) is None and self._files.write(entry_name(key), self._entry(value, timeout), replace=False)

    def delete(self, key: str) -> bool:
        """Remove a key; return whether it had a value."""
        return self._files.remove(entry_name(key))

    def has(self, key: str) -> bool:
        """Whether a key has a value."""
        return self.get(key) is not None

    def clear(self) -> bool:
        """Remove everything."""
        self._files.clear()
        return True

    def _entry(self, value: object, timeout: int | timedelta | None) -> bytes:
        seconds = self._normalize_timeout(timeout)
        return entry_bytes(value, time.time() + seconds if seconds else 0)


class JsonMemoryCache(BaseCache):
    """The same in the memory of this process, for a home that cannot be written."""

    def __init__(self, max_bytes: int, timeout: int):
        super().__init__(timeout)
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> object | None:
        """The value of a key as parsed JSON; None if there is none or it has expired."""
        with self._lock:
            data = self._entries.get(key)
            if data is None:
                return None
            self._entries.move_to_end(key)
        expires, value = opened_entry(data)
        return value if not expires or expires >= time.time() else None

    def set(self, key: str, value: object, timeout: int | timedelta | None = None) -> bool:
        """Store a value; return whether it is stored. Raises TypeError for one that has no JSON."""
        seconds = self._normalize_timeout(timeout)
        data = entry_bytes(value, time.time() + seconds if seconds else 0)
        with self._lock:
            self._entries[key] = data
            self._entries.move_to_end(key)
            size = sum(map(len, self._entries.values()))
            while size > self._max_bytes:
                _, oldest = self._entries.popitem(last=False)
                size -= len(oldest)
            return key in self._entries

    def add(self, key: str, value: object, timeout: int | timedelta | None = None) -> bool:
        """Store a value unless the key has one."""
        return not self.has(key) and self.set(key, value, timeout)

    def delete(self, key: str) -> bool:
        """Remove a key; return whether it had a value."""
        with self._lock:
            return self._entries.pop(key, None) is not None

    def has(self, key: str) -> bool:
        """Whether a key has a value."""
        return self.get(key) is not None

    def clear(self) -> bool:
        """Remove everything."""
        with self._lock:
            self._entries.clear()
        return True


def entry_name(key: str) -> str:
    """The name of a key's file: no key names a path."""
    return hashlib.sha256(key.encode()).hexdigest()


def entry_bytes(value: object, expires: float) -> bytes:
    """Return an entry: a value as JSON and when it expires (0: never). Raises TypeError for what has no JSON."""
    return orjson.dumps({"expires": round(expires), "value": orjson.Fragment(encode(value))})


def opened_entry(data: bytes) -> tuple[float, object]:
    """When an entry expires (0: never) and its value; raises ValueError for what is no entry."""
    entry = orjson.loads(data)
    if not isinstance(entry, dict) or entry.keys() != {"expires", "value"} or not isinstance(entry["expires"], int):
        raise ValueError("no entry of this cache")
    return entry["expires"], entry["value"]
