"""Parquet and Excel: the same counts as the CSV of the same rows, every table option, and nothing without bounds."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
import zipfile
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers import ImportOptions, import_files
from forecasting.readers.tables import parquet_file, workbook
from forecasting.settings import Settings

TIMES = [datetime(2024, 3, 4, 10) + timedelta(minutes=5 * i) for i in range(6)]
COUNTS = [10, 0, None, 7, 1204, 3]


def parquet_of(columns: dict, **options) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def xlsx_of(*sheets: list[list], names: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet(names[i] if names else f"Sheet{i + 1}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows(*, header=("timestamp", "requests")) -> list[list]:
    return [list(header), *([moment, count] for moment, count in zip(TIMES, COUNTS, strict=True))]


def read(content: bytes, name: str, *, settings: Settings | None = None, **options):
    return import_files([(name, io.BytesIO(content))], name="shop", options=ImportOptions(**options), settings=settings)


def counts(series) -> list[float | None]:
    return [None if np.isnan(count) else count for count in series.requests_count.tolist()]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize(("zone", "expected"), [(None, None), ("UTC", "UTC"), ("Asia/Tokyo", "+09:00")])
def test_parquet_times_of_any_unit_and_zone(unit, zone, expected):
    times = pa.array([moment.replace(tzinfo=UTC) if zone else moment for moment in TIMES], pa.timestamp(unit, zone))
    series, report = read(parquet_of({"timestamp": times, "requests": COUNTS}), "counts.parquet")
    assert (series.time_zone, series.timeframe, report.format, report.lines) == (expected, "5m", "parquet", 6)
    assert series.start == 1_709_546_400
    assert counts(series) == COUNTS
    assert report.samples[0]["count"] == 10


def test_parquet_with_dates_and_decimals():
    days = [date(2024, 3, day) for day in (4, 5, 6)]
    series, _ = read(parquet_of({"day": days, "hits": pa.array([1, 2, 3], pa.decimal128(12, 2))}), "a.parquet")
    assert (series.timeframe, counts(series)) == ("1d", [1, 2, 3])


def test_every_option_of_a_table_holds_for_parquet():
    columns = {
        "when": [f"{moment:%d/%m/%Y %H:%M}" for moment in TIMES for _ in "ab"],
        "host": ["a", "b"] * 6,
        "ok": list(range(12)),
        "failed": [1] * 12,
        "labels": [["x"]] * 12,
    }
    series, report = read(
        parquet_of(columns),
        "a.parquet",
        time_column="when",
        sum_columns=("ok", "failed"),
        where=("host=b",),
        time_format="%d/%m/%Y %H:%M",
        unit="per-second",
        time_zone="Europe/Paris",
    )
    assert counts(series) == [300 * (i + 1) for i in range(1, 12, 2)]
    assert report.dropped == {"row that --where leaves out": 6}


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: tar_of(content), lambda content: zip_of(content)])
def test_parquet_in_a_container(pack):
    content = parquet_of({"timestamp": TIMES, "requests": COUNTS})
    assert counts(read(pack(content), "a.bin")[0]) == COUNTS


def zip_of(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.parquet", content)
    return file.getvalue()


def tar_of(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.parquet")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def test_a_workbook_is_read_like_its_csv():
    series, report = read(xlsx_of(rows()), "counts.xlsx", time_zone="UTC")
    assert (report.format, report.timeframe, series.start) == ("excel", "5m", 1_709_546_400)
    assert counts(series) == COUNTS


def test_a_workbook_with_titles_dates_and_hours():
    cells = [["Requests of the shop"], [], ["Date", "Hour", "Requests"]]
    cells += [[date(2024, 3, 4), time(hour), hour] for hour in range(8)]
    series, _ = read(xlsx_of(cells), "counts.xlsx")
    assert (series.timeframe, counts(series)) == ("1h", list(range(8)))


def test_the_only_sheet_with_a_table_is_read():
    content = xlsx_of([["Notes"], ["Made by hand"]], rows(), [], names=("Readme", "Data", "Empty"))
    assert counts(read(content, "a.xlsx")[0]) == COUNTS


def test_of_several_tables_one_is_chosen_by_name_or_number():
    content = xlsx_of(rows(), [["timestamp", "requests"], [TIMES[0], 5], [TIMES[1], 6]], names=("web", "api"))
    with pytest.raises(FileRefused, match=r"2 sheets with a table: 'web', 'api'\. Choose one with --sheet 'web'\."):
        read(content, "a.xlsx")
    assert counts(read(content, "a.xlsx", sheet="api")[0]) == [5, 6]
    assert counts(read(content, "a.xlsx", sheet="1")[0]) == COUNTS
    with pytest.raises(FileRefused, match=r"no sheet 'shop'\. Sheets found: 'web', 'api'\."):
        read(content, "a.xlsx", sheet="shop")


def test_columns_found_are_named_for_both():
    for content, name in (
        (xlsx_of(rows(header=("when", "what"))), "a.xlsx"),
        (parquet_of({"when": TIMES, "what": ["x"] * 6}), "a.parquet"),
    ):
        with pytest.raises(FileRefused, match=r"Columns found: when, what\. Choose with --count-column"):
            read(content, name)


@pytest.mark.parametrize(
    ("content", "missing"), [(xlsx_of(rows()), "openpyxl"), (parquet_of({"timestamp": TIMES}), "pyarrow")]
)
def test_without_the_extra_it_is_named(monkeypatch, content, missing):
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(FileRefused, match=r"needs an extra: pip install 'dataflow-autoscaling\[files\]'"):
        read(content, "a.bin")


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("content", [xlsx_of(rows()), parquet_of({"timestamp": TIMES, "requests": COUNTS})])
def test_one_that_is_cut_off_is_refused(content, cut):
    with pytest.raises(FileRefused, match=r"cut off or broken|no zip that can be read"):
        read(content[: int(cut * len(content))], "a.bin")


@pytest.mark.parametrize("content", [xlsx_of(rows()), parquet_of({"timestamp": TIMES, "requests": COUNTS})])
def test_damage_is_refused_or_does_no_harm(content):
    generator = np.random.default_rng(7)
    for _ in range(150):
        damaged = bytearray(content)
        for place in generator.integers(0, len(damaged), 4):
            damaged[place] = generator.integers(0, 256)
        try:
            read(bytes(damaged), "a.bin")
        except (FileRefused, TooLarge):
            continue


def test_a_text_that_every_row_repeats_is_no_bomb():
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 40_000, pa.int32()), ["x" * 2_000_000])
    times = [datetime(2024, 3, 4) + timedelta(minutes=i) for i in range(40_000)]
    content = parquet_of({"timestamp": times, "requests": [1] * 40_000, "note": texts})
    assert len(read(content, "a.parquet")[0]) == 40_000


def test_a_workbook_that_expands_too_far_is_refused_before_it_is_read(monkeypatch):
    content = xlsx_of(rows())
    with pytest.raises(TooLarge, match=r"larger than 1,000 bytes when expanded"):
        read(content, "a.xlsx", settings=Settings(max_expanded_bytes=1_000))
    monkeypatch.setattr(workbook, "MAX_STRINGS_BYTES", 1_000)
    with pytest.raises(TooLarge, match="bytes beside its sheets"):
        read(content, "a.xlsx")


def test_a_row_number_far_away_ends(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 1_000)
    book = openpyxl.Workbook()
    for row in rows():
        book.active.append(row)
    book.active.cell(1_040_000, 1, "far")
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(TooLarge, match="more than 1,000 rows"):
        read(file.getvalue(), "a.xlsx")


def test_parquet_that_expands_too_far_is_refused_before_it_is_read(monkeypatch):
    content = parquet_of({"timestamp": TIMES, "requests": COUNTS})
    with pytest.raises(TooLarge, match="larger than 50 bytes when expanded"):
        read(content, "a.parquet", settings=Settings(max_expanded_bytes=50))
    monkeypatch.setattr(parquet_file, "MAX_COLUMN_BYTES", 10)
    with pytest.raises(TooLarge, match="in one row group, and at most 10 are read"):
        read(content, "a.parquet")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["[Content_Types].xml", "word/document.xml"], "is an Office document, but no Excel workbook"),
        (["[Content_Types].xml", "xl/workbook.bin"], "is a binary Excel workbook"),
    ],
)
def test_other_office_documents_are_refused_by_their_kind(parts, words):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in parts:
            archive.writestr(part, "<x/>")
    with pytest.raises(FileRefused, match=words):
        read(file.getvalue(), "a.docx")
