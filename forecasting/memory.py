"""A bounded cache in memory: the entries used least recently go first. Safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """At most `most` values by key. No value is None."""

    def __init__(self, most: int):
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return the value of a key, which counts as used now; None if there is none."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def replace(self, key: K, value: V) -> None:
        """Store a value in place of the one that the key had."""
        with self._lock:
            self._values[key] = value
            self._touch(key)

    def put(self, key: K, value: V) -> V:
        """Store a value and return the one that the key has: the first, if two threads computed it."""
        with self._lock:
            value = self._values.setdefault(key, value)
            self._touch(key)
            return value

    def _touch(self, key: K) -> None:
        """Count a key as used now; those used least recently go if there are too many."""
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
