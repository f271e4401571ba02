# ruff: noqa: E501  (one case a line)
"""Files in the manner of public bug reports: each becomes the right counts, or is refused with the way out.

Every log here has six requests at the same times, so that one expectation serves all forms of a line.
"""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from forecasting.errors import FileRefused, InputError
from forecasting.readers import ImportOptions, ImportReport, import_files
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

SECONDS = [1_708_768_805, 1_708_768_840, 1_708_768_870, 1_708_768_980, 1_708_769_039, 1_708_769_070]
"""24 February 2024, 10:00:05, :40, 10:01:10, 10:03:00, :59 and 10:04:30 UTC."""

COUNTS = [2, 1, 0, 2, 1]
ISO = np.array(SECONDS, "datetime64[s]").astype(str).tolist()
CLF = [f"24/Feb/2024:{text[11:]}" for text in ISO]
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"
COMBINED = [f'192.0.2.7 - - [{time} +0000] "GET /a HTTP/1.1" 200 512 "-" "{AGENT}"' for time in CLF]
ROWS = [12, 0, 7, 30, 4]
MINUTES = [f"2024-02-24 10:0{minute}:00" for minute in range(5)]


def imported(*files: str | bytes, names: tuple[str, ...] = (), **options: object) -> tuple[Series, ImportReport]:
    sources = [
        (names[n] if names else f"file{n}.log", io.BytesIO(file.encode() if isinstance(file, str) else file))
        for n, file in enumerate(files)
    ]
    return import_files(sources, name="x", options=ImportOptions(**options), settings=Settings())


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


def table(header: str, rows: list[str], separator: str = ",") -> str:
    return lines(header, *(f"{minute}{separator}{row}" for minute, row in zip(MINUTES, rows, strict=True)))


def refusal(*files: str | bytes, **options: object) -> str:
    with pytest.raises((FileRefused, InputError)) as caught:
        imported(*files, **options)
    return str(caught.value)


LOGS = {
    "between request and status": [line.replace('" 200', '" 0.003 404') for line in COMBINED],
    "between time and request": [line.replace('] "GET', '] 0.067 0.067 "GET') for line in COMBINED],
    "unquoted request": [f'[{time} +0000] GET /a.js HTTP/1.1 304 0 "-"' for time in CLF],
    "quoted status": [f'192.0.2.7 - - [{time} +0000] GET /a HTTP/1.1 "200" 512' for time in CLF],
    "no blank after the time": [line.replace("] ", "]") for line in COMBINED],
    "milliseconds": [line.replace(" +0000]", ".123 +0000]") for line in COMBINED],
    "virtual host first": [f"shop.example:443 {line}" for line in COMBINED],
    "nginx proxy manager": [f'[{time} +0000] - 200 200 - GET https example.com "/a" [Client 192.0.2.7]' for time in CLF],
    "ISO time first": [f'{time}+00:00 192.0.2.7 "GET /a HTTP/1.1" - 301 0.000 520' for time in ISO],
    "Envoy": [f'[{time}.123Z] "GET /status HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl/7"' for time in ISO],
    "S3": [f'79a5 bucket [{time} +0000] 192.0.2.7 arn:aws REST.GET.OBJECT a "GET /b/a HTTP/1.1" 200 -' for time in CLF],
    "Squid": [f"{second}.123    180 192.0.2.7 TCP_MISS/200 411 GET http://example.com/a - DIRECT/192.0.2.2" for second in SECONDS],
    "logfmt": [f'{time}+00:00 heroku[router]: at=info method=GET path="/a" status=200 bytes=12' for time in ISO],
    "key=value behind a CLF time": [f'[{time} +0000] upstream=web status=200 request="GET /a HTTP/2.0"' for time in CLF],
    "CRI prefix before JSON": [f'{time}.1Z stdout F {{"time": "{time}Z", "method": "GET", "status": 200}}' for time in ISO],
    "syslog before JSON": [f'Feb 24 10:00:05 web1 nginx: {{"time_iso8601": "{time}Z", "status": "200"}}' for time in ISO],
    "docker json-file": [json.dumps({"log": line + "\n", "stream": "stdout", "time": "2024-02-24T11:00:00Z"}) for line in COMBINED],
    "journald": [json.dumps({"__REALTIME_TIMESTAMP": f"{s}000000", "MESSAGE": line}) for s, line in zip(SECONDS, COMBINED, strict=True)],
    "Filebeat": [json.dumps({"@timestamp": "2024-02-24T11:00:00Z", "log": {"file": {"path": "/var/log/a"}}, "message": line}) for line in COMBINED],
    "JSON in a JSON string": [json.dumps({"timestamp": 1000 * s, "message": '{"status": 200, "uri": "/a"}'}) for s in SECONDS],
    "Splunk": [json.dumps({"preview": False, "result": {"_raw": line, "_time": "2024-02-24 10:30:00.000 UTC"}}) for line in COMBINED],
    "API Gateway": [json.dumps({"requestTime": f"{time} +0000", "httpMethod": "GET", "routeKey": "GET /a", "status": "200"}) for time in CLF],
    "CloudFront JSON": [json.dumps({"date": time[:10], "time": time[11:], "x-edge-location": "A", "cs-method": "GET", "sc-status": "200"}) for time in ISO],
    "Cloudflare": [json.dumps({"ClientRequestMethod": "GET", "EdgeResponseStatus": 200, "EdgeStartTimestamp": f"{time}Z"}) for time in ISO],
    "Azure": [json.dumps({"timeStamp": f"{time}+00:00", "properties": {"httpMethod": "GET", "httpStatus": 200}}) for time in ISO],
    "pino": [json.dumps({"level": 30, "time": 1000 * s, "req": {"method": "GET", "url": "/a"}, "res": {"statusCode": 304}}) for s in SECONDS],
    "time with slashes": [json.dumps({"ts": time.replace("-", "/").replace("T", " ") + ".123", "status": 200}) for time in ISO],
    "a duration called time": [json.dumps({"timestamp": f"{time}Z", "path": "/a", "status": 200, "time": 0.012}) for time in ISO],
    "local and UTC": [json.dumps({"time": "2024-02-24 11:00:05", "@timestamp": f"{time}Z", "status": 200}) for time in ISO],
    "microseconds": [json.dumps({"t": 1_000_000 * s, "method": "GET", "status": 200}) for s in SECONDS],
    "brackets around the time": [json.dumps({"time": f"[{time} +0000]", "request": "/a", "method": "GET"}) for time in CLF],
}  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_a_line_with_a_time_and_a_request_or_a_status_is_a_record(name):
    series, report = imported(lines(*LOGS[name]))
    assert series.requests_count.tolist() == COUNTS, report.notes
    assert series.start == SECONDS[0] - 5
    assert (report.requests, report.malformed) == (6, 0)


