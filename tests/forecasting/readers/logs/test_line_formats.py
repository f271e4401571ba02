"""The formats other than Common and Combined: what their lines give, and what is no record."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from forecasting.errors import InputError
from forecasting.readers import ImportOptions
from forecasting.readers.logs.detect import detect, parser_for
from forecasting.readers.records import NAIVE, Records

ALL = frozenset({"status", "request", "agent"})
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"
ELB = (
    "2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 "
    f'0 29 "GET http://www.example.com:80/a?b=1 HTTP/1.1" "{AGENT}" - -'
)
ALB = (
    "h2 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 "
    f'0.000 503 - 34 366 "POST https://www.example.com:443/shop HTTP/2.0" "{AGENT}" ECDHE-RSA TLSv1.2 arn:x "Root=1"'
)
HAPROXY = (
    "Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 "
    f'10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {{1wt.eu|{AGENT}}} {{}} "GET /index.html HTTP/1.1"'
)


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def parse(name: str, *lines: str, **options: object) -> Records:
    block = "".join(line + "\n" for line in lines).encode()
    return parser_for(name, ImportOptions(**options))(memoryview(block), ALL)


def only(records: Records) -> tuple[int, int, int, str, str]:
    assert len(records.seconds) == 1
    fields = records.fields
    offset, status = int(records.offsets[0]), int(fields.status[0])
    return int(records.seconds[0]), offset, status, fields.request[0].decode(), fields.agent[0].decode()


def test_classic_elb() -> None:
    assert only(parse("elb", ELB)) == (
        second("2015-05-13 23:39:43"),
        0,
        200,
        "GET http://www.example.com:80/a?b=1 HTTP/1.1",
        AGENT,
    )
    assert only(parse("elb", ELB.partition(' "Mozilla')[0]))[4] == ""
    assert parse("elb", ALB, ELB[:90], "").malformed == [ALB.encode(), ELB[:90].encode()]


def test_alb() -> None:
    expected = second("2018-07-02 22:23:00"), 0, 503, "POST https://www.example.com:443/shop HTTP/2.0", AGENT
    assert only(parse("alb", ALB)) == expected
    for kind in ("http", "https", "grpcs", "ws", "wss"):
        assert only(parse("alb", ALB.replace("h2", kind, 1))) == expected
    refused = ALB.replace('"POST https://www.example.com:443/shop HTTP/2.0"', '"- http://www.example.com:80- -"')
    assert only(parse("alb", refused.replace(" 503 ", " - ")))[2:4] == (0, "- http://www.example.com:80- -")
    assert len(parse("alb", ELB, ALB.replace("2018-07", "2018-13")).seconds) == 0


def test_haproxy() -> None:
    expected = second("2009-02-06 12:14:14"), NAIVE, 200, "GET /index.html HTTP/1.1"
    line = parse("haproxy", HAPROXY)
    assert only(line)[:4] == expected
    assert AGENT in only(line)[4]
    bare = HAPROXY[HAPROXY.index("10.0.1.2") :]
    assert only(parse("haproxy", bare))[:4] == expected
    aborted = bare.replace("10/0/30/69/109 200 2750 - - ----", "-1/-1/-1/-1/+109 -1 +0 - - CR--")
    assert only(parse("haproxy", aborted.replace("GET /index.html HTTP/1.1", "<BADREQ>")))[2:4] == (0, "<BADREQ>")
    tcp = bare.replace("10/0/30/69/109 200", "0/0/5007")
    assert parse("haproxy", tcp).malformed == [tcp.encode()]


W3C = "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent)"


def test_w3c_with_fields_that_change() -> None:
    records = parse(
        "w3c",
        W3C,
        "2016-01-10 00:07:26 1.2.3.4 GET /a 200 Mozilla/4.0",
        "#Date: 2016-01-11 00:00:00",
        "#Fields: time date sc-status",
        "00:07:27.250 2016-01-11 404",
        "",
        "garbage",
        "#Fields: sc-status",
        "404",
    )
    assert records.seconds.tolist() == [second("2016-01-10 00:07:26"), second("2016-01-11 00:07:27")]
    assert records.fields.status.tolist() == [200, 404]
    assert records.fields.request == [b"GET /a", b" "]
    assert records.fields.agent == [b"Mozilla/4.0", b""]
    assert (records.lines, records.ignored) == (10, 6)
    assert records.malformed == [b"garbage", b"404"]


def test_w3c_remembers_its_fields_from_block_to_block() -> None:
    parser = parser_for("w3c", ImportOptions())
    assert len(parser(memoryview(W3C.encode() + b"\n"), ALL).seconds) == 0
    assert len(parser(memoryview(b"2016-01-10\t00:07:26\t1.2.3.4\tGET\t/a\t200\tx\r\n"), ALL).seconds) == 1
    fresh = parser_for("w3c", ImportOptions())
    assert fresh(memoryview(b"2016-01-10 00:07:26 1.2.3.4 GET /a 200 x\n"), ALL).malformed


CADDY = {"request": {"method": "GET", "uri": "/a?b", "headers": {"User-Agent": [AGENT]}}, "status": 200}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"ts": 1716723772.6, **CADDY}, (1716723772, 0, 200, "GET /a?b", AGENT)),
        (
            {"time": "2020-01-02T03:04:05Z", "RequestMethod": "GET", "RequestPath": "/a", "DownstreamStatus": 200},
            (second("2020-01-02 03:04:05"), 0, 200, "GET /a", ""),
        ),
        (
            {"time_local": "02/Jan/2020:03:04:05 +0100", "request": "GET /a HTTP/1.1", "status": "304"},
            (second("2020-01-02 02:04:05"), 60, 304, "GET /a HTTP/1.1", ""),
        ),
        ({"time_iso8601": "2020-01-02T03:04:05+01:00", "uri": "/a"}, (second("2020-01-02 02:04:05"), 60, 0, " /a", "")),
        ({"msec": "1577934245.123", "status": 200, "http_user_agent": AGENT}, (1577934245, 0, 200, "", AGENT)),
        (
            {"@timestamp": "2020-01-02T03:04:05", "http": {"response": {"status_code": 500}}},
            (1577934245, NAIVE, 500, "", ""),
        ),
        (
            {
                "timestamp": "2020-01-02T03:04:05.123Z",
                "httpRequest": {"requestMethod": "GET", "requestUrl": "http://x/a"},
            },
            (1577934245, 0, 0, "GET http://x/a", ""),
        ),
        ({"time": "soon", "ts": 1577934245123, "status": 200}, (1577934245, 0, 200, "", "")),
    ],
)
def test_json_lines(record: dict, expected: tuple) -> None:
    assert only(parse("json_lines", json.dumps(record))) == expected


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "[1, 2]",
        "3",
        '{"ts": 1716723772, "level": "info", "msg": "started"}',
        '{"status": 200}',
        '{"ts": true, "status": 200}',
        '{"ts": NaN, "status": 200}',
        '{"ts": -5, "status": 200}',
        '{"ts": 1e300, "status": 200}',
        '{"ts": null, "status": 200}',
        '{"ts": 1716723772, "status": 2',
        "[" * 5000,
        '{"time": "2020-02-30T00:00:00Z", "status": 200}',
    ],
)
def test_json_that_is_no_access_record(line: str) -> None:
    records = parse("json_lines", line, "")
    assert len(records.seconds) == 0
    assert (records.malformed, records.ignored) == ([line.encode()], 1)


PATTERN = r"^(?P<time>\S+ \S+) (?P<method>\w+) (?P<path>\S+) (?P<status>\d+) (?P<agent>.*)"


def test_a_pattern_of_the_user() -> None:
    line = "1995/08/01 00:05:00 GET /a 200 Mozilla x"
    records = parse("pattern", line, "other", pattern=PATTERN, time_format="%Y/%m/%d %H:%M:%S")
    assert only(records) == (807_235_500, NAIVE, 200, "GET /a", "Mozilla x")
    assert records.malformed == [b"other"]
    records = parse("pattern", "t=807235500", "t=x", "t=", pattern=r"t=(?P<time>\w*)", time_format="epoch")
    assert only(records) == (807_235_500, 0, 0, " ", "")


@pytest.mark.parametrize(
    ("pattern", "options", "reason"),
    [
        ("(?P<time>[", {}, r"pattern must be a regular expression .*: unterminated character set at position 10"),
        (r"\d+", {}, r"has no group named time; put \(\?P<time>"),
        ("(?P<time>x)", {"status": "2xx"}, "has no group named status"),
        ("(?P<time>x)", {"method": "GET"}, "has no group named method"),
        ("(?P<time>x)", {"path_prefix": "/a"}, "has no group named path"),
        ("(?P<time>x)", {"exclude_static": True}, "has no group named path"),
        ("(?P<time>x)", {"exclude_bots": True}, "has no group named agent"),
        ("(?P<time>((a{1000}){1000}){1000})", {}, "at most 10,000 times in all .got 1,000,000,000."),
        ("(?P<time>(a{,99}){102,})", {}, "at most 10,000 times in all .got 10,098."),
        ("(?P<time>" + "a" * 1000 + ")", {}, "pattern must have at most 1000 characters \\(got 1010\\)"),
    ],
)
def test_a_pattern_that_will_not_do(pattern: str, options: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parser_for("pattern", ImportOptions(pattern=pattern, **options))
    assert caught.value.errors[0].field == "pattern"


def test_a_pattern_that_would_take_years_is_stopped() -> None:
    with pytest.raises(InputError, match=r"which takes too long \(at line 2\); avoid repeats inside repeats"):
        parse("pattern", "1", "x" * 4000 + "b", pattern=r"^(?P<time>\d)$|(x+)+$", time_format="epoch")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("elb", ELB),
        ("alb", ALB),
        ("haproxy", HAPROXY),
        ("json_lines", json.dumps({"ts": 1716723772.6, **CADDY})),
        ("w3c", W3C + "\n2016-01-10 00:07:26 1.2.3.4 GET /a 200 Mozilla/4.0"),
        ("common", 'h - - [01/Aug/1995:00:00:07 -0400] "GET / HTTP/1.0" 304 0'),
        ("combined", 'h - - [01/Aug/1995:00:00:07 -0400] "GET / HTTP/1.0" 304 0 "-" "Mozilla"'),
        (None, "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok"),
    ],
)
def test_the_format_is_told_even_among_many_other_lines(name: str | None, line: str) -> None:
    junk = "".join(f"junk {i}\n" for i in range(300))
    assert detect(memoryview((junk + line + "\n" + junk).encode()), ImportOptions()) == name
