"""Daylight saving: wall times into absolute time without losing or doubling an hour."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting.readers import ImportOptions, import_files
from forecasting.readers.records import NAIVE
from forecasting.readers.times.zones import LineLocaliser, localise_rows, series_zone
from forecasting.settings import Settings

PARIS = "Europe/Paris"
AUTUMN = int(datetime(2023, 10, 28, 12, tzinfo=UTC).timestamp())
SPRING = int(datetime(2023, 3, 25, 12, tzinfo=UTC).timestamp())


def walls(seconds: np.ndarray, zone: str = PARIS) -> np.ndarray:
    """Wall seconds by datetime, one by one."""
    offsets = [datetime.fromtimestamp(second, ZoneInfo(zone)).utcoffset() for second in seconds.tolist()]
    return seconds + np.array([int(offset.total_seconds()) for offset in offsets])


@pytest.mark.parametrize("start", [AUTUMN, SPRING])
@pytest.mark.parametrize("step", [60, 300, 900, 1800, 3600])
@pytest.mark.parametrize("zone", [PARIS, "America/New_York", "Europe/Dublin", "Asia/Kolkata"])
def test_rows_come_back_to_the_seconds_they_were_written_at(start: int, step: int, zone: str) -> None:
    seconds = start + np.arange(0, 10 * 86_400, step)
    back, exists = localise_rows(walls(seconds, zone), zone)
    assert exists.all()
    np.testing.assert_array_equal(back, seconds)
    newest_first, _ = localise_rows(walls(seconds, zone)[::-1], zone)
    np.testing.assert_array_equal(newest_first, seconds[::-1])


@pytest.mark.parametrize("step", [60, 300, 900])
def test_clocks_that_change_by_half_an_hour(step: int) -> None:
    start = int(datetime(2023, 4, 1, tzinfo=UTC).timestamp())
    seconds = start + np.arange(0, 2 * 86_400, step)
    back, _ = localise_rows(walls(seconds, "Australia/Lord_Howe"), "Australia/Lord_Howe")
    np.testing.assert_array_equal(back, seconds)


def test_shuffled_rows_keep_both_passes_of_the_hour() -> None:
    seconds = AUTUMN + np.arange(0, 86_400, 300)
    shuffled = np.random.default_rng(1).permutation(walls(seconds))
    back, _ = localise_rows(shuffled, PARIS)
    np.testing.assert_array_equal(np.sort(back), seconds)


def test_an_hour_written_once_is_its_first_pass() -> None:
    seconds = AUTUMN + np.arange(0, 86_400, 300)
    once = np.unique(walls(seconds))
    back, _ = localise_rows(once, PARIS)
    assert len(np.unique(back)) == len(once) == len(seconds) - 12
    assert np.diff(back).max() == 3900


def test_wall_times_that_clocks_skipped_do_not_exist() -> None:
    one = int(datetime(2023, 3, 26, 1, tzinfo=UTC).timestamp())
    wall = one + 1800 * np.arange(6)
    _, exists = localise_rows(wall, PARIS)
    assert exists.tolist() == [True, True, False, False, True, True]


@pytest.mark.parametrize("lines_per_block", [1, 7, 100, 10_000])
def test_log_lines_change_to_the_second_pass_where_time_falls_back(lines_per_block: int) -> None:
    rng = np.random.default_rng(3)
    seconds = np.sort(AUTUMN + rng.integers(0, 86_400, 4000))
    order = np.argsort(seconds + rng.integers(0, 20, len(seconds)), kind="stable")  # logs are a little out of order
    seconds = seconds[order]
    wall = walls(seconds)
    localiser = LineLocaliser(PARIS)
    parts = [localiser(wall[i : i + lines_per_block]) for i in range(0, len(wall), lines_per_block)]
    back = np.concatenate([part[0] for part in parts])
    edge = int(datetime(2023, 10, 29, 1, tzinfo=UTC).timestamp())
    near = np.abs(seconds - edge) < 20
    np.testing.assert_array_equal(back[~near], seconds[~near])
    assert np.count_nonzero(back != seconds) < 5


@pytest.mark.parametrize(
    ("offsets", "asked", "zone"),
    [
        ({}, None, None),
        ({-240: 3}, None, "-04:00"),
        ({-240: 3, 0: 5}, None, "UTC"),
        ({-240: 3, -300: 3}, None, "-05:00"),
        ({NAIVE: 9, -300: 3}, None, None),
        ({NAIVE: 2, 330: 3}, None, "+05:30"),
        ({-240: 3}, PARIS, PARIS),
    ],
)
def test_the_zone_of_a_series(offsets: dict[int, int], asked: str | None, zone: str | None) -> None:
    assert series_zone(Counter(offsets), asked) == zone


@pytest.mark.parametrize(("start", "hours"), [(AUTUMN, 25), (SPRING, 23)])
@pytest.mark.parametrize("step", [60, 3600])
def test_a_csv_in_wall_time_has_every_hour_once(
    settings: Settings, tmp_path, start: int, hours: int, step: int
) -> None:
    local_noon = start - 7200 if start == AUTUMN else start - 3600
    seconds = local_noon + np.arange(0, (hours + 24) * 3600, step)
    path = tmp_path / "wall.csv"
    texts = np.datetime_as_string(walls(seconds).astype("datetime64[s]"))
    path.write_text("timestamp,y\n" + "".join(f"{text},{i}\n" for i, text in enumerate(texts)))
    series, report = import_files([path], name="dst", options=ImportOptions(time_zone=PARIS), settings=settings)
    assert series.start == local_noon
    assert series.requests_count.tolist() == list(range(len(seconds)))
    assert (report.duplicates, report.gaps, report.dropped) == (0, [], {})


def test_rows_at_skipped_times_are_dropped_and_counted(settings: Settings, tmp_path) -> None:
    path = tmp_path / "wall.csv"
    rows = [f"2023-03-26 {hour:02d}:{minute:02d}:00,1\n" for hour in range(5) for minute in (0, 30)]
    path.write_text("timestamp,y\n" + "".join(rows))
    series, report = import_files([path], name="dst", options=ImportOptions(time_zone=PARIS), settings=settings)
    assert report.dropped == {"time that clocks skipped": 2}
    assert len(series) == 8


def test_days_keep_their_length_where_clocks_change_and_it_is_said(settings: Settings, tmp_path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,y\n" + "".join(f"2023-03-{day:02d},{day}\n" for day in range(20, 31)))
    series, report = import_files([path], name="days", options=ImportOptions(time_zone=PARIS), settings=settings)
    assert (series.timeframe, series.requests_count.tolist()) == ("1d", list(range(20, 31)))
    assert "after the change they start an hour off" in " ".join(report.notes)
