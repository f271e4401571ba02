# ruff: noqa: E501  (one case a line)
"""Files of real products that were read wrongly, or refused without a way out; in the manner of public bug reports."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from tests.forecasting.readers.test_what_people_have import (
    CLF,
    COMBINED,
    COUNTS,
    ISO,
    MINUTES,
    ROWS,
    SECONDS,
    imported,
    lines,
    refusal,
)

MORE_MINUTES = [f"2024-02-24 10:{minute:02d}:00" for minute in range(10)]

LOGS = {
    "Morgan with colours": [f"{t}.123Z \x1b[0mGET /a \x1b[32m200 \x1b[0m5.123 ms - 12\x1b[0m" for t in ISO],
    "Gin": [f'[GIN] {t[:10].replace("-", "/")} - {t[11:]} | 200 |  123.4µs |  192.0.2.7 | GET      "/a"' for t in ISO],
    "Flask": [f'127.0.0.1 - - [{t.replace(":", " ", 1)}] "GET /a HTTP/1.1" 200 -' for t in CLF],
    "network load balancer": [f"tls 2.0 {t} net/lb/c6 g3d 192.0.2.7:51341 10.0.0.1:443 5 2 98 246 - arn - ECDHE tlsv12 - my.example - - - {t}" for t in ISO],
    "logcli before JSON": [f'{t}Z {{app="web"}} {json.dumps({"time": t + "Z", "method": "GET", "status": 200})}' for t in ISO],
    "Fluentd": [f'{t}+00:00\tnginx.access\t{json.dumps({"method": "GET", "path": "/a", "code": "200"})}' for t in ISO],
    "Caddy's console": [f'{t.replace("-", "/").replace("T", " ")}.1\tINFO\thttp.log.access\thandled request\t{json.dumps({"request": {"method": "GET", "uri": "/a"}, "status": 200})}' for t in ISO],
    "Serilog": [json.dumps({"@t": f"{t}.123Z", "RequestMethod": "GET", "RequestPath": "/a", "StatusCode": 200}) for t in ISO],
    "Cloudflare, nanoseconds": [json.dumps({"ClientRequestMethod": "GET", "EdgeResponseStatus": 200, "EdgeStartTimestamp": 10**9 * s}) for s in SECONDS],
    "a user's creation time beside the request's": [json.dumps({"user": {"created_at": "2021-01-01T00:00:00Z"}, "log_ts": f"{t}Z", "status": 200, "url": "/a"}) for t in ISO],
    "Lograge": [f"I, [{t}.123456 #4242]  INFO -- : method=GET path=/a format=html status=200 duration=58.33" for t in ISO],
    "Fastly": [f'<134>{t}Z cache-fra1 S3logs[98]: 192.0.2.7 "-" "-" [{c} +0000] "GET /a" 200 512' for t, c in zip(ISO, CLF, strict=True)],
}  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_read(name):
    series, report = imported(lines(*LOGS[name]))
    assert (series.start, series.requests_count.tolist(), report.malformed) == (1_708_768_800, COUNTS, 0)


def test_holes_and_byte_order_marks_in_the_middle_lose_no_line():
    hole = lines(*COMBINED[:3]).encode() + b"\0" * 5000 + lines(*COMBINED[3:]).encode()
    assert imported(hole)[0].requests_count.tolist() == COUNTS
    objects = [json.dumps({"time": f"{time}Z", "method": "GET", "status": 200}) for time in ISO]
    json_hole = lines(*objects[:3]).encode() + b"\0" * 500 + lines(*objects[3:]).encode()
    assert imported(json_hole)[0].requests_count.tolist() == COUNTS
    joined = "\ufeff#Fields: date time cs-method sc-status\n" + lines(*(f"{t[:10]} {t[11:]} GET 200" for t in ISO[:3]))
    joined += "\ufeff#Fields: date time sc-status cs-method\n" + lines(*(f"{t[:10]} {t[11:]} 200 GET" for t in ISO[3:]))
    assert imported(joined, status="2xx")[0].requests_count.tolist() == COUNTS


def test_an_answer_of_loki_holds_log_lines():
    values = [[str(10**9 * s), line] for s, line in zip(SECONDS, COMBINED, strict=True)]
    answer = {"status": "success", "data": {"resultType": "streams", "result": [{"stream": {}, "values": values}]}}
    assert imported(json.dumps(answer))[0].requests_count.tolist() == COUNTS


@pytest.mark.parametrize("count", ["7", 7, 7.0])
def test_rolled_up_records_count_what_they_say(count):
    texts = [json.dumps({"timestamp": f"{t}Z", "path": "/a", "status": 200, "count": count}) for t in ISO]
    assert imported(lines(*texts))[0].requests_count.tolist() == [7 * n for n in COUNTS]


def test_an_application_line_with_a_path_is_no_request():
    requests = [json.dumps({"time": f"{t}Z", "method": "GET", "path": "/a", "status": 200}) for t in ISO]
    others = [json.dumps({"time": f"{t}Z", "level": "debug", "msg": "loaded", "path": "/t.html"}) for t in ISO]
    series, report = imported(lines(*requests, *others))
    assert (series.requests_count.tolist(), report.malformed) == (COUNTS, 6)
    assert any("are unread" in note for note in report.notes)


def test_a_start_and_an_end_line_for_each_request_are_noted():
    starts = [json.dumps({"time": 1000 * s, "req": {"method": "GET", "url": "/a"}}) for s in SECONDS]
    ends = [json.dumps({"time": 1000 * s, "res": {"statusCode": 200}}) for s in SECONDS]
    _, report = imported(lines(*starts, *ends))
    assert any("6 of 12 records have no status" in note and "--status 1xx" in note for note in report.notes)
    only_ends, _ = imported(lines(*starts, *ends), status="1xx,2xx,3xx,4xx,5xx")
    assert only_ends.requests_count.tolist() == COUNTS


def test_keys_of_json_records_can_be_named():
    text = lines(*(json.dumps({"quand": f"{t}Z", "reponse": {"resultat": 200}}) for t in ISO))
    assert "--json-time KEY and --json-status KEY" in refusal(text)
    series, _ = imported(text, json_time="quand", json_status="reponse.resultat")
    assert series.requests_count.tolist() == COUNTS
    assert imported(text, json_time="quand")[0].requests_count.tolist() == COUNTS


def test_rotated_logs_that_overlap_are_noted():
    _, report = imported(lines(*COMBINED), lines(*COMBINED[:4]), names=("access.log", "access.log.1"))
    assert any("have 4 of the same lines" in note for note in report.notes)
    _, clean = imported(lines(*COMBINED[3:]), lines(*COMBINED[:3]), names=("access.log", "access.log.1"))
    assert not any("same lines" in note for note in clean.notes)


def archive(**files: list[str]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, texts in files.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            data = lines(*texts).encode()
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return target.getvalue()


def test_an_archive_of_two_sites_is_noted_and_an_error_log_in_it_left_out():
    _, two = imported(archive(shop__access=COMBINED, blog__access=[one.replace("/a", "/b") for one in COMBINED]))
    assert any("holds 2 logs of different names" in note and "import each alone" in note for note in two.notes)
    error = [f'{t.replace("-", "/").replace("T", " ")} [error] 1#1: *1 open() failed, request: "GET /b"' for t in ISO]
    series, report = imported(archive(access=COMBINED, error=error))
    assert series.requests_count.tolist() == COUNTS
    assert any("1 of 2 files hold no request and are left out" in note for note in report.notes)


@pytest.mark.parametrize("empty", ["\n", "#Version: 1.0\n#Fields: date time sc-status\n"])
def test_a_file_without_a_record_is_a_note_beside_others(empty):
    series, report = imported(lines(*COMBINED), empty)
    assert series.requests_count.tolist() == COUNTS
    assert any("1 of 2 files are empty" in note for note in report.notes)


def table(header: str, cells: list[object], *, times: list[str] = MINUTES, separator: str = ",") -> str:
    return lines(header, *(f"{time}{separator}{cell}" for time, cell in zip(times, cells, strict=True)))


TABLES = {
    "preamble with as many cells": 'Report,"Requests per minute"\nGenerated,2024-02-24 12:00\n\n' + table("Time,Requests", ROWS),
    "a preamble with times": "Start,2024-02-24 10:00:00\nEnd,2024-02-24 10:05:00\n" + table("Time,Requests", ROWS),
    "date and clock": lines("Date,Time,Requests", *(f"2024-02-24,10:0{n},{row}" for n, row in enumerate(ROWS))),
    "AM": lines("timestamp,requests", *(f"2024-02-24 10:0{n}:00 AM,{row}" for n, row in enumerate(ROWS))),
    "Windows' own encoding": table("Date;Requêtes", ROWS, separator=";").encode("cp1252"),
    "a total at the end": table("timestamp,requests", ROWS) + "Total,53\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read(name):
    series, _ = imported(TABLES[name])
    assert (series.start, series.requests_count.tolist()) == (1_708_768_800, ROWS)


def test_hours_in_a_column_of_their_own_may_be_ranges():
    rows = [f"2024-02-24,{10 + n}:00-{11 + n}:00,{row}" for n, row in enumerate(ROWS)]
    series, report = imported(lines("date,hour,requests", *rows))
    assert (series.requests_count.tolist(), report.timeframe, report.start) == (ROWS, "1h", "2024-02-24 10:00:00")


@pytest.mark.parametrize("mark", ["'", "\u2019", "_", "\u202f", " "])
def test_thousands_of_all_kinds(mark):
    cells = [f"1{mark}204", f"1{mark}150", f"1{mark}300", "998", f"1{mark}002"]
    assert imported(table("timestamp,requests", cells))[0].requests_count.tolist() == [1204, 1150, 1300, 998, 1002]


def test_thousands_of_india():
    cells = ['"1,20,204"', '"1,15,150"', '"1,30,300"', "998", '"1,00,002"']
    values = [120_204, 115_150, 130_300, 998, 100_002]
    assert imported(table("timestamp,requests", cells))[0].requests_count.tolist() == values


REFUSED = {
    "a thousand or a fraction": (table("timestamp\trequests", ["1.204", "1.150", "1.300", 998, "1.002"], separator="\t"), "--decimal-mark ,"),
    "thousands without quotes": (table("timestamp,requests", ["1,204", "1,150", "1,300", 998, "1,002"]), "put them in quotes"),
    "a zone by its name": (lines("timestamp,requests", *(f"{minute} EST,1" for minute in MINUTES)), "--time-format"),
    "ranges of time": (lines("timestamp,requests", *(f"2024-02-24 1{n}:00-1{n + 1}:00,1" for n in range(6))), "ranges such as"),
    "a rate": (table("Time,req/s", [0.2, 0.0, 0.1, 0.5, 0.1]), "--unit per-second"),
    "weeks": (lines("week,requests", *(f"2024-02-{day:02d},5" for day in (1, 8, 15, 22))), "finer resolution"),
    "two servers, many paths": (lines("timestamp,path,requests", *(f"{m},/p{n}{k},5" for n, m in enumerate(MINUTES) for k in range(3))), "--duplicates sum"),
    "IIS native": (lines(*(f"192.0.2.7, -, 2/24/2024, {t[11:]}, W3SVC1, WEB1, 10.0.0.1, 16, 157, 1024, 200, 0, GET, /a, -," for t in ISO)), "reads 6 of 6: --pattern"),
    "a web page": ("<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "web page"),
    "a PDF": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)), "is a PDF"),
    "W3C without a date": (lines("#Fields: time cs-method sc-status", "10:00:05 GET 200"), "#Date:"),
    "an instant query": (json.dumps({"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1708768800, "1"]}]}}), "query_range"),
    "no time": (lines('INFO:     192.0.2.7:51234 - "GET /a HTTP/1.1" 200 OK'), "must have a time in each line"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_certain_is_refused_with_the_way_out(name):
    text, way_out = REFUSED[name]
    assert way_out in refusal(text)


NOTED = {
    "a counter from 0": (table("timestamp,value", [0, 50, 80, 150, 230, 320, 340, 380, 430, 490], times=MORE_MINUTES), "--unit counter"),
    "a counter with a reset": (table("timestamp,value", [1000, 1050, 1070, 1100, 1120, 10, 40, 60, 75, 90], times=MORE_MINUTES), "--unit counter"),
    "the same time twice": (table("timestamp,requests", [*ROWS, 3], times=[*MINUTES, MINUTES[0]]), "--duplicates sum"),
    "clocks go back": (lines("timestamp,requests", *(f"2024-10-27 0{hour}:00:00,5" for hour in (0, 1, 2, 2, 3, 4))), "--time-zone"),
    "an hour 24": (lines("date,hour,requests", *(f"2024-02-24,{hour},5" for hour in range(15, 25))), "have no time"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTED)
def test_what_may_be_meant_otherwise_is_noted(name):
    text, option = NOTED[name]
    assert any(option in note for note in imported(text)[1].notes)


def test_a_change_of_resolution_is_named_and_can_be_summed():
    minutes = [f"2024-02-24 10:{n:02d}:00,5" for n in range(10)]
    coarse = [f"2024-02-24 {10 + n // 60}:{n % 60:02d}:00,25" for n in range(10, 130, 5)]
    text = lines("timestamp,requests", *minutes, *coarse)
    _, report = imported(text)
    assert any("resolution changes at 2024-02-24 10:10:00" in n and "--timeframe 5m" in n for n in report.notes)
    series, _ = imported(text, timeframe="5m")
    assert series.requests_count.tolist() == [25] * 26


def test_reports_show_three_records_as_they_were_read():
    _, log = imported(lines("garbage", *COMBINED))
    assert [one["line"] for one in log.samples] == COMBINED[:3]
    assert [one["time"] for one in log.samples] == [
        "2024-02-24 10:00:05Z",
        "2024-02-24 10:00:40Z",
        "2024-02-24 10:01:10Z",
    ]
    _, rows = imported(table("timestamp,requests", ROWS), time_zone="Europe/Paris")
    assert rows.samples[0] == {"line": "2024-02-24 10:00:00,12", "time": "2024-02-24 09:00:00Z", "count": 12}
    _, wall = imported(table("timestamp,requests", ROWS))
    assert wall.samples[0]["time"] == "2024-02-24 10:00:00"
