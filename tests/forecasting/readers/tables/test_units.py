from __future__ import annotations

import numpy as np
import pytest

from forecasting.errors import FileRefused
from forecasting.readers import ImportOptions, import_files
from forecasting.readers.tables.units import as_counts, refuse_half_clock, without_far_rows
from forecasting.readers.times.grid import Table
from forecasting.settings import Settings

START = 1_708_768_800
DAY = 86_400


def imported(tmp_path, cells, *, times=None, **options):
    """Import a CSV with these cells, one a minute or at these times."""
    times = [START + 60 * n for n in range(len(cells))] if times is None else times
    path = tmp_path / "a.csv"
    path.write_text("timestamp,requests\n" + "".join(f"{t},{c}\n" for t, c in zip(times, cells, strict=True)))
    return import_files([path], name="x", options=ImportOptions(**options), settings=Settings())


@pytest.mark.parametrize("odd", ["", "NaN", "null", "-", "-3", "9" * 309, "-" + "9" * 400, "9" * 5000, "1e999", "inf"])
def test_a_cell_that_is_no_count_is_unknown_and_its_row_is_accounted_for(tmp_path, odd):
    series, report = imported(tmp_path, ["1", "2", odd, *map(str, range(4, 30))])
    assert np.flatnonzero(np.isnan(series.requests_count)).tolist() == [2]
    assert report.to_dict()["dropped"]
    assert not any("have no row" in note for note in report.to_dict()["notes"])


def test_one_row_is_imported_with_a_timeframe(tmp_path):
    series, _ = imported(tmp_path, ["7"], timeframe="5m")
    assert series.requests_count.tolist() == [7.0]
    with pytest.raises(FileRefused, match="No row has a count that can be read"):
        imported(tmp_path, [""], timeframe="5m")


@pytest.mark.parametrize("cells", [["1 req", "2", "3"], ["10ms", "2", "3"] * 4, ["1k", *"23456"]])
def test_units_in_some_cells_only_refuse_the_column(tmp_path, cells):
    with pytest.raises(FileRefused, match=r"unit or suffix|are no numbers"):
        imported(tmp_path, cells * 2)


def test_days_over_a_change_of_clocks_have_no_absent_row(tmp_path):
    times = [f"2024-03-{day} 00:00:00" for day in range(27, 32)] + [f"2024-04-0{day} 00:00:00" for day in range(1, 5)]
    series, report = imported(tmp_path, range(1, 10), times=times, time_zone="Europe/Berlin")
    assert series.requests_count.tolist() == list(range(1, 10))
    assert not any("have no row" in note for note in report.to_dict()["notes"])


def test_rows_in_an_hour_that_clocks_skip_are_refused_by_that_reason(tmp_path):
    with pytest.raises(FileRefused, match="No row has a count"):
        imported(tmp_path, [5, 6], times=["2024-03-31 02:10:00", "2024-03-31 02:11:00"], time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (range(100_000, 100_400, 7), "cumulative counter"),
        ([*range(0, 5000, 100), *range(0, 5000, 100)], "cumulative counter"),
        ([n + 0.5 for n in range(20)], "are fractions"),
        ([n % 7 for n in range(50)], None),
        ([5.0] * 50, None),
        ([1, 2, 3, 4], None),
    ],
)
def test_numbers_that_may_be_no_counts_are_doubted(tmp_path, cells, note):
    notes = imported(tmp_path, list(cells))[1].to_dict()["notes"]
    doubts = [one for one in notes if "--unit" in one]
    assert len(doubts) == (note is not None)
    assert note is None or note in doubts[0]


def test_units_are_turned_to_counts_and_unknown_values_stay_unknown():
    values = np.array([1, np.nan, 3, 1, 4.0])
    for unit, expected in (
        ("per-second", [300, np.nan, 900, 300, 1200]),
        ("per-minute", [5, np.nan, 15, 5, 20]),
        ("counter", [np.nan, np.nan, np.nan, 1, 3]),
    ):
        assert np.array_equal(as_counts(values, 300, ImportOptions(unit=unit)), expected, equal_nan=True)
    assert as_counts(values, 300, ImportOptions(missing="zero")).tolist() == [1, 0, 3, 1, 4]


@pytest.mark.parametrize("in_order", [True, False])
def test_few_rows_that_are_months_away_are_left_out_and_named(in_order):
    seconds = START + 60 * np.arange(300)
    seconds[-1 if in_order else 5] += 200 * DAY
    rows = Table(seconds, np.arange(300.0), {})
    left, notes = without_far_rows(rows, "UTC")
    assert len(left.seconds) == 299
    assert "1 rows are months apart" in notes[0]
    assert without_far_rows(left, "UTC") == (left, [])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_rows_are_never_far_from_each_other(count):
    rows = Table(START + 400 * DAY * np.arange(count), np.ones(count), {})
    assert without_far_rows(rows, "UTC") == (rows, [])


def test_a_twelve_hour_clock_is_refused_wherever_the_chunks_of_its_rows_end():
    hours = np.array([*range(1, 13), *range(1, 13)]) * 3600
    for parts in ([hours], np.split(hours, [12]), [hours[:0], hours[:12], hours[:0], hours[12:]]):
        with pytest.raises(FileRefused, match="12-hour clock"):
            refuse_half_clock(parts, "time")
    for fine in ([], [hours[:0]], [hours[:2]], [hours[:12]], [hours - 3600]):
        refuse_half_clock(fine, "time")
