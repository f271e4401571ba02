"""JSON lines of a shape that was seen before: the same keys in the same order, so that only values differ.

A shape is taken from one line: the fixed text between its values, and where among its quotes time and status stand. A
line has the shape if all fixed text is the same and its time and status are such. Everything else (other keys,
broken text) is left to `json_line`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.readers.blocks.fast_lines import MOST_LEFT, ZERO, Text, Usual, clf_moments, iso_moments
from forecasting.readers.blocks.json_text import quotes_and_odd
from forecasting.readers.logs import json_keys as keys
from forecasting.readers.logs.json_keys import FlatRecord, plain
from forecasting.readers.logs.json_lines import MAX_PREFIX, json_line, loads, record_line
from forecasting.readers.logs.single_lines import status_of
from forecasting.readers.times.bounds import plausible
from forecasting.readers.times.times import CLF_WIDTH

MAX_SHAPES = 8
MAX_ATTEMPTS = 64
"""Lines from which a shape is tried to be taken; a log with more has too many."""

_SCALAR_BYTES = 24
_MOST_QUOTES = 400
_QUOTE, _BRACE = b'"{'
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(rb"[^\s{}\[\]:,]+")
_CLF = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_EPOCH = re.compile(rb"(\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d+)?")
_IS_SCALAR = np.zeros(256, dtype=bool)
_IS_SCALAR[list(b"0123456789-+.eE")] = True
_WORDS = (b"true", b"false", b"null")


@dataclass(frozen=True)
class _Literal:
    """Text that is the same in all lines of a shape: at a quote of the line, or that many bytes before it."""

    quote: int
    before: int
    text: bytes


@dataclass(frozen=True)
class _Value:
    """Where a value stands: behind which quote, how far, and whether it is in quotes itself."""

    quote: int
    after: int
    is_text: bool


@dataclass(frozen=True)
class _Scalar:
    """Numbers and the like between fixed texts: so far behind a quote, up to so far before another (-1: the end)."""

    quote: int
    after: int
    end: int
    before: int


@dataclass(frozen=True)
class Shape:
    """The fixed text of a line, its scalars, and where its time and its status stand."""

    quotes: int
    literals: tuple[_Literal, ...]
    scalars: tuple[_Scalar, ...]
    tail: bytes
    time: _Value
    epoch_digits: int
    is_clf: bool
    is_naive: bool
    status: _Value

    @classmethod
    def of(cls, line: bytes) -> Shape | None:
        """Learn the shape of a line; None if it is no plain record with a status and one certain time."""
        if line.count(b'"') > _MOST_QUOTES or not line.startswith(b"{"):
            return None
        record = loads(line)
        if not isinstance(record, dict) or json_line(line) is None or record_line(record, unwrap=False) is None:
            return None
        winners = _winners(record)
        if winners is None:
            return None
        return _shape_of(cls, line, *winners)

    def read(self, text: Text, quotes: np.ndarray, first: np.ndarray, counts: np.ndarray) -> Usual:
        """Read all lines of a block that have this shape."""
        lines = np.flatnonzero(counts == self.quotes)
        seconds, offsets = np.zeros(len(counts), dtype=np.int64), np.zeros(len(counts), dtype=np.int64)
        ok = np.zeros(len(counts), dtype=bool)
        for literal in self.literals:
            if not len(lines):
                break
            lines = lines[text.have(quotes[first[lines] + literal.quote] - literal.before, literal.text)]
        at = first[lines]
        good = text.have(text.ends[lines] - len(self.tail), self.tail)
        good &= quotes[at] - self.literals[0].before == text.starts[lines]
        for scalar in self.scalars:
            places = quotes[at + scalar.quote] + scalar.after
            stops = (quotes[at + scalar.end] if scalar.end >= 0 else text.ends[lines]) - scalar.before
            good &= _are_scalars(text, places, stops - places)
        status = text.rows(self._start(self.status, quotes, at), 4)
        good &= (status[:, 0] >= ord("1")) & (status[:, 0] <= ord("5")) & (status[:, 1:3] - ZERO < 10).all(axis=1)
        good &= (status[:, 3] == _QUOTE) if self.status.is_text else ~_IS_SCALAR[status[:, 3]]
        times = self._times(text, quotes, at)
        good &= times.ok & plausible(times.seconds)
        seconds[lines], offsets[lines], ok[lines] = times.seconds, times.offsets, good
        codes = np.zeros(len(counts), dtype=np.int64)
        codes[lines] = (status[:, :3] - ZERO).astype(np.int64) @ np.array([100, 10, 1])
        return Usual(seconds, offsets, ok, status=codes)

    @staticmethod
    def _start(value: _Value, quotes: np.ndarray, at: np.ndarray) -> np.ndarray:
        return quotes[at + value.quote] + value.after

    def _times(self, text: Text, quotes: np.ndarray, at: np.ndarray) -> Usual:
        places = self._start(self.time, quotes, at)
        if self.epoch_digits:
            digits = text.rows(places, self.epoch_digits + 1) - ZERO
            powers = 10 ** np.arange(9, -1, -1, dtype=np.int64)
            ok = (digits[:, :-1] < 10).all(axis=1)
            following = digits[:, -1] + ZERO
            ok &= (following == ord(".")) | ~_IS_SCALAR[following]
            return Usual(digits[:, :10].astype(np.int64) @ powers, np.zeros(len(places), dtype=np.int64), ok)
        ends = quotes[at + self.time.quote + 1]
        if self.is_clf:
            times = clf_moments(text, places)
            return Usual(times.seconds, times.offsets, times.ok & (ends - places == CLF_WIDTH))
        times = iso_moments(text, places, ends)
        return Usual(times.seconds, times.offsets, times.ok & ((times.offsets < -10_000) == self.is_naive))


def _are_scalars(text: Text, places: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Whether a number, true, false or null stands at each place (n,), as long as given (n,)."""
    width = int(np.clip(lengths.max(initial=1), 1, _SCALAR_BYTES))
    rows = text.rows(places, width)
    are = (_IS_SCALAR[rows] | (np.arange(width) >= lengths[:, None])).all(axis=1)
    are &= (lengths > 0) & (lengths <= _SCALAR_BYTES)
    for word in _WORDS:
        if (rows[:, 0] == word[0]).any():
            are |= (lengths == len(word)) & text.have(places, word)
    return are


