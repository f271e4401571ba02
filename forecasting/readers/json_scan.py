"""The objects inside a JSON document as raw bytes, without parsing what surrounds them.

Brackets outside texts are found by numpy over whole blocks; only those that open and close objects of the wanted array
are looked at one by one. So a document of any size needs the memory of one record, and a time in proportion to its
bytes whatever they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from forecasting.errors import FileRefused

Path = tuple[str, ...]
"""Keys from the top of a document; the objects in an array are `ITEM`."""

ITEM = "item"

MAX_RECORD_BYTES = 16 << 20
"""More bytes without a record are no log but an endless text."""

MAX_OPEN = 1_000
"""More brackets than these that nothing closes are a bomb."""

_READ_BYTES = 1 << 18
_KEY_BYTES = 1_000
_KEY = re.compile(rb'"((?:[^"\\]|\\.){0,200})"\s*:\s*\Z', re.DOTALL)
_BETWEEN = b" \t\r\n,\x1e\0"
"""What may stand between two documents."""

_QUOTE, _BACKSLASH = b'"\\'
_OPEN, _CLOSE = b"{}"
_CURLY = 0x20
"""Curly brackets are square ones with this bit."""


@dataclass
class _Brackets:
    """Finds the brackets outside texts, block after block."""

    depth: int = 0
    in_text: bool = False
    is_escaped: bool = False

    def find(self, block: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return place (n,), whether it opens (n,) and the depth after it (n,) of each bracket of a block."""
        data = np.frombuffer(block, dtype=np.uint8)
        quotes = self._quotes(data)
        square = data | _CURLY
        places = np.flatnonzero((square == _OPEN) | (square == _CLOSE))
        inside = (np.searchsorted(quotes, places) + self.in_text) & 1
        places = places[inside == 0]
        opens = square[places] == _OPEN
        depths = self.depth + np.cumsum(np.where(opens, 1, -1))
        self.in_text = bool((len(quotes) + self.in_text) & 1)
        self.depth = int(depths[-1]) if len(depths) else self.depth
        return places, opens, depths

    def _quotes(self, data: np.ndarray) -> np.ndarray:
        """Places of the quotes without an odd number of backslashes before them."""
        quotes = np.flatnonzero(data == _QUOTE)
        slashes = np.flatnonzero(data == _BACKSLASH)
        was_escaped = self.is_escaped
        self.is_escaped = False
        if not len(slashes):
            return quotes[1:] if was_escaped and len(quotes) and quotes[0] == 0 else quotes
        is_first = np.diff(slashes, prepend=-2) != 1
        runs = np.flatnonzero(is_first)
        lengths = np.diff(runs, append=len(slashes))
        if was_escaped and slashes[0] == 0:  # the first slash is the escaped one
            lengths[0] -= 1
        after = slashes[np.append(runs[1:], len(slashes)) - 1] + 1
        escaped = after[lengths % 2 == 1]
        if len(escaped) and escaped[-1] == len(data):
            self.is_escaped = True
        if was_escaped and slashes[0] != 0:
            escaped = np.concatenate([[0], escaped])
        return quotes[~np.isin(quotes, escaped)] if len(escaped) else quotes


@dataclass
class _Open:
    """An open bracket: its path, and whether it is an array."""

    path: Path
    is_array: bool


