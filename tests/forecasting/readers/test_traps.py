# ruff: noqa: E501  (one case a line)
"""Files whose numbers look right at first sight and are not: read rightly, refused with both readings, or noted."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import numpy as np
import pytest

from tests.forecasting.readers.test_what_people_have import (
    CLF,
    COMBINED,
    COUNTS,
    ISO,
    SECONDS,
    imported,
    lines,
    refusal,
)

TIMES = [f"2024-02-24 10:{n:02d}:00" for n in range(30)]
RECORDS = [{"time": f"{t}Z", "method": "GET", "status": 200} for t in ISO]


def counts(*rows: tuple[object, object], header: str = "timestamp,requests", mark: str = ",") -> str:
    return lines(header, *(f"{time}{mark}{count}" for time, count in rows))


REFUSED = {
    "a 12-hour clock without AM": (counts(*((f"2024-02-24 {h:02d}:00", n) for n, h in enumerate([9, 10, 11, 12, 1, 2, 3, 4]))), ["12-hour clock", "%I:%M %p"]),
    "methods as columns with units": (lines("Time,GET,POST", *(f"{t},{n} req,2 req" for n, t in enumerate(TIMES))), ["Columns found: Time, GET, POST", "--count-column"]),
    "months in French": (lines("Date;Hits", *(f"{n + 1:02d} mars 2024 10:00;{n}" for n in range(9))), ["English only", "ISO form"]),
    "IIS native without a header": (lines(*(f"192.0.2.7, -, 2/3/24, {t[11:]}, W3SVC2, SALES1, 10.0.0.1, 45, 163, 32, 200, 0, GET, /a.gif, -," for t in ISO)), ["reads 6 of 6", "'%m/%d/%y, %H:%M:%S'", "other way round: '%d/%m/%y, %H:%M:%S'"]),
    "a few thousands": (counts(*((t, "1.2K" if n == 20 else 900 + n % 7) for n, t in enumerate(TIMES))), ["'K'", "Export plain numbers"]),
    "differences": (counts(*((t, n % 5 - 3) for n, t in enumerate(TIMES))), ["negative", "--count-column"]),
    "two rows a time": (counts(*((t, n + k) for n, t in enumerate(TIMES) for k in (0, 100))), ["--duplicates sum", "--duplicates last"]),
    "a few hosts": (lines("timestamp,requests,host", *(f"{t},5,a" for t in TIMES), *(f"{t},5,b" for t in TIMES[:6])), ["--where 'host=a'"]),
    "YYMMDD": (counts(*((f"240224 10{n:02d}00", n) for n in range(12))), ["--time-format"]),
    "the year 2034": (counts(*((f"2034-01-01 10:{n:02d}", 5) for n in range(12))), ["--time-format"]),
    "syslog without a year": (lines(*(f'Feb 24 {t[11:]} web nginx: 192.0.2.1 "GET /a HTTP/1.1" 200 12' for t in ISO)), ["without a year", "short-iso"]),
    "a two-digit year": (lines(*(f'192.0.2.1 - - [24/Feb/24:{t[11:]} +0000] "GET /a HTTP/1.1" 200 12' for t in ISO)), ["reads 6 of 6", "--time-format '%d/%b/%y:%H:%M:%S'"]),
    "lines of Python": (lines(*(str(one) for one in RECORDS)), ["reads 6 of 6", "--time-format 'iso'"]),
    "several series of Prometheus": (json.dumps({"data": {"result": [{"metric": {"pod": p}, "values": [[1708768800 + 60 * n, "5"] for n in range(9)]} for p in "ab"]}}), ["--duplicates sum", "--where 'series=pod=a'"]),
    "series in rows": (lines("metric,timestamp,value", *(f"up{c},{t},{n}" for n, t in enumerate(TIMES) for c in (200, 500))), ["--where 'metric=up200'"]),
    "hosts in JSON": (lines(*(json.dumps({"ts": t, "host": h, "count": 5}) for t in TIMES for h in "ab")), ["--where 'series=host=a'"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused(name):
    text, ways_out = REFUSED[name]
    message = refusal(text)
    assert all(way_out in message for way_out in ways_out), message


READ = {
    "records over several lines": "\n".join(json.dumps(one, indent=2) for one in RECORDS),
    "records without line ends": "".join(map(json.dumps, RECORDS)),
    "records with commas behind": ",\n".join(map(json.dumps, RECORDS)) + ",\n",
    "an array, a record a line": "[\n" + ",\n".join(map(json.dumps, RECORDS)) + "\n]\n",
    "text sequences": "".join(f"\x1e{json.dumps(one)}\n" for one in RECORDS),
    "a duration called time beside a date": lines(*(json.dumps({"time": 0.123, "date": f"{t}Z", "status": 200}) for t in ISO)),
    "a duration behind a status": lines(*(f'{t}Z "GET /a" took 200 ms' for t in ISO)),
    "rows of requests": lines("timestamp,method,path,status,bytes", *(f"{t},GET,/a,200,512" for t in ISO)),
    "rows of requests in quotes": lines('"time","client","request","status"', *(f'"{t}","192.0.2.1","GET /a HTTP/1.1","200"' for t in ISO)),
    "an error log between": lines(*(text for n, t in enumerate(ISO) for text in (COMBINED[n], f'{t.replace("-", "/").replace("T", " ")} [error] 12#0: *1 connect() failed, request: "GET /a HTTP/1.1"'))),
    "columns of W3C without a date": "#Version: 1.0\n#Fields: timestamp cs-method cs-uri-stem sc-status\n" + lines(*(f"{s}\tGET\t/a\t200" for s in SECONDS)),
    "a timestamp in milliseconds beside a duration": lines(*(json.dumps({"time": 0.013, "timestamp_ms": 1000 * s, "status": 200}) for s in SECONDS)),
    "compressed twice": gzip.compress(gzip.compress(lines(*COMBINED).encode())),
    "fcgi": lines(*(f'127.0.0.1 -  {c} +0000 "GET /index.php" 200' for c in CLF)),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_requests_are_counted_once(name):
    series, _ = imported(READ[name])
    assert (series.start, series.requests_count.tolist()) == (1_708_768_800, COUNTS)


def test_a_duration_is_no_status():
    assert "no record has a status" in refusal(READ["a duration behind a status"], status="2xx")


def test_a_rolled_up_minute_counts_what_it_says():
    text = lines(*(json.dumps({"minute": f"{t}Z", "path": "/a", "status": 200, "hits": 50}) for t in ISO))
    assert imported(text)[0].requests_count.tolist() == [50 * count for count in COUNTS]


def test_w3c_lines_without_a_date_go_past_midnight():
    clocks = ["23:58:00", "23:59:10", "23:59:05", "00:00:30", "00:01:00"]
    text = lines("#Date: 2024-02-24 23:58:00", "#Fields: time cs-method sc-status", *(f"{c} GET 200" for c in clocks))
    series, report = imported(text)
    assert (series.requests_count.tolist(), report.start) == ([1, 2, 1, 1], "2024-02-24 23:58:00")


def archive(**files: str) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return target.getvalue()


@pytest.mark.parametrize("other", [lines(*(f"web-1  | {one}" for one in COMBINED)), lines(*map(json.dumps, RECORDS))])
def test_one_log_in_two_forms_is_noted(other):
    _, report = imported(archive(access=lines(*COMBINED), other=other))
    assert any("same number of requests in each of 4 bins" in note for note in report.notes), report.notes


def test_a_path_without_a_method_is_no_request():
    router = [f'{t}+00:00 heroku[router]: at=info method=GET path="/a" status=200' for t in ISO]
    application = [f"{t}+00:00 app[web.1]: Processing by Users#index path=/a" for t in ISO]
    series, report = imported(lines(*(line for pair in zip(router, application, strict=True) for line in pair)))
    assert (series.requests_count.tolist(), report.malformed) == (COUNTS, len(application))


def test_buckets_show_the_metrics_beside_their_documents():
    buckets = [{"key": 1000 * (1_708_768_800 + 60 * n), "doc_count": 9, "reqs": {"value": n + 1}} for n in range(6)]
    answer = json.dumps({"aggregations": {"by": {"buckets": buckets}}})
    series, report = imported(answer)
    assert series.requests_count.tolist() == [9.0] * 6
    assert any("'doc_count'; 'reqs'" in note for note in report.notes)
    assert imported(answer, count_column="reqs")[0].requests_count.tolist() == [1, 2, 3, 4, 5, 6]


def test_an_answer_of_datadog_with_columns_is_read():
    times = [1000 * (1_708_768_800 + 60 * n) for n in range(6)]
    attributes = {"series": [{"group_tags": ["host:a"]}], "times": times, "values": [[5, 6, None, 8, 9, 10]]}
    answer = {"data": {"type": "timeseries_response", "attributes": attributes}}
    series, _ = imported(json.dumps(answer))
    assert (series.start, np.nansum(series.requests_count)) == (1_708_768_800, 38)


def test_a_refusal_stays_on_one_line_whatever_a_member_is_called():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.log", lines(*COMBINED))
        archive.writestr("b\n.log", b"\x7fELF" + bytes(range(32)) * 30)
    _, report = imported(packed.getvalue())
    assert any("b\ufffd.log" in note for note in report.notes)
    assert not any("\n" in note for note in report.notes)
