"""Opening files: compression by content, limits on what comes out of it, blocks of whole lines.

Nothing here trusts a file's name. What a compressed file expands to is bounded by `Settings.max_expanded_bytes`, and
every file is read in pieces, so a bomb is stopped early and a file of any size needs the memory of one block.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from forecasting.errors import FileRefused, TooLarge

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 16
PEEK_BYTES = 1 << 16
NEWLINE = 10

Source = Path | tuple[str, BinaryIO]

_UNREADABLE = {
    b"\xfd7zXZ": "is compressed with xz; give it plain, or as gz, bz2 or zip",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; give it plain, or as gz, bz2 or zip",
    b"7z\xbc\xaf": "is a 7z archive; give it plain, or as gz, bz2 or zip",
    b"\xff\xfe": "is written in UTF-16; save it as UTF-8",
    b"\xfe\xff": "is written in UTF-16; save it as UTF-8",
    b"SQLite format 3": "is an SQLite database; export its rows as CSV",
    b"PAR1": "is a Parquet file; export it as CSV",
}


class TextStream(io.BufferedReader):
    """The expanded bytes of one file, with `peek`; `name` is what messages call it."""

    def __init__(self, raw: io.RawIOBase, name: str):
        super().__init__(raw, PEEK_BYTES)
        self.label = name


class _Expanded(io.RawIOBase):
    """What comes out of a decompressor, counted against the limit, its errors put in words."""

    def __init__(self, inner: BinaryIO, label: str, limit_bytes: int | None):
        self._inner = inner
        self._label = label
        self._limit_bytes = limit_bytes
        self._total_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        try:
            count = self._inner.readinto(buffer)
        except EOFError as error:
            raise FileRefused(f"{self._label} is cut off: its compressed data ends too early.") from error
        except (zlib.error, OSError, zipfile.BadZipFile) as error:
            raise FileRefused(f"{self._label} cannot be expanded: {error}.") from error
        self._total_bytes += count
        if self._limit_bytes is not None and self._total_bytes > self._limit_bytes:
            raise TooLarge(
                f"{self._label} is larger than {self._limit_bytes:,} bytes when expanded; "
                "split it, or raise DATAFLOW_MAX_EXPANDED_BYTES."
            )
        return count


def label_of(source: Source) -> str:
    """What messages and notes call a source: the file's name without its folder."""
    return Path(source).name if isinstance(source, str | os.PathLike) else Path(source[0]).name


def size_of(source: Source) -> int | None:
    """Bytes of the file as it lies, compressed or not; None where that is unknown."""
    try:
        if isinstance(source, str | os.PathLike):
            return Path(source).stat().st_size
        file = source[1]
        here = file.tell()
        end = file.seek(0, io.SEEK_END)
        file.seek(here)
        return end - here
    except OSError:
        return None


@contextmanager
def opened(source: Source, *, limit_bytes: int) -> Iterator[tuple[TextStream, Callable[[], int]]]:
    """The expanded bytes of a source, and a function giving the bytes of the file consumed so far.

    Raises FileRefused where it is missing, empty, binary, broken or an archive of several files, and, while reading,
    TooLarge where a compressed file expands past `limit_bytes`.
    """
    label = label_of(source)
    with _raw(source, label) as raw:
        start = raw.tell()
        inner = _decompressed(raw, label)
        stream = TextStream(_Expanded(inner, label, None if inner is raw else limit_bytes), label)
        _refuse_binary(stream)
        yield stream, lambda: raw.tell() - start


@contextmanager
def _raw(source: Source, label: str) -> Iterator[BinaryIO]:
    if not isinstance(source, str | os.PathLike):
        yield source[1]
        return
    path = Path(source)
    if not path.is_file() or not os.access(path, os.R_OK):
        raise FileRefused(f"{label} is no file that can be read; give the path of a log or CSV.")
    with path.open("rb") as file:
        yield file


def _decompressed(raw: BinaryIO, label: str) -> BinaryIO:
    start = raw.tell()
    head = raw.read(16)
    raw.seek(start)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(raw)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _only_member(raw, label)
    return raw


def _only_member(raw: BinaryIO, label: str) -> BinaryIO:
    """The one file inside a zip; folders and what macOS adds do not count."""
    try:
        archive = zipfile.ZipFile(raw)
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        if any(member.filename == "[Content_Types].xml" for member in members):
            raise FileRefused(f"{label} is an Office document; save the sheet as CSV.")
        if len(members) != 1:
            raise FileRefused(f"{label} holds {len(members)} files; give a zip with exactly one, or the files.")
        return archive.open(members[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise FileRefused(f"{label} is no zip that can be read: {error}.") from error


def _refuse_binary(stream: TextStream) -> None:
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    if not sample:
        raise FileRefused(f"{stream.label} is empty.")
    for magic, reason in _UNREADABLE.items():
        if sample.startswith(magic):
            raise FileRefused(f"{stream.label} {reason}.")
    text = sample.lstrip(b"\0")  # a log rotated by truncation begins with a hole, and is still a log
    controls = len(text) - len(text.translate(None, bytes({*range(32), 127} - {9, 10, 12, 13, 27})))
    if controls > 0.02 * len(text):
        raise FileRefused(f"{stream.label} is not text: {controls} of its first {len(text)} bytes are control bytes.")


def blocks(stream: TextStream) -> Iterator[memoryview]:
    """The stream in blocks of whole lines, each ended by a newline (one is added to a last line without).

    A block is valid until the next one is asked for. A line longer than a block is cut to `MAX_LINE_BYTES`.
    """
    buffer = bytearray(BLOCK_BYTES + 1)
    window = memoryview(buffer)
    held = 0
    cut = False
    while count := stream.readinto(window[held:BLOCK_BYTES]):
        filled = held + count
        first = buffer.find(b"\n", 0, filled) + 1 if cut else 0
        if cut and not first:
            continue
        cut = False
        end = max(first, buffer.rfind(b"\n", first, filled) + 1)
        if end > first:
            yield window[first:end]
        held = filled - end
        buffer[:held] = buffer[end:filled]
        if held == BLOCK_BYTES:
            buffer[MAX_LINE_BYTES] = NEWLINE
            yield window[: MAX_LINE_BYTES + 1]
            cut, held = True, 0
    if held:
        buffer[held] = NEWLINE
        yield window[: held + 1]
