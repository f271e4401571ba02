"""The facts of a range, against a plain reading of the same bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import burst_flags, facts, stretches_of, week_change
from forecasting.analysis.ranges import days_earlier
from forecasting.errors import InputError
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK
from tests.forecasting.analysis.strategies import any_series, series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts


def runs_of(flags: list[bool]) -> int:
    return sum(now and not before for before, now in zip([False, *flags], flags, strict=False))


@limits(max_examples=150, deadline=None)
@given(series_and_range())
def test_they_equal_a_plain_reading(given_range):
    series, first, end = given_range
    found = facts(series, first, end)
    cells = series.requests_count[first:end].tolist()
    known = [cell for cell in cells if cell == cell]
    assert (found.bins, found.known_bins) == (len(cells), len(known))
    assert found.known_share == len(known) / len(cells)
    assert found.requests == pytest.approx(sum(known))
    bursts = burst_flags(series)[first:end].tolist()
    assert found.bursts == runs_of(bursts)
    assert found.are_bursts_given == (series.is_burst is not None)
    assert found.events == (0 if series.is_event is None else runs_of(series.is_event[first:end].tolist()))
    if not known:
        assert found.mean_requests_per_minute is found.peak_second is found.peak_to_mean is found.burst_share is None
        return
    mean, peak = sum(known) / len(known), max(known)
    assert found.mean_requests_per_bin == pytest.approx(mean)
    assert found.mean_requests_per_minute == pytest.approx(mean / series.bin_seconds * 60)
    assert found.peak_requests_per_bin == peak
    assert found.peak_requests_per_minute == pytest.approx(peak / series.bin_seconds * 60)
    assert found.peak_second == series.start + (first + cells.index(peak)) * series.bin_seconds
    assert found.peak_time == wall_text(found.peak_second, series.time_zone)
    assert found.peak_to_mean == (pytest.approx(peak / mean) if mean else None)
    bursting = sum(burst and cell == cell for burst, cell in zip(bursts, cells, strict=True))
    assert found.burst_share == bursting / len(known)


def test_a_burst_does_not_depend_on_the_range_shown():
    calm = daily_traffic(days=10, bin_seconds=300)
    counts = calm.requests_count.copy()
    counts[2000:2006] *= 8
    series = with_counts(calm, counts)
    assert burst_flags(series)[2000:2006].all()
    assert facts(series, 2001, 2005).burst_share == 1.0
    (stretch,) = stretches_of(series, burst_flags(series), slice(1990, 2003))
    assert (stretch.start, stretch.seconds) == ("2024-03-10 22:40:00", 900)


def test_the_week_before_is_compared_bin_by_bin():
    series = daily_traffic(days=14, bin_seconds=3600)
    counts = series.requests_count.copy()
    counts[168:] = 1.25 * counts[:168]
    assert week_change(with_counts(series, counts)).change == pytest.approx(0.25)
    counts[200:240] = np.nan
    change = week_change(with_counts(series, counts))
    assert change.change == pytest.approx(0.25)
    assert change.paired_share == pytest.approx(128 / 168)
    assert change.from_time == "2024-03-11 00:00:00"
    counts[168:180] = np.nan
    counts[0:90] = np.nan
    assert week_change(with_counts(series, counts)) is None


def test_the_week_before_may_lie_before_the_range():
    series = daily_traffic(days=21, bin_seconds=3600)
    whole = week_change(series, 18 * 24)
    assert facts(series, 17 * 24, 18 * 24).week_change == whole
    later, earlier = series.requests_count[11 * 24 : 18 * 24], series.requests_count[4 * 24 : 11 * 24]
    assert whole.change == pytest.approx(later.sum() / earlier.sum() - 1)


@pytest.mark.parametrize("counts", [np.zeros(400), np.full(400, np.nan), np.ones(200), np.ones(1)])
def test_too_little_to_compare_is_no_change(counts):
    assert week_change(Series("shop", 3600, MONDAY, counts)) is None


@limits(max_examples=100, deadline=None)
@given(any_series())
def test_earlier_days_stand_at_the_same_wall_time(series):
    by_wall: dict[int, list[float]] = {}
    for wall, count in zip(series.wall.tolist(), series.requests_count.tolist(), strict=True):
        by_wall.setdefault(wall, []).append(count)
    for seconds in (DAY, WEEK):
        found = days_earlier(series, slice(0, len(series)), seconds)
        for wall, count in zip(series.wall.tolist(), found.tolist(), strict=True):
            if series.bin_seconds < DAY:
                choices = by_wall.get(wall - seconds, [np.nan])
                assert any(count == choice or (count != count and choice != choice) for choice in choices)


def test_nine_o_clock_stands_beside_nine_o_clock_after_clocks_changed():
    start = moment_of("2026-03-23", "Europe/Paris")
    series = Series("shop", 3600, start, np.arange(14 * 24.0), "Europe/Paris")
    earlier = days_earlier(series, slice(0, len(series)), WEEK)
    hours = dict(zip(series.ds, earlier.tolist(), strict=True))
    assert hours["2026-03-31 09:00:00"] == series.requests_count[series.ds.index("2026-03-24 09:00:00")]
    assert hours["2026-04-05 01:00:00"] == series.requests_count[series.ds.index("2026-03-29 01:00:00")]
    assert np.isnan(hours["2026-04-05 02:00:00"])


def test_the_first_bin_stands_beside_the_one_a_week_later_though_clocks_changed():
    series = Series("shop", 3600, moment_of("2026-03-27", "Europe/Paris"), np.arange(7 * 24.0), "Europe/Paris")
    assert series.ds[167] == "2026-04-03 00:00:00"
    assert days_earlier(series, slice(160, 168), WEEK).tolist()[-1] == 0


@pytest.mark.parametrize(("first", "end"), [(-1, 5), (5, 5), (6, 5), (0, 11)])
def test_a_range_without_a_bin_is_refused(first, end):
    with pytest.raises(InputError, match=r"The range must contain at least one of the 10 bins of shop .got bins"):
        facts(Series("shop", 60, 0, np.ones(10)), first, end)
