"""The request class of the server."""

from __future__ import annotations

import io
import tempfile
from typing import IO, Any, cast

from flask import Request

IN_MEMORY_BYTES = 1 << 20
"""Uploads of one request beyond these lie on the disk."""


class TidyRequest(Request):
    """Holds all uploads of a request in one place, and empties it at the end of the request.

    werkzeug opens a temporary file for every larger part, closes only those of a form that was read to its end, and
    holds the smaller ones in memory: 1,500 logs would need more open files than a process may have, or hundreds of
    megabytes.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._store: IO[bytes] | None = None

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        if self._store is None:  # nameless, under TMPDIR
            self._store = cast("IO[bytes]", tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115
        return cast("IO[bytes]", UploadedPart(self._store))

    def close(self) -> None:
        """Close the request and its uploads; Flask calls this at the end."""
        super().close()
        if self._store is not None:
            self._store.close()


class UploadedPart(io.RawIOBase):
    """One part of a form: a stretch of the file that holds all of them, which arrive one after the other."""

    def __init__(self, store: IO[bytes]):
        self._store = store
        self._start = store.seek(0, io.SEEK_END)
        self._size = 0
        self._at = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a position must not be negative")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self._size - self._at))
        self._store.seek(self._start + self._at)
        data = self._store.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Append to the part; a later part must not have begun."""
        self._store.seek(self._start + self._at)
        self._store.write(data)
        self._at += len(data)
        self._size = max(self._size, self._at)
        return len(data)
