"""Fast readers of lines whose columns blanks separate: load balancers, W3C, S3, logfmt.

Each reads only what its parser would read in the same way; see `fast_lines`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from forecasting.readers.blocks.fast_lines import ZERO, Text, Usual, clf_moments, iso_moments
from forecasting.readers.times.times import CLF_WIDTH, ISO_WIDTH, iso_times

SPACE, QUOTE, DASH, BRACKET, CLOSING_BRACKET, EQUALS, BACKSLASH, COLON, HASH = b' "-[]=\\:#'
_KINDS = (b"https ", b"http ", b"h2 ", b"grpcs ", b"grpc ", b"wss ", b"ws ")
_REQUESTS = (b"GET /", b"POST /", b"HEAD /", b"PUT /", b"DELETE /", b"PATCH /", b"OPTIONS /")
_LEVEL_BYTES = 200
"""Words of an error log are looked for among these first bytes of a line."""

_LEVEL_LETTERS = np.frombuffer(b"eacwnidtEACWNIDT", dtype=np.uint8)
_MOST_BYTES = 8_192
_FIRST_LINES = 32


class Columns:
    """The blanks of a block, line by line."""

    def __init__(self, text: Text):
        self._places, self._first = text.marks(SPACE)
        self._text = text

    def start(self, column: int) -> np.ndarray:
        """Return where a column starts (n,), counting from 0; beyond the line if it has fewer."""
        return self._text.starts if column == 0 else self._blank(column - 1) + 1

    def end(self, column: int) -> np.ndarray:
        """Return the blank after a column (n,), or the end of the line."""
        return np.minimum(self._blank(column), self._text.ends)

    def _blank(self, number: int) -> np.ndarray:
        return self._places[np.minimum(self._first + number, len(self._places) - 1)]

    def whole(self, count: int) -> np.ndarray:
        """Return whether a line (n,) has this number of columns with a blank behind each, none of them empty."""
        blanks = [self._blank(number) for number in range(count)]
        ok = (blanks[0] > self._text.starts) & (blanks[-1] < self._text.ends)
        for before, after in pairwise(blanks):
            ok &= after - before > 1
        return ok


def balancer_lines(text: Text, *, has_kind: bool) -> Usual:
    """Lines of AWS' application (`has_kind`) and classic load balancers."""
    columns, kind = Columns(text), int(has_kind)
    ok = columns.whole(kind + 11) & _plain(text)
    if has_kind:
        ok &= np.logical_or.reduce([text.have(text.starts, word) for word in _KINDS])
    start, end = columns.start(kind), columns.end(kind)
    times = iso_moments(text, start, end)
    status = text.rows(columns.start(kind + 7), 4)
    is_status = (status[:, :3] - ZERO < 10).all(axis=1) & (status[:, 3] == SPACE)
    is_status |= (status[:, 0] == DASH) & (status[:, 1] == SPACE)
    request = columns.start(kind + 11)
    ok &= times.ok & (text.at(end - 1) == ord("Z")) & (text.at(start + 10) == ord("T")) & is_status
    ok &= (text.at(request) == QUOTE) & (request < text.ends)
    return Usual(times.seconds, times.offsets, ok & _closed(text, request))


def _closed(text: Text, openings: np.ndarray) -> np.ndarray:
    """Whether the quote at each place (n,) has another in its line, and no backslash between."""
    quotes = np.append(np.flatnonzero(text.data == QUOTE), len(text.data))
    slashes = np.append(np.flatnonzero(text.data == BACKSLASH), len(text.data))
    closing = quotes[np.minimum(np.searchsorted(quotes, openings, side="right"), len(quotes) - 1)]
    slash = slashes[np.minimum(np.searchsorted(slashes, openings), len(slashes) - 1)]
    return (closing < text.ends) & (slash > closing)


def _plain(text: Text) -> np.ndarray:
    """Whether a line (n,) has no control character but a carriage return at its end."""
    odd = np.flatnonzero((text.data < SPACE) & (text.data != 10))
    odd = odd[(text.data[odd] != 13) | (text.at(odd + 1) != 10)]
    ok = np.ones(len(text.ends), dtype=bool)
    ok[np.searchsorted(text.ends, odd)] = False
    return ok


def w3c_lines(text: Text, day: int, last: int) -> Usual:
    """Lines of a W3C log with the date in a column and the time in the next; `last` is the last column that counts."""
    columns = Columns(text)
    starts = columns.start(day)
    ok = _plain(text) & (text.ends - starts >= ISO_WIDTH) & (columns.end(day + 1) == starts + ISO_WIDTH)
    ok &= columns.whole(last) & (text.at(starts + 10) == SPACE) & (text.at(text.starts) != HASH)
    first = text.at(columns.start(last))
    ok &= (columns.start(last) < text.ends) & (first != SPACE) & (first != 13)
    ok[np.searchsorted(text.ends, np.flatnonzero(text.data == QUOTE))] = False
    times = iso_times(text.rows(starts, ISO_WIDTH))
    return Usual(times.seconds, np.zeros(len(ok), dtype=np.int64), ok & times.ok)


