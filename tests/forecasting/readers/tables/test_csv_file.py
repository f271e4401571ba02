"""Importing CSV: dialects, times, cells that are no count, bins, duplicates."""

from __future__ import annotations

import bz2
import gzip
import io

import numpy as np
import pytest

from forecasting.errors import FileRefused, InputError, TooLarge
from forecasting.readers import ImportOptions, ImportReport, import_files
from forecasting.readers.tables import csv_file
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

PLAIN = "timestamp,requests_count\n1995-08-01 00:00:00,3\n1995-08-01 00:05:00,4\n1995-08-01 00:15:00,6\n"
NAN = float("nan")


def read(*texts: str | bytes, settings: Settings | None = None, **options: object) -> tuple[Series, ImportReport]:
    files = [
        (f"{i}.csv", io.BytesIO(text if isinstance(text, bytes) else text.encode())) for i, text in enumerate(texts)
    ]
    return import_files(files, name="x", options=ImportOptions(**options), settings=settings or Settings())


def rows(*lines: str, header: str = "ds,y") -> str:
    return "\n".join([header, *lines]) + "\n"


def counts(series: Series) -> list[float]:
    return series.requests_count.tolist()


def same(got: list[float], expected: list[float]) -> bool:
    return np.array_equal(np.array(got), np.array(expected), equal_nan=True)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.rstrip("\n").encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace(",3", ';"3,0"').replace(",", ";").replace('"3;0"', '"3,0"').replace(";;", ";").encode(),
        PLAIN.replace("timestamp,requests_count", '"Timestamp" , "Requests_Count"').encode(),
        PLAIN.replace("timestamp,requests_count", "ds,y").encode(),
        PLAIN.replace("timestamp,requests_count", "time,requests").encode(),
        PLAIN.replace("timestamp,requests_count", "date,count").encode(),
        PLAIN.replace("00,", "00, ").encode(),
        PLAIN.replace("\n1995-08-01 00:15", "\n\n1995-08-01 00:15").encode(),
        PLAIN.replace(" 00:", "T00:").encode(),
        PLAIN.replace(":00,", ",").encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
        bz2.compress(PLAIN.encode()),
    ],
)
def test_dialects(data: bytes) -> None:
    series, report = read(data)
    assert (series.start, series.bin_seconds, report.time_zone) == (807_235_200, 300, None)
    assert same(counts(series), [3, 4, NAN, 6])
    assert report.gaps == [{"start": "1995-08-01 00:10:00", "end": "1995-08-01 00:15:00"}]
    assert (report.format, report.lines, report.requests, report.dropped) == ("csv", 3, 13, {})


@pytest.mark.parametrize(
    ("times", "zone"),
    [
        (["1995-08-01T00:00:00Z", "1995-08-01T00:05:00Z"], "UTC"),
        (["1995-07-31T20:00:00-04:00", "1995-07-31T20:05:00-04:00"], "-04:00"),
        (["1995-08-01 05:30:00+0530", "1995-08-01 05:35:00+0530"], "+05:30"),
        (["807235200", "807235500"], "UTC"),
        (["807235200.0", "807235500.0"], "UTC"),
        (["807235200000", "807235500000"], "UTC"),
        (["1995-08-01T00:00:00.000Z", "1995-08-01T00:05:00.000Z"], "UTC"),
    ],
)
def test_times_with_an_offset(times: list[str], zone: str) -> None:
    series, report = read(rows(f"{times[0]},1", f"{times[1]},2"))
    assert (series.start, counts(series), report.time_zone) == (807_235_200, [1, 2], zone)
    shown, report = read(rows(f"{times[0]},1", f"{times[1]},2"), time_zone="Asia/Tokyo")
    assert (shown.start, report.time_zone, report.start) == (807_235_200, "Asia/Tokyo", "1995-08-01 09:00:00")


def test_mixed_offsets_are_absolute_time() -> None:
    _, report = read(rows("1995-08-01T00:00:00Z,1", "1995-07-31T20:05:00-04:00,2", "1995-08-01T00:10:00Z,3"))
    assert (report.bins, report.requests, report.time_zone) == (3, 6, "UTC")
    assert "Times have 2 offsets (-04:00, +00:00)" in report.notes[0]


def test_naive_times_take_the_zone_given() -> None:
    series, _ = read(PLAIN, time_zone="-04:00")
    assert (series.start, series.ds[0]) == (807_249_600, "1995-08-01 00:00:00")


def test_a_time_format_of_ones_own() -> None:
    series, _ = read(rows("01.08.1995 00:00;1,5", "01.08.1995 00:05;2", header="ds;y"), time_format="%d.%m.%Y %H:%M")
    assert (series.start, counts(series)) == (807_235_200, [1.5, 2])


