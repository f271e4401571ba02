"""Samples show rows as they stand in the file; a file may hold several tables, or its header twice."""

from __future__ import annotations

import io

import pytest

from forecasting.errors import FileRefused
from forecasting.readers import ImportOptions, ImportReport, import_files
from forecasting.timeseries.series import Series

ROWS = [12, 0, 7, 30, 4]


def imported(text: str, **options: object) -> tuple[Series, ImportReport]:
    return import_files([("a.csv", io.BytesIO(text.encode()))], name="x", options=ImportOptions(**options))


def test_samples_are_the_lines_of_the_file():
    rows = [f'"2024-02-24 10:0{n}:00", "a, b",{row},"x\ny",' for n, row in enumerate(ROWS)]
    _, report = imported('# made today\n\n"time","page","requests","note",\n\n' + "\r\n".join(rows))
    assert [one["line"] for one in report.samples] == [row.replace("\n", "\\n") for row in rows[:3]]
    spaced = "\n".join(["timestamp   requests", *(f"2024-02-24T10:0{n}:00   {row}" for n, row in enumerate(ROWS))])
    assert imported(spaced)[1].samples[1]["line"] == "2024-02-24T10:01:00   0"


def influx(*tables: tuple[str, str, list[int]]) -> str:
    parts = []
    for number, (kind, field, rows) in enumerate(tables):
        parts += [
            "#group,false,false,true,true,false,false,true",
            f"#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,{kind},string",
            "#default,_result,,,,,,",
            ",result,table,_start,_stop,_time,_value,_field",
        ]
        parts += [
            f",,{number},2024-02-24T09:00:00Z,2024-02-24T11:00:00Z,2024-02-24T10:{5 * number + n:02d}:00Z,{row},{field}"
            for n, row in enumerate(rows)
        ] + [""]
    return "\r\n".join(parts)


def test_tables_of_influxdb_one_after_another_are_read():
    series, report = imported(influx(("long", "hits", ROWS), ("double", "hits", ROWS)))
    assert (series.requests_count.tolist(), report.lines, report.dropped) == (2 * ROWS, 10, {})


def test_two_fields_of_influxdb_with_the_same_times_are_several_series():
    text = influx(("long", "hits", ROWS), ("long", "bytes", ROWS)).replace("T10:0", "T10:1").replace("10:15", "10:10")
    both = text.replace(",10:16", ",10:11")
    for late, early in (("16", "11"), ("17", "12"), ("18", "13"), ("19", "14")):
        both = both.replace(f"10:{late}", f"10:{early}")
    with pytest.raises(FileRefused, match=r"column '_field' tells them apart.*--where '_field=hits'"):
        imported(both)
    assert imported(both, where=("_field=hits",))[0].requests_count.tolist() == ROWS


def test_a_header_that_comes_again_is_no_unreadable_row():
    part = "timestamp,requests\n" + "".join(f"2024-02-24 1{{0}}:0{n}:00,{row}\n" for n, row in enumerate(ROWS))
    series, report = imported(part.format(0) + part.format(1))
    assert (report.requests, report.dropped, report.malformed) == (106, {"header that comes again": 1}, 0)
    assert len(series) == 65
