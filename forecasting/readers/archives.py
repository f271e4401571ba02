"""Files inside files: compression by content, archives of several files, text in UTF-16, line ends of any kind.

Nothing here trusts a file's name. What a compressed file expands to is counted against one limit for the whole source,
and every part is read in pieces, so that a bomb is stopped early and a file of any size needs the memory of one block.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import zstandard

from forecasting.errors import FileRefused, TooLarge

MAX_MEMBERS = 10_000
MAX_DEPTH = 3
_DIRECTORY_BYTES = 16 << 20
"""A longer directory of a zip is that of too many files, whatever its names are."""

_HEADER_BYTES = 4 << 20
"""More bytes between two files of a tar archive are headers without a file, or names without an end."""

_ENTRY = b"PK\x01\x02"
_TAR_MAGIC_AT, _TAR_MAGIC = 257, b"ustar"
_BROKEN = (
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    OSError,
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    # zipfile and tarfile raise these for lengths and places that a damaged file makes impossible.
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)
_JUNK = ("__MACOSX/", ".DS_Store")


def shown(name: str) -> str:
    """Return the name of a file as messages show it: on one line, without what no terminal prints."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def reason(error: Exception) -> str:
    """Return what a library says of a broken file, on one line and without the point at its end."""
    return shown(str(error) or type(error).__name__).rstrip(". ")


class Budget:
    """The bytes that one source may still expand to."""

    def __init__(self, label: str, limit_bytes: int | None):
        self._label = label
        self._limit_bytes = limit_bytes
        self._spent = 0

    def spend(self, count: int) -> None:
        """Count expanded bytes; raise TooLarge past the limit."""
        self._spent += count
        if self._limit_bytes is not None and self._spent > self._limit_bytes:
            raise TooLarge(
                f"{self._label} is larger than {self._limit_bytes:,} bytes when expanded; split it, or raise "
                "DATAFLOW_MAX_EXPANDED_BYTES."
            )


class Expanded(io.RawIOBase):
    """What comes out of a decompressor, counted against the budget, its errors put in words."""

    def __init__(self, inner: BinaryIO, label: str, budget: Budget | None):
        self._inner = inner
        self._label = label
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer))
        except EOFError as error:
            raise FileRefused(f"{self._label} is cut off: its compressed data ends too early.") from error
        except _BROKEN as error:
            raise FileRefused(f"{self._label} cannot be expanded: {reason(error)}.") from error
        if self._budget is not None:
            self._budget.spend(len(data))
        buffer[: len(data)] = data
        return len(data)