def test_iis_logs_without_a_date_column_take_the_day_of_the_directive():
    text = lines(
        "#Date: 2024-02-24 10:00:00",
        "#Fields: time cs-method cs-uri-stem sc-status",
        *(f"{t[11:]} GET /a 200" for t in ISO),
    )
    assert imported(text)[0].requests_count.tolist() == COUNTS


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_and_envelopes_of_records_are_streamed(indent):
    records = [{"timestamp": f"{time}Z", "httpRequest": {"requestMethod": "GET", "status": 200}} for time in ISO]
    for document in (records, {"records": records}, {"hits": {"hits": [{"_source": one} for one in records]}}):
        assert imported(json.dumps(document, indent=indent))[0].requests_count.tolist() == COUNTS


def test_answers_of_metric_systems_are_counts():
    values = [[1_708_768_800 + 60 * n, str(row)] for n, row in enumerate(ROWS)]
    prometheus = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}}
    points = [{"Timestamp": f"2024-02-24T10:0{n}:00Z", "Sum": row} for n, row in enumerate(ROWS)]
    series = [{"scope": "*", "pointlist": [[1000 * time, float(row)] for time, row in values]}]
    for answer in (prometheus, {"Label": "RequestCount", "Datapoints": points}, {"series": series}):
        assert imported(json.dumps(answer))[0].requests_count.tolist() == ROWS


def test_lines_of_counts_and_rolled_up_records_count_what_they_say():
    counts = lines(
        *(
            json.dumps({"timestamp": minute.replace(" ", "T") + "Z", "requests_count": row})
            for minute, row in zip(MINUTES, ROWS, strict=True)
        )
    )
    assert imported(counts)[0].requests_count.tolist() == ROWS
    rolled = lines(*(json.dumps({"timestamp": f"{time}Z", "path": "/a", "status": 200, "count": 100}) for time in ISO))
    series, report = imported(rolled)
    assert series.requests_count.tolist() == [100 * count for count in COUNTS]
    assert any("6 of them stand for 600 requests" in note for note in report.notes)


