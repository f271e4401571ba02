# ruff: noqa: E501  (one line a format)
"""What is read by whole blocks is what the parser of each format reads line by line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import numpy as np
import pytest

from forecasting.readers.logs import detect
from forecasting.readers.logs.access_line import parse_access_lines
from forecasting.readers.logs.json_lines import parse_json_lines
from forecasting.readers.logs.line_formats import ALB, ELB, line_parser, utc_times
from forecasting.readers.logs.w3c import W3CParser
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import Parser, Records

NOTHING: frozenset[str] = frozenset()
ODD = b'"{}[]:, \\\x00\xff\nZx5\t\r/'


def moment(n: int) -> dict[str, object]:
    time = np.datetime64(1_708_768_800 + 7 * n, "s").astype(object)
    return {"clf": f"{time:%d/%b/%Y:%H:%M:%S}", "iso": f"{time:%Y-%m-%dT%H:%M:%S}", "s": 1_708_768_800 + 7 * n, "n": n}


def j(**values: object) -> Callable[[int], str]:
    def make(n: int) -> str:
        def filled(value: object) -> object:
            if isinstance(value, dict):
                return {key: filled(inner) for key, inner in value.items()}
            if isinstance(value, list):
                return [filled(inner) for inner in value]
            if value == "{s}":
                return moment(n)["s"] + 0.25
            return value.format(**moment(n)) if isinstance(value, str) else value

        return json.dumps(filled(values))

    return make


def line(template: str) -> Callable[[int], str]:
    return lambda n: template.format(**moment(n))


JSON = {
    "nginx": j(time_local="{clf} +0000", request="GET /{n} HTTP/1.1", status="200", request_time="0.0{n}"),
    "caddy": j(level="info", ts="{s}", logger="http.log.access", request={"method": "GET", "uri": "/{n}", "headers": {"A": ["b"]}}, duration=0.001, status=200),
    "ISO with a zone": j(method="GET", time="{iso}.12{n}+01:00", path="/{n}", status=404),
    "no zone": j(time="{iso}", status=200, ok=True, user=None),
    "epoch in text": j(msec="{s}", status="304", uri="/a"),
    "a count": j(time="{iso}Z", status=200, count=3),
    "naive before absolute": j(time="{iso}", other={"timestamp": "{iso}Z"}, status=200),
    "no status": j(time="{iso}Z", method="GET", path="/{n}"),
}  # fmt: skip


LINES: dict[str, tuple[str, Parser, Callable[[int], str]]] = {
    "alb": ("alb", line_parser(ALB, utc_times), line('https {iso}.186641Z app/lb/5 192.0.2.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 - 0 57 "GET https://x:443/{n} HTTP/1.1" "curl/7" - -')),
    "elb": ("elb", line_parser(ELB, utc_times), line('{iso}.945958Z lb 192.0.2.1:2817 10.0.0.1:80 0.07 0.04 0.05 200 200 0 29 "GET http://x:80/{n} HTTP/1.1" "curl/7.38.0" - -')),
    "S3": ("access_line", parse_access_lines, line('79a5 bucket [{clf} +0000] 192.0.2.3 arn:aws:iam::1:user/a 3E57 REST.GET.OBJECT a/{n} "GET /b/{n} HTTP/1.1" 200 - 113 113 7 6 "-" "S3Console/0.4" - TLSv1.2')),
    "logfmt": ("access_line", parse_access_lines, line('{iso}.12+00:00 heroku[router]: at=info method=GET path="/{n}" host=x fwd="192.0.2.1" dyno=web.1 status=200 bytes=8')),
}  # fmt: skip


def mutated(text: str, draw: random.Random) -> bytes:
    data = bytearray(text.encode())
    for _ in range(draw.choice([1, 1, 2])):
        at = draw.randrange(len(data))
        match draw.randrange(3):
            case 0:
                data[at] = draw.choice(ODD)
            case 1:
                data = data[: at + 1]
            case _:
                data[at:at] = bytes([draw.choice(ODD.replace(b"5", b""))])
    return bytes(data)


def check(fast: Parser, slow: Parser, make: Callable[[int], str], seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(6):
        lines = [make(n).encode() for n in range(200)]
        for at in draw.sample(range(200), 25):
            lines[at] = mutated(lines[at].decode(), draw)
        if draw.random() < 0.3:
            lines.insert(draw.randrange(200), b"")
        block = memoryview(b"\n".join(lines) + b"\n")
        one, other = fast(block, NOTHING), slow(block, NOTHING)
        np.testing.assert_array_equal(one.seconds, other.seconds)
        np.testing.assert_array_equal(one.offsets, other.offsets)
        assert (one.lines, one.ignored, one.without_status) == (other.lines, other.ignored, other.without_status)
        assert sorted(one.malformed) == sorted(other.malformed)
        assert (one.weights is None) == (other.weights is None)


@pytest.mark.parametrize("name", JSON)
def test_json_of_a_known_shape_is_read_as_any_json(name):
    for seed in range(4):
        check(detect.parser_for("json_lines", ImportOptions()), parse_json_lines, JSON[name], seed)


@pytest.mark.parametrize("name", LINES)
def test_usual_lines_are_read_as_any_line(name):
    parser, slow, make = LINES[name]
    for seed in range(6):
        check(detect.parser_for(parser, ImportOptions()), slow, make, seed)


def test_usual_lines_of_w3c_are_read_as_any_line():
    head = "#Fields: date time cs-method cs-uri-stem sc-status time-taken\n"

    def after_head(is_fast: bool) -> Parser:
        parser = W3CParser()
        parser(memoryview(head.encode()), NOTHING)
        if not is_fast:
            parser._fast = None
        return parser

    for seed in range(6):
        draw = random.Random(seed)
        lines = [f"{moment(n)['iso']} GET /{n} 200 15".replace("T", " ").encode() for n in range(200)]
        for at in draw.sample(range(200), 25):
            lines[at] = mutated(lines[at].decode(), draw).replace(b"#", b"")
        block = memoryview(b"\n".join(lines) + b"\n")
        one, other = after_head(True)(block, NOTHING), after_head(False)(block, NOTHING)
        np.testing.assert_array_equal(one.seconds, other.seconds)
        assert (one.ignored, sorted(one.malformed)) == (other.ignored, sorted(other.malformed))


@pytest.mark.parametrize("name", ["nginx", "caddy", "ISO with a zone", "no zone", "epoch in text"])
def test_shapes_read_nearly_all_lines(name):
    calls = []
    shapes = detect.JsonBlocks()
    parser = detect.with_fast(shapes, lambda block, wanted: calls.append(len(block)) or parse_json_lines(block, wanted))
    parser(memoryview("".join(f"{JSON[name](n)}\n" for n in range(300)).encode()), NOTHING)
    assert sum(calls) < 400  # the last line, near to the end of the block


PATTERNS = [
    (r'\[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+)[^"]*" (?P<status>\d{3})', '192.0.2.1 - - [{clf} +0000] "GET /{n} HTTP/1.1" 200 512'),
    (r"^(?P<time>\S+)\s+(?:\w+\s*)*$", "{iso}  a b c"),
    (r"(?P<time>\d{4}-\d\d-\d\dT[^a]+)", "x {iso} a {iso}"),
    (r"(?<=x )(?P<time>\S+)", "x {iso} a"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "template"), PATTERNS)
def test_a_pattern_reads_blocks_as_lines(pattern, template):
    time_format = "%d/%b/%Y:%H:%M:%S %z" if "clf" in template else "iso"
    options = ImportOptions(pattern=pattern, time_format=time_format)
    parser = detect.parser_for("pattern", options)

    def by_line(block: memoryview, wanted: frozenset[str]) -> Records:
        return parser(block, wanted | {"status"})  # a filter, so that lines are searched one by one

    for seed in range(6):
        check(parser, by_line, line(template), seed)
