"""Fresh points: each counted once, late or early, with nothing lost between two collectors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.catalog import AppendReport, Catalog
from forecasting.catalog.appended_points import JOURNAL_ENTRIES, JOURNAL_POINTS, MAX_GAP_DAYS
from forecasting.catalog.stored_points import CHUNK_VALUES
from forecasting.errors import Busy, Conflict, InputError, NotFound, ReadOnly, TooLarge
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

START = 1_700_000_100
BIN = 300
UNKNOWN = np.nan


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings)


def series_of(counts, **fields) -> Series:
    return Series("shop", BIN, START, np.array(counts, dtype=float), **fields)


@pytest.fixture(scope="module")
def quick_compactions(tmp_path_factory) -> Iterator[Catalog]:
    """A catalog whose journals hold one or two appends and whose chunks hold four bins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecasting.catalog.appended_points.JOURNAL_ENTRIES", 1)
        patch.setattr("forecasting.catalog.appended_points.JOURNAL_POINTS", 3)
        patch.setattr("forecasting.catalog.stored_points.CHUNK_VALUES", 4)
        yield Catalog(Settings(home=tmp_path_factory.mktemp("home")))


FAR = 2 + MAX_GAP_DAYS * 288


def post_in_order(catalog, positions):
    """Append a count of 1 to these bins, in the given order."""
    return catalog.append("shop", START + BIN * np.array(positions), np.ones(len(positions)))


def post(catalog: Catalog, points: dict[int, float] | list[tuple[int, float]]) -> AppendReport:
    """Append points given by the position of their bin."""
    pairs = list(points.items() if isinstance(points, dict) else points)
    times = np.array([START + BIN * position for position, _ in pairs])
    return catalog.append("shop", times, np.array([count for _, count in pairs], dtype=float))


def counts(catalog: Catalog) -> list[float]:
    return catalog.get("shop").requests_count.tolist()


def report(added=0, changed=0, unchanged=0, late=0, *, bins) -> AppendReport:
    return AppendReport(added, changed, unchanged, late, bins, START + bins * BIN)


@pytest.mark.parametrize(
    ("points", "expected", "after"),
    [
        ({3: 7}, report(added=1, bins=4), [1, UNKNOWN, 2, 7]),
        ({5: 7}, report(added=1, bins=6), [1, UNKNOWN, 2, UNKNOWN, UNKNOWN, 7]),
        ({4: 8, 3: 7}, report(added=2, bins=5), [1, UNKNOWN, 2, 7, 8]),
        ({3: UNKNOWN}, report(added=1, bins=4), [1, UNKNOWN, 2, UNKNOWN]),
        ({1: 7}, report(added=1, late=1, bins=3), [1, 7, 2]),
        ({0: 7, 3: 0}, report(added=1, changed=1, bins=4), [7, UNKNOWN, 2, 0]),
        ({0: UNKNOWN}, report(changed=1, bins=3), [UNKNOWN, UNKNOWN, 2]),
        ({0: 1, 1: UNKNOWN, 2: 2}, report(unchanged=3, bins=3), [1, UNKNOWN, 2]),
        ([(3, 7), (3, 8), (0, 9), (0, 1)], report(added=1, unchanged=1, bins=4), [1, UNKNOWN, 2, 8]),
        ({1: 4, 0: 5, 2: 2, 4: 6}, report(2, 1, 1, 1, bins=5), [5, 4, 2, UNKNOWN, 6]),
    ],
)
def test_points_are_counted_and_kept(catalog, points, expected, after):
    catalog.add(series_of([1, UNKNOWN, 2]))
    assert post(catalog, points) == expected
    np.testing.assert_array_equal(counts(catalog), after)
    assert_facts_are_those_of_the_points(catalog)


def assert_facts_are_those_of_the_points(catalog: Catalog) -> None:
    info, series = catalog.info("shop"), catalog.get("shop")
    assert (info.bins, info.end) == (len(series), series.end)
    assert info.known_bins == np.count_nonzero(~np.isnan(series.requests_count))
    assert info.requests == pytest.approx(np.nansum(series.requests_count))


def test_posting_twice_is_as_good_as_once(catalog):
    catalog.add(series_of([1]))
    post(catalog, {1: 2, 3: 4})
    info = catalog.info("shop")
    assert post(catalog, {1: 2, 3: 4}) == report(unchanged=2, bins=4)
    assert catalog.info("shop") == info


def test_the_version_changes_with_what_is_appended_and_with_nothing_else(catalog):
    versions = [catalog.add(series_of([1, UNKNOWN])).version]
    for points in ({1: 5}, {1: 6}, {2: 5}, {3: UNKNOWN}, {0: UNKNOWN}):
        post(catalog, points)
        versions.append(catalog.info("shop").version)
    assert len(set(versions)) == 6
    assert len(versions[-1]) == len(versions[0])
    post(catalog, {0: UNKNOWN})
    assert catalog.info("shop").version == versions[-1]


