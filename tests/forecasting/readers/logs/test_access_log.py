"""Importing logs: what is counted, what is said, and what is refused."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import FileRefused, InputError, TooLarge
from forecasting.readers import ImportOptions, ImportReport, import_files
from forecasting.readers import streams as sources_module
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.readers.oracles import clf_second, minutes, minutes_of, out_of_order


def line(time: str, rest: str = '"GET / HTTP/1.0" 200 7', offset: str = "-0400") -> str:
    return f"host - - [{time} {offset}] {rest}\n"


def read(text: str | bytes | list, settings: Settings | None = None, **options: object) -> tuple[Series, ImportReport]:
    texts = text if isinstance(text, list) else [text]
    files = [
        (f"{i}.log", io.BytesIO(item if isinstance(item, bytes) else item.encode("latin-1")))
        for i, item in enumerate(texts)
    ]
    return import_files(files, name="x", options=ImportOptions(**options), settings=settings or Settings())


def test_one_line_makes_a_series() -> None:
    series, report = read(line("01/Jul/1995:00:00:01"))
    assert (series.ds, series.requests_count.tolist()) == (["1995-07-01 00:00:00"], [1])
    assert report.to_dict() == {
        "name": "x",
        "format": "common",
        "timeframe": "1m",
        "time_zone": "-04:00",
        "start": "1995-07-01 00:00:00",
        "end": "1995-07-01 00:01:00",
        "bins": 1,
        "lines": 1,
        "requests": 1,
        "samples": [
            {
                "line": line("01/Jul/1995:00:00:01").strip(),
                "time": "1995-07-01 04:00:01Z",
                "count": 1,
            }
        ],
        "malformed": 0,
        "ignored": 0,
        "malformed_examples": [],
        "filtered": 0,
        "duplicates": 0,
        "duplicates_rule": "equal lines are separate requests",
        "out_of_order": 0,
        "gaps": [],
        "outages": [],
        "dropped": {},
        "columns_kept_aside": [],
        "unaligned": None,
        "notes": [
            "The first record is 1 s into the first bin and the last 58 s before the end of the last bin; those two "
            "bins may be incomplete and are kept as they are."
        ],
        "append": None,
        "appended": [],
    }


def test_equal_lines_are_separate_requests_and_minutes_without_lines_are_zero() -> None:
    text = line("01/Jul/1995:00:00:01") * 5 + line("01/Jul/1995:00:03:59")
    series, report = read(text)
    assert series.requests_count.tolist() == [5, 0, 0, 1]
    assert (report.requests, report.duplicates) == (6, 0)


def test_lines_are_out_of_order_where_a_line_before_them_is_later() -> None:
    times = ["00:00:05", "00:00:03", "00:00:04", "00:00:05", "00:00:09", "00:00:01"]
    _, report = read("".join(line(f"01/Jul/1995:{time}") for time in times))
    assert report.out_of_order == 3
    _, report = read(["".join(line(f"02/Jul/1995:{t}") for t in times), line("01/Jul/1995:00:00:00")])
    assert report.out_of_order == 3  # the order of files says nothing


def test_a_log_that_is_mostly_malformed_imports_with_examples_that_can_be_shown_anywhere() -> None:
    bad = ["\x00\x1b[31mred\u202e", "y" * 300, "\xff\xfe", "alyssa.p", "fifth", "sixth"]
    text = "".join(
        f"{bad[i % 6]}\n" if i % 100 < 73 else line(f"01/Jul/1995:00:{i // 60 % 60:02d}:{i % 60:02d}")
        for i in range(3000)
    )
    series, report = read(text.encode("utf-8", "surrogateescape"))
    assert (report.lines, report.malformed, report.requests) == (3000, 2190, 810)
    assert series.requests_count.sum() == 810
    assert report.malformed_examples == [
        r"\x00\x1b[31mred\u202e",
        "y" * 119 + "…",
        "\xff\xfe",
        "alyssa.p",
        "fifth",
    ]


def test_the_first_megabytes_may_be_malformed() -> None:
    text = "junk that is no record of anything\n" * 90_000 + line("01/Jul/1995:00:00:01")
    _, report = read(text)
    assert (report.format, report.lines, report.malformed, report.requests) == ("common", 90_001, 90_000, 1)


def test_a_last_line_that_is_cut_off_counts_if_its_time_and_request_are_there() -> None:
    text = line("01/Jul/1995:00:00:01") + line("01/Jul/1995:00:00:02")
    assert read(text[:-15])[1].requests == 2
    _, report = read(text[:-35])
    assert (report.lines, report.malformed, report.requests) == (2, 1, 1)


def test_bytes_that_are_no_text_of_any_encoding_do_no_harm() -> None:
    text = line("01/Jul/1995:00:00:01", '"GET /k\xe4\xf6\xff HTTP/1.0" 200 -').encode("latin-1")
    _, report = read(text + b"\x00\x00" + text)
    assert report.requests == 2


def test_files_of_different_formats_and_packing_in_any_order(tmp_path: Path) -> None:
    first = "".join(line(f"01/Jul/1995:00:{i:02d}:00") for i in range(30))
    second = gzip.compress("".join(line(f"01/Jul/1995:00:{i:02d}:30", offset="+0000") for i in range(30)).encode())
    third = b'{"ts": 804571200, "status": 200}\n'
    expected, report = read([first, second, third])
    assert report.format == "common, json_lines"
    assert report.time_zone == "UTC"
    for order in ([second, first, third], [third, second, first]):
        series, _ = read(order)
        np.testing.assert_array_equal(series.requests_count, expected.requests_count)
        assert series.start == expected.start


@pytest.mark.parametrize(
    ("timeframe", "start", "counts"),
    [
        ("1m", "1995-07-01 23:59:00", [1, 1, 0, 1]),
        ("5m", "1995-07-01 23:55:00", [1, 2]),
        ("1h", "1995-07-01 23:00:00", [1, 2]),
        ("1d", "1995-07-01 00:00:00", [1, 2]),
    ],
)
@pytest.mark.parametrize("offset", ["-0400", "+0530", "+0000"])
def test_bins_lie_on_the_wall_clock_of_the_log(timeframe: str, start: str, counts: list[int], offset: str) -> None:
    times = ["01/Jul/1995:23:59:30", "02/Jul/1995:00:00:00", "02/Jul/1995:00:02:30"]
    series, report = read("".join(line(time, offset=offset) for time in times), timeframe=timeframe)
    assert (report.start, series.requests_count.tolist()) == (start, counts)


def test_a_zone_asked_for_shows_the_same_requests_elsewhere() -> None:
    series, report = read(line("01/Jul/1995:00:00:01"), time_zone="Europe/Paris")
    assert (report.time_zone, report.start) == ("Europe/Paris", "1995-07-01 06:00:00")
    assert series.start == clf_second(line("01/Jul/1995:00:00:01").encode()) - 1


HAPROXY = (
    "h haproxy[1]: 10.0.1.2:33317 [{}.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "
    '"GET / HTTP/1.1"\n'
)


def test_a_log_without_offsets_takes_the_zone_given() -> None:
    text = HAPROXY.format("06/Feb/2009:12:14:14") + HAPROXY.format("29/Mar/2009:02:30:00")
    series, report = read(text, timeframe="1h")
    assert (report.format, report.time_zone, report.start, report.requests) == (
        "haproxy",
        None,
        "2009-02-06 12:00:00",
        2,
    )
    assert "Times have no offset and no time_zone is given; they are taken as they stand." in report.notes
    in_paris, report = read(text, timeframe="1h", time_zone="Europe/Paris")
    assert series.start - in_paris.start == 3600
    assert (report.start, report.requests) == ("2009-02-06 12:00:00", 1)
    assert report.dropped == {"time that clocks skipped": 1}


def test_a_forced_format_reads_nothing_else() -> None:
    text = line("01/Jul/1995:00:00:01")
    assert read(text, format="combined")[1].requests == 1
    with pytest.raises(FileRefused, match=r"0\.log has no record of the format w3c; leave --format out"):
        read(text, format="w3c")


def test_a_pattern_reads_what_no_format_does() -> None:
    _, report = read("at 1995-07-01 00:00:01 done\nother\n", pattern=r"at (?P<time>\S+ \S+)")
    assert (report.format, report.requests, report.malformed) == ("pattern", 1, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "nothing here\nat all\n",
            r"0\.log is neither a table nor a log: of 2 lines none of them has a time.*It begins: nothing here\.",
        ),
        ("\n\n\n", r"0\.log holds blank lines only"),
        (bytes(100), r"0\.log holds blank lines only"),
    ],
)
def test_a_file_without_a_record_is_refused_with_the_reason(text: str | bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(text)


def test_a_good_file_does_not_cover_for_a_wrong_one() -> None:
    with pytest.raises(FileRefused, match=r"1\.log is neither a table nor a log"):
        read([line("01/Jul/1995:00:00:01"), "nothing\n"])


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_logs_and_csv_are_not_mixed(order: list[int]) -> None:
    texts = [line("01/Jul/1995:00:00:01"), "timestamp,y\n1995-07-01 00:00:00,1\n"]
    with pytest.raises(FileRefused, match=r"1\.log is of another kind than the files before it"):
        read([texts[i] for i in order])


def test_filters_keep_the_span_of_the_whole_log() -> None:
    text = (
        line("01/Jul/1995:00:00:01", '"GET /a HTTP/1.0" 500 7')
        + line("01/Jul/1995:00:02:01", '"POST /b.CSS?x HTTP/1.0" 200 7')
        + line("01/Jul/1995:00:04:01", '"GET /c HTTP/1.0" 304 -')
    )
    series, report = read(text, status="200")
    assert series.requests_count.tolist() == [0, 0, 1, 0, 0]
    assert (report.lines, report.requests, report.filtered) == (3, 1, 2)
    assert read(text, exclude_static=True)[0].requests_count.tolist() == [1, 0, 0, 0, 1]
    assert read(text, path_prefix="/c", method="get")[1].requests == 1
    _, report = read(text, exclude_bots=True)
    assert "No record has a user agent (format common), so the filter for bots leaves nothing out." in report.notes
    with pytest.raises(InputError, match="The filters leave none of 3 records"):
        read(text, status="404")


def test_a_span_of_too_many_bins_is_too_large() -> None:
    text = 3 * line("01/Jan/1995:00:00:00") + 3 * line("01/Jan/2015:00:00:00")
    with pytest.raises(TooLarge, match=r"from 1995-01-01 00:00:00 to 2015-01-01 00:00:00 make 10,519,201 bins"):
        read(text)
    assert len(read(text, timeframe="1d", keep_zero_runs=True)[0]) == 7_306


def test_a_record_from_before_1990_has_no_time_and_one_months_from_all_others_is_left_out_by_name() -> None:
    usual = "".join(line(f"01/Jul/2015:00:{minute:02}:00") for minute in range(60))
    series, report = read(line("01/Jan/1970:00:03:00") + usual + line("01/Jan/1999:00:00:00"))
    assert (len(series), report.requests) == (60, 60)
    assert report.dropped == {"time outside 1990 to tomorrow": 1, "time months away from all others": 1}
    assert any("1999-01-01 00:00:00" in note and "wrong clock" in note for note in report.notes)


def test_too_many_distinct_bins_stop_the_reading_early() -> None:
    rng = np.random.default_rng(1)
    days = rng.integers(0, 150_000, 60_000).astype("datetime64[D]")
    text = "".join(line(f"{d:%d/%b/%Y}:00:00:00") for d in days.tolist() if d.year < 2300)
    with pytest.raises(TooLarge, match=r"bins of 1m, and at most 1,000 are taken; ask for a coarser timeframe"):
        read(text, Settings(max_bins=1000))


def test_a_bomb_is_stopped() -> None:
    packed = gzip.compress(line("01/Jul/1995:00:00:01").encode() * 200_000)
    with pytest.raises(TooLarge, match=r"0\.log is larger than 1,048,576 bytes when expanded"):
        read(packed, Settings(max_expanded_bytes=1 << 20))


@pytest.mark.parametrize("block_bytes", [256, 1000, 1 << 20])
def test_blocks_of_any_size_count_the_same(monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    monkeypatch.setattr(sources_module, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(sources_module, "MAX_LINE_BYTES", min(block_bytes, sources_module.MAX_LINE_BYTES))
    rng = np.random.default_rng(2)
    seconds = np.sort(rng.integers(0, 7200, 2000)) + rng.integers(0, 30, 2000)
    texts = [line(f"01/Jul/1995:{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}").encode() for s in seconds]
    expected = [clf_second(text) for text in texts]
    series, report = read(b"junk\n" + b"".join(texts) + b"\n\n")
    assert minutes_of(series) == minutes(expected)
    assert report.out_of_order == out_of_order(expected)
    assert (report.lines, report.malformed) == (2003, 1)


def test_progress_reaches_the_sum_of_the_files(tmp_path: Path) -> None:
    paths = [tmp_path / "a.log", tmp_path / "b.log.gz"]
    text = line("01/Jul/1995:00:00:01").encode() * 50_000
    paths[0].write_bytes(text)
    paths[1].write_bytes(gzip.compress(text))
    told: list[tuple[int, int | None]] = []
    import_files(paths, name="x", settings=Settings(), progress=lambda done, total: told.append((done, total)))
    total = sum(path.stat().st_size for path in paths)
    assert {asked for _, asked in told} == {total}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"format": "apache"}, "format"),
        ({"format": "pattern"}, "pattern"),
        ({"format": "csv", "pattern": "(?P<time>x)"}, "format"),
        ({"status": "20x"}, "status"),
        ({"status": "700"}, "status"),
        ({"method": "GET;POST"}, "method"),
        ({"path_prefix": "shop"}, "path_prefix"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"timeframe": "7m"}, "timeframe"),
        ({"duplicates": "first"}, "duplicates"),
        ({"outages": ("1995-07-01",)}, "outages"),
        ({"outages": ("soon/later",)}, "outages"),
        ({"outages": ("1995-07-02/1995-07-01",)}, "outages"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict, field: str) -> None:
    with pytest.raises(InputError, match=" must be ") as caught:
        read(line("01/Jul/1995:00:00:01"), **options)
    assert caught.value.errors[0].field == field


def test_a_wrong_outage_is_refused_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="outage must be START/END"):
        import_files([Path("/no/such/file")], name="x", options=ImportOptions(outages=("1995-07-01",)))


def test_no_file_at_all() -> None:
    with pytest.raises(InputError, match="No file is given"):
        import_files([], name="x", settings=Settings())
