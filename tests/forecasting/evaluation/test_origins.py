"""Where an origin may lie, and what lies around it."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort
from forecasting.evaluation.origins import origins_of, surroundings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.series import Series, Span

HOUR = 3_600
PARIS = "Europe/Paris"


def hours(count: int, start: str = "2024-10-25 00:00:00", time_zone: str | None = PARIS) -> Series:
    return Series("hours", HOUR, moment_of(start, time_zone), np.arange(float(count)), time_zone)


def test_a_position_is_a_time_on_the_wall_also_where_clocks_change():
    series = hours(96)
    origins = origins_of(series)
    assert (origins.first, origins.last, origins.end, len(origins.zone_offsets)) == (0, 95, 95, 2)
    for position in range(96):
        second = origins.start + position * origins.bin_seconds
        offset = next(offset for since, offset in reversed(origins.zone_offsets) if since <= second)
        assert wall_text(second + offset, None) == wall_text(second, PARIS)


def test_a_range_bounds_the_origins_to_its_bins():
    series = hours(96)
    origins = origins_of(series, series.start + 10 * HOUR, series.start + 20 * HOUR)
    assert (origins.first, origins.last, origins.end) == (10, 19, 95)
    assert origins_of(series, series.start - HOUR, series.end + HOUR).last == 95


def test_origins_begin_with_the_first_known_bin():
    counts = np.arange(96.0)
    counts[:30] = np.nan
    series = Series("late", HOUR, 0, counts)
    assert origins_of(series).first == 30
    assert origins_of(series, 0, 40 * HOUR).first == 30
    with pytest.raises(HistoryTooShort, match="no known value"):
        origins_of(series, 0, 20 * HOUR)
    with pytest.raises(HistoryTooShort, match="no known value"):
        origins_of(Series("nothing", HOUR, 0, np.full(9, np.nan)))


@pytest.mark.parametrize(("hour", "share"), [(None, 0.0), (0, 0.0), (10, 0.0), (15, 0.5), (20, 1.0), (90, 1.0)])
def test_the_share_of_a_range_that_lies_before_a_second(hour, share):
    series = hours(96)
    origins = origins_of(series, series.start + 10 * HOUR, series.start + 21 * HOUR)
    assert origins.share(None if hour is None else series.start + hour * HOUR) == pytest.approx(share)


def test_what_lies_around_an_origin_ends_where_the_series_does():
    counts = np.arange(96.0)
    counts[[45, 46, 95]] = np.nan
    series = Series("gaps", HOUR, 0, counts)
    result = surroundings(series, 50 * HOUR + 7, before=10, after=4)
    np.testing.assert_array_equal(result.ds, HOUR * np.arange(41, 55))
    np.testing.assert_array_equal(result.counts, counts[41:55])
    assert result.unknown == (Span(45 * HOUR, 47 * HOUR),)
    early, late = surroundings(series, 2 * HOUR, 10, 4), surroundings(series, 94 * HOUR, 3, 9)
    assert (early.ds[0], len(early.ds)) == (0, 7)
    assert (late.ds[-1], late.unknown) == (95 * HOUR, (Span(95 * HOUR, 96 * HOUR),))
