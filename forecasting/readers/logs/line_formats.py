"""Formats whose lines one regular expression reads: AWS ALB, classic ELB, HAProxy HTTP, and W3C extended.

The expression runs over a whole block at once (`findall`), the times of its matches are read together by numpy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.readers.logs.single_lines import status_of
from forecasting.readers.records import NAIVE, Fields, Parser, Records
from forecasting.readers.times.times import CLF_WIDTH, ISO_WIDTH, Times, clf_times, iso_times, matrix

_QUOTED = rb'"((?:[^"\\\n]|\\.)*)"'
_BALANCER = (
    rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[\d.]*Z (?:\S+ ){6}(?P<status>\d{3}|-) \S+ \S+ \S+ "
    + _QUOTED.replace(b"(", b"(?P<request>", 1)
    + b"(?: "
    + _QUOTED.replace(b"(", b"(?P<agent>", 1)
    + b")?"
)
ALB = re.compile(rb"^(?:https?|h2|grpcs?|wss?) " + _BALANCER, re.MULTILINE)
ELB = re.compile(rb"^" + _BALANCER, re.MULTILINE)
HAPROXY = re.compile(
    rb"^(?:[^\[\n]*\[\d+\])?[^\[\n]*\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)\.\d+\] \S+ \S+ "
    rb"(?:[+-]?\d+/){4}\+?-?\d+ "
    rb'(?P<status>\d{3}|-1) \+?\d+ \S+ \S+ \S+ \S+ \S+ (?P<agent>[^"\n]*?) ?"(?P<request>[^"\n]*)',
    re.MULTILINE,
)
"""Captured headers, in braces before the request, stand for the user agent: it is usually among them."""


@dataclass(frozen=True)
class Found:
    """Columns of text from the lines that an expression matched, in file order."""

    time: Sequence[bytes]
    status: Sequence[bytes]
    request: Sequence[bytes]
    agent: Sequence[bytes]


def found(pattern: re.Pattern[bytes], text: bytes) -> Found:
    """The groups `time`, `status`, `request` and `agent` of every match; empty bytes for groups it does not have."""
    rows = pattern.findall(text)
    columns = list(zip(*rows, strict=True)) if rows else [()] * pattern.groups

    def column(name: str) -> Sequence[bytes]:
        place = pattern.groupindex.get(name)
        return (b"",) * len(rows) if place is None else columns[place - 1]

    return Found(column("time"), column("status"), column("request"), column("agent"))


def line_parser(pattern: re.Pattern[bytes], read_times: Callable[[Sequence[bytes]], Times]) -> Parser:
    """A parser for a format that one expression with a group `time` reads."""

    lean = re.compile(re.sub(rb"\(\?P<(?!time)\w+>", b"(?:", pattern.pattern), pattern.flags)

    def parse(block: memoryview, wanted: frozenset[str]) -> Records:
        text = bytes(block)
        columns = found(pattern, text) if wanted else Found(lean.findall(text), (), (), ())
        return records_of(text, columns, read_times, wanted, lambda line: pattern.match(line) is not None)

    return parse


def records_of(
    text: bytes,
    matches: Found,
    read_times: Callable[[Sequence[bytes]], Times],
    wanted: frozenset[str],
    is_record: Callable[[bytes], bool],
) -> Records:
    """Records from the columns found in `text`; its lines are looked at one by one only if some were not matched."""
    times = read_times(matches.time)
    kept = np.flatnonzero(times.ok)
    lines = text.count(b"\n")
    others = [] if len(matches.time) == lines else [line for line in text.split(b"\n")[:-1] if not is_record(line)]
    wrong = [matches.time[i] for i in np.flatnonzero(~times.ok).tolist()]
    malformed = [line for line in others if line.strip()]
    offsets = np.full(len(times.ok), NAIVE) if times.offsets is None else times.offsets
    return Records(
        lines=lines,
        seconds=times.seconds[kept],
        offsets=offsets[kept],
        ignored=len(others) - len(malformed),
        malformed=malformed + wrong,
        fields=_fields(matches, kept.tolist(), wanted) if wanted else None,
    )


def _fields(matches: Found, kept: list[int], wanted: frozenset[str]) -> Fields:
    status = [status_of(matches.status[i]) for i in kept]
    return Fields(
        status=np.array(status, dtype=np.int64),
        request=[matches.request[i] for i in kept] if "request" in wanted else (),
        agent=[matches.agent[i] for i in kept] if "agent" in wanted else (),
    )


def utc_times(texts: Sequence[bytes]) -> Times:
    """Times written `2020-01-01T00:55:04`, known to be UTC."""
    times = iso_times(matrix(texts, ISO_WIDTH))
    return Times(times.seconds, np.zeros(len(texts), dtype=np.int64), times.ok)


def haproxy_times(texts: Sequence[bytes]) -> Times:
    """Times written `06/Feb/2009:12:14:14`, on a wall whose zone the log does not say."""
    times = clf_times(matrix([text + b" +0000" for text in texts], CLF_WIDTH))
    return Times(times.seconds, None, times.ok)
