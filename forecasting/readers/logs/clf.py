"""Common and Combined logs: numpy on blocks of bytes, and a regular expression for the lines that are unusual.

A record is a line that has, anywhere, `[01/Jul/1995:00:00:01 -0400] "request" 200 1839`: so a virtual host in front and
extra fields behind do no harm. The fast way takes the first two quotes of a line for the request's; if that does
not fit (a quote inside a request, a quoted field in front), the first `TIME` of a line and the first `CLOSING` after it
decide. Both ways give the same records, and need time in proportion to the line whatever is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from forecasting.readers.records import NAIVE, Fields, Records
from forecasting.readers.streams import NEWLINE
from forecasting.readers.times.times import CLF_WIDTH, clf_times

TIME = re.compile(rb'\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "')
CLOSING = re.compile(rb'" \d{3} [\d-]')
AGENT = re.compile(rb'(?:.*?(?<!\\)"){3}(.*?)(?<!\\)"')
"""The user agent is what the third and the fourth quote after a request enclose; a quote after a backslash is none."""

QUOTE, SPACE, BACKSLASH, DASH = b'" \\-'
BRACKET, CLOSING_BRACKET = b"[]"
_ZERO = ord("0")
_TIME_TO_QUOTE = CLF_WIDTH + 3
"""From the bracket that opens the time to the quote that opens the request."""

_STATUS_BYTES = 7
"""From the quote that closes the request to the first byte of the size, ` 200 1`."""


@dataclass(frozen=True, eq=False)
class _Places:
    """Where things are in a block, one entry a line: the quotes around the request (0: no record) and the agent."""

    starts: np.ndarray
    ends: np.ndarray
    opening: np.ndarray
    closing: np.ndarray
    agent_start: np.ndarray
    agent_end: np.ndarray


def parse_clf(block: memoryview, wanted: frozenset[str]) -> Records:
    """The records of a block in Common or Combined form, with the fields that are wanted."""
    data = np.frombuffer(block, dtype=np.uint8)
    places = _places(data, with_agent="agent" in wanted)
    unread = _read_unusual_lines(block, places)
    lines = np.flatnonzero(places.closing)
    times = clf_times(_rows(data, places.opening[lines] - _TIME_TO_QUOTE + 1, CLF_WIDTH))
    unread.extend(lines[~times.ok].tolist())
    lines = lines[times.ok]
    spans = [bytes(block[places.starts[i] : places.ends[i]]) for i in sorted(unread)]
    malformed = [line for line in spans if line.strip()]
    return Records(
        lines=len(places.ends),
        seconds=times.seconds[times.ok],
        offsets=np.full(len(lines), NAIVE) if times.offsets is None else times.offsets[times.ok],
        ignored=len(spans) - len(malformed),
        malformed=malformed,
        fields=_fields(block, data, places, lines, wanted) if wanted else None,
    )


def _places(data: np.ndarray, *, with_agent: bool) -> _Places:
    marks = np.flatnonzero((data == NEWLINE) | (data == QUOTE))
    is_end = data[marks] == NEWLINE
    ranks = np.flatnonzero(is_end)
    ends = marks[ranks]
    starts = np.concatenate([[0], ends[:-1] + 1])
    first = np.concatenate([[0], ranks[:-1] + 1])
    opening, closing = marks[first], marks[np.minimum(first + 1, len(marks) - 1)]
    usual = (opening - starts >= _TIME_TO_QUOTE) & (ends - closing >= _STATUS_BYTES)
    usual[usual] = _framed(data, opening[usual], closing[usual])
    agent_start, agent_end = np.zeros_like(starts), np.zeros_like(starts)
    if with_agent:
        left, right = _third_and_fourth(data, marks[~is_end], closing + 1)
        has_agent = usual & (right < ends)
        agent_start, agent_end = np.where(has_agent, left + 1, 0), np.where(has_agent, right, 0)
    return _Places(
        starts,
        ends,
        opening=np.where(usual, opening, 0),
        closing=np.where(usual, closing, 0),
        agent_start=agent_start,
        agent_end=agent_end,
    )


def _third_and_fourth(data: np.ndarray, quotes: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The third and fourth quote without a backslash from each start on; the end of the data if there is none."""
    unescaped = quotes[data[quotes - 1] != BACKSLASH]
    first = np.searchsorted(unescaped, starts)
    padded = np.concatenate([unescaped, np.full(4, len(data))])
    return padded[first + 2], padded[first + 3]


def _framed(data: np.ndarray, opening: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """Whether `[time] ` stands before the opening quotes and a status and a size after the closing ones."""
    size = data[closing + 6]
    return (
        (data[opening - _TIME_TO_QUOTE] == BRACKET)
        & (data[opening - 2] == CLOSING_BRACKET)
        & (data[opening - 1] == SPACE)
        & (data[closing + 1] == SPACE)
        & (data[closing + 2] - _ZERO < 10)
        & (data[closing + 3] - _ZERO < 10)
        & (data[closing + 4] - _ZERO < 10)
        & (data[closing + 5] == SPACE)
        & ((size - _ZERO < 10) | (size == DASH))
    )


def _read_unusual_lines(block: memoryview, places: _Places) -> list[int]:
    """Fill in the lines that the fast way could not place; return those that are no record."""
    unread = []
    for line in np.flatnonzero(places.closing == 0).tolist():
        start, end = int(places.starts[line]), int(places.ends[line])
        text = bytes(block[start:end])
        opening = TIME.search(text)
        closing = CLOSING.search(text, opening.end()) if opening else None
        if opening is None or closing is None:
            unread.append(line)
            continue
        places.opening[line], places.closing[line] = start + opening.end() - 1, start + closing.start()
        agent = AGENT.match(text, closing.end())
        if agent:
            places.agent_start[line], places.agent_end[line] = start + agent.start(1), start + agent.end(1)
    return unread


def _rows(data: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """The `width` bytes from each start on, as (n, width)."""
    if len(starts) == 0:
        return np.zeros((0, width), dtype=np.uint8)
    windows = np.ndarray(len(data) - width + 1, dtype=f"V{width}", buffer=data, strides=(1,))
    return windows[starts].view(np.uint8).reshape(-1, width)


def _fields(block: memoryview, data: np.ndarray, places: _Places, lines: np.ndarray, wanted: frozenset[str]) -> Fields:
    text = bytes(block)
    digits = data[places.closing[lines][:, None] + np.array([2, 3, 4])] - _ZERO
    return Fields(
        status=digits.astype(np.int64) @ np.array([100, 10, 1]),
        request=_cut(text, places.opening[lines] + 1, places.closing[lines]) if "request" in wanted else (),
        agent=_cut(text, places.agent_start[lines], places.agent_end[lines]) if "agent" in wanted else (),
    )


def _cut(text: bytes, starts: np.ndarray, ends: np.ndarray) -> list[bytes]:
    return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
