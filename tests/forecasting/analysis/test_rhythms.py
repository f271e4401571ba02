"""Heat map, daily profiles and rhythm, against loops over the same bins by wall time."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import day_profiles, rhythm_of, week_hours
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic


@limits(max_examples=120, deadline=None)
@given(series_and_range(bins=(300, 3600, 5400, 28_800, 86_400)))
def test_the_heat_map_equals_a_loop(given_range):
    series, first, end = given_range
    cells: dict[tuple[int, int], list[float]] = {}
    for wall, count in list(zip(series.wall.tolist(), series.requests_count.tolist(), strict=True))[first:end]:
        last = wall + series.bin_seconds - 1 if series.bin_seconds > HOUR else wall
        for hour in range(wall // HOUR, last // HOUR + 1):
            moment = datetime.fromtimestamp(hour * HOUR, UTC)
            if count == count:
                cells.setdefault((moment.weekday(), moment.hour), []).append(count / series.bin_seconds * 60)
    result = week_hours(series, first, end)
    for weekday in range(7):
        for hour in range(24):
            values = cells.get((weekday, hour), [])
            assert result.known_bins[weekday, hour] == len(values)
            wanted = np.mean(values) if values else np.nan
            np.testing.assert_allclose(result.mean_requests_per_minute[weekday, hour], wanted, rtol=1e-9)


@limits(max_examples=80, deadline=None)
@given(series_and_range())
def test_the_profiles_equal_a_loop(given_range):
    series, first, end = given_range
    result = day_profiles(series, first, end)
    slot_seconds = int(result.slot_seconds[1]) if len(result.slot_seconds) > 1 else DAY
    assert len(result.slot_seconds) == DAY // slot_seconds <= 96
    wall, rates = series.wall[first:end], series.requests_count[first:end] / series.bin_seconds * 60
    weekend = np.array([datetime.fromtimestamp(second, UTC).weekday() >= 5 for second in wall.tolist()])
    for profile, is_kind in ((result.weekdays, ~weekend), (result.weekends, weekend)):
        for i, second in enumerate(result.slot_seconds.tolist()):
            values = rates[is_kind & (wall % DAY // slot_seconds * slot_seconds == second) & ~np.isnan(rates)]
            assert profile.known_bins[i] == len(values)
            nothing = len(values) == 0
            wanted = [np.nan] * 4 if nothing else [values.mean(), *np.quantile(values, [0.5, 0.1, 0.9])]
            levels = (
                profile.mean_requests_per_minute[i],
                profile.median_requests_per_minute[i],
                profile.q10_requests_per_minute[i],
                profile.q90_requests_per_minute[i],
            )
            np.testing.assert_allclose(levels, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("bin_seconds", "points"), [(60, 96), (480, 90), (600, 72), (900, 96), (3600, 24), (86_400, 1)]
)
def test_a_profile_has_at_most_96_points_of_whole_bins(bin_seconds, points):
    series = Series("shop", bin_seconds, MONDAY, np.ones(10))
    slots = day_profiles(series).slot_seconds
    assert len(slots) == points
    assert (slots % bin_seconds == 0).all()


def test_the_day_on_which_clocks_go_back_has_an_hour_twice():
    series = Series("shop", 3600, moment_of("2026-10-25", "Europe/Paris"), np.ones(25), "Europe/Paris")
    assert week_hours(series).known_bins[6].tolist() == [1, 1, 2] + [1] * 21
    assert day_profiles(series).weekends.known_bins.tolist() == [1, 1, 2] + [1] * 21


def traffic_by(rate_of) -> Series:
    counts = [rate_of(datetime.fromtimestamp(MONDAY + 3600 * i, UTC)) for i in range(14 * 24)]
    return Series("shop", 3600, MONDAY, 60.0 * np.array(counts, float))


def test_the_rhythm_as_figures_and_as_a_clause():
    result = rhythm_of(week_hours(traffic_by(lambda t: (30 if 12 <= t.hour < 18 else 10) * (t.weekday() < 5 or 0.5))))
    assert (result.kind, result.busiest_hour, result.quietest_hour) == ("weekdays", 12, 0)
    assert (result.busiest_part, result.quietest_part) == ("afternoon", "night")
    assert (result.part_ratio, result.busiest_to_quietest) == (3.0, 3.0)
    assert (result.weekday_requests_per_minute, result.weekend_to_weekday) == (15.0, 0.5)
    assert result.clause == "weekday afternoons are 3 x the nights"


@pytest.mark.parametrize(
    ("rate_of", "clause"),
    [
        (lambda t: 7, "no part of a weekday stands out"),
        (lambda t: 7 * (t.hour >= 6), "weekday nights have no requests, mornings are busiest"),
        (lambda t: (1 + (t.hour < 6)) if t.weekday() > 4 else np.nan, "weekend nights are 2 x the mornings"),
        (lambda t: 0, None),
        (lambda t: np.nan, None),
        (lambda t: 7 if t.hour == 3 else np.nan, None),
    ],
)
def test_flat_or_silent_rhythms(rate_of, clause):
    assert rhythm_of(week_hours(traffic_by(rate_of))).clause == clause


def test_bins_of_a_day_tell_no_hour():
    result = rhythm_of(week_hours(daily_traffic(days=14, bin_seconds=86_400)))
    assert result.busiest_hour is result.busiest_part is result.clause is None
    assert result.weekend_to_weekday == pytest.approx(0.6, rel=0.1)