def test_name_report_and_import_time_stay(catalog):
    before = catalog.add(series_of([1], time_zone="Europe/Paris"), {"lines": 1})
    post(catalog, {1: 2})
    after = catalog.info("shop")
    assert catalog.report("shop") == {"lines": 1}
    assert (after.created_at, after.time_zone, after.start) == (before.created_at, "Europe/Paris", START)


@pytest.mark.parametrize("bins", [CHUNK_VALUES - 1, CHUNK_VALUES, CHUNK_VALUES + 1])
def test_a_data_set_grows_over_the_end_of_its_chunks(catalog, bins):
    flags = {"is_burst": np.ones(bins, dtype=bool)}
    catalog.add(series_of(np.arange(bins), **flags))
    assert post(catalog, {bins: 7, 3 * CHUNK_VALUES: 9, 0: 5}).bins == 3 * CHUNK_VALUES + 1
    series = catalog.get("shop")
    np.testing.assert_array_equal(series.requests_count[:bins], [5, *range(1, bins)])
    assert series.requests_count[[bins, -1]].tolist() == [7, 9]
    assert np.isnan(series.requests_count[bins + 1 : -1]).all()
    assert series.is_burst[:bins].all()
    assert not series.is_burst[bins:].any()
    assert series.is_event is None


def rows_written(work) -> list[set[tuple]]:
    """Return for every insert of points during `work` its rows: (array, position) of chunks, (sequence,) of entries."""
    written = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith(("INSERT INTO chunks", "INSERT INTO journal")):
            rows = parameters if executemany else [parameters]
            values = [tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in rows]
            written.append({row[1:-2] for row in values})

    sa.event.listen(sa.Engine, "after_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", note)
    return written


def test_an_append_writes_one_row_however_long_the_history_is_and_where_it_lies(catalog):
    bins = 4 * CHUNK_VALUES - 10
    catalog.add(series_of(np.zeros(bins), is_event=np.zeros(bins, dtype=bool)))
    posts = ({0: 0, CHUNK_VALUES: 0}, {5: 1, 2 * CHUNK_VALUES: 1}, {bins: 1}, {4 * CHUNK_VALUES: 1, 7: 1})
    written = rows_written(lambda: [post(catalog, points) for points in posts])
    assert written == [{(0,)}, {(1,)}, {(2,)}]
    expected = np.full(4 * CHUNK_VALUES + 1, np.nan)
    expected[:bins] = 0
    expected[[5, 2 * CHUNK_VALUES, bins, 4 * CHUNK_VALUES, 7]] = 1
    np.testing.assert_array_equal(counts(catalog), expected)


def test_only_the_chunks_that_change_are_written(catalog):
    bins = 4 * CHUNK_VALUES - 10
    catalog.add(series_of(np.zeros(bins), is_event=np.zeros(bins, dtype=bool)))
    many = {2 * CHUNK_VALUES + i: 1.0 for i in range(JOURNAL_POINTS + 1)}
    changed = rows_written(lambda: post(catalog, many))
    grown = rows_written(lambda: post(catalog, {4 * CHUNK_VALUES + i: 1.0 for i in range(JOURNAL_POINTS)} | {7: 1}))
    assert changed == [{("requests_count", 2)}]
    assert grown == [{("requests_count", place) for place in (0, 3, 4)} | {("is_event", 3), ("is_event", 4)}]


def test_the_journal_is_written_into_the_chunks_now_and_then(catalog):
    catalog.add(series_of(np.zeros(3)))
    work = lambda: [post(catalog, {3 + i: float(i), 1: float(i)}) for i in range(4 * JOURNAL_ENTRIES)]  # noqa: E731
    written = rows_written(work)
    compactions = [i for i, rows in enumerate(written) if rows == {("requests_count", 0)}]
    assert 1 < len(compactions) <= 4
    assert compactions[0] >= JOURNAL_ENTRIES
    expected = np.arange(-3, 4 * JOURNAL_ENTRIES, dtype=float)
    expected[:3] = [0, 4 * JOURNAL_ENTRIES - 1, 0]
    np.testing.assert_array_equal(counts(catalog), expected)
    assert_facts_are_those_of_the_points(catalog)


@limits(max_examples=30, deadline=None)
@given(
    first=st.lists(st.integers(0, 9) | st.just(UNKNOWN), min_size=1, max_size=5),
    posts=st.lists(
        st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9) | st.just(UNKNOWN)), min_size=1, max_size=6),
        max_size=4,
    ),
)
def test_any_posts_leave_what_a_dictionary_would(quick_compactions, first, posts):
    catalog = quick_compactions
    catalog.add(series_of(first), replace=True)
    expected = dict(enumerate(first))
    for points in posts:
        distinct = len({position for position, _ in points})
        said = post(catalog, points)
        assert said.added + said.changed + said.unchanged == distinct
        expected.update(points)
        assert said.bins == max(expected) + 1
    wanted = [expected.get(position, UNKNOWN) for position in range(max(expected) + 1)]
    np.testing.assert_array_equal(counts(catalog), wanted)
    assert_facts_are_those_of_the_points(catalog)


