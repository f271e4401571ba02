"""Every line of a log and every row of a table is accounted for, whatever stands beside it."""

from __future__ import annotations

import io
import json
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.errors import FileRefused
from forecasting.readers import ImportOptions, ImportReport, import_files, streams
from forecasting.settings import Settings

CLF = "24/Feb/2024:10:00:05 +0000"
W3C_FIELDS = "#Fields: date time cs-method cs-uri-stem sc-status"
RECORDS = {
    "common": f'192.0.2.7 - - [{CLF}] "GET /a HTTP/1.1" 200 512',
    "combined": f'192.0.2.7 - - [{CLF}] "GET /a HTTP/1.1" 200 512 "-" "curl/8"',
    "json_lines": json.dumps({"time": "2024-02-24T10:00:05Z", "method": "GET", "status": 200}),
    "w3c": "2024-02-24 10:00:05 GET /a 200",
    "alb": (
        "h2 2024-02-24T10:00:05.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
        '"GET https://shop.example:443/a HTTP/2.0" "curl/7.46.0"'
    ),
    "elb": (
        "2024-02-24T10:00:05.186641Z lb 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
        '"GET http://shop.example:80/a HTTP/1.1" "curl/7.46.0"'
    ),
    "haproxy": (
        "Feb 24 10:00:05 lb haproxy[14387]: 192.0.2.7:33317 [24/Feb/2024:10:00:05.655] http-in static/srv1 "
        '10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"'
    ),
    "access_line": '[24/Feb/2024:10:00:05 +0000] - 200 200 - GET https example.com "/a" [Client 192.0.2.7]',
}
BLANK = ["", "   ", "\t", "\r", "\0" * 20]
DIRECTIVES = ["#Version: 1.0", "#Remark: x", W3C_FIELDS]
BAD = [
    "what is this",
    "é" * 30,
    '{"a": ',
    f"[{CLF}]",
    "x" * 400,
    RECORDS["combined"].replace("2024", "2099"),
    RECORDS["json_lines"].replace("2024", "1970"),
]


def imported(text: str, block_bytes: int) -> ImportReport:
    with mock.patch.multiple(streams, BLOCK_BYTES=block_bytes, MAX_LINE_BYTES=block_bytes // 2):
        _, report = import_files([("a.log", io.BytesIO(text.encode()))], name="x", settings=Settings())
    return report


@pytest.mark.parametrize("name", RECORDS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_lines_are_records_ignored_malformed_or_dropped(name, data):
    others = st.sampled_from([*RECORDS.values(), *BLANK, *DIRECTIVES, *BAD])
    lines = data.draw(st.lists(st.one_of(st.just(RECORDS[name]), others), min_size=1, max_size=30))
    head = [W3C_FIELDS] if name == "w3c" else []
    text = "\n".join([*head, RECORDS[name], *lines]) + data.draw(st.sampled_from(["\n", ""]))
    report = imported(text, data.draw(st.sampled_from([512, 700, 1024, 1 << 20])))
    assert (
        report.requests + report.filtered + report.malformed + report.ignored + sum(report.dropped.values())
        == report.lines
    ), report
    assert report.lines == text.count("\n") + (not text.endswith("\n"))
    certain = sum(line == RECORDS[name] for line in lines) + 1
    assert report.requests >= certain


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["record", "odd", "late"]), min_size=1, max_size=40), st.sampled_from([None, 2]))
def test_records_of_a_json_document_are_accounted_for(kinds, indent):
    one = {"time": "2024-02-24T10:00:05Z", "method": "GET", "status": 200}
    objects = {"record": one, "odd": {"a": 1}, "late": {**one, "time": "2099-02-24T10:00:05Z"}}
    document = {"records": [one, *(objects[kind] for kind in kinds)]}
    report = imported(json.dumps(document, indent=indent), 1 << 20)
    assert report.requests == kinds.count("record") + 1
    assert report.requests + report.malformed + report.ignored + sum(report.dropped.values()) == report.lines
    assert report.lines == len(kinds) + 1


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(["good", "time", "count", "where", "blank", "split"]), max_size=60),
    st.sampled_from([",", ";", "\t"]),
)
def test_rows_are_counted_or_dropped_by_reason(kinds, separator):
    rows = [f"2024-02-24 {9 + n // 60:02d}:{n % 60:02d}:00{separator}a{separator}{n}" for n in range(150)]
    for n, kind in enumerate(kinds):
        time = f"2024-02-24 {12 + n // 60}:{n % 60:02d}:00"
        cells = {
            "good": [time, "a", "7"],
            "time": ["soon", "a", "7"],
            "count": [time, "a", ""],
            "where": [time, "b", "7"],
            "blank": [],
            "split": [time, "a", "1", "204"],
        }[kind]
        rows.append(separator.join(cells))
    text = "\n".join([separator.join(["timestamp", "server", "requests"]), *rows, ""])
    source = [("a.csv", io.BytesIO(text.encode()))]
    options = ImportOptions(where=("server=a",))
    if kinds.count("time") > 0.1 * (150 + len(kinds) - kinds.count("blank")) or kinds.count("split") > 0.1 * (
        150 + len(kinds) - kinds.count("blank")
    ):
        with pytest.raises(FileRefused):
            import_files(source, name="x", options=options, settings=Settings())
        return
    _, report = import_files(source, name="x", options=options, settings=Settings())
    counted = 150 + kinds.count("good")
    assert report.lines == 150 + len(kinds) - kinds.count("blank")
    assert report.lines == counted + sum(report.dropped.values())
    assert report.requests == sum(range(150)) + 7 * kinds.count("good")