def test_days() -> None:
    series, report = read(rows("1995-08-01,1", "1995-08-02,2", "1995-08-04,4"))
    assert (report.timeframe, report.start, report.end) == ("1d", "1995-08-01 00:00:00", "1995-08-05 00:00:00")
    assert same(counts(series), [1, 2, NAN, 4])


def test_cells_that_are_no_count_become_unknown_and_are_counted() -> None:
    cells = ["5", "", "NaN", "null", "-", "-3", "abc", "inf", "1e308", "0", "0x10", "7 ", "1e3", "True"]
    lines = [f"1995-08-01 00:{i:02d}:00,{cell}" for i, cell in enumerate([*cells, *["1"] * 40])]
    series, report = read(rows(*lines))
    assert same(counts(series)[:14], [5, *[NAN] * 8, 0, NAN, 7, 1000, NAN])
    assert report.dropped == {
        "empty count (unknown)": 4,
        "count that is not a number (unknown)": 3,
        "negative count (unknown)": 1,
        "count above 1,000,000,000,000,000 (unknown)": 2,
    }
    assert len(report.gaps) == 3


def test_rows_without_a_readable_time_are_dropped_and_shown() -> None:
    usual = [f"1995-08-01 00:{minute:02d}:00,{minute}" for minute in range(40)]
    series, report = read(rows(usual[0], "soon,2", ",3", *usual[1:], "1995-02-30 00:00:00,5"))
    assert counts(series) == list(range(40))
    assert (report.lines, report.malformed, report.dropped) == (43, 3, {"row without a readable time": 3})
    assert report.malformed_examples[:2] == ["line 3: ds is 'soon'", "line 4: ds is ''"]


def test_other_columns_are_kept_aside_and_ragged_rows_read() -> None:
    lines = ["1,1995-08-01 00:00:00,x,5,1", "2,1995-08-01 00:01:00,x,6", "3,1995-08-01 00:02:00,x,7,0,9"]
    series, report = read(rows(*lines, header="a,timestamp,b,y,is_event"))
    assert counts(series) == [5, 6, 7]
    assert report.columns_kept_aside == ["a", "b"]
    assert series.is_event.tolist() == [True, False, False]
    assert series.is_burst is None


def test_duplicates_the_last_wins_or_their_sum() -> None:
    text = rows("1995-08-01 00:00:00,1", "1995-08-01 00:05:00,2", "1995-08-01 00:00:00,10", "1995-08-01 00:10:00,3")
    series, report = read(text)
    assert (counts(series), report.duplicates, report.duplicates_rule, report.out_of_order) == (
        [10, 2, 3],
        1,
        "last",
        1,
    )
    series, report = read(text, duplicates="sum")
    assert (counts(series), report.duplicates, report.duplicates_rule) == ([11, 2, 3], 1, "sum")
    unknown = text.replace(",10", ",")
    assert same(counts(read(unknown)[0]), [NAN, 2, 3])
    assert counts(read(unknown, duplicates="sum")[0]) == [1, 2, 3]


def test_files_in_any_order_are_one_table() -> None:
    first, second = (
        rows("1995-08-01 00:00:00,1", "1995-08-01 00:01:00,2"),
        rows("1995-08-01 00:02:00,3", header="time,y"),
    )
    for texts in ((first, second), (second, first)):
        series, report = read(*texts)
        assert (counts(series), report.lines, report.out_of_order) == ([1, 2, 3], 3, 0)


def test_newest_first_is_only_another_order() -> None:
    series, report = read(rows("1995-08-01 00:10:00,3", "1995-08-01 00:05:00,2", "1995-08-01 00:00:00,1"))
    assert (counts(series), report.out_of_order) == ([1, 2, 3], 2)


def test_bins_that_stray_count_in_the_nearest_and_it_is_said() -> None:
    times = ["00:00:00", "00:05:00", "00:10:03", "00:14:58", "00:20:00", "00:25:00"]
    series, report = read(rows(*[f"1995-08-01 {time},{i}" for i, time in enumerate(times)]))
    assert counts(series) == [0, 1, 2, 3, 4, 5]
    assert report.unaligned == "2 times stray from the others' 5m grid; each counts in the nearest bin."


def test_finer_rows_are_summed_to_the_timeframe_asked_for() -> None:
    text = rows(*[f"1995-08-01 00:{i:02d}:00,{i}" for i in range(1, 17)])
    series, report = read(text, timeframe="5m")
    assert (counts(series), report.start) == ([35, 60], "1995-08-01 00:05:00")
    assert "6 bins of 1m at the ends make no complete 5m bin and are left out." in report.notes
    assert report.requests == 95


