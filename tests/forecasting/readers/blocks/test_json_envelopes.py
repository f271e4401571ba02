from __future__ import annotations

import json
import random

import numpy as np
import pytest

from forecasting.readers.blocks.columns import access_lines
from forecasting.readers.blocks.fast_lines import Text, with_fast
from forecasting.readers.blocks.json_blocks import MOST_LEFT_SHARE, JsonBlocks
from forecasting.readers.blocks.json_envelopes import Envelope, JsonEnvelopes
from forecasting.readers.blocks.json_shapes import JsonShapes
from forecasting.readers.logs.json_lines import parse_json_lines

NOW = "2024-02-24T10:{:02d}:00.123456789Z"


def combined(n: int, path: str = "/p") -> str:
    return f'192.0.2.{n} - - [24/Feb/2024:10:{n % 60:02d}:07 +0000] "GET {path} HTTP/1.1" 200 12 "-" "curl/8.0"'


def record(n: int, path: str = "/p") -> str:
    return json.dumps({"time": f"2024-02-24T10:{n % 60:02d}:07Z", "request": f"GET {path} HTTP/1.1", "status": 200 + n})


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def docker(n: int, text: str) -> str:
    return compact({"log": text + "\n", "stream": "stdout", "time": NOW.format(n % 60)})


def filebeat(n: int, text: str) -> str:
    file = {"offset": n * 190, "file": {"path": "/var/log/nginx/access.log"}}
    return compact({"@timestamp": NOW.format(n % 60), "message": text, "log": file, "host": {"name": "web1"}})


def cri(n: int, text: str) -> str:
    return f"{NOW.format(n % 60)} stdout F {text}"


def journald(n: int, text: str) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": str(1_708_768_800_000_000 + n), "PRIORITY": "6", "MESSAGE": text})