def access_lines(text: Text) -> Usual:
    """Lines of S3 and the like, or of logfmt, whichever are more."""
    few = min(len(text.ends), _FIRST_LINES)
    end = int(text.ends[few - 1]) + 1
    first = Text(text.data[:end], text.starts[:few], text.ends[:few])
    bracketed, logfmt = (np.count_nonzero(read(first).ok) for read in (_bracketed_lines, _logfmt_lines))
    return (_bracketed_lines if bracketed > logfmt else _logfmt_lines)(text)


def _bracketed_lines(text: Text) -> Usual:
    """Lines with a CLF time in the first brackets, and the request in the first quotes, its status right behind."""
    (brackets, first_bracket), (quotes, first_quote) = text.marks(BRACKET), text.marks(QUOTE)
    (colons, first_colon), (equals, first_equals) = text.marks(COLON), text.marks(EQUALS)
    bracket, opening, closing = brackets[first_bracket], quotes[first_quote], quotes[first_quote + 1]
    ok = (closing < text.ends) & (bracket + CLF_WIDTH + 1 < opening) & (colons[first_colon] == bracket + 12)
    ok &= (equals[first_equals] > bracket) & (text.at(bracket + CLF_WIDTH + 1) == CLOSING_BRACKET)
    ok &= (text.rows(text.starts, 10) - ZERO >= 10).any(axis=1)  # ten digits are an epoch time
    second = brackets[first_bracket + 1]  # it may hold the level of an error log
    ok &= (second >= text.ends) | (second > text.starts + _LEVEL_BYTES)
    ok &= np.logical_or.reduce([text.have(opening + 1, request) for request in _REQUESTS])
    status = text.rows(closing + 1, 5)
    ok &= (text.at(opening - 1) == SPACE) & (status[:, 0] == SPACE) & (status[:, 4] == SPACE)
    ok &= (status[:, 1] >= ord("1")) & (status[:, 1] <= ord("5")) & (status[:, 2:4] - ZERO < 10).all(axis=1)
    times = clf_moments(text, bracket + 1)
    return Usual(times.seconds, times.offsets, ok & times.ok & _no_error(text), np.ones(len(ok), dtype=bool))


def _no_error(text: Text) -> np.ndarray:
    """Whether a line (n,) is of usual length, plain, and has no key for the level of an error."""
    ok = _plain(text) & (text.ends - text.starts < _MOST_BYTES)
    level = _keys(text, b"level")
    ok[np.searchsorted(text.ends, level)] = False
    ok[np.searchsorted(text.ends, _keys(text, b"lvl"))] = False
    return ok


def _keys(text: Text, key: bytes) -> np.ndarray:
    """Where an equals sign stands behind a key."""
    equals = np.flatnonzero(text.data == EQUALS)
    equals = equals[text.data[equals - 1] == key[-1]]
    return equals[text.have(equals - len(key), key)]


def _logfmt_lines(text: Text) -> Usual:
    """Lines of `key=value` that start with an ISO time and have a path and a status."""
    blanks, first_blank = text.marks(SPACE)
    times = iso_moments(text, text.starts, np.minimum(blanks[first_blank], text.ends))
    ok = times.ok & _no_error(text)
    brackets = np.flatnonzero(text.data == BRACKET)
    letters = text.at(brackets + 1)
    closings = np.append(np.flatnonzero(text.data == CLOSING_BRACKET), len(text.data))
    colons = np.append(np.flatnonzero(text.data == COLON), len(text.data))
    colon_inside = colons[np.searchsorted(colons, brackets)] < closings[np.searchsorted(closings, brackets)]
    ok[np.searchsorted(text.ends, brackets[np.isin(letters, _LEVEL_LETTERS) | colon_inside])] = False
    named, stated = np.zeros(len(ok), dtype=bool), np.zeros(len(ok), dtype=bool)
    paths = _keys(text, b" path")
    paths = paths[text.at(paths + 1) > SPACE]
    paths = paths[(text.at(paths + 1) != QUOTE) | (text.at(paths + 2) == ord("/"))]
    named[np.searchsorted(text.ends, paths)] = True
    places = _keys(text, b" status")
    value = text.rows(places + 1, 4)
    is_status = (value[:, 0] >= ord("1")) & (value[:, 0] <= ord("5")) & (value[:, 1:3] - ZERO < 10).all(axis=1)
    is_status &= (value[:, 3] == SPACE) | (value[:, 3] == 10)
    stated[np.searchsorted(text.ends, places[is_status])] = True
    return Usual(times.seconds, times.offsets, ok & named & stated, np.ones(len(ok), dtype=bool))
