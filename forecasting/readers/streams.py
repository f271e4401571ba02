"""Opening sources: every file inside them as a stream of text, in blocks of whole lines."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from forecasting import deadline
from forecasting.errors import FileRefused
from forecasting.readers.archives import Budget, Decoded, encoding_of, members, shown
from forecasting.readers.tables.parquet_file import MAGIC as PARQUET
from forecasting.readers.tables.parquet_file import parquet_rows
from forecasting.readers.tables.workbook import MAGIC as WORKBOOK
from forecasting.readers.tables.workbook import workbook_rows

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 16
PEEK_BYTES = 1 << 16
NEWLINE = 10

Source = Path | tuple[str, BinaryIO]

_HOLE = re.compile(rb"\0{16,}")
_MARKUP = re.compile(rb"\s*<(?:!doctype html|html|\?xml)", re.IGNORECASE)

STANDARD_INPUT = "-"
_SPOOL_BYTES = 64 << 20
_BOM = b"\xef\xbb\xbf"

_UNREADABLE = {
    b"7z\xbc\xaf": "is a 7z archive; give its files plain, or as gz, bz2, xz, zst, zip or tar",
    b"SQLite format 3": "is an SQLite database; export its rows as CSV",
    b"ORC": "is an ORC file (a container of columns); export its rows as CSV",
    b"Obj\x01": "is an Avro container; export its records as JSON lines",
    b"ARROW1": "is an Arrow (Feather) container; export its rows as CSV",
    b"Rar!": "is a RAR archive; give its files plain, or as gz, bz2, xz, zst, zip or tar",
    b"\x04\x22\x4d\x18": "is compressed with lz4, a container that is not read; use gz, bz2, xz or zst",
    b"\xd0\xcf\x11\xe0": "is an old Excel or Office document; save the sheet as CSV",
    b"%PDF": "is a PDF, a container of pages; export the numbers as CSV",
}


class EmptyFile(FileRefused):
    """A file without a record (no byte, blank lines, a header alone): a note beside other files, a refusal alone."""


class OtherFile(FileRefused):
    """A file that is neither a log of requests nor a table, such as a README, a picture or an error log."""


class TextStream(io.BufferedReader):
    """The expanded bytes of one file, with `peek`; `label` is what messages call it.

    `table` names the format (`parquet`, `excel`) if the text is that of a table's rows, and is empty for plain text.
    `refusal` says why it cannot be read at all, if it stands beside others that may be.
    """

    def __init__(self, raw: io.RawIOBase, name: str, table: str = "", refusal: OtherFile | None = None):
        super().__init__(raw, PEEK_BYTES)
        self.label = name
        self.table = table
        self.refusal = refusal


class _Plain(io.RawIOBase):
    """Bytes of an open file as a raw stream that does not close it."""

    def __init__(self, inner: BinaryIO):
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        deadline.check()
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Pieces(io.RawIOBase):
    """An iterator of bytes as a raw stream."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._held:
            gathered = bytearray()
            while len(gathered) < len(buffer) and (piece := next(self._pieces, b"")):
                gathered += piece
            self._held = memoryview(gathered)
        count = min(len(self._held), len(buffer))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def label_of(source: Source) -> str:
    """What messages and notes call a source: the file's name without its folder."""
    return shown(Path(source if isinstance(source, str | os.PathLike) else source[0]).name)


def size_of(source: Source) -> int | None:
    """Bytes of the file as it lies, compressed or not; None if that is unknown."""
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
def opened(
    source: Source, *, limit_bytes: int, label: str = "", sheet: str | None = None
) -> Iterator[tuple[Iterator[TextStream], Callable[[], int]]]:
    """The files inside a source as text, one after the other, and a function giving the bytes of the source consumed.

    A stream is valid until the next one is taken; an empty file is left out, unless it is the source itself, which
    is refused. `label` is what messages call the source, its name if absent; `sheet` chooses a sheet of a workbook.
    Raises FileRefused if the source is missing, empty, binary or broken, and, while reading, TooLarge if it expands
    past `limit_bytes`.
    """
    label = label or label_of(source)
    with _raw(source, label) as raw:
        start = raw.tell()
        yield _texts(raw, label, limit_bytes, sheet), lambda: raw.tell() - start