def test_two_formats_in_one_file_are_both_read_and_named():
    series, report = imported(lines(*COMBINED, *LOGS["pino"]))
    assert series.requests_count.tolist() == [2 * count for count in COUNTS]
    assert any("2 formats" in note and "json_lines: 6" in note for note in report.notes)


def test_lines_that_no_format_reads_are_named_from_one_percent_on():
    _, report = imported(lines(*COMBINED, "what is this"))
    assert any("1 of 7 lines (14 %) are unread" in note and "what is this" in note for note in report.notes)


def test_the_same_log_given_twice_counts_once():
    text = lines(*COMBINED)
    series, report = imported(text, text, names=("access.log", "access.log.1"))
    assert series.requests_count.tolist() == COUNTS
    assert any("access.log.1 has the same content as access.log" in note for note in report.notes)


def test_an_empty_file_among_good_ones_is_a_note():
    _, report = imported(lines(*COMBINED), "", names=("access.log", "access.log.2"))
    assert any("1 of 2 files are empty and hold no record (access.log.2)" in note for note in report.notes)
    assert refusal("") == "file0.log is empty."


def test_the_entry_of_an_error_log_beside_the_access_record_is_no_request():
    access = [json.dumps({"logger": "http.log.access", "ts": s, "status": 502}) for s in SECONDS]
    errors = [json.dumps({"logger": "http.log.error", "ts": s, "status": 502}) for s in SECONDS[:2]]
    assert imported(lines(*access, *errors))[1].requests == 6


def test_a_filter_that_cannot_work_says_so():
    bare = lines(*(line.partition(' "-"')[0] for line in COMBINED))
    assert any("filter for bots leaves nothing out" in note for note in imported(bare, exclude_bots=True)[1].notes)
    odd = lines(*(line.replace('" 200', '" 471 200') for line in COMBINED))
    assert "a --pattern with a group (?P<status>...)" in refusal(odd, status="2xx")