@dataclass
class Arrays:
    """The arrays that a sample of JSON shows.

    `first` has those of objects, with the first complete one in each, or None; `rows` those of arrays; `columns` the
    text of those that say what the columns of rows are, by the path of what holds them. `tops` are the objects that
    nothing holds; the first of them has the path `()`.
    """

    first: dict[Path, bytes | None] = field(default_factory=dict)
    tops: int = 0
    rows: list[Path] = field(default_factory=list)
    columns: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, sample: bytes) -> Arrays:
        """Look through a sample, which may end anywhere."""
        arrays = cls()
        stack: list[_Open] = []
        starts: list[int] = []
        places, opens, _ = _Brackets().find(sample)
        for place, is_open in zip(places.tolist(), opens.tolist(), strict=True):
            if is_open:
                path = _path_at(sample, place, stack)
                is_array = sample[place : place + 1] == b"["
                if not stack and not is_array:
                    arrays.tops += 1
                    arrays.first.setdefault((), None)
                if stack and stack[-1].is_array:
                    if not is_array:
                        arrays.first.setdefault(path, None)
                    elif path not in arrays.rows:
                        arrays.rows.append(path)
                stack.append(_Open(path, is_array))
                starts.append(place)
                if len(stack) > MAX_OPEN:
                    break
            elif stack:
                closed, start = stack.pop(), starts.pop()
                if closed.path[-1:] == ("columns",):
                    arrays.columns.setdefault(closed.path[:-1], sample[start : place + 1])
                if closed.path in arrays.first and arrays.first[closed.path] is None:
                    arrays.first[closed.path] = sample[start : place + 1]
        return arrays


def _path_at(text: bytes | bytearray, place: int, stack: list[_Open]) -> Path:
    """The path of a value that begins with the bracket at a place, inside the brackets that are open."""
    if not stack:
        return ()
    if stack[-1].is_array:
        return (*stack[-1].path, ITEM)
    key = _KEY.search(bytes(text[max(0, place - _KEY_BYTES) : place]))
    return (*stack[-1].path, key[1].decode("utf-8", "replace") if key else "")


def objects(stream: BinaryIO, path: Path, label: str, *, opening: str = "{") -> Iterator[bytes]:
    """Yield the bytes of each object (or array, if `opening` is `[`) at a path, of one document or several in a row.

    Of the objects that nothing holds, whose path is `()`, what stands between them is yielded too.

    Raises FileRefused for a document that is cut off, nested without end, or has an endless record.
    """
    level = len(path)
    brackets, buffer = _Brackets(), bytearray()
    stack: list[_Open] = []
    start, since, done = -1, 0, 0
    while block := stream.read(_READ_BYTES):
        shift = len(buffer)
        buffer += block
        places, opens, depths = brackets.find(block)
        _check(depths, label)
        since += len(block)
        shallow = np.where(opens, depths <= level + 1, depths <= level)
        marks = zip((places[shallow] + shift).tolist(), opens[shallow].tolist(), depths[shallow].tolist(), strict=True)
        for place, is_open, depth in marks:
            if is_open and depth <= level:
                stack.append(_Open(_path_at(buffer, place, stack), buffer[place] == ord("[")))
            elif is_open:
                is_in = stack[-1].is_array and stack[-1].path == path[:-1] if stack else not path
                start = place if is_in and buffer[place] == ord(opening) else -1
                if not path and (between := buffer[done:place].strip(_BETWEEN)):
                    yield bytes(between)
            elif depth < level:
                stack.pop()
            elif start >= 0:
                yield bytes(buffer[start : place + 1])
                start, since, done = -1, len(buffer) - place, place + 1
        if since > MAX_RECORD_BYTES:
            raise FileRefused(
                f"{label} has {MAX_RECORD_BYTES:,} bytes of JSON without the end of a record; split its records."
            )
        cut = start if start >= 0 else done if not path else max(0, len(buffer) - _KEY_BYTES)
        del buffer[:cut]
        done = max(0, done - cut)
        start = 0 if start >= 0 else -1
    if brackets.depth or brackets.in_text:
        where = "a text" if brackets.in_text else "a record or a list"
        raise FileRefused(f"{label} is cut off or broken: its JSON ends inside {where}.")
    if not path and (rest := buffer[done:].strip(_BETWEEN)):
        yield bytes(rest)


def _check(depths: np.ndarray, label: str) -> None:
    if not len(depths):
        return
    if depths.max() > MAX_OPEN:
        raise FileRefused(f"{label} is JSON nested more than {MAX_OPEN:,} deep; export plain records.")
    if depths.min() < 0:
        raise FileRefused(f"{label} is cut off or broken: its JSON closes a bracket that it did not open.")
