# ruff: noqa: E501  (one form a line)
"""Exports of monitoring systems and spreadsheets, each with the counts of `ROWS`, and those that two readings fit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.forecasting.readers.test_what_people_have import imported, lines, refusal

ROWS = [1204, 0, 950, 12345, 7, 88]
START = 1_708_768_800
MINUTE_SECONDS = [START + 60 * n for n in range(6)]
MINUTES = [f"2024-02-24 10:0{n}:00" for n in range(6)]
HOURS = [f"2024-02-24 {10 + n}:00" for n in range(6)]


def rows(*columns: object, header: str = "timestamp,requests", mark: str = ",", end: str = "\n") -> str:
    """A table from columns, or functions of the number of a row."""
    cells = [[str(column(n) if callable(column) else column[n]) for column in columns] for n in range(6)]
    return end.join([*([header] if header else []), *(mark.join(row) for row in cells), ""])


def at(form: str, *, step: int = 60) -> list[str]:
    return [datetime.fromtimestamp(START + step * n, UTC).strftime(form) for n in range(6)]


FORMS = {
    "Grafana, ISO with a zone": rows([f'"{m.replace(" ", "T")}Z"' for m in MINUTES], ROWS, header='"Time","Value"'),
    "Grafana, semicolons and sep": "sep=;\r\n" + rows([f'"{m}"' for m in MINUTES], ROWS, header='"Time";"requests"', mark=";", end="\r\n"),
    "Grafana, milliseconds": rows([1000 * s for s in MINUTE_SECONDS], ROWS, header="Time,Value"),
    "Kibana": rows([f'"{m}"' for m in MINUTES], [f'"{r:,}"' for r in ROWS], header='"@timestamp per minute","Count of records"'),
    "Kibana, with milliseconds": rows([f'"{m}.000"' for m in MINUTES], ROWS, header='"@timestamp per minute","Count of records"'),
    "Splunk": rows([f'"{m.replace(" ", "T")}.000+0000"' for m in MINUTES], ROWS, header='"_time",count'),
    "CloudWatch console": "Label,RequestCount\n" + rows([m.replace("-", "/") for m in MINUTES], ROWS, header="Timestamp,Sum"),
    "Datadog": rows([m.replace(" ", "T") + "Z" for m in MINUTES], ROWS, header="date,value"),
    "New Relic": rows([1000 * s for s in MINUTE_SECONDS], ROWS, header="timestamp,count(*)"),
    "BigQuery": rows([m + " UTC" for m in MINUTES], ROWS, header="minute,requests"),
    "BigQuery, f0_": rows([m + " UTC" for m in MINUTES], ROWS, header="ts,n"),
    "Athena": rows([f'"{m}.000"' for m in MINUTES], [f'"{r}"' for r in ROWS], header='"time","requests"'),
    "psql aligned": " minute              | count\n---------------------+-------\n" + rows([f" {m}" for m in MINUTES], [f" {r}" for r in ROWS], header="", mark=" |") + "(6 rows)\n",
    "psql with a zone": rows([m + "+00" for m in MINUTES], ROWS, header="time_bucket,count"),
    "MySQL batch": rows(MINUTES, ROWS, header="ts\tcnt", mark="\t"),
    "MySQL box": "+---------------------+-------+\n| ts                  | count |\n+---------------------+-------+\n" + rows([f"| {m}" for m in MINUTES], [f" {r} |" for r in ROWS], header="", mark=" |") + "+---------------------+-------+\n",
    "ClickHouse": rows([f'"{m}"' for m in MINUTES], ROWS, header='"toStartOfMinute(timestamp)","count()"'),
    "pandas with an index": rows(range(6), MINUTES, ROWS, header=",timestamp,requests"),
    "pandas with floats": rows(MINUTES, [f"{r}.0" for r in ROWS]),
    "R with quotes": rows([f'"{n + 1}"' for n in range(6)], [f'"{m}"' for m in MINUTES], ROWS, header='"","time","count"'),
    "BOM and CRLF": ("\ufeff" + rows(MINUTES, ROWS, end="\r\n")).encode(),
    "UTF-16 with tabs, as Excel's Unicode text": rows(MINUTES, ROWS, header="timestamp\trequests", mark="\t", end="\r\n").encode("utf-16"),
    "UTF-16 without a mark": rows(MINUTES, ROWS).encode("utf-16-le"),
    "old Mac line ends": rows(MINUTES, ROWS, end="\r"),
    "pipes": rows(MINUTES, ROWS, header="time|requests", mark="|"),
    "blanks around": rows([f" {m} " for m in MINUTES], [f" {r} " for r in ROWS], header=" timestamp , requests "),
    "empty lines between": rows(MINUTES, ROWS, end="\n\n"),
    "trailing separators": rows(MINUTES, ROWS, ["" for _ in ROWS], header="timestamp,requests,"),
    "a comment in front": "# exported by x\n#\n" + rows(MINUTES, ROWS),
    "a title and a period in front": "Requests per minute\nFrom 2024-02-24 to 2024-02-25\n\n" + rows(MINUTES, ROWS),
    "Google Analytics": "# ----------------------------------------\n# All Web Site Data\n# 20240224-20240225\n# ----------------------------------------\n\n" + rows(at("%Y%m%d%H%M"), [f'"{r:,}"' for r in ROWS], header="Minute,Pageviews"),
    "a total in front": rows(["Total", *MINUTES[:5]], [sum(ROWS[:5]), *ROWS[:5]]) + f"{MINUTES[5]},{ROWS[5]}\n",
    "a total behind": rows(MINUTES, ROWS) + f"Total,{sum(ROWS)}\n",
    "a total in German behind": rows(MINUTES, ROWS, header="Zeit;Anfragen", mark=";") + f"Summe;{sum(ROWS)}\n",
    "newest first": rows(MINUTES[::-1], ROWS[::-1]),
    "shuffled": rows([MINUTES[n] for n in (3, 0, 5, 1, 4, 2)], [ROWS[n] for n in (3, 0, 5, 1, 4, 2)]),
    "European numbers": rows(MINUTES, [f"{r:,}".replace(",", ".") for r in ROWS], header="Zeit;Anfragen", mark=";"),
    "European decimals": rows(MINUTES, [f"{r},0" for r in ROWS], header="timestamp;requests", mark=";"),
    "European decimals in quotes": rows(MINUTES, [f'"{r},00"' for r in ROWS]),
    "both marks": rows(MINUTES, [f'"{r:,}.00"' for r in ROWS]),
    "both marks, German": rows(MINUTES, [f"{r:,}".replace(",", ".") + ",00" for r in ROWS], header="timestamp;requests", mark=";"),
    "French blanks": rows(MINUTES, [f"{r:,}".replace(",", "\u202f") for r in ROWS], header="horodatage;requêtes", mark=";"),
    "Swiss apostrophes": rows(MINUTES, [f"{r:,}".replace(",", "'") for r in ROWS], header="timestamp;requests", mark=";"),
    "scientific": rows(MINUTES, [f"{r:e}" for r in ROWS]),
    "12-hour clock, ISO date": rows([f"2024-02-24 10:0{n}:00 AM" for n in range(6)], ROWS),
    "epoch seconds": rows(MINUTE_SECONDS, ROWS),
    "epoch seconds with decimals": rows([f"{s}.0" for s in MINUTE_SECONDS], ROWS),
    "epoch milliseconds": rows([1000 * s for s in MINUTE_SECONDS], ROWS),
    "epoch microseconds": rows([10**6 * s for s in MINUTE_SECONDS], ROWS),
    "epoch nanoseconds": rows([10**9 * s for s in MINUTE_SECONDS], ROWS),
    "epoch in scientific form": rows([f"{1000 * s:.9e}" for s in MINUTE_SECONDS], ROWS),
    "calendar digits": rows(at("%Y%m%d%H%M"), ROWS),
    "calendar digits with a T": rows(at("%Y%m%dT%H%M%SZ"), ROWS),
    "ISO week-free basic": rows(at("%Y-%m-%dT%H:%M"), ROWS),
    "ISO with colonless zone": rows(at("%Y-%m-%dT%H:%M:%S+0000"), ROWS),
    "ISO with nanoseconds": rows(at("%Y-%m-%dT%H:%M:%S.000000000Z"), ROWS),
    "slashes, year first": rows(at("%Y/%m/%d %H:%M"), ROWS),
    "dots, year first": rows(at("%Y.%m.%d %H:%M"), ROWS),
    "month names": rows(at("%d %b %Y %H:%M:%S"), ROWS),
    "month names, American": rows([f'"{m}"' for m in at("%b %d, %Y %H:%M:%S")], ROWS),
    "month names and AM": rows([f'"{m}"' for m in at("%b %d, %Y @ %I:%M:%S.000 %p")], ROWS),
    "RFC 2822": rows([f'"{m}"' for m in at("%a, %d %b %Y %H:%M:%S +0000")], ROWS),
    "ctime": rows(at("%a %b %d %H:%M:%S %Y"), ROWS),
    "CLF time": rows(at("%d/%b/%Y:%H:%M:%S +0000"), ROWS),
    "Oracle": rows(at("%d-%b-%Y %H:%M:%S"), ROWS),
    "date and clock": rows(at("%Y-%m-%d"), at("%H:%M"), ROWS, header="date,time,requests"),
    "date and clock with seconds": rows(at("%Y-%m-%d"), at("%H:%M:%S"), ROWS, header="Date,Time,Hits"),
    "date, hour, minute": rows(at("%Y-%m-%d"), at("%H"), at("%M"), ROWS, header="date,hour,minute,requests"),
    "year, month, day, hour, minute": rows(at("%Y"), at("%m"), at("%d"), at("%H"), at("%M"), ROWS, header="year,month,day,hour,minute,requests"),
    "a constant column beside": rows(MINUTES, ["web"] * 6, ROWS, header="timestamp,service,requests"),
    "notes with line ends": rows([f'"{m}"' for m in MINUTES], ROWS, ['"a\nb, c"'] * 6, header="timestamp,requests,note"),
    "upper case": rows(MINUTES, ROWS, header="TIMESTAMP,REQUESTS"),
    "camel case": rows(MINUTES, ROWS, header="eventTime,requestCount"),
    "units in the header": rows(MINUTES, ROWS, header="Time (UTC),Requests [count]"),
    "Azure metrics": "Metrics,Requests\n\n" + rows(at("%Y-%m-%dT%H:%M:%SZ"), ROWS, header="Timestamp,Total"),
    "the header twice": rows(MINUTES[:6], ROWS) + "timestamp,requests\n",
    "seconds off by some": rows([f"2024-02-24 10:0{n}:00.0{n}1" for n in range(6)], ROWS),
    "JSON lines": lines(*(json.dumps({"ts": s, "count": r}) for s, r in zip(MINUTE_SECONDS, ROWS, strict=True))),
    "a JSON array of counts": json.dumps([{"timestamp": m, "requests": r} for m, r in zip(MINUTES, ROWS, strict=True)]),
    "a JSON array of strings": json.dumps([{"timestamp": m, "requests": str(r)} for m, r in zip(MINUTES, ROWS, strict=True)]),
    "a JSON object of counts": json.dumps({"data": [{"time": 1000 * s, "value": r} for s, r in zip(MINUTE_SECONDS, ROWS, strict=True)]}),
    "Prometheus": json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"job": "web"}, "values": [[s + 0.0, str(r)] for s, r in zip(MINUTE_SECONDS, ROWS, strict=True)]}]}}),
    "CloudWatch get-metric-data": json.dumps({"MetricDataResults": [{"Id": "a", "Label": "RequestCount", "Timestamps": [m.replace(" ", "T") + "+00:00" for m in MINUTES], "Values": ROWS}]}),
    "CloudWatch statistics, unsorted": json.dumps({"Label": "RequestCount", "Datapoints": [{"Timestamp": MINUTES[n].replace(" ", "T") + "Z", "Sum": float(ROWS[n]), "Unit": "Count"} for n in (3, 0, 5, 1, 4, 2)]}),
    "Elasticsearch buckets": json.dumps({"took": 1, "hits": {"total": 9, "hits": []}, "aggregations": {"2": {"buckets": [{"key_as_string": m.replace(" ", "T") + ".000Z", "key": 1000 * s, "doc_count": r} for m, s, r in zip(MINUTES, MINUTE_SECONDS, ROWS, strict=True)]}}}),
    "Datadog's query": json.dumps({"status": "ok", "series": [{"metric": "x", "interval": 60, "pointlist": [[1000.0 * s, float(r)] for s, r in zip(MINUTE_SECONDS, ROWS, strict=True)]}]}),
    "InfluxDB 1": json.dumps({"results": [{"series": [{"name": "r", "columns": ["time", "count"], "values": [[m.replace(" ", "T") + "Z", r] for m, r in zip(MINUTES, ROWS, strict=True)]}]}]}),
    "Azure Log Analytics": json.dumps({"tables": [{"name": "PrimaryResult", "columns": [{"name": "TimeGenerated", "type": "datetime"}, {"name": "count_", "type": "long"}], "rows": [[m.replace(" ", "T") + "Z", r] for m, r in zip(MINUTES, ROWS, strict=True)]}]}),
    "Elasticsearch SQL": json.dumps({"columns": [{"name": "ts", "type": "datetime"}, {"name": "COUNT(*)", "type": "long"}], "rows": [[m.replace(" ", "T") + ".000Z", r] for m, r in zip(MINUTES, ROWS, strict=True)]}),
    "Azure metrics as JSON": json.dumps({"cost": 1, "timespan": "x", "value": [{"name": {"value": "Requests"}, "timeseries": [{"data": [{"timeStamp": m.replace(" ", "T") + "Z", "total": float(r)} for m, r in zip(MINUTES, ROWS, strict=True)]}]}]}),
    "Graphite": json.dumps([{"target": "web.requests", "datapoints": [[r, s] for r, s in zip(ROWS, MINUTE_SECONDS, strict=True)]}]),
    "Cloudflare GraphQL": json.dumps({"data": {"viewer": {"zones": [{"httpRequestsAdaptiveGroups": [{"count": r, "dimensions": {"datetimeMinute": m.replace(" ", "T") + "Z"}} for m, r in zip(MINUTES, ROWS, strict=True)]}]}}}),
    "GCP monitoring": json.dumps({"timeSeries": [{"metric": {"type": "loadbalancing.googleapis.com/https/request_count"}, "points": [{"interval": {"startTime": m.replace(" ", "T") + "Z", "endTime": m.replace(" ", "T") + "Z"}, "value": {"int64Value": str(r)}} for m, r in zip(MINUTES, ROWS, strict=True)]}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read(name):
    series, report = imported(FORMS[name])
    assert (series.start, series.requests_count.tolist(), report.timeframe) == (START, ROWS, "1m"), report.to_dict()


TWO = rows(lambda n: MINUTES[n // 2], lambda n: "ab"[n % 2], ROWS, header="timestamp,server,requests")
LOWS = [12, 15, 11, 18, 14, 16]
OFTEN = [f"2024-02-24 10:{n:02d}:00" for n in range(12)]

REFUSED = {
    "Graphite's CSV": (rows(["web.requests"] * 6, MINUTES, ROWS, header=""), ["2 (such as 2024-02-24 10:00:00)", "--time-column"]),
    "day or month": (rows([f"0{n + 1}/02/2024 10:00" for n in range(6)], ROWS), ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]),
    "day or month, two-digit year": (rows([f"0{n + 1}/02/24 10:00" for n in range(6)], ROWS), ["%d/%m/%y", "%m/%d/%y"]),
    "day or month with dashes": (rows([f"0{n + 1}-02-2024 10:00" for n in range(6)], ROWS), ["%d-%m-%Y", "%m-%d-%Y"]),
    "only the day can be first": (rows([f"{13 + n}/02/2024 10:00:00" for n in range(6)], ROWS), ["--time-format '%d/%m/%Y %H:%M:%S'"]),
    "German dates": (rows([f"{13 + n}.02.2024 10:00" for n in range(6)], ROWS, header="Datum;Anfragen", mark=";"), ["--time-format '%d.%m.%Y %H:%M'"]),
    "clock alone": (rows(at("%H:%M"), ROWS, header="time,requests"), ["time"]),
    "thousands with k": (rows(MINUTES, ["1.2k", "0.9k", "12.3k", "1k", "2k", "3k"]), ["'k'"]),
    "K behind a blank": (rows(MINUTES, ["1.02 K", "950", "1.2 K", "1.3 K", "1.4 K", "1.1 K"]), ["'K'"]),
    "percent": (rows(MINUTES, [f"{n}%" for n in range(6)]), ["'%'"]),
    "two servers": (TWO, ["--duplicates sum", "--where 'server=a'"]),
    "wide": (rows(MINUTES, ROWS, ROWS, header='"Time","GET /a","GET /b"'), ["--sum-columns 'GET /a,GET /b'", "--count-column"]),
    "req/s column": (rows(MINUTES, [f"{r / 60:.3f}" for r in ROWS], header="Time,req/s"), ["--unit per-second"]),
    "no count column": (rows(MINUTES, ["x"] * 6, ["y"] * 6, header="timestamp,host,note"), ["Columns found: timestamp, host, note"]),
    "no time column": (rows(["a", "b", "c", "d", "e", "f"], ROWS, header="page,requests"), ["page"]),
    "Excel's serial numbers": (rows([f"{45346.4 + n / 1440:.6f}" for n in range(6)], ROWS), ["day numbers", "--time-column"]),
    "no header": (rows(MINUTES, ROWS, header=""), ["--time-column", "--count-column"]),
    "dates as columns": ("page,2024-02-24,2024-02-25,2024-02-26\na,1,2,3\nb,4,5,6\n", ["dates as columns"]),
    "zones by name": (rows([m + " CET" for m in MINUTES], ROWS), ["'CET'", "--time-format", "offset"]),
    "months": (rows([f"2024-0{n + 1}-01" for n in range(6)], ROWS), ["days, hours or minutes"]),
    "an instant query": (json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [START, "5"]}]}}), ["query_range"]),
    "averages of CloudWatch": (json.dumps({"Datapoints": [{"Timestamp": MINUTES[0], "Average": 3.5}]}), ["--statistics Sum"]),
    "an error page": ('{"error": {"code": 403, "message": "denied"}}\n', ["JSON"]),
    "times in quotes of a spreadsheet": (rows([f"=\"{m}\"" for m in MINUTES], ["#REF!"] * 6), ["no"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_two_readings_are_refused_with_both(name):
    text, ways_out = REFUSED[name]
    message = refusal(text)
    assert all(way_out in message for way_out in ways_out), message


NOTED = {
    "a counter": (lines("timestamp,value", *(f"{m},{500_000 + 1_000 * n}" for n, m in enumerate(OFTEN))), "--unit counter"),
    "a counter named total": (lines("timestamp,requests_total", *(f"{m},{1_000 * n}" for n, m in enumerate(OFTEN))), "--unit counter"),
    "a rate": (lines("timestamp,value", *(f"{m},{1.37 + n / 7:.4f}" for n, m in enumerate(OFTEN))), "--unit per-second"),
    "absent zeros": (lines("timestamp,count", *(f"2024-02-24 {h:02d}:{m:02d}:00,5" for h in range(3) for m in (0, 1, 2, 3, 20, 21, 22, 40))), "--missing zero"),
    "a change of resolution": (lines("timestamp,count", *(f"{m},5" for m in OFTEN), *(f"2024-02-24 {11 + n // 12}:{5 * (n % 12):02d}:00,25" for n in range(24))), "resolution changes"),
    "two bytes columns": (rows(MINUTES, LOWS, [9000 + n for n in range(6)], header="timestamp,requests,hits"), "--sum-columns"),
    "an hour that comes twice": (lines("timestamp,requests", *(f"2024-10-27 0{h}:{m:02d}:00,5" for h in (0, 1, 2, 2, 3) for m in (0, 15, 30, 45))), "--time-zone"),
    "one year off": (lines("timestamp,requests", *(f"{m},5" for m in OFTEN), "2023-02-24 10:00:00,5"), "months apart"),
    "rows finer than a minute": (lines("timestamp,requests", *(f"2024-02-24 10:00:{n:02d},5" for n in range(0, 60, 10)), *(f"2024-02-24 10:01:{n:02d},5" for n in range(0, 60, 10))), "summed to 1m"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTED)
def test_what_may_be_meant_otherwise_is_noted(name):
    text, words = NOTED[name]
    assert any(words in note for note in imported(text)[1].notes), imported(text)[1].notes


def test_clock_changes_keep_every_hour():
    spring = lines("timestamp,requests", *(f"2024-03-31 {h:02d}:00:00,{h + 1}" for h in range(24) if h != 2))
    series, _ = imported(spring, time_zone="Europe/Berlin")
    assert (len(series), series.requests_count.sum()) == (23, sum(h + 1 for h in range(24) if h != 2))
    autumn = lines(
        "timestamp,requests", *(f"2024-10-27 {h:02d}:00:00,{n + 1}" for n, h in enumerate([0, 1, 2, 2, *range(3, 24)]))
    )
    series, _ = imported(autumn, time_zone="Europe/Berlin")
    assert series.requests_count.tolist() == list(range(1, 26))
    offsets = lines(
        "timestamp,requests",
        *(f"{(datetime(2024, 10, 26, 22) + timedelta(hours=n)):%Y-%m-%dT%H:00:00Z},{n + 1}" for n in range(25)),
    )
    assert imported(offsets, time_zone="Europe/Berlin")[0].requests_count.tolist() == list(range(1, 26))


def test_units_give_requests_per_bin():
    rate = rows(MINUTES, [f"{r / 60:.9f}" for r in ROWS], header="timestamp,value")
    np.testing.assert_allclose(imported(rate, unit="per-second")[0].requests_count, ROWS, atol=1e-3)
    counter = np.cumsum(ROWS) + 5_000
    series, _ = imported(rows(MINUTES, counter.tolist(), header="timestamp,value"), unit="counter")
    assert series.requests_count[1:].tolist() == ROWS[1:]
    assert imported(TWO, duplicates="sum")[0].requests_count.tolist() == [sum(ROWS[n : n + 2]) for n in (0, 2, 4)]
    assert imported(TWO, where=("server=b",))[0].requests_count.tolist() == ROWS[1::2]
