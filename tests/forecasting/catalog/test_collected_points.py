"""Points as a collector sends them: times as text, into a data set that is there or is started."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from forecasting.catalog import AppendReport, Catalog, collect
from forecasting.errors import Conflict, InputError, NotFound, ReadOnly, TooLarge
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

UNKNOWN = np.nan


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings)


def shop_in(catalog: Catalog, time_zone: str | None) -> None:
    """A data set whose only bin is 1995-08-01 00:00 to 00:05 in UTC."""
    catalog.add(Series("shop", 300, 807_235_200, np.ones(1), time_zone))


@pytest.mark.parametrize(
    ("time_zone", "ds"),
    [
        (None, "1995-08-01 00:05:00"),
        (None, "1995-08-01T00:05:00Z"),
        ("UTC", "1995-08-01 00:05"),
        ("UTC", "1995-08-01T02:05:00+02:00"),
        ("Europe/Paris", "1995-08-01 02:05:00"),
        ("Europe/Paris", "1995-08-01T00:05:00Z"),
        ("-0400", "1995-07-31 20:05:00.0"),
    ],
)
def test_a_time_is_of_the_data_sets_zone_or_has_an_offset(catalog, time_zone, ds):
    shop_in(catalog, time_zone)
    assert collect(catalog, "shop", [(ds, 7.0)]) == AppendReport(1, 0, 0, 0, 2, 807_235_800)
    assert catalog.get("shop").requests_count.tolist() == [1, 7]


def test_offsets_may_differ_and_null_is_unknown(catalog):
    shop_in(catalog, "UTC")
    points = [("1995-08-01T02:05:00+02:00", 2), ("1995-08-01 00:10", None), ("1995-08-01T00:15Z", 4.5)]
    collect(catalog, "shop", points)
    np.testing.assert_array_equal(catalog.get("shop").requests_count, [1, 2, UNKNOWN, 4.5])


@pytest.mark.parametrize(
    ("points", "fields"),
    [
        ([("1995-08-01 00:05", 1), ("soon", 1), ("", 1)], ["data.1.ds", "data.2.ds"]),
        ([("1995-08-01 00:07", 1)], ["data.0.ds"]),
        ([("1995-07-31 23:55", 1)], ["data.0.ds"]),
        ([("9999-12-31 23:59:59", 1), ("0001-01-01", 1)], ["data.0.ds", "data.1.ds"]),
        ([("1995-08-01 00:05", -1)], ["data.0.y"]),
        ([], ["data"]),
    ],
)
@pytest.mark.parametrize("time_zone", [None, "America/New_York"])
def test_wrong_points_are_named(catalog, points, fields, time_zone):
    shop_in(catalog, time_zone)
    moved = [(ds and f"{ds}Z" if ":" in ds else ds, y) for ds, y in points]
    with pytest.raises(InputError) as caught:
        collect(catalog, "shop", moved)
    assert [error.field for error in caught.value.errors] == fields


@pytest.mark.parametrize(
    ("given", "field"), [({"timeframe": "1m"}, "timeframe"), ({"time_zone": "Asia/Tokyo"}, "time_zone")]
)
def test_another_grid_than_the_data_set_has_is_refused(catalog, given, field):
    shop_in(catalog, "UTC")
    with pytest.raises(InputError, match=rf"{field} must be .* shop, or omitted \(got") as caught:
        collect(catalog, "shop", [("1995-08-01 00:05", 1)], create=True, **given)
    assert [error.field for error in caught.value.errors] == [field]
    assert collect(catalog, "shop", [("1995-08-01 00:05", 1)], timeframe="5min", time_zone="Z").added == 1


def test_a_data_set_that_is_not_there_is_refused_with_a_way_out(catalog):
    message = r"'shop' not found\. Available: nasa-http, sample\. Import it first, or send create: true"
    with pytest.raises(NotFound, match=message):
        collect(catalog, "shop", [("1995-08-01 00:05", 1)], timeframe="5m")


def test_a_data_set_is_started_from_points_and_then_appended_to(catalog):
    points = [("1995-08-01 00:10", 3), ("1995-08-01 00:00", 1), ("1995-08-01 00:00", 2)]
    start = {"create": True, "timeframe": "5m", "time_zone": "Europe/Paris"}
    assert collect(catalog, "shop", points, **start) == AppendReport(2, 0, 0, 0, 3, 807_228_900)
    series = catalog.get("shop")
    assert (series.timeframe, series.time_zone, series.ds[0]) == ("5m", "Europe/Paris", "1995-08-01 00:00:00")
    np.testing.assert_array_equal(series.requests_count, [2, UNKNOWN, 3])
    assert collect(catalog, "shop", [*points, ("1995-08-01 00:15", 1)], **start).unchanged == 2


@pytest.mark.parametrize(
    ("ds", "time_zone"),
    [
        ("1995-08-01 00:00", None),
        ("1995-08-01 00:00:00Z", "UTC"),
        ("1995-08-01T00:00:00.5-04:00", "-04:00"),
        ("1995-08-01", None),
    ],
)
def test_a_new_data_set_without_a_zone_has_that_of_its_times(catalog, ds, time_zone):
    collect(catalog, "shop", [(ds, 1)], create=True, timeframe="1h")
    series = catalog.get("shop")
    assert (series.time_zone, series.ds) == (time_zone, ["1995-08-01 00:00:00"])


@pytest.mark.parametrize("time_zone", ["Asia/Kolkata", "America/New_York", None])
def test_bins_of_a_new_data_set_begin_with_the_wall_clocks(catalog, time_zone):
    start = {"create": True, "timeframe": "1h", "time_zone": time_zone}
    with pytest.raises(
        InputError, match=r"start of a 1h bin: .* 05:00:00 or .* 06:00:00 \(got .* 05:07:00\)"
    ) as caught:
        collect(catalog, "shop", [("1995-08-01 06:00", 1), ("1995-08-01 05:07", 1)], **start)
    assert [error.field for error in caught.value.errors] == ["data.1.ds"]
    collect(catalog, "shop", [("1995-08-01 06:00", 1), ("1995-08-01 05:00", 1)], **start)
    assert catalog.get("shop").ds == ["1995-08-01 05:00:00", "1995-08-01 06:00:00"]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "timeframe", "timeframe is required: the bin"),
        ({"timeframe": "7m"}, "timeframe", "whole minutes or hours that divide a day"),
        ({"timeframe": "5m", "time_zone": "Mars"}, "time_zone", "must be an IANA name"),
        ({"timeframe": "5m", "points": [("1995-08-01", None)]}, "data", "at least one known y"),
        ({"timeframe": "5m", "points": []}, "data", "at least one point"),
        ({"timeframe": "5m", "name": "Shop"}, "name", "must be 1 to 63 characters of"),
        ({"timeframe": "1m", "points": [("1995-08-01", 1), ("2095-08-01", 1)]}, "data.1.ds", "limit is 5,000,000"),
    ],
)
def test_what_cannot_be_started_is_named(catalog, given, field, message):
    given = {"name": "shop", "points": [("1995-08-01", 1)]} | given
    with pytest.raises(InputError, match=message) as caught:
        collect(catalog, given.pop("name"), given.pop("points"), create=True, **given)
    assert [error.field for error in caught.value.errors] == [field]
    assert all(info.embedded for info in catalog.list())


def test_more_points_than_a_request_may_have_are_refused(settings):
    catalog = Catalog(replace(settings, max_points=2))
    shop_in(catalog, "UTC")
    with pytest.raises(TooLarge, match=r"data must have at most 2 points \(DATAFLOW_MAX_POINTS\), got 3\."):
        collect(catalog, "shop", [("1995-08-01", 1)] * 3)


@pytest.mark.parametrize("create", [False, True])
def test_the_sample_and_a_read_only_install_take_no_points(catalog, settings, create):
    with pytest.raises(Conflict, match="sample is a built-in data set"):
        collect(catalog, "sample", [("2026-05-01", 1)], create=create)
    shop_in(catalog, "UTC")
    reader = Catalog(replace(settings, read_only=True))
    for name in ("shop", "other") if create else ("shop",):
        with pytest.raises(ReadOnly, match="this install is read-only"):
            collect(reader, name, [("1995-08-01", 1)], create=create, timeframe="5m")


def test_collectors_that_start_a_data_set_at_once_lose_nothing(catalog):
    failed = []

    def work(minute: int) -> None:
        try:
            point = (f"1995-08-01 01:{minute:02d}", float(minute))
            collect(catalog, "shop", [("1995-08-01 00:00", 0), point], create=True, timeframe="1m", time_zone="UTC")
        except Exception as error:  # noqa: BLE001 (a thread's failure is the test's)
            failed.append(error)

    threads = [threading.Thread(target=work, args=(minute,)) for minute in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert catalog.get("shop").requests_count[60:].tolist() == list(range(6))
