"""Common and Combined: the vectorised reading against a plain regular expression."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.readers.logs.clf import parse_clf
from tests.forecasting.readers.oracles import CLF, MONTHS, agent_of, clf_second

ALL = frozenset({"status", "request", "agent"})
GOOD = b'uplherc.upl.com - - [01/Aug/1995:00:00:07 -0400] "GET / HTTP/1.0" 304 0'
COMBINED = GOOD + b' "http://example.com/a" "Mozilla/5.0 (X11) \\"quoted\\" end"'

RECORDS = [
    GOOD,
    COMBINED,
    b"www.example.com:443 " + COMBINED,
    b'"proxied" 10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 12',
    COMBINED + b' 0.003 "10.0.0.7, 10.0.0.8" "req-id"',
    GOOD.replace(b"GET / HTTP/1.0", b'GET /a"b".gif HTTP/1.0'),
    GOOD.replace(b"GET / HTTP/1.0", b'GET /a\\"b" HTTP/1.0'),
    GOOD.replace(b"GET / HTTP/1.0", b""),
    GOOD.replace(b"GET / HTTP/1.0", b"-"),
    GOOD.replace(b"GET / HTTP/1.0", b"GET /\xe4\xff HTTP/1.0"),
    GOOD.replace(b"304 0", b"400 -"),
    GOOD + b"\r",
    b"::1 - frank [x] " + GOOD[GOOD.index(b"[") :],
    b"x" * 3000 + b" " + GOOD,
    GOOD.replace(b"00:00:07 -0400", b"23:59:60 +0530"),
    GOOD.replace(b"01/Aug/1995", b"29/Feb/2024"),
]
MALFORMED = [
    b"alyssa.p",
    b"[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
    GOOD[:60],
    GOOD.replace(b"304 0", b"304"),
    GOOD.replace(b"304 0", b"xxx 0"),
    GOOD.replace(b"304 0", b"304 x"),
    GOOD.replace(b" -0400", b""),
    GOOD.replace(b"01/Aug", b"32/Aug"),
    GOOD.replace(b"01/Aug", b"29/Feb"),
    GOOD.replace(b"Aug", b"Auh"),
    GOOD.replace(b"Aug", b"AUG"),
    GOOD.replace(b"00:00:07", b"24:00:07"),
    GOOD.replace(b"00:00:07", b"00:60:07"),
    GOOD.replace(b"1995", b"0000"),
    GOOD.replace(b"1995", b"9999"),
    GOOD.replace(b'"', b"'"),
    b'"" "" "" ""',
    b'"',
    b"\0" * 50,
]


def check(lines: list[bytes]) -> None:
    block = b"".join(line + b"\n" for line in lines)
    seconds = [clf_second(line) for line in lines]
    read = [(line, second) for line, second in zip(lines, seconds, strict=True) if second is not None]
    blank = sum(not line.strip() for line in lines)
    malformed = [line for line, s in zip(lines, seconds, strict=True) if s is None and line.strip()]
    for wanted in (frozenset(), ALL):
        records = parse_clf(memoryview(block), wanted)
        assert records.seconds.tolist() == [second for _, second in read]
        assert (records.lines, records.ignored) == (len(lines), blank)
        assert records.malformed == malformed
    matches = [CLF.search(line) for line, _ in read]
    assert records.fields.status.tolist() == [int(match["status"]) for match in matches]
    assert records.fields.request == [match["request"] for match in matches]
    assert records.fields.agent == [agent_of(line) for line, _ in read]


@pytest.mark.parametrize("line", RECORDS, ids=range(len(RECORDS)))
def test_a_record_of_any_kind(line: bytes) -> None:
    assert clf_second(line) is not None
    check([line])
    check([GOOD, line, b"", COMBINED, line])


@pytest.mark.parametrize("line", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_line_is_no_record_and_hurts_no_other(line: bytes) -> None:
    assert clf_second(line) is None
    check([line])
    check([line, GOOD, line, COMBINED, line])


def test_the_quote_that_closes_a_request_is_found_among_others() -> None:
    records = parse_clf(memoryview(RECORDS[5] + b"\n"), ALL)
    assert records.fields.request == [b'GET /a"b".gif HTTP/1.0']


def test_offsets_are_minutes_and_seconds_absolute() -> None:
    lines = b"".join(GOOD.replace(b"-0400", offset) + b"\n" for offset in (b"+0000", b"-0400", b"+0530"))
    records = parse_clf(memoryview(lines), frozenset())
    assert records.offsets.tolist() == [0, -240, 330]
    assert (records.seconds - records.seconds[0]).tolist() == [0, 4 * 3600, -19_800]


@st.composite
def mixed_lines(draw: st.DrawFn) -> list[bytes]:
    """Records, junk, and records with a stretch overwritten."""
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        line = bytearray(draw(st.sampled_from(RECORDS + MALFORMED)))
        if draw(st.booleans()):
            start = draw(st.integers(0, max(0, len(line) - 1)))
            line[start : start + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
        lines.append(bytes(line).replace(b"\n", b" "))
    return lines


@given(mixed_lines())
def test_any_mixture_reads_as_the_plain_way_does(lines: list[bytes]) -> None:
    check(lines)


def test_a_thousand_lines_of_every_minute() -> None:
    rng = np.random.default_rng(5)
    lines = [
        b'h - - [%02d/%s/%d:%02d:%02d:%02d %s%02d%02d] "GET /%d HTTP/1.1" %d %d'
        % (
            rng.integers(1, 32),
            rng.choice(MONTHS[1:]),
            rng.integers(1900, 2300),
            *rng.integers([0, 0, 0], [24, 60, 60]),
            rng.choice([b"+", b"-"]),
            *rng.integers([0, 0], [15, 60]),
            *rng.integers([0, 100, 0], [99, 600, 10**6]),
        )
        for _ in range(1000)
    ]
    check(lines)