def _texts(raw: BinaryIO, label: str, limit_bytes: int, sheet: str | None) -> Iterator[TextStream]:
    count = 0
    for name, binary in members(raw, label, Budget(label, limit_bytes)):
        try:
            stream = _table(binary, name, limit_bytes, sheet) or _text(binary, name)
        except OtherFile as error:
            if "/" not in name:
                raise
            stream = TextStream(io.BytesIO(), name, refusal=error)  # type: ignore[arg-type]
        if stream is not None:
            count += 1
            yield stream
    if not count:
        raise EmptyFile(f"{label} is empty.")


def _table(binary: BinaryIO, label: str, limit_bytes: int, sheet: str | None) -> TextStream | None:
    """The rows of a Parquet file or a workbook as text; None for other files.

    Both are read from their end, so one that comes out of a container is written to a temporary file first.
    """
    if isinstance(binary, io.BufferedReader) and not binary.seekable():
        packed = binary.peek(4).startswith(PARQUET)
        return _table_stream(_unpacked(binary, label, limit_bytes), label, "parquet") if packed else None
    start = binary.tell()
    head = binary.read(4)
    binary.seek(start)
    if head == PARQUET:
        return _table_stream(parquet_rows(binary, label, limit_bytes), label, "parquet")
    if head == WORKBOOK:  # other zip archives come as their members
        return _table_stream(workbook_rows(binary, label, limit_bytes, sheet), label, "excel")
    return None


def _unpacked(binary: BinaryIO, label: str, limit_bytes: int) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(binary, file)
        file.seek(0)
        yield from parquet_rows(file, label, limit_bytes)


def _table_stream(rows: Iterator[bytes], label: str, table: str) -> TextStream:
    return TextStream(Pieces(rows), label, table)


def _text(binary: BinaryIO, label: str) -> TextStream | None:
    stream = TextStream(_Plain(binary), label)
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    if not sample:
        return None
    for magic, reason in _UNREADABLE.items():
        if sample.startswith(magic):
            raise OtherFile(f"{label} {reason}.")
    encoding = encoding_of(sample)
    if encoding is not None or (b"\n" not in sample and sample.count(b"\r") > 1):
        stream = TextStream(Decoded(stream, encoding), label)
        sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    if sample.startswith(_BOM):
        stream.read(len(_BOM))
        sample = sample[len(_BOM) :]
    _refuse_binary(sample, label)
    return stream


@contextmanager
def _raw(source: Source, label: str) -> Iterator[BinaryIO]:
    if not isinstance(source, str | os.PathLike):
        yield source[1]
        return
    path = Path(source)
    if str(source) == STANDARD_INPUT:
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spooled:  # archives need to be read from the end
            while piece := sys.stdin.buffer.read(1 << 20):
                spooled.write(piece)
            spooled.seek(0)
            yield spooled  # type: ignore[misc]
        return
    if not path.is_file() or not os.access(path, os.R_OK):
        raise FileRefused(f"{label} is no file that can be read; give the path of a log or CSV.")
    with path.open("rb") as file:
        yield file


def files_of(source: Source) -> list[tuple[str, Source]]:
    """Return (label, file) of the files of a folder, sorted by path, hidden ones left out; any other source alone."""
    if not isinstance(source, str | os.PathLike) or not Path(source).is_dir():
        return [(label_of(source), source)]
    folder = Path(source)
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _hidden(path.relative_to(folder))]
    if not found:
        raise FileRefused(f"{folder.resolve().name} is a folder without files.")
    name = folder.resolve().name
    return [(shown(f"{name}/{path.relative_to(folder).as_posix()}"), path) for path in found]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _refuse_binary(sample: bytes, label: str) -> None:
    text = _HOLE.sub(b"", sample)  # a log rotated by truncation has holes, and is still a log
    if _MARKUP.match(text):
        raise OtherFile(
            f"{label} is a web page or an XML document (Excel's too), not a log or a table. If it is the page of a "
            "sign-in, download the export again; else export as CSV."
        )
    controls = len(text) - len(text.translate(None, bytes({*range(32), 127} - {9, 10, 12, 13, 27})))
    if controls > 0.02 * len(text):
        raise OtherFile(
            f"{label} is not text: {controls} of its first {len(text)} bytes are control bytes. "
            "Of containers, gz, bz2, xz, zst, zip and tar are read."
        )


def blocks(stream: TextStream) -> Iterator[memoryview]:
    """The stream in blocks of whole lines, each ended by a newline (one is added to a last line without).

    A block is valid until the next one is taken. A line longer than a block is cut to `MAX_LINE_BYTES`.
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