def _winners(record: dict[str, object]) -> tuple[str, object, str, object] | None:
    """The plain key and value of time and status; None if another line with these keys could take other ones."""
    flat = FlatRecord.of(record)
    watched = {*keys.TIME_KEYS, *keys.STATUS_KEYS, *keys.COUNT_KEYS}
    if any(key in flat.by_path for key in keys.COUNT_KEYS) or _has_null(record, watched):
        return None
    candidates = flat.time_candidates()
    moment = keys.value_moment(candidates[0][1]) if candidates else None
    if moment is None or (moment[1] is None and len(candidates) > 1):
        return None
    for values in (flat.by_path, flat.by_key):
        for key in keys.STATUS_KEYS:
            if key in values:
                return (*candidates[0], key, values[key]) if status_of(values[key]) else None
    return None


def _has_null(record: dict[str, object], watched: set[str]) -> bool:
    return any(
        _has_null(value, watched) if isinstance(value, dict) else value is None and plain(key) in watched
        for key, value in record.items()
    )


def _shape_of(
    make: Callable[..., Shape], line: bytes, time_key: str, time: object, status_key: str, status: object
) -> Shape | None:
    tokens = list(_TOKEN.finditer(line))
    is_key = [bool(re.match(rb"\s*:", line[token.end() :])) for token in tokens]
    if any(b"\\" in token[0] for token, is_name in zip(tokens, is_key, strict=True) if is_name):
        return None
    time_at, status_at = (_place(line, tokens, is_key, *one) for one in ((time_key, time), (status_key, status)))
    if time_at is None or status_at is None:
        return None
    fixed = _fixed(line, tokens, is_key)
    if fixed is None:
        return None
    literals, scalars, tail = fixed
    digits, is_clf = 0, False
    raw = str(time).encode() if isinstance(time, str) else line[tokens[time_at.quote // 2].end() :]
    if isinstance(time, str) and _CLF.fullmatch(time):
        is_clf = True
    elif isinstance(time, str) and _ISO.match(time):
        pass
    elif match := _EPOCH.match(raw.lstrip(b": ")):
        digits = len(match[1])
    else:
        return None
    moment = keys.value_moment(time)
    is_naive = moment is not None and moment[1] is None
    return make(2 * len(tokens), literals, scalars, tail, time_at, digits, is_clf, is_naive, status_at)


def _place(line: bytes, tokens: list[re.Match[bytes]], is_key: list[bool], key: str, value: object) -> _Value | None:
    """Where the value of a key stands; None if that is not certain."""
    places = []
    for number, token in enumerate(tokens):
        if not is_key[number] or not key.endswith(plain(token[0].decode())):
            continue
        colon = re.match(rb"\s*:\s*", line[token.end() :])
        start = token.end() + (colon.end() if colon else 0)
        if isinstance(value, str):
            if line[start : start + len(value) + 2] == f'"{value}"'.encode():
                places.append(_Value(2 * number + 2, 1, is_text=True))
        elif (scalar := _SCALAR.match(line, start)) and loads(scalar[0]) == value:
            places.append(_Value(2 * number + 1, start - token.end() + 1, is_text=False))
    return places[0] if len(places) == 1 else None


def _fixed(
    line: bytes, tokens: list[re.Match[bytes]], is_key: list[bool]
) -> tuple[tuple[_Literal, ...], tuple[_Scalar, ...], bytes] | None:
    """The fixed texts of a line, its scalars, and the text of its end; None if it has lists of scalars."""
    literals, scalars = [], []
    start, anchor = 0, 0  # the fixed text that is being gathered, and the quote that it is measured from

    def close(end: int) -> None:
        if end > start:
            place = tokens[anchor // 2].start() if anchor % 2 == 0 else tokens[anchor // 2].end() - 1
            literals.append(_Literal(anchor, place - start, line[start:end]))

    for number, token in enumerate(tokens):
        is_logger = number > 0 and is_key[number - 1] and plain(tokens[number - 1][0].decode()) == "logger"
        if not is_key[number] and not is_logger:
            close(token.start() + 1)
            start, anchor = token.end() - 1, 2 * number + 1
        stop = tokens[number + 1].start() if number + 1 < len(tokens) else len(line)
        inner = list(_SCALAR.finditer(line, token.end(), stop))
        if len(inner) > 1:  # a list of numbers, which may have any length
            return None
        if inner:
            close(inner[0].start())
            start, anchor = inner[-1].end(), 2 * number + 2
            end = anchor if number + 1 < len(tokens) else -1
            after, before = inner[0].start() - token.end() + 1, stop - start
            scalars.append(_Scalar(anchor - 1, after, end, before))
            if end < 0:
                return tuple(literals), tuple(scalars), line[start:]
    return tuple(literals), tuple(scalars), line[start:]


class JsonShapes:
    """The shapes of a log's lines, taken as they come."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []
        self._attempts = 0

    def __call__(self, text: Text) -> Usual | None:
        """Read the lines that have a shape that is known, or that the first other lines show."""
        text = _from_braces(text)
        quotes, odd = quotes_and_odd(text)
        first = np.searchsorted(quotes, text.starts)
        counts = np.searchsorted(quotes, text.ends) - first
        quotes = np.concatenate([quotes, np.full(_MOST_QUOTES + 64, len(text.data))])
        counts[np.searchsorted(text.ends, odd)] = -1
        result = Usual(
            np.zeros(len(counts), dtype=np.int64),
            np.zeros(len(counts), dtype=np.int64),
            np.zeros(len(counts), dtype=bool),
            status=np.zeros(len(counts), dtype=np.int64),
        )
        for shape in self._shapes:
            _add(result, shape.read(text, quotes, first, counts), counts)
        left = np.flatnonzero(~result.ok & (counts > 0))
        while len(left) > MOST_LEFT // 2 and len(self._shapes) < MAX_SHAPES and self._attempts < MAX_ATTEMPTS:
            self._attempts += 1
            another = Shape.of(text.data[text.starts[left[0]] : text.ends[left[0]]].tobytes())
            if another is None:
                left = left[1:]
                continue
            self._shapes.append(another)
            _add(result, another.read(text, quotes, first, counts), counts)
            left = np.flatnonzero(~result.ok & (counts > 0))[1:]
        return result if result.ok.any() else None


def _from_braces(text: Text) -> Text:
    """The lines from their first object on, which the prefix of a log shipper may stand before."""
    if (text.at(text.starts) == _BRACE).all():
        return text
    braces = np.flatnonzero((text.data[:-1] == _BRACE) & (text.data[1:] == _QUOTE))
    braces = np.append(braces, len(text.data))
    places = braces[np.searchsorted(braces, text.starts)]
    is_near = (places < text.ends) & (places - text.starts < MAX_PREFIX - 1)
    return Text(text.data, np.where(is_near, places, text.starts), text.ends)


def _add(result: Usual, more: Usual, counts: np.ndarray) -> None:
    """Take over the lines that one more shape reads."""
    result.seconds[more.ok], result.offsets[more.ok] = more.seconds[more.ok], more.offsets[more.ok]
    result.ok[more.ok] = True
    if result.status is not None and more.status is not None:
        result.status[more.ok] = more.status[more.ok]
    counts[more.ok] = -1
