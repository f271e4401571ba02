"""Arrays in memory by key, bounded by bytes: the one used longest ago goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np


class ArrayCache:
    """A cache of read-only arrays that threads may share."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._arrays: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._arrays)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self._bytes

    def get(self, key: Hashable) -> np.ndarray | None:
        """Return the array of a key, or None."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
            return self._arrays.get(key)

    def put(self, key: Hashable, array: np.ndarray) -> None:
        """Keep an array, which nobody may write to from now on; others go until the bytes suffice."""
        array.flags.writeable = False
        with self._lock:
            self._drop(key)
            self._arrays[key] = array
            self._bytes += array.nbytes
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._arrays)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._arrays.clear()
            self._bytes = 0

    def _drop(self, key: Hashable) -> None:
        array = self._arrays.pop(key, None)
        if array is not None:
            self._bytes -= array.nbytes
