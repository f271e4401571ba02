"""Positions on the wall clock against dates and times of the standard library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting.forecasters.adaptive.wall_grid import WallGrid
from tests.forecasting.forecasters.adaptive.services import flat, with_counts

ZONES = [
    ("Europe/Berlin", "2026-03-27"),
    ("Europe/Berlin", "2026-10-23"),
    ("America/New_York", "2026-10-30"),
    ("Australia/Lord_Howe", "2026-04-03"),
    ("Australia/Lord_Howe", "2026-10-02"),
    ("Asia/Kathmandu", "2026-03-27"),
]


def wall_times(start: int, bins: int, bin_seconds: int, zone: str) -> list[datetime]:
    """Return the wall time of every bin, without a zone."""
    first = datetime.fromtimestamp(start, UTC)
    every = (first + timedelta(seconds=bin_seconds * place) for place in range(bins))
    return [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in every]


@pytest.mark.parametrize("bin_seconds", [900, 1800])
@pytest.mark.parametrize(("zone", "start"), ZONES)
def test_positions_are_those_of_the_wall_clock(zone: str, start: str, bin_seconds: int):
    series = flat(4, bin_seconds, 0.0, zone, start)
    grid, n = WallGrid.of(series), len(series)
    times = wall_times(series.start, n + 100, bin_seconds, zone)
    expected = [round((time - times[0]).total_seconds() / bin_seconds) for time in times]
    assert grid.position.tolist() == expected
    assert grid.known.tolist() == [max(expected[: place + 1]) for place in range(n)]
    assert grid.first.tolist() == [expected[place] not in expected[:place] for place in range(n)]


@pytest.mark.parametrize(("zone", "start"), ZONES)
def test_a_position_has_the_first_value_of_its_time(zone: str, start: str):
    series = flat(4, 900, 0.0, zone, start)
    series = with_counts(series, np.arange(len(series), dtype=float))
    grid = WallGrid.of(series)
    first: dict[int, float] = {}
    for position, value in zip(grid.position, series.requests_count, strict=False):
        first.setdefault(int(position), float(value))
    expected = [first.get(position, np.nan) for position in range(grid.size)]
    np.testing.assert_array_equal(grid.spread_out(series.requests_count), [np.nan, *expected])


@pytest.mark.parametrize(("zone", "start"), ZONES)
@pytest.mark.parametrize("ahead", [0, 3])
def test_a_season_back_is_the_same_time_and_known_at_the_origin(zone: str, start: str, ahead: int):
    series = flat(4, 900, 0.0, zone, start)
    grid, day = WallGrid.of(series), 96
    origins, steps = np.arange(0, len(series), 5), np.array([[1], [12], [95], [96], [97], [100]])
    targets = origins + steps
    back = grid.back(targets, origins, day, ahead)
    assert (back % day == 0).all()
    then = grid.position[targets] - back
    assert (then + ahead <= grid.known[origins]).all()
    nearer = then + day
    assert ((nearer + ahead > grid.known[origins]) | (back == day)).all()
