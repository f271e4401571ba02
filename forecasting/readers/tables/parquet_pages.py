"""What the pages of a Parquet file say about their size, read before anything expands them.

The sizes in the footer are only claims of its writer; a page is expanded to the size in its own header.
"""

from __future__ import annotations

from typing import BinaryIO

MAX_PAGE_BYTES = 64 << 20
"""Usual pages have 1 MB."""

MAX_PAGES = 100_000
_HEADER_BYTES = 1 << 16
_DEEPEST = 16
_STOP, _BOOLEANS, _BYTE, _INTEGERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = 0, (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
_UNCOMPRESSED, _COMPRESSED = 2, 3


def largest_page(file: BinaryIO, start: int, length: int) -> int:
    """Return the expanded size in bytes of the largest page of a column chunk; raises ValueError for a broken one."""
    largest, at, pages = 0, start, 0
    while at < start + length:
        pages += 1
        if pages > MAX_PAGES:
            raise ValueError(f"a column has more than {MAX_PAGES:,} pages in one row group")
        file.seek(at)
        header = _Header(file.read(_HEADER_BYTES))
        sizes = header.integers()
        expanded, compressed = sizes.get(_UNCOMPRESSED, -1), sizes.get(_COMPRESSED, -1)
        if expanded < 0 or compressed < 0:
            raise ValueError("a page has no size")
        largest = max(largest, expanded)
        at += header.at + compressed
    return largest


class _Header:
    """Reads one struct of Thrift's compact protocol."""

    def __init__(self, data: bytes):
        self._data = data
        self.at = 0

    def integers(self) -> dict[int, int]:
        """Return the integer fields of the struct by number; `at` is then behind it."""
        values: dict[int, int] = {}
        number = 0
        while (head := self._byte()) != _STOP:
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            if kind in _INTEGERS:
                values[number] = self._integer()
            else:
                self._skip(kind, 0, of_field=True)
        return values

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise ValueError("a page header is cut off")
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("a number in a page header is too long")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, kind: int, depth: int, *, of_field: bool) -> None:
        if depth > _DEEPEST:
            raise ValueError("a page header is nested too deeply")
        if kind in _BOOLEANS:
            self.at += 0 if of_field else 1
        elif kind == _BYTE:
            self.at += 1
        elif kind in _INTEGERS:
            self._varint()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            size = self._varint()
            self.at += size
        elif kind in _LISTS:
            self._skip_list(depth)
        elif kind == _STRUCT:
            self._skip_struct(depth)
        else:  # a header has no maps
            raise ValueError("a page header has a field of an unknown kind")

    def _skip_list(self, depth: int) -> None:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        for _ in range(min(count, len(self._data) + 1)):
            self._skip(head & 15, depth + 1, of_field=False)

    def _skip_struct(self, depth: int) -> None:
        while (head := self._byte()) != _STOP:
            if not head >> 4:
                self._integer()
            self._skip(head & 15, depth + 1, of_field=True)
