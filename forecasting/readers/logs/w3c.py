"""W3C extended logs (IIS, CloudFront): the `#Fields` directive says what the columns are, and may change mid-file."""

from __future__ import annotations

import re
from functools import partial

import numpy as np

from forecasting.errors import FileRefused
from forecasting.readers.blocks.columns import w3c_lines
from forecasting.readers.blocks.fast_lines import FastReader, with_fast
from forecasting.readers.logs.line_formats import Found, records_of, utc_times
from forecasting.readers.records import Fields, Records
from forecasting.readers.times.times import DATE_WIDTH, iso_times, matrix

DAY = re.compile(rb"(?i)#(?:start-)?date:\s*(\d{4}-\d\d-\d\d)")
"""The directive that gives the day of lines without a date column."""

DIRECTIVE = re.compile(rb"^(?:\xef\xbb\xbf)?(#[^\n]*\n)", re.MULTILINE)
"""A directive; files joined to one may leave a byte-order mark before it."""

_GROUPS = {
    b"date": rb"(?P<date>\d{4}-\d\d-\d\d)",
    b"time": rb"(?P<time>\d\d:\d\d:\d\d)(?:\.\d+)?",
    b"cs-method": rb"(?P<method>\S+)",
    b"cs-uri-stem": rb"(?P<path>\S+)",
    b"sc-status": rb"(?P<status>\S+)",
    b"cs(user-agent)": rb'(?P<agent>(?>"[^"\n]*"(?=[ \t\r\n]|$)|\S+))',
}
_OTHER = rb'(?>"[^"\n]*"(?=[ \t\r\n]|$)|\S+)'
"""Atomic, because a choice tried again in every column takes time exponential in their number."""

_EVENING, _MORNING = b"18", b"05"
"""From an hour after the one to an hour before the other, lines have gone past midnight."""

MAX_COLUMNS = 200
MAX_DEFINITIONS = 1_000
"""Different `#Fields` in one file; each costs as much time as a thousand lines."""


class W3CParser:
    """Reads blocks of one file in order, remembering its latest `#Fields`. Times are UTC, as the format says."""

    def __init__(self) -> None:
        self._pattern: re.Pattern[bytes] | None = None
        self._fast: FastReader | None = None
        self._day = b""
        self._latest = b""
        self._patterns: dict[bytes, re.Pattern[bytes] | None] = {}

    def __call__(self, block: memoryview, wanted: frozenset[str]) -> Records:
        """The records of a block; lines before the first `#Fields` are no records."""
        text = bytes(block)
        parts, position, directives = [], 0, 0
        for match in DIRECTIVE.finditer(text):
            parts.append(self._section(text[position : match.start()], wanted))
            position = match.end()
            directives += 1
            if match[1].lower().startswith(b"#fields:"):
                self._define(match[1][8:])
            elif day := DAY.match(match[1]):
                self._day, self._latest = day[1] if _is_date(day[1]) else b"", b""
        parts.append(self._section(text[position:], wanted))
        return _joined(parts, directives)

    def _define(self, fields: bytes) -> None:
        if fields not in self._patterns:
            self._patterns[fields] = line_pattern(fields.split())
        if len(self._patterns) > MAX_DEFINITIONS:
            raise FileRefused(f"A W3C log changes its #Fields more than {MAX_DEFINITIONS:,} times; split it.")
        self._pattern = self._patterns[fields]
        self._fast = _fast_reader(fields.split()) if self._pattern is not None else None

    def _day_of(self, clock: bytes) -> bytes:
        """The day of a line without one: that of the directive, and the next one from midnight on."""
        if self._latest[:2] >= _EVENING and clock[:2] <= _MORNING:
            day = np.datetime64(self._day.decode()) + 1
            self._day = str(day).encode()
            self._latest = clock
        self._latest = max(self._latest, clock)
        return self._day

    def _section(self, text: bytes, wanted: frozenset[str]) -> Records:
        if self._fast is None or not text:
            return self._matched(text, wanted)
        return with_fast(self._fast, lambda block, wanted: self._matched(bytes(block), wanted))(
            memoryview(text), wanted
        )

    def _matched(self, text: bytes, wanted: frozenset[str]) -> Records:
        pattern = self._pattern
        if pattern is not None and "date" not in pattern.groupindex and not self._day:
            pattern = None
        matches = [] if pattern is None else [match.groupdict(b"") for match in pattern.finditer(text)]
        columns = Found(
            time=[(match.get("date") or self._day_of(match["time"])) + b" " + match["time"] for match in matches],
            status=[match.get("status", b"") for match in matches],
            request=[match.get("method", b"") + b" " + match.get("path", b"") for match in matches],
            agent=[match.get("agent", b"") for match in matches],
        )
        return records_of(text, columns, utc_times, wanted, lambda line: bool(pattern and pattern.match(line)))


def _is_date(day: bytes) -> bool:
    return bool(iso_times(matrix([day], DATE_WIDTH)).ok[0])


def _fast_reader(fields: list[bytes]) -> FastReader | None:
    """A reader of usual lines, if the time stands behind the date and another column that counts behind both."""
    names = [field.lower() for field in fields]
    if b"date" not in names or names.index(b"time") != names.index(b"date") + 1:
        return None
    day, last = names.index(b"date"), max(names.index(name) for name in _GROUPS if name in names)
    return partial(w3c_lines, day=day, last=last) if last > day + 1 else None


def line_pattern(fields: list[bytes]) -> re.Pattern[bytes] | None:
    """An expression for lines with these columns; None if there is no time, or no end of them."""
    names = [field.lower() for field in fields]
    if b"time" not in names or len(names) > MAX_COLUMNS:
        return None
    last = max(names.index(name) for name in _GROUPS if name in names)
    columns = [_GROUPS.get(name, _OTHER) if names.index(name) == i else _OTHER for i, name in enumerate(names)]
    return re.compile(b"^" + rb"[ \t]+".join(columns[: last + 1]) + rb"(?=[ \t\r\n]|$)", re.MULTILINE)


def _joined(parts: list[Records], directives: int) -> Records:
    fields = [part.fields for part in parts if part.fields is not None]
    return Records(
        lines=sum(part.lines for part in parts) + directives,
        seconds=np.concatenate([part.seconds for part in parts]),
        offsets=np.concatenate([part.offsets for part in parts]),
        ignored=sum(part.ignored for part in parts) + directives,
        malformed=[line for part in parts for line in part.malformed],
        fields=Fields(
            status=np.concatenate([part.status for part in fields]),
            request=[request for part in fields for request in part.request],
            agent=[agent for part in fields for agent in part.agent],
        )
        if fields
        else None,
    )
