"""Schedules: when a floor holds, in which zone, and what is learned from the days before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.config.calendar import calendar_entries_of, floor_of, learned_demand
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY, daily_traffic

HOUR = 4


def floors(entries: list[dict], series: Series, first: int, end: int, lead: int = 1) -> list[int]:
    return floor_of(calendar_entries_of(entries), series, first, end, lead).tolist()


def test_a_floor_is_there_when_a_replica_ordered_then_serves() -> None:
    """8:00 to 9:00 are the bins 32 to 35; what is decided at the end of bin 31 serves bin 32."""
    entry = [{"replicas": 5, "cron": "0 8 * * *", "duration_minutes": 60}]
    assert floors(entry, daily_traffic(2), 29, 38, lead=1) == [0, 0, 5, 5, 5, 5, 0, 0, 0]
    assert floors(entry, daily_traffic(2), 29, 38, lead=3) == [5, 5, 5, 5, 5, 5, 0, 0, 0]


def test_an_event_holds_from_start_to_end_and_the_highest_of_several_counts() -> None:
    entries = [
        {"replicas": 3, "start": "2024-03-04 01:00", "end": "2024-03-04 03:00"},
        {"replicas": 9, "start": "2024-03-04 02:00", "end": "2024-03-04 02:30"},
    ]
    assert floors(entries, daily_traffic(1), 2, 14) == [0, 3, 3, 3, 3, 9, 9, 3, 3, 0, 0, 0]


def test_what_began_before_the_span_still_holds() -> None:
    entry = [{"replicas": 4, "cron": "0 22 * * *", "duration_minutes": 240}]
    assert floors(entry, daily_traffic(2), 96, 96 + 10) == [4] * 7 + [0] * 3


def test_times_of_one_entry_may_overlap_touch_or_never_come() -> None:
    hourly = {"replicas": 3, "cron": "0 1-3 * * *"}
    assert floors([{**hourly, "duration_minutes": 120}], daily_traffic(1), 2, 22) == [0, *[3] * 16, 0, 0, 0]
    assert floors([{**hourly, "duration_minutes": 60}], daily_traffic(1), 2, 18) == [0, *[3] * 12, 0, 0, 0]
    never = {"replicas": 3, "start": "1990-01-01", "end": "1990-01-02"}
    assert floors([never, {**hourly, "cron": "0 0 29 2 *", "duration_minutes": 5}], daily_traffic(1), 2, 5) == [0] * 3


def test_cron_follows_the_clock_of_its_zone_through_a_change_of_time() -> None:
    """8:00 in Paris is 7:00 UTC before 31 March 2024 and 6:00 after."""
    series = Series("t", 900, moment_of("2024-03-30", "UTC"), np.ones(96 * 3), "UTC")
    entry = [{"replicas": 2, "cron": "0 8 * * *", "duration_minutes": 15, "time_zone": "Europe/Paris"}]
    active = np.flatnonzero(floors(entry, series, 0, len(series))) + 1
    assert active.tolist() == [7 * HOUR, 96 + 6 * HOUR, 192 + 6 * HOUR]


def test_weekdays_are_those_of_the_zone() -> None:
    """Sunday 20:00 in New York is 0:00 of Monday in UTC (summer time since 10 March)."""
    series = Series("t", 3600, moment_of("2024-03-11", "UTC"), np.ones(24 * 8), "UTC")
    entry = [{"replicas": 2, "cron": "0 20 * * SUN", "duration_minutes": 60, "time_zone": "America/New_York"}]
    assert (np.flatnonzero(floors(entry, series, 0, len(series))) + 1).tolist() == [7 * 24]


WRONG = [
    ("x", "schedule"),
    ([3], "schedule.0"),
    ([{"replicas": 0, "cron": "0 8 * * *", "duration_minutes": 60}], "schedule.0.replicas"),
    ([{"replicas": 3, "cron": "0 8 * * *"}], "schedule.0.cron"),
    ([{"replicas": 3, "cron": "0 8 * * *", "duration_minutes": 0}], "schedule.0.duration_minutes"),
    ([{"replicas": 3, "cron": "61 8 * * *", "duration_minutes": 5}], "schedule.0.cron"),
    ([{"replicas": 3, "start": "2024-03-05", "end": "2024-03-04"}], "schedule.0.end"),
    ([{"replicas": 3, "start": "soon", "end": "2024-03-04"}], "schedule.0.start"),
    ([{"replicas": 3, "start": "2024-03-04", "end": "2024-03-05", "time_zone": "Mars"}], "schedule.0.time_zone"),
    ([{"replicas": 3, "cron": "0 8 * * *", "duration_minutes": 5, "who": "me"}], "schedule.0.who"),
]


@pytest.mark.parametrize(("given", "field"), WRONG)
def test_what_is_wrong_is_named(given, field) -> None:
    with pytest.raises(InputError) as caught:
        calendar_entries_of(given)
    assert caught.value.errors[0].field == field


def learned_by_a_loop(series: Series, until: int, first: int, end: int, lead: int, share: float) -> list[float]:
    season = 7 * 24 if until >= 14 * 96 else 24
    began, counts = series.wall[0] // 3600, series.requests_count[:until]
    hours = (began + np.arange(end + lead) // HOUR) % season

    def asked(bin: int) -> float:
        return float(np.nanquantile(counts[hours[:until] == hours[bin]], share))

    return [max(asked(step + k) for k in range(1, lead + 1)) for step in range(first, end)]


@pytest.mark.parametrize("days", [5, 16])
@pytest.mark.parametrize("lead", [1, 6])
def test_a_learned_schedule_is_the_quantile_of_the_hour_of_the_week_or_of_the_day(days: int, lead: int) -> None:
    series = daily_traffic(days + 2)
    series = replace(series, requests_count=np.where(np.arange(len(series)) % 17 == 3, np.nan, series.requests_count))
    span = days * 96, days * 96, (days + 2) * 96
    found = learned_demand(series, *span, lead, 0.9)
    np.testing.assert_allclose(found, learned_by_a_loop(series, *span, lead, 0.9))
    assert series.start == MONDAY


def test_a_learned_schedule_knows_nothing_of_the_days_it_is_for() -> None:
    series = daily_traffic(20)
    later = series.requests_count.copy()
    later[15 * 96 :] *= 5
    found = [
        learned_demand(replace(series, requests_count=counts), 15 * 96, 15 * 96, 20 * 96, 2, 0.95)
        for counts in (series.requests_count, later)
    ]
    np.testing.assert_array_equal(*found)