TABLES = {
    "Grafana": table('"Time","Value"', [f'"{row}"' for row in map(str, ROWS)]),
    "sep line": "sep=;\n" + table("Time;Value", list(map(str, ROWS)), ";"),
    "comments before the header": "# -----\n# All data\n\n" + table("Date,Requests", list(map(str, ROWS))),
    "Kibana": table('"@timestamp per minute","Count of records"', list(map(str, ROWS))),
    "blanks as separators": table("timestamp requests", list(map(str, ROWS)), " ").replace("24 10", "24T10"),
    "tabs": table("time\thits", list(map(str, ROWS)), "\t"),
    "UTC as a word": table("timestamp,count", list(map(str, ROWS))).replace(":00,", ":00 UTC,"),
    "Go": table("timestamp,count", list(map(str, ROWS))).replace(":00,", ":00 +0000 UTC,"),
    "calendar digits": table("timestamp,count", list(map(str, ROWS))).replace("-02-24 10:0", "0224100").replace(":00,", "00,"),
    "a few milliseconds early": lines("time,requests", *(f"2024-02-24 {'09:59' if n == 0 else f'10:0{n - 1}'}:59.997,{row}" for n, row in enumerate(ROWS))),
    "date and hour apart": lines("date,hour,minute,requests", *(f"2024-02-24,10,{n},{row}" for n, row in enumerate(ROWS))),
    "carriage returns": table("timestamp,y", list(map(str, ROWS))).replace("\n", "\r"),
    "UTF-16": table("timestamp,y", list(map(str, ROWS))).encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_with_known_columns_is_read(name):
    series, report = imported(TABLES[name])
    assert (series.requests_count.tolist(), report.timeframe) == (ROWS, "1m")
    assert series.start == 1_708_768_800


@pytest.mark.parametrize(
    ("cells", "separator", "read"),
    [
        (["950", "1,204", "998", "12,345", "870"], ",", [950, 1204, 998, 12_345, 870]),
        (["950", "1.204", "998", "12.345", "870"], ";", [950, 1204, 998, 12_345, 870]),
        (["950,0", "1.204,0", "998,0", "12.345,0", "870,5"], ";", [950, 1204, 998, 12_345, 870.5]),
        (["950", "1'204", "998", "12'345", "870"], ",", [950, 1204, 998, 12_345, 870]),
        (["0.5", "1.204", "2.5", "12.345", "7.25"], ",", [0.5, 1.204, 2.5, 12.345, 7.25]),
    ],
)
def test_the_whole_column_decides_how_numbers_are_written(cells, separator, read):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["timestamp", "count"])
    writer.writerows(zip(MINUTES, cells, strict=True))
    assert imported(text.getvalue())[0].requests_count.tolist() == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (table("Time,Requests/sec", list(map(str, ROWS))), r"Columns found: Time, Requests/sec.*--count-column"),
        (table("Time,200,404", [f"{row},1" for row in ROWS]), r"several count columns.*--sum-columns '200,404'"),
        (table("Time,Value", [f"{row} req/s" for row in ROWS]), r"carry the unit or suffix 'req/s'.*--unit"),
        (table("timestamp,hits", [f"{row}k" for row in ROWS]), r"unit or suffix 'k'"),
        (lines(*(f"{minute},{row}" for minute, row in zip(MINUTES, ROWS, strict=True))), r"no header.*--time-column"),
        (lines("Page,2015-07-01,2015-07-02,2015-07-03", "a,18,11,5"), "dates as columns and one row for each of several"),
        (lines("timestamp,y", *(f"2/{n}/2024 1:00:00 PM,5" for n in range(13, 18))), r"'%m/%d/%Y %I:%M:%S %p' \(the month"),
        (lines("timestamp,y", *(f"2/{n}/2024 13:00:00,5" for n in range(1, 6))), r"day first\) or .*month first\)"),
        (lines("timestamp,y", *(f"{45346.4 + n / 1440},5" for n in range(5))), "day numbers of a spreadsheet.*export it again"),
        (table("timestamp,path,count", [f"/a,{row}" for row in ROWS]) + "".join(table("", [f"/b,{row}" for row in ROWS]).splitlines(True)[1:]), r"--duplicates sum.*--where 'path=/a'"),
        (lines(*(line.replace("Feb", "févr.") for line in COMBINED)), "months in another language"),
        (lines("[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok"), "none with a request or a status"),
        (lines("a 24.02.2024 10:00:05 x", "b 24.02.2024 10:00:40 y"), r"reads 2 of 2: --pattern '.*' --time-format '%d"),
        (lines(*('{"when": "soon", "who": 1}' for _ in range(3))), "Keys found: when, who"),
        (lines(*(line.replace("2024", "1970") for line in COMBINED)), "6 records, and all of their times lie outside 1990"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused_with_the_way_out(text, words):
    with pytest.raises(FileRefused, match=words):
        imported(text)


def test_the_options_that_a_refusal_names_work():
    long = table("timestamp,path,count", [f"/a,{row}" for row in ROWS]) + lines(
        *(f"{m},/b,{r}" for m, r in zip(MINUTES, ROWS, strict=True))
    )
    assert imported(long, duplicates="sum")[0].requests_count.tolist() == [2 * row for row in ROWS]
    assert imported(long, where=("path=/b",))[0].requests_count.tolist() == ROWS
    wide = table("Time,200,404", [f"{row},1" for row in ROWS])
    assert imported(wide, sum_columns=("200", "404"))[0].requests_count.tolist() == [row + 1 for row in ROWS]
    assert imported(wide, count_column="200")[0].requests_count.tolist() == ROWS
    bare = lines(*(f"{minute},{row}" for minute, row in zip(MINUTES, ROWS, strict=True)))
    assert imported(bare, time_column="1", count_column="2")[0].requests_count.tolist() == ROWS


def test_rates_counters_and_absent_rows_are_doubted_and_converted():
    rates = table("Time,Value", [f"{row / 60:.6f}" for row in ROWS])
    series, report = imported(rates)
    assert any("--unit per-second" in note for note in report.notes)
    np.testing.assert_allclose(imported(rates, unit="per-second")[0].requests_count, ROWS, atol=1e-3)
    counter = lines("timestamp,value", *(f"{1_708_768_800 + 60 * n},{1_000_000 + 40 * n}" for n in range(10)))
    assert any("--unit counter" in note for note in imported(counter)[1].notes)
    assert imported(counter, unit="counter")[0].requests_count[1:].tolist() == [40] * 9
    sparse = lines("timestamp,count", *(f"2024-02-24 10:{minute:02}:00,1" for minute in (0, 3, 5, 8, 10, 13)))
    series, report = imported(sparse)
    assert (report.timeframe, len(series)) == ("1m", 14)
    assert any("--missing zero" in note for note in report.notes)
    assert imported(sparse, missing="zero")[0].requests_count.sum() == 6
    assert not np.isnan(imported(sparse, missing="zero")[0].requests_count).any()
