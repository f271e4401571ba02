"""Files appended to a data set: a later span, overlaps settled as wanted, and nothing half done."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from forecasting.catalog import Catalog
from forecasting.catalog.appended_files import append_files
from forecasting.catalog.stored_points import CHUNK_VALUES
from forecasting.errors import Conflict, ForecastingError, InputError, NotFound, ReadOnly, TooLarge
from forecasting.readers import ImportOptions, import_files
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

START = 1_709_510_400  # 2024-03-04 00:00 UTC
BIN = 300


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings)


def csv(counts: dict[int, float | str], *, bin_seconds: int = BIN, mark: str = "Z") -> tuple[str, io.BytesIO]:
    """A CSV of counts by the number of their bin after START."""
    times = np.array([START + bin_seconds * position for position in counts]).astype("datetime64[s]").astype(str)
    rows = [f"{time}{mark},{count}\n" for time, count in zip(times, counts.values(), strict=True)]
    return "counts.csv", io.BytesIO(("timestamp,requests_count\n" + "".join(rows)).encode())


def log(*seconds: int) -> tuple[str, io.BytesIO]:
    times = [np.datetime64(START + second, "s").astype(object) for second in seconds]
    lines = [f'192.0.2.1 - - [{time:%d/%b/%Y:%H:%M:%S} +0000] "GET / HTTP/1.1" 200 5\n' for time in times]
    return "access.log", io.BytesIO("".join(lines).encode())


def store(catalog: Catalog, *files, **options) -> None:
    series, report = import_files(files, name="shop", options=ImportOptions(**options))
    catalog.add(series, report.to_dict())


def append(catalog: Catalog, *files, overlap: str | None = None, dry_run: bool = False, **options):
    return append_files(catalog, files, name="shop", options=ImportOptions(**options), overlap=overlap, dry_run=dry_run)


def counts(catalog: Catalog) -> list[float]:
    return [None if np.isnan(count) else count for count in catalog.get("shop").requests_count.tolist()]


def test_a_later_span_is_added_and_the_gap_is_unknown(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    done = append(catalog, csv({4: 5, 5: 6}))
    assert counts(catalog) == [1, 2, None, None, 5, 6]
    assert done.report["append"]["gap"] == {"start": "2024-03-04 00:10:00", "end": "2024-03-04 00:20:00"}
    assert "from 2024-03-04 00:10:00 to 2024-03-04 00:20:00, 2 bins are unknown." in done.report["notes"][-1]
    assert (done.info.bins, done.info.known_bins, done.info.requests) == (6, 4, 14)
    stored = catalog.report("shop")
    assert stored["lines"] == 2
    assert [part["append"]["added"] for part in stored["appended"]] == [2]


def test_the_next_bin_leaves_no_gap(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    assert append(catalog, csv({2: 3})).report["append"]["gap"] is None
    assert counts(catalog) == [1, 2, 3]


@pytest.mark.parametrize(
    ("overlap", "after"),
    [("replace", [1, 7, 3, 9]), ("keep", [1, 2, 3, 9]), ("add", [1, 9, 6, 9])],
)
def test_an_overlap_is_named_and_settled_as_wanted(catalog, overlap, after):
    store(catalog, csv({0: 1, 1: 2, 2: 3}))
    before = catalog.info("shop")
    with pytest.raises(Conflict) as refused:
        append(catalog, csv({1: 7, 2: 3, 3: 9}))
    for part in (
        "overlap shop from 2024-03-04 00:05:00 to 2024-03-04 00:15:00: 2 bins",
        "1 of them with another count",
        "--overlap replace",
        "--overlap keep",
        "--overlap add",
    ):
        assert part in refused.value.message
    assert catalog.info("shop") == before
    done = append(catalog, csv({1: 7, 2: 3, 3: 9}), overlap=overlap)
    assert counts(catalog) == after
    assert (done.report["append"]["overlapping"], done.report["append"]["differing"]) == (2, 1)


def test_the_same_file_twice_is_an_overlap_with_equal_counts(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    with pytest.raises(Conflict, match="2 bins with a count in both, with the same count"):
        append(catalog, csv({0: 1, 1: 2}))


def test_unknown_bins_are_filled_and_never_erase_a_count(catalog):
    store(catalog, csv({0: 1, 1: "", 2: 3, 3: ""}))
    append(catalog, csv({1: 5, 2: "", 3: 6, 4: 7}))
    assert counts(catalog) == [1, 5, 3, 6, 7]


def test_a_log_rotated_within_a_bin_is_told_and_added_up(catalog):
    store(catalog, log(0, 61, 70))
    with pytest.raises(Conflict, match="as when a log is rotated within it: then --overlap add is right"):
        append(catalog, log(75, 130))
    append(catalog, log(75, 130), overlap="add")
    assert counts(catalog) == [1, 3, 1]


def test_a_log_is_counted_in_the_bins_of_the_data_set(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    append(catalog, log(601, 700, 905))
    assert counts(catalog) == [1, 2, 2, 1]


def test_times_without_an_offset_are_in_the_zone_of_the_data_set(catalog):
    store(catalog, csv({0: 1, 1: 2}), time_zone="Europe/Paris")
    append(catalog, csv({14: 3}, mark=""))  # 01:10 in Paris
    assert counts(catalog) == [1, 2, 3]


@pytest.mark.parametrize(
    ("file", "options", "field", "words"),
    [
        ({4: 1}, {"timeframe": "1h"}, "timeframe", "timeframe must be 5m, the bin of shop, or omitted (got '1h')"),
        ({4: 1}, {"time_zone": "Asia/Tokyo"}, "time_zone", "time_zone must be UTC, that of shop"),
        ({-2: 1, -1: 2, 9: 1}, {}, "append", "before shop, which begins at 2024-03-04 00:00:00"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(catalog, file, options, field, words):
    store(catalog, csv({0: 1, 1: 2}))
    before = catalog.info("shop")
    with pytest.raises(InputError) as refused:
        append(catalog, csv(file), **options)
    assert refused.value.errors[0].field == field
    assert words in refused.value.message
    assert catalog.info("shop") == before


def test_coarser_counts_are_refused_with_the_bin_of_the_data_set(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    with pytest.raises(InputError, match="do not fit shop, whose bin is 5m: timeframe must be at least 1 h"):
        append(catalog, csv({1: 10, 2: 20, 3: 30}, bin_seconds=3600))


def test_a_known_zone_does_not_fit_an_unknown_one(catalog):
    store(catalog, csv({0: 1, 1: 2}, mark=""))
    with pytest.raises(InputError, match=r"that of shop \(no zone\), and the times of the files have UTC"):
        append(catalog, csv({4: 1}))


def test_bins_between_those_of_the_data_set_are_refused(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    late = Series("shop", BIN, START + 10 * BIN + 60, np.ones(3), "UTC")
    with pytest.raises(InputError, match="start 60 s after those of shop"):
        catalog.extend(late)


def test_a_dry_run_says_the_same_and_stores_nothing(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    before = catalog.info("shop")
    looked = append(catalog, csv({4: 5}), dry_run=True)
    assert looked.info is None
    assert catalog.info("shop") == before
    with pytest.raises(Conflict):
        append(catalog, csv({1: 5}), dry_run=True)
    assert append(catalog, csv({4: 5})).report == looked.report


@pytest.mark.parametrize(("name", "error"), [("sample", Conflict), ("nothing", NotFound)])
def test_only_an_own_data_set_is_extended(catalog, name, error):
    with pytest.raises(error):
        append_files(catalog, [csv({0: 1})], name=name, options=ImportOptions(timeframe="5m"))


def test_limits_and_read_only(catalog, settings):
    store(catalog, csv({0: 1, 1: 2}))
    with pytest.raises(TooLarge, match="would have 11 bins"):
        append(Catalog(replace(settings, max_bins=10)), csv({10: 1}))
    with pytest.raises(ReadOnly):
        append(Catalog(replace(settings, read_only=True)), csv({10: 1}))


def test_a_failure_while_writing_leaves_the_data_set_whole(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    before, report = catalog.info("shop"), catalog.report("shop")

    def fail(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("UPDATE datasets SET report"):
            raise RuntimeError("the disk is gone")

    sa.event.listen(sa.Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(RuntimeError):
            append(catalog, csv({4: 5}))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", fail)
    assert (catalog.info("shop"), catalog.report("shop")) == (before, report)
    assert counts(catalog) == [1, 2]


def test_a_file_that_breaks_off_leaves_the_data_set_whole(catalog):
    store(catalog, csv({0: 1, 1: 2}))
    before = catalog.info("shop")
    with pytest.raises(ForecastingError):
        append(catalog, csv({4: 5}), ("broken.csv", io.BytesIO(b"\x1f\x8b" + bytes(40))))
    assert catalog.info("shop") == before


def test_flags_are_appended_over_the_end_of_a_chunk(catalog):
    bins = CHUNK_VALUES - 1
    first = Series("shop", BIN, START, np.ones(bins), is_burst=np.zeros(bins, dtype=bool))
    catalog.add(first)
    flags = np.array([True, False, True])
    catalog.extend(Series("shop", BIN, first.end, np.full(3, 2.0), is_burst=flags, is_event=flags))
    series = catalog.get("shop")
    assert series.is_burst[bins:].tolist() == [True, False, True]
    assert not series.is_burst[:bins].any()
    assert series.is_event is None
    assert series.requests_count[bins:].tolist() == [2, 2, 2]


def test_collected_points_and_files_extend_each_other(catalog):
    catalog.add(Series("shop", BIN, START, np.ones(2), "UTC"))
    append(catalog, csv({2: 4}))
    catalog.append("shop", np.array([START + 3 * BIN]), np.array([5.0]))
    assert counts(catalog) == [1, 1, 4, 5]
    assert catalog.report("shop")["append"]["added"] == 1
