from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers.times.grid import PART_ROWS, Table, distinct, on_grid

START = 1_708_768_800


def table(seconds: list[int] | np.ndarray, counts: list[float] | np.ndarray | None = None) -> Table:
    values = np.arange(len(seconds)) if counts is None else counts
    return Table(np.array(seconds, dtype=np.int64), np.array(values, dtype=np.float64), {})


def gridded(
    rows: Table, *, timeframe: str | None = None, rule: str = "last", zone: str | None = "UTC", max_bins: int = 10**6
):
    return on_grid(rows, timeframe=timeframe, rule=rule, time_zone=zone, max_bins=max_bins)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("rule", ["last", "sum"])
def test_rows_in_any_order_give_what_a_dictionary_gives(seed, rule):
    draw = random.Random(seed)
    step = draw.choice((60, 300, 3600))
    places = sorted(draw.sample(range(60), 50)) if seed % 2 else list(range(60))
    rows = [(START + step * place, draw.choice((0.0, 3.0, 1.5, np.nan))) for place in places]
    if seed % 3 == 0:
        rows += draw.choices(rows, k=5)
    if seed % 5 == 0:
        draw.shuffle(rows)
    expected: dict[int, float] = {}
    for second, count in rows:
        before = expected.get(second)
        known = [one for one in (before, count) if one is not None and not np.isnan(one)]
        expected[second] = count if rule == "last" else (sum(known) if known else np.nan)
    grid = gridded(
        table([second for second, _ in rows], [count for _, count in rows]), timeframe=f"{step // 60}m", rule=rule
    )
    assert grid.start == min(expected)
    times = range(grid.start, max(expected) + 1, grid.bin_seconds)
    assert np.array_equal(grid.counts, [expected.get(time, np.nan) for time in times], equal_nan=True)
    assert grid.duplicates == len(rows) - len(expected)
    assert grid.absent == len(times) - len(expected)


def test_many_parts_of_rows_give_the_bins_of_all():
    count = 2 * PART_ROWS + 3
    grid = gridded(table(START + 60 * np.arange(count)))
    assert (grid.bin_seconds, grid.start, grid.absent) == (60, START, 0)
    assert np.array_equal(grid.counts, np.arange(count))
    seconds = gridded(table(START + np.arange(count), np.ones(count)))
    assert np.array_equal(seconds.counts[:-1], np.full(count // 60, 60.0))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("month", [3, 4, 9, 10, 11])
@pytest.mark.parametrize("count", [4, 9, 40])
def test_days_of_local_time_stay_days_when_clocks_change(zone, month, count):
    first = datetime(2024, month, 1 if count == 40 else 3, tzinfo=ZoneInfo(zone))
    midnights = [first + timedelta(days=day) for day in range(count)]
    grid = gridded(table([round(one.timestamp()) for one in midnights]), zone=zone)
    assert grid.bin_seconds == 86_400
    assert np.array_equal(grid.counts, np.arange(count))
    assert (grid.absent, grid.duplicates, grid.unaligned) == (0, 0, None)


def test_hours_over_a_change_of_clocks_have_no_gap():
    hours = [datetime(2024, 10, 26, tzinfo=UTC) + timedelta(hours=hour) for hour in range(72)]
    for first, half in ((0, 0), (0, 1800)):
        seconds = [round(one.timestamp()) + half for one in hours[first:]]
        grid = gridded(table(seconds), zone="Europe/Berlin")
        assert grid.absent == 0
        assert np.array_equal(grid.counts, np.arange(len(seconds)))


def test_a_few_times_that_stray_count_in_the_nearest_bin():
    seconds = START + 300 * np.arange(50)
    seconds[[7, 9]] += [20, -20]
    grid = gridded(table(seconds))
    assert np.array_equal(grid.counts, np.arange(50))
    assert "2 times stray" in (grid.unaligned or "")


def test_one_row_needs_a_timeframe_and_gives_one_bin():
    with pytest.raises(FileRefused, match="All rows have the same time"):
        gridded(table([START]))
    grid = gridded(table([START], [np.nan]), timeframe="5m")
    assert (len(grid.counts), grid.absent, grid.start) == (1, 0, START)
    assert np.isnan(grid.counts).all()


def test_a_row_that_is_far_ahead_makes_too_many_bins():
    with pytest.raises(TooLarge, match="bins of 1m, and at most 1,000 are taken"):
        gridded(table([START, START + 60, START + 120, START + 60_000_000]), max_bins=1000)


def test_neither_rows_nor_their_order_are_changed():
    seconds, counts = START + 60 * np.array([3, 1, 2, 2, 0]), np.array([1, np.nan, 3, 4, 5.0])
    rows = Table(seconds.copy(), counts.copy(), {"is_event": np.array([True, False, False, False, False])})
    grid = gridded(rows)
    assert np.array_equal(rows.seconds, seconds)
    assert np.array_equal(rows.counts, counts, equal_nan=True)
    assert grid.flags["is_event"].tolist() == [False, False, False, True]
    assert np.array_equal(grid.counts, [5, np.nan, 4, 1], equal_nan=True)


def test_times_in_order_are_not_copied():
    ordered = START + np.arange(5)
    assert distinct(ordered) is ordered
    assert distinct(ordered[[2, 1, 1]]).tolist() == [START + 1, START + 2]
    assert len(distinct(ordered[:0])) == 0