WRAPPINGS = [docker, filebeat, cri, journald]
INSIDE = [combined, record]
PATHS = [
    "/a?b=1&c=2",
    "/é",
    "/\t",
    "/\\x22",
    '/"',
    "/\x00",
    "/\x7f",
    "/a/b",
    "/\U0001f600",
    "/a\nb",
    "/a\rb",
    "/{",
    "/[",
]
CHANGES = [
    lambda line: line.replace("&", "\\u0026"),
    lambda line: line.replace("/", "\\/"),
    lambda line: line.replace("GET", "\\u0047ET"),
    lambda line: line.replace("GET", "\\ud800GET"),
    lambda line: line.replace("GET", "\\ud83d\\ude00GET"),
    lambda line: line.replace("GET", "\\xGET"),
    lambda line: line.replace("GET", "GET\x00"),
    lambda line: line.replace("GET", "GET\\n"),
    lambda line: line.replace("200", "999"),
    lambda line: line.replace("2024", "0001"),
    lambda line: line.replace('"stdout"', "null").replace('"web1"', "[1, 2]"),
    lambda line: line.replace('"stream"', '"message"').replace('"host"', '"status"'),
    lambda line: line.replace('{"', '{ "', 1),
    lambda line: line.replace("}", ',"logger":"http.log.error"}', 1),
    lambda line: line.replace("}", ',"n":1e999}', 1),
    lambda line: line.replace("\\n", ""),
    lambda line: line + "\r",
    lambda line: line + " ",
    lambda line: line[:-1],
    lambda line: line[: len(line) // 2],
    lambda line: line[len(line) // 2 :],
    lambda line: "",
    lambda line: "# a comment",
    lambda line: "[24/Feb/2024:10:00:00 +0000] no JSON",
]


def both_ways(block: bytes):
    fast = with_fast(JsonBlocks(), parse_json_lines, most_left=MOST_LEFT_SHARE)
    return fast(memoryview(block), frozenset()), parse_json_lines(memoryview(block), frozenset())


def assert_same(block: bytes) -> None:
    fast, slow = both_ways(block)
    assert np.array_equal(fast.seconds, slow.seconds)
    assert np.array_equal(fast.offsets, slow.offsets)
    assert sorted(fast.malformed) == sorted(slow.malformed)
    assert (fast.lines, fast.ignored, fast.without_status) == (slow.lines, slow.ignored, slow.without_status)


@pytest.mark.parametrize("wrap", WRAPPINGS)
@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("seed", range(6))
def test_blocks_of_envelopes_give_what_the_lines_give_one_by_one(wrap, inside, seed):
    draw = random.Random(seed)
    lines = [wrap(n, inside(n, draw.choice(PATHS) if draw.random() < 0.2 else "/p")) for n in range(200)]
    for at in draw.sample(range(200), draw.choice((0, 3, 40))):
        lines[at] = draw.choice(CHANGES)(lines[at])
    assert_same("".join(line + "\n" for line in lines).encode())


@pytest.mark.parametrize("change", CHANGES)
def test_one_odd_line_among_usual_ones_is_read_as_it_is_alone(change):
    for wrap, inside in ((docker, combined), (docker, record), (filebeat, combined)):
        lines = [wrap(n, inside(n)) for n in range(100)]
        lines[50] = change(wrap(50, inside(50, "/a?b=1&c=2")))
        assert_same("".join(line + "\n" for line in lines).encode())


@pytest.mark.parametrize("seed", range(12))
def test_envelopes_of_several_kinds_in_one_block(seed):
    draw = random.Random(seed)
    lines = [draw.choice(WRAPPINGS)(n, draw.choice(INSIDE)(n)) for n in range(300)]
    assert_same("".join(line + "\n" for line in lines).encode())


def test_bytes_that_are_not_utf_8_are_left_to_the_reader_of_lines():
    lines = [docker(n, combined(n)).encode() for n in range(100)]
    lines[40] = lines[40].replace(b"GET", b"\xff")
    assert_same(b"\n".join([*lines, b""]))


@pytest.mark.parametrize(("wrap", "inside"), [(docker, combined), (docker, record), (filebeat, combined)])
def test_usual_envelopes_are_read_as_a_block_and_odd_lines_are_left(wrap, inside):
    lines = [wrap(n, inside(n)).encode() for n in range(100)]
    lines[7], lines[9] = b"", lines[9][:-4]
    lines[11] = lines[11].replace(b"/p", b"/p?a=1\\u0026b=2")
    usual = JsonEnvelopes(JsonShapes(), access_lines)(Text.of(b"\n".join([*lines, b""])))
    assert np.flatnonzero(~usual.ok).tolist() == [7, 9]


@pytest.mark.parametrize(
    "line",
    [
        '{"log":"no record"}',
        docker(1, combined(1)).replace('"stream"', '"status"'),
        docker(1, combined(1)).replace('"stream"', '"logger"'),
        docker(1, combined(1))[:-1],
        docker(1, '192.0.2.1 "GET /p HTTP/1.1" 200 12'),
        docker(1, combined(1)).replace('"stream"', '"str\\u0065am"'),
        "[" + docker(1, combined(1)) + "]",
    ],
)
def test_no_form_is_taken_from_a_line_whose_like_may_mean_another_record(line):
    assert Envelope.of(line.encode()) is None


@pytest.mark.parametrize("end", ["", "\n"])
def test_an_envelope_gives_its_text_and_no_other_line_any(end):
    line = compact({"log": combined(1) + end, "n": 1, "stream": "stdout"}).encode()
    envelope = Envelope.of(line)
    assert envelope is not None
    block = b"\n".join([line, b"", line.replace(b":1,", b":true,"), line.replace(b":1,", b":01,"), line + b"\r", b""])
    texts = envelope.pattern.findall(block)
    assert [bool(text) for text in texts] == [True, False, True, False, True, False]


@pytest.mark.parametrize(
    "number", ["9" * 308, "9" * 309, "-" + "9" * 400, "1" * 5000, "1" * 400 + ".5", "0." + "1" * 400, "1e400"]
)
@pytest.mark.parametrize("wrap", [docker, filebeat])
def test_a_number_that_no_float_holds_makes_no_record_unreadable(wrap, number):
    lines = [wrap(n, combined(n))[:-1] + f',"id":{number if n % 7 == 3 else n}}}' for n in range(100)]
    block = "".join(line + "\n" for line in lines).encode()
    assert_same(block)
    assert len(both_ways(block)[0].seconds) == 100


@pytest.mark.parametrize("key", ["id", "count", "status", "time", "ts", "bytes"])
def test_numbers_of_any_length_under_any_key_give_a_record_or_none(key):
    for number in ("9" * 309, "-" + "9" * 309, "9" * 5000):
        lines = [f'{{"{key}":{number},"timestamp":"{NOW.format(n)}","request":"GET / HTTP/1.1"}}' for n in range(3)]
        records = parse_json_lines(memoryview("".join(line + "\n" for line in lines).encode()), frozenset())
        assert len(records.seconds) + len(records.malformed) == 3
