"""Posted times across clock changes: nothing is lost, doubled or shifted, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.readers import format_ds, import_points
from forecasting.timeseries.clock import wall_texts

CHANGES = [
    ("Europe/Berlin", datetime(2024, 3, 31, 1, tzinfo=UTC), 3_600),
    ("Europe/Berlin", datetime(2024, 10, 27, 1, tzinfo=UTC), -3_600),
    ("America/New_York", datetime(2024, 3, 10, 7, tzinfo=UTC), 3_600),
    ("America/New_York", datetime(2024, 11, 3, 6, tzinfo=UTC), -3_600),
    ("America/St_Johns", datetime(2024, 3, 10, 5, 30, tzinfo=UTC), 3_600),
    ("America/St_Johns", datetime(2024, 11, 3, 4, 30, tzinfo=UTC), -3_600),
    ("Australia/Sydney", datetime(2024, 4, 6, 16, tzinfo=UTC), -3_600),
    ("Australia/Lord_Howe", datetime(2024, 4, 6, 15, tzinfo=UTC), -1_800),
    ("Australia/Lord_Howe", datetime(2024, 10, 5, 15, 30, tzinfo=UTC), 1_800),
    ("Pacific/Chatham", datetime(2024, 4, 6, 14, tzinfo=UTC), -3_600),
    ("Pacific/Chatham", datetime(2024, 9, 28, 14, tzinfo=UTC), 3_600),
]
"""The moment of a change, and by how much the offset grows."""

BINS = [(5, "5m"), (15, "15m")]


def moments(change: datetime, minutes: int) -> list[datetime]:
    """Every bin of half a day around a change."""
    return [change + timedelta(minutes=minutes * k) for k in range(-360 // minutes, 360 // minutes)]


@pytest.mark.parametrize(("minutes", "timeframe"), BINS)
@pytest.mark.parametrize(("zone", "change", "growth"), CHANGES)
def test_wall_times_of_a_zone_are_consecutive_bins(zone, change, growth, minutes, timeframe) -> None:
    times = moments(change, minutes)
    points = [(f"{t.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}", float(i)) for i, t in enumerate(times)]
    series, form, warnings = import_points(points, timeframe=timeframe, time_zone=zone)
    assert warnings == []
    assert series.time_zone == zone
    assert series.requests_count.tolist() == [float(i) for i in range(len(times))]
    assert series.seconds.tolist() == [round(t.timestamp()) for t in times]
    assert format_ds(form, series.seconds) == [ds for ds, _ in points]


@pytest.mark.parametrize(("zone", "change", "growth"), CHANGES)
@pytest.mark.parametrize("colon", [True, False])
def test_two_offsets_are_one_history(zone, change, growth, colon) -> None:
    times = moments(change, 5)
    texts = [t.astimezone(ZoneInfo(zone)).isoformat() for t in times]
    texts = texts if colon else [text[:-3] + text[-2:] for text in texts]
    series, form, warnings = import_points([(ds, float(i)) for i, ds in enumerate(texts)], timeframe="5m")
    assert series.seconds.tolist() == [round(t.timestamp()) for t in times]
    assert series.requests_count.tolist() == [float(i) for i in range(len(times))]
    assert len(warnings) == 1
    assert f"as clocks change in {series.time_zone}, whose wall time is used" in warnings[0]
    assert wall_texts(series.seconds, series.time_zone) == wall_texts(series.seconds, zone)
    assert format_ds(form, series.seconds) == texts


def test_a_given_zone_counts_and_is_not_warned_of() -> None:
    berlin, change = ZoneInfo("Europe/Berlin"), datetime(2024, 10, 27, 1, tzinfo=UTC)
    points = [(t.astimezone(berlin).isoformat(), 1.0) for t in moments(change, 15)]
    series, _, warnings = import_points(points, timeframe="15m", time_zone="Europe/Berlin")
    assert (series.time_zone, warnings) == ("Europe/Berlin", [])


def test_times_in_utc_with_a_zone_are_answered_in_utc_and_repeat_by_its_wall() -> None:
    points = [("2024-03-31T00:45:00Z", 1.0), ("2024-03-31T01:00:00Z", 2.0)]
    series, form, warnings = import_points(points, timeframe="15m", time_zone="Europe/Berlin")
    assert series.ds == ["2024-03-31 01:45:00", "2024-03-31 03:00:00"]
    assert format_ds(form, np.array([series.end])) == ["2024-03-31T01:15:00Z"]
    assert warnings == []


def test_a_forecast_across_a_change_has_the_offsets_of_both_sides() -> None:
    points = [("2024-03-31T00:30:00+01:00", 1.0), ("2024-03-31T00:45:00+01:00", 2.0)]
    series, form, _ = import_points(points, timeframe="15m", time_zone="Europe/Berlin")
    after = format_ds(form, series.end + 900 * np.arange(3, 6))
    assert after == ["2024-03-31T01:45:00+01:00", "2024-03-31T03:00:00+02:00", "2024-03-31T03:15:00+02:00"]


def test_offsets_that_contradict_the_zone_give_the_moments_and_are_said() -> None:
    points = [("2024-07-01T00:00:00+03:00", 1.0), ("2024-07-01T00:15:00+03:00", 2.0)]
    series, _, warnings = import_points(points, timeframe="15m", time_zone="Europe/Berlin")
    assert series.ds[0] == "2024-06-30 23:00:00"
    assert warnings == [
        "ds has other offsets than Europe/Berlin has; they give the moments, and Europe/Berlin the time of day."
    ]


def test_two_offsets_of_no_one_zone_are_one_history_with_a_warning() -> None:
    points = [("2024-07-01T00:00:00+03:00", 1.0), ("2024-06-30T14:15:00-07:00", 2.0)]
    series, _, warnings = import_points(points, timeframe="15m")
    assert (len(series), series.time_zone) == (2, "-07:00")
    assert warnings == [
        "ds has the offsets +03:00 and -07:00, which are of no one zone; -07:00 gives the time of day. Give time_zone."
    ]


def test_many_offsets_of_no_one_zone_are_refused_by_name() -> None:
    points = [(f"2024-07-01T0{hour}:00:00+0{hour}:00", 1.0) for hour in range(1, 5)]
    with pytest.raises(InputError) as caught:
        import_points(points, timeframe="15m")
    assert [error.field for error in caught.value.errors] == ["data.0.ds", "data.1.ds", "data.2.ds"]


def test_an_offset_on_some_points_only_is_refused() -> None:
    points = [("2024-07-01T00:00:00", 1.0), ("2024-07-01T00:15:00Z", 2.0)]
    with pytest.raises(InputError, match=r"another offset than the last point.*give one to all or to none"):
        import_points(points, timeframe="15m")


def test_skipped_wall_times_are_left_out_and_counted() -> None:
    points = [(f"2024-03-31 0{hour}:00:00", float(hour)) for hour in (0, 1, 2, 3, 4)]
    series, _, warnings = import_points(points, timeframe="1h", time_zone="Europe/Berlin")
    assert series.requests_count.tolist() == [0, 1, 3, 4]
    assert warnings == ["data has one point at times that clocks in Europe/Berlin skipped; left out."]


def test_a_repeated_hour_without_a_zone_is_said() -> None:
    berlin, change = ZoneInfo("Europe/Berlin"), datetime(2024, 10, 27, 1, tzinfo=UTC)
    points = [(f"{t.astimezone(berlin):%Y-%m-%d %H:%M:%S}", 1.0) for t in moments(change, 5)]
    _, _, warnings = import_points(points, timeframe="5m")
    assert warnings[0] == "data repeats an hour, as clocks that go back do; give time_zone to keep both."


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time_zone must be an IANA name"):
        import_points([("2024-01-01 00:00:00", 1.0)], timeframe="5m", time_zone="Mars/Olympus")
