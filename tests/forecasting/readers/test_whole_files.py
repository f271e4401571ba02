"""Whole files as servers write them, each against a plain reading of the same file."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import FileRefused, InputError
from forecasting.readers import ImportOptions, ImportReport, import_files
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.readers.oracles import (
    CLF,
    agent_of,
    clf_second,
    lines_of,
    minutes,
    minutes_of,
    out_of_order,
    wall,
)
from tests.log_lines import COMBINED_LINES, COMBINED_MINUTES, COMMON_LINES


@pytest.fixture
def read(recordings: Path, settings: Settings):
    def read(*names: str, **options: object) -> tuple[Series, ImportReport]:
        return import_files(
            [recordings / name for name in names], name="real", options=ImportOptions(**options), settings=settings
        )

    return read


@pytest.mark.parametrize(
    ("name", "format_name", "offset_hours", "time_zone"),
    [
        ("logs/common_unordered.log", "common", -4, "-04:00"),
        ("combined.log.gz", "combined", 0, "UTC"),
    ],
)
def test_common_and_combined(read, recordings: Path, name: str, format_name: str, offset_hours: int, time_zone: str):
    seconds = [clf_second(line) for line in lines_of(recordings / name)]
    assert None not in seconds
    series, report = read(name)
    assert minutes_of(series) == minutes(seconds)
    assert (report.format, report.time_zone, report.timeframe) == (format_name, time_zone, "1m")
    assert (report.lines, report.requests, report.malformed) == (len(seconds), len(seconds), 0)
    assert report.out_of_order == out_of_order(seconds)
    assert report.start == wall(min(seconds) // 60 * 60, offset_hours)
    assert report.end == wall(max(seconds) // 60 * 60 + 60, offset_hours)
    assert series.requests_count.sum() == len(seconds)


def test_six_offsets_in_one_log_are_counted_in_absolute_time(read) -> None:
    series, report = read("logs/common_unordered.log")
    assert "Times have 6 offsets (-12:00, -08:00, -07:00, -06:00, -05:00, -04:00)" in report.notes[0]
    assert (report.start, report.end) == ("1995-08-01 00:00:00", "1995-08-01 11:44:00")
    shown_in_utc, _ = read("logs/common_unordered.log", time_zone="UTC")
    assert shown_in_utc.start == series.start
    assert shown_in_utc.ds[0] == "1995-08-01 04:00:00"


def test_both_logs_at_once_in_any_order(read) -> None:
    names = ["logs/common_unordered.log", "combined.log.gz"]
    one, report = read(*names, timeframe="1d")
    other, _ = read(*reversed(names), timeframe="1d")
    np.testing.assert_array_equal(one.requests_count, other.requests_count)
    assert report.format == "combined, common"
    assert report.requests == COMMON_LINES + COMBINED_LINES


@pytest.mark.parametrize(
    "options",
    [
        {"status": "2xx"},
        {"status": "404,5xx"},
        {"method": "GET"},
        {"method": "post,HEAD"},
        {"path_prefix": "/talks/"},
        {"exclude_bots": True},
        {"exclude_static": True},
        {"status": "2xx,3xx", "method": "GET", "path_prefix": "/", "exclude_bots": True, "exclude_static": True},
    ],
    ids=str,
)
def test_filters_on_the_combined_log(read, recordings: Path, options: dict) -> None:
    name = "combined.log.gz"
    expected = [clf_second(line) for line in lines_of(recordings / name) if _stays(line, options)]
    series, report = read(name, **options)
    assert minutes_of(series) == minutes(expected)
    assert (report.requests, report.filtered) == (len(expected), COMBINED_LINES - len(expected))
    assert (report.start, report.bins) == ("2015-05-17 10:05:00", COMBINED_MINUTES)


def _stays(line: bytes, options: dict) -> bool:
    match = CLF.search(line)
    method, _, rest = match["request"].decode().partition(" ")
    path = rest.split(" ")[0].split("?")[0]
    status, agent = match["status"].decode(), agent_of(line).decode().lower()
    extension = path.rsplit(".", 1)[-1].lower() if "." in path else ""
    bots = "bot crawl spider slurp archiver facebookexternalhit feedburner feedfetcher mediapartners monitor pingdom "
    bots += "uptime scanner validator bingpreview nmap"
    static = "css js png jpg jpeg gif ico svg woff woff2 ttf webp map eot otf xbm mp3 mp4 webm bmp"
    wanted = options.get("status", "").split(",")
    return (
        (wanted == [""] or status in wanted or status[0] + "xx" in wanted)
        and ("method" not in options or method in options["method"].upper().split(","))
        and path.startswith(options.get("path_prefix", ""))
        and not (options.get("exclude_bots") and any(word in agent for word in bots.split()))
        and not (options.get("exclude_static") and extension in static.split())
    )


def test_iis(read, recordings: Path) -> None:
    lines = [line.split() for line in lines_of(recordings / "logs/iis_w3c.log") if line]
    times = [b" ".join(line[:2]).decode() for line in lines if not line[0].startswith(b"#")]
    seconds = [int((datetime.fromisoformat(time) - datetime(1970, 1, 1)).total_seconds()) for time in times]
    series, report = read("logs/iis_w3c.log")
    assert minutes_of(series) == minutes(seconds)
    assert (report.format, report.time_zone) == ("w3c", "UTC")
    assert (report.lines, report.requests, report.malformed) == (140, 28, 0)
    assert "112 lines are blank or directives." in report.notes
    assert read("logs/iis_w3c.log", method="HEAD")[1].requests == 4
    assert read("logs/iis_w3c.log", exclude_bots=True)[1].requests == 24
    assert read("logs/iis_w3c.log", exclude_static=True, status="4xx")[1].requests == 7


def test_cloudfront_and_balancer(read) -> None:
    series, report = read("logs/cloudfront.log")
    assert (report.format, report.time_zone, report.requests, series.ds) == ("w3c", "UTC", 1, ["2014-05-23 01:13:00"])
    series, report = read("logs/aws_alb.log")
    assert (report.format, report.time_zone, report.lines, report.requests) == ("alb", "UTC", 1, 1)
    assert series.ds == ["2020-01-01 00:55:00"]
    assert read("logs/aws_alb.log", path_prefix="/path/", status="2xx", method="GET")[1].requests == 1
    with pytest.raises(InputError, match="The filters leave none of 1 records"):
        read("logs/aws_alb.log", path_prefix="/other")


def test_json_lines(read, recordings: Path) -> None:
    records = [json.loads(line) for line in lines_of(recordings / "logs/caddy.jsonl")]
    series, report = read("logs/caddy.jsonl")
    assert minutes_of(series) == minutes([int(record["ts"]) for record in records])
    assert (report.format, report.time_zone, report.requests) == ("json_lines", "UTC", 4)
    assert read("logs/caddy.jsonl", exclude_bots=True)[1].requests == 1
    assert read("logs/caddy.jsonl", path_prefix="/files/")[1].requests == 3
    series, report = read("logs/nginx_json.log", status="200")
    assert (report.time_zone, series.ds, report.requests) == ("+02:00", ["2013-10-10 16:52:00"], 2)


def test_an_error_log_is_refused_with_the_reason(read) -> None:
    with pytest.raises(
        FileRefused, match=r"with a time, and none with a request .* It begins: \[Sun Dec 04 04:00:00 2005\]"
    ):
        read("logs/apache_error.log")


def _rows(path: Path) -> list[tuple[str, str]]:
    text = (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8")
    with text:
        return [(row["timestamp"], row["requests_count"]) for row in csv.DictReader(text)]


@pytest.mark.parametrize(
    ("name", "timeframe", "late_seconds"),
    [
        ("demo_5m.csv", "5m", 0),
        ("late_5m.csv", "5m", 240),
        ("later_5m.csv.gz", "5m", 173),
        ("large_15m.csv", "15m", 0),
        ("nasa_zeros_1m.csv.gz", "1m", 0),
    ],
)
def test_csv(read, recordings: Path, name: str, timeframe: str, late_seconds: int) -> None:
    rows = _rows(recordings / name)
    expected = {
        (datetime.fromisoformat(ds) - datetime(1970, 1, 1)).total_seconds() - late_seconds: float(y)
        for ds, y in rows
        if y
    }
    series, report = read(name, keep_zero_runs=True)
    known = np.flatnonzero(np.isfinite(series.requests_count))
    assert {float(series.start + i * series.bin_seconds): series.requests_count[i] for i in known} == expected
    assert (report.format, report.timeframe, report.time_zone, report.lines) == ("csv", timeframe, None, len(rows))
    assert (report.malformed, report.duplicates, report.out_of_order) == (0, 0, 0)
    assert report.requests == sum(expected.values())
    assert report.dropped == ({"empty count (unknown)": len(rows) - len(expected)} if len(rows) > len(expected) else {})


def test_columns_of_the_demo_are_kept_aside_and_its_flags_read(read, recordings: Path) -> None:
    series, report = read("demo_5m.csv")
    with (recordings / "demo_5m.csv").open() as file:
        bursts = [row["is_burst"] == "1" for row in csv.DictReader(file)]
    assert series.is_burst.tolist() == bursts
    assert not series.is_event.any()
    assert report.columns_kept_aside[:3] == ["load", "burst_ratio", "hour_of_day"]
    assert len(report.columns_kept_aside) == 6


def test_bins_off_the_grid_are_floored_and_said(read) -> None:
    series, report = read("late_5m.csv")
    assert series.ds[:2] == ["2014-04-10 00:00:00", "2014-04-10 00:05:00"]
    assert report.unaligned == (
        "Times are 4 min after the 5m grid (the first is 2014-04-10 00:04:00); each counts in the bin that holds it."
    )
    assert [gap["start"] for gap in report.gaps] == ["2014-04-10 11:30:00", "2014-04-13 03:00:00"]
    assert report.outages == []
    _, report = read("later_5m.csv.gz")
    assert "Times are 173 s after the 5m grid (the first is 2014-04-10 00:02:53)" in report.unaligned


def test_both_outages_of_nasa_are_found_and_nothing_else(read) -> None:
    series, report = read("nasa_zeros_1m.csv.gz")
    assert report.outages == [
        {"start": "1995-07-28 13:33:00", "end": "1995-08-01 00:00:00", "source": "zero run"},
        {"start": "1995-08-01 14:53:00", "end": "1995-08-03 04:36:00", "source": "zero run"},
    ]
    assert np.isnan(series.requests_count).sum() == 4947 + 2263
    assert (report.requests, report.gaps) == (3_461_612, [])
    kept, report = read("nasa_zeros_1m.csv.gz", keep_zero_runs=True)
    assert not np.isnan(kept.requests_count).any()
    assert report.outages == []


@pytest.mark.parametrize("timeframe", ["5m", "15m", "1h"])
def test_the_outages_are_found_in_coarser_bins_too(read, timeframe: str) -> None:
    _, report = read("nasa_zeros_1m.csv.gz", timeframe=timeframe)
    assert [outage["start"][:10] for outage in report.outages] == ["1995-07-28", "1995-08-01"]


def test_declared_outages_are_masked(read) -> None:
    series, report = read(
        "nasa_zeros_1m.csv.gz",
        outages=("1995-07-02T00:00/1995-07-02T01:00", "1995-07-28 13:33:00/1995-08-01 00:00:00"),
        time_zone="-04:00",
    )
    assert [outage["source"] for outage in report.outages] == ["declared", "declared", "zero run"]
    assert np.flatnonzero(np.isnan(series.requests_count))[:60].tolist() == list(range(1440, 1500))