def test_rows_finer_than_a_minute_are_summed_to_the_minute() -> None:
    text = rows(*[f"1995-08-01 00:{s // 60:02d}:{s % 60:02d},1" for s in range(0, 300, 10) if s // 60 != 2])
    series, report = read(text)
    assert same(counts(series), [6, 6, NAN, 6, 6])
    assert "Rows are mostly 10 s apart; they are summed to 1m." in report.notes
    repeated = text + "1995-08-01 00:00:00,5\n"
    assert read(repeated)[0].requests_count[0] == 10
    assert read(repeated, duplicates="sum")[0].requests_count[0] == 11


def test_a_distance_that_does_not_divide_a_day() -> None:
    text = rows(*[f"1995-08-01 {7 * i // 60:02d}:{7 * i % 60:02d}:00,1" for i in range(40)])
    with pytest.raises(FileRefused, match="The rows are mostly 7 min apart, which does not divide a day"):
        read(text)
    series, report = read(text, timeframe="1h")
    assert (len(series), report.requests) == (5, 40)


def test_a_timeframe_finer_than_the_rows_is_wrong() -> None:
    with pytest.raises(InputError, match="timeframe must be at least 5 min, the distance of most rows") as caught:
        read(PLAIN, timeframe="1m")
    assert caught.value.errors[0].field == "timeframe"


def test_one_row_needs_a_timeframe() -> None:
    with pytest.raises(FileRefused, match="the same time, which tells no bin: give --timeframe, such as 5m"):
        read(rows("1995-08-01 00:00:00,1"))
    series, _ = read(rows("1995-08-01 00:00:00,1"), timeframe="15m")
    assert (counts(series), series.bin_seconds) == ([1], 900)


def test_weeks_are_too_coarse() -> None:
    with pytest.raises(FileRefused, match="mostly 168 h apart, and a bin is a day at most"):
        read(rows("1995-08-01,1", "1995-08-08,2", "1995-08-15,2"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            rows("soon,1", "later,2"),
            r"2 of 2 rows have a time in column 'ds' that cannot be read .* The first: line 2: ds is 'soon'",
        ),
        (rows("1995-08-01 00:00:00,x", "1995-08-01 00:05:00,"), "No row has a count that can be read; .*not a number"),
        ("ds,y\n", "has a header and no row below it"),
        ('ds,y\n1995-08-01 00:00:00,"1\n', "is no table that can be read: .*EOF inside string"),
        ("when,how many\n1,2\n", "is neither a log of a known format nor a table with a known header"),
    ],
)
def test_what_is_no_series_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(text)


def test_a_forced_csv_names_the_columns_it_found() -> None:
    with pytest.raises(FileRefused, match=r"0\.csv is no table: no column holds times in most of its rows"):
        read("when,how many\n1,2\n", format="csv")


def test_filters_have_nothing_to_look_into() -> None:
    with pytest.raises(InputError, match="is a CSV of counts, which has nothing to filter by"):
        read(PLAIN, status="2xx")


def test_too_many_rows_or_bins_are_too_large() -> None:
    with pytest.raises(TooLarge, match="has more than 2 rows"):
        read(PLAIN, settings=Settings(max_bins=2))
    with pytest.raises(TooLarge, match="make 4 bins of 5m, and at most 3 are taken"):
        read(PLAIN, settings=Settings(max_bins=3))


def test_an_endless_cell_is_stopped_by_the_limit_on_bytes() -> None:
    bomb = gzip.compress(b'ds,y\n"' + b"x" * (8 << 20))
    with pytest.raises(TooLarge, match="is larger than 1,048,576 bytes when expanded"):
        read(bomb, settings=Settings(max_expanded_bytes=1 << 20))


@pytest.mark.parametrize("endless", [b"x" * (9 << 20), b'"' + b"1995-08-01,1\n" * (9 << 16)], ids=["cell", "quote"])
def test_a_cell_without_end_is_refused_with_little_memory(monkeypatch: pytest.MonkeyPatch, endless: bytes) -> None:
    monkeypatch.setattr(csv_file, "_CHUNK_BYTES", 2 << 20)
    with pytest.raises(FileRefused, match="2,097,152 bytes make fewer than 20,000 rows"):
        read(b"ds,y\n1995-08-01,1\n" + endless)


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    order = rng.permutation(500)
    text = rows(*[f"1995-08-{1 + i // 288:02d} {i % 288 // 12:02d}:{i % 12 * 5:02d}:00,{i}" for i in order])
    whole, report = read(text)
    monkeypatch.setattr(csv_file, "_CHUNK_ROWS", 7)
    parts, report_of_parts = read(text)
    np.testing.assert_array_equal(whole.requests_count, parts.requests_count)
    assert report == report_of_parts
    assert report.out_of_order == sum(order[i] < order[:i].max(initial=-1) for i in range(500))