@pytest.mark.parametrize(
    ("times", "values", "fields", "message"),
    [
        (
            [START - BIN],
            [1],
            ["data.0.ds"],
            r"data\.0\.ds must not be before .* 22:15:00, where shop begins \(got .* 22:10:00\)",
        ),
        (
            [START + 60],
            [1],
            ["data.0.ds"],
            r"must be the start of a 5m bin: .* 22:15:00 or .* 22:20:00 \(got .* 22:16:00\)",
        ),
        ([START, START + 1, START - 7], [1, 1, 1], ["data.1.ds", "data.2.ds"], r"data\.1\..* 2 points are invalid\."),
        ([START, START], [1, -1], ["data.1.y"], r"data\.1\.y must be from 0 to 1,000,000,000,000,000 \(got -1\)"),
        ([START, START], [np.inf, 1], ["data.0.y"], r"data\.0\.y .*\(got inf\)"),
        ([START + 1], [1e16], ["data.0.ds", "data.0.y"], "the start of a 5m bin"),
        ([], [], ["data"], "data must have at least one point"),
    ],
)
def test_wrong_points_are_named_and_none_is_kept(catalog, times, values, fields, message):
    info = catalog.add(series_of([5]))
    with pytest.raises(InputError, match=message) as caught:
        catalog.append("shop", np.array(times), np.array(values))
    assert [error.field for error in caught.value.errors] == fields
    assert catalog.info("shop") == info


def test_only_the_first_wrong_points_are_listed(catalog):
    catalog.add(series_of([1]))
    with pytest.raises(InputError, match="500 points are invalid") as caught:
        catalog.append("shop", START + 1 + BIN * np.arange(500), np.ones(500))
    assert len(caught.value.errors) == 20


def test_wall_times_in_messages_are_those_of_the_zone(catalog):
    catalog.add(series_of([1], time_zone="+02:00"))
    with pytest.raises(InputError, match=r"before 2023-11-15 00:15:00, where shop begins \(got 2023-11-15 00:10:00\)"):
        catalog.append("shop", [START - BIN], [1])


def test_more_bins_than_the_limit_are_refused(settings):
    catalog = Catalog(replace(settings, max_bins=10))
    catalog.add(series_of([1]))
    assert post(catalog, {9: 1}).bins == 10
    with pytest.raises(
        TooLarge, match=r"data\.1\.ds would be bin 11 of shop; the limit is 10 bins \(DATAFLOW"
    ) as caught:
        post(catalog, {0: 2, 10: 1})
    assert [error.field for error in caught.value.errors] == ["data.1.ds"]
    assert counts(catalog)[0] == 1
    assert post(Catalog(replace(settings, max_bins=5)), {0: 2, 9: 3}).changed == 2


@pytest.mark.parametrize(
    ("positions", "field"),
    [
        ([FAR], "data.0.ds"),
        ([5, 4 + FAR], "data.1.ds"),
        ([FAR + 9, 7, FAR + 8], "data.2.ds"),
        ([0, 10 * FAR], "data.1.ds"),
    ],
)
def test_a_point_with_a_wrong_year_is_refused_and_nothing_is_stored(catalog, positions, field):
    info = catalog.add(series_of([1, 2]))
    with pytest.raises(InputError, match=r"must be within 731 days of .*, the bin before it in shop .* Check the year"):
        post_in_order(catalog, positions)
    with pytest.raises(InputError) as caught:
        post_in_order(catalog, positions)
    assert [error.field for error in caught.value.errors] == [field]
    assert catalog.info("shop") == info


def test_a_gap_of_two_years_is_accepted(catalog):
    catalog.add(series_of([1, 2]))
    assert post_in_order(catalog, [1 + MAX_GAP_DAYS * 288, 1 + 2 * MAX_GAP_DAYS * 288]).added == 2


def test_the_sample_a_missing_data_set_and_a_read_only_install_take_no_points(catalog, settings):
    catalog.add(series_of([1]))
    with pytest.raises(Conflict, match="Cannot append to sample: sample is a built-in data set"):
        catalog.append("sample", [0], [1])
    with pytest.raises(NotFound, match=r"Data set 'nope' not found. Available: nasa-http, sample, shop\."):
        catalog.append("nope", [0], [1])
    with pytest.raises(ReadOnly, match=r"Cannot append to shop: .*read-only"):
        post(Catalog(replace(settings, read_only=True)), {1: 1})


def test_threads_that_append_at_once_lose_nothing(catalog):
    """Each has its own bins of the same chunk, so a lost write would show."""
    catalog.add(series_of([0]))
    workers, rounds = 4, 15
    failed = []

    def post_until_free(bin_: int, count: float) -> None:
        """A busy database says so and nothing is written: a collector tries again."""
        for _ in range(10):
            with suppress(Busy):
                post(catalog, {bin_: count})
                return
        raise AssertionError("busy ten times")

    def work(me: int) -> None:
        try:
            for i in range(rounds):
                post_until_free(1 + i * workers + me, me * 100 + i)
        except Exception as error:  # noqa: BLE001 (a thread's failure is the test's)
            failed.append(error)

    threads = [threading.Thread(target=work, args=(me,)) for me in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert counts(catalog)[1:] == [me * 100 + i for i in range(rounds) for me in range(workers)]
    assert_facts_are_those_of_the_points(catalog)