def members(raw: BinaryIO, label: str, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    """Yield (label, bytes) of each file inside: the file itself, or the members of an archive, expanded.

    Raises FileRefused for an archive that cannot be read, or one nested deeper than `MAX_DEPTH`.
    """
    start = raw.tell()
    head = raw.read(_TAR_MAGIC_AT + 8)
    raw.seek(start)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip_members(raw, label, budget)
    elif _is_tar(head):
        yield from _tar_members(raw, label, budget, 1)
    elif (inner := _decompressor(raw, head)) is not None:
        yield from _tar_or_file(io.BufferedReader(Expanded(inner, label, budget)), label, budget, 0)
    else:
        yield label, raw


def _is_tar(head: bytes) -> bool:
    return head[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC)


def _tar_or_file(
    expanded: io.BufferedReader[Expanded], label: str, budget: Budget, depth: int
) -> Iterator[tuple[str, BinaryIO]]:
    """The members of a tar archive, or the file itself, which may have been compressed more than once."""
    head = expanded.peek(_TAR_MAGIC_AT + 8)
    if _is_tar(head):
        yield from _tar_members(expanded, label, budget, depth + 1)
    elif depth < MAX_DEPTH and (inner := _decompressor(expanded, head)) is not None:
        yield from _tar_or_file(io.BufferedReader(Expanded(inner, label, budget)), label, budget, depth + 1)
    else:
        yield label, expanded


def _decompressor(raw: BinaryIO, head: bytes) -> BinaryIO | None:
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if head.startswith(b"BZh"):
        return bz2.BZ2File(raw)  # type: ignore[return-value]
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(raw)  # type: ignore[return-value]
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        limits = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        return limits.stream_reader(raw, read_across_frames=True)
    return None


class _Directory(io.RawIOBase):
    """A zip file as zipfile opens it, which reads the directory at one go: one that is too long is refused before."""

    def __init__(self, raw: BinaryIO, label: str):
        self._raw = raw
        self._label = label

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def read(self, size: int = -1) -> bytes:
        if size > _DIRECTORY_BYTES:
            raise _too_many(self._label)
        data = self._raw.read(size)
        if data.count(_ENTRY) > MAX_MEMBERS:
            raise _too_many(self._label)
        return data


class _Headers(io.RawIOBase):
    """A tar archive as tarfile reads it; between two files only headers of a bounded length are fed."""

    def __init__(self, raw: BinaryIO, label: str):
        self._raw = raw
        self._label = label
        self._left = _HEADER_BYTES
        self.in_file = False

    def readable(self) -> bool:
        return True

    def between_files(self) -> None:
        """Count anew the bytes up to the next file."""
        self.in_file, self._left = False, _HEADER_BYTES

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        if not self.in_file:
            self._left -= len(data)
            if self._left < 0:
                raise TooLarge(
                    f"{self._label} has {_HEADER_BYTES:,} bytes of tar headers without a file; pack its files anew."
                )
        return data


def _zip_members(raw: BinaryIO, label: str, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    start = raw.tell()
    try:
        archive = zipfile.ZipFile(_Directory(raw, label))
        infos = [info for info in archive.infolist() if _counts(info.filename) and not info.is_dir()]
    except _BROKEN as error:
        raise FileRefused(f"{label} is no zip that can be read: {reason(error)}.") from error
    if any(info.filename == "[Content_Types].xml" for info in infos):
        raw.seek(start)
        yield label, raw  # a workbook, which is a file and no archive to people
        return
    _bound(label, len(infos))
    for info in infos:
        inner = f"{label}/{shown(info.filename)}" if len(infos) > 1 else label
        try:
            opened = archive.open(info)
        except _BROKEN as error:
            raise FileRefused(f"{inner} cannot be read from the zip: {reason(error)}.") from error
        yield from _nested(opened, inner, budget, 1)  # type: ignore[arg-type]


def _tar_members(raw: BinaryIO, label: str, budget: Budget, depth: int) -> Iterator[tuple[str, BinaryIO]]:
    if depth > MAX_DEPTH:
        raise FileRefused(f"{label} holds archives inside archives, more than {MAX_DEPTH} deep; expand it first.")
    headers = _Headers(raw, label)
    try:
        with tarfile.open(fileobj=headers, mode="r|") as archive:
            count = 0
            while (info := archive.next()) is not None:
                # tarfile keeps every header for a second look that a stream cannot take
                archive.members.clear()  # type: ignore[attr-defined]
                opened = archive.extractfile(info) if info.isreg() else None
                if opened is None:
                    continue
                headers.in_file = True
                if _counts(info.name):
                    count += 1
                    _bound(label, count)
                    yield from _nested(opened, f"{label}/{shown(info.name)}", budget, depth)  # type: ignore[arg-type]
                while piece := opened.read(1 << 16):  # of a sparse file it may be endless
                    budget.spend(len(piece))
                headers.between_files()
    except _BROKEN as error:
        raise FileRefused(f"{label} is a tar archive that is cut off or broken: {reason(error)}.") from error


def _nested(opened: BinaryIO, label: str, budget: Budget, depth: int) -> Iterator[tuple[str, BinaryIO]]:
    """The members of a member, which may be compressed itself; its own bytes count against the budget."""
    member = io.BufferedReader(Expanded(opened, label, budget))
    head = member.peek(_TAR_MAGIC_AT + 8)
    if head.startswith(b"PK\x03\x04"):
        raise FileRefused(f"{label} is a zip inside an archive; expand it first.")
    else:
        yield from _tar_or_file(member, label, budget, depth)


def _counts(name: str) -> bool:
    """Whether a member is a file of the user's, not what macOS adds."""
    base = name.rpartition("/")[2]
    return bool(base) and not name.startswith(_JUNK) and not base.startswith("._") and base not in _JUNK


def _bound(label: str, count: int) -> None:
    if count > MAX_MEMBERS:
        raise _too_many(label)


def _too_many(label: str) -> TooLarge:
    return TooLarge(f"{label} holds more than {MAX_MEMBERS:,} files; split it.")


class Decoded(io.RawIOBase):
    """Text in UTF-16 as UTF-8, or bare carriage returns as line ends."""

    def __init__(self, inner: BinaryIO, encoding: str | None):
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._held:
            data = self._inner.read(max(2, len(buffer) // 4))
            if self._decoder is not None:
                text = self._decoder.decode(data, final=not data).removeprefix("\ufeff")
                self._held = text.encode("utf-8", "replace")
            else:
                self._held = data.replace(b"\r", b"\n")
            if not data:
                break
        count = min(len(self._held), len(buffer))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def encoding_of(sample: bytes) -> str | None:
    """Return the encoding of text that is not UTF-8: UTF-16 by its mark, or by a zero in every other byte."""
    if sample.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if sample.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    head = sample[:2_000]
    if len(head) >= 8:
        even, odd = head[0::2], head[1::2]
        if odd.count(0) > 0.9 * len(odd) and even.count(0) < 0.1 * len(even):
            return "utf-16-le"
        if even.count(0) > 0.9 * len(even) and odd.count(0) < 0.1 * len(odd):
            return "utf-16-be"
    return None
