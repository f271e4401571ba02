"""Data sets are kept as given, under one name each, and the built-in ones are always there."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.catalog import Catalog
from forecasting.errors import Conflict, InputError, NotFound, NotReady, ReadOnly
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate

COUNTS = [0.0, 1.0, np.nan, 2.5, 1e308]


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings)


def series_of(counts=COUNTS, name="shop", **fields) -> Series:
    return Series(name, 300, 1_700_000_100, np.array(counts, dtype=float), **fields)


def assert_same(first: Series, second: Series) -> None:
    np.testing.assert_array_equal(first.requests_count, second.requests_count)
    for field in ("name", "bin_seconds", "start", "time_zone", "synthetic"):
        assert getattr(first, field) == getattr(second, field)
    for flag in ("is_burst", "is_event"):
        if getattr(first, flag) is None:
            assert getattr(second, flag) is None
        else:
            np.testing.assert_array_equal(getattr(first, flag), getattr(second, flag))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"time_zone": "Europe/Paris", "synthetic": True},
        {"is_burst": np.array([True, False, True, False, False])},
        {"is_burst": np.zeros(5, dtype=bool), "is_event": np.array([False, True, True, False, True])},
    ],
)
def test_a_series_comes_back_as_it_was_kept_after_a_restart(settings, fields):
    Catalog(settings).add(series_of(**fields))
    assert_same(Catalog(settings).get("shop"), series_of(**fields))


def test_a_series_of_many_chunks_comes_back_in_order(catalog):
    long = generate("long", days=200)
    catalog.add(long)
    assert_same(catalog.get("long"), long)


@limits(max_examples=25, deadline=None)
@given(counts=st.lists(st.floats(min_value=0, allow_infinity=False) | st.just(np.nan), min_size=1, max_size=50))
def test_every_count_comes_back_bit_by_bit(tmp_path_factory, counts):
    catalog = Catalog(Settings(home=tmp_path_factory.mktemp("home")))
    catalog.add(series_of(counts))
    assert catalog.get("shop").requests_count.tobytes() == np.array(counts).tobytes()


def test_the_facts_are_those_of_the_series(catalog):
    info = catalog.add(series_of([1, np.nan, 2.5], time_zone="-04:00"))
    assert catalog.info("shop") == info
    facts = info.to_dict()
    assert facts.pop("created_at").endswith("Z")
    assert len(facts.pop("version")) == 16
    assert facts == {
        "name": "shop",
        "timeframe": "5m",
        "bin_seconds": 300,
        "start": "2023-11-14 18:15:00",
        "end": "2023-11-14 18:30:00",
        "time_zone": "-04:00",
        "bins": 3,
        "known_bins": 2,
        "requests": 3.5,
        "synthetic": False,
        "embedded": False,
        "source": None,
    }


def test_a_sum_too_large_for_a_number_stays_a_number(catalog):
    assert catalog.add(series_of([1e308, 1e308])).requests == np.finfo(float).max


def test_the_version_changes_with_the_content_and_not_with_the_name(catalog):
    version = catalog.add(series_of()).version
    others = [
        series_of(COUNTS[:-1]),
        series_of(time_zone="UTC"),
        series_of(is_event=np.zeros(5, dtype=bool)),
        series_of(is_burst=np.zeros(5, dtype=bool)),
        replace(series_of(), start=0),
        replace(series_of(), bin_seconds=60),
    ]
    versions = {catalog.add(other, replace=True).version for other in others}
    assert len(versions | {version}) == 7
    assert catalog.add(series_of(), replace=True).version == version
    assert catalog.rename("shop", "store").version == version


def test_the_report_is_kept_with_the_data_set(catalog):
    report = {"lines": 3, "gaps": [{"start": "1995-07-01 00:00:00", "end": "1995-07-01 00:05:00"}], "time_zone": None}
    catalog.add(series_of(), report)
    catalog.add(series_of(name="bare"))
    assert catalog.report("shop") == report
    assert catalog.report("bare") is None
    assert catalog.report("sample") is None


def test_the_list_is_by_name_with_the_built_in_ones_first(catalog):
    assert [info.name for info in catalog.list()] == ["nasa-http", "sample"]
    for name in ("zoo", "api", "shop"):
        catalog.add(series_of(name=name))
    assert [info.name for info in catalog.list()] == ["nasa-http", "sample", "api", "shop", "zoo"]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_looking_writes_nothing(settings):
    catalog = Catalog(settings)
    catalog.list()
    with pytest.raises(NotFound):
        catalog.get("shop")
    assert not settings.home.exists()


def test_two_homes_never_see_each_other(tmp_path):
    here, there = Catalog(Settings(home=tmp_path / "a")), Catalog(Settings(home=tmp_path / "b"))
    here.add(series_of())
    there.add(series_of(name="other"))
    assert [info.name for info in here.list()] == ["nasa-http", "sample", "shop"]
    assert [info.name for info in there.list()] == ["nasa-http", "sample", "other"]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_home_is_the_owners_alone(settings):
    Catalog(settings).add(series_of())
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


@pytest.mark.parametrize("look", ["get", "info", "report", "remove"])
def test_a_name_that_does_not_exist_is_answered_with_those_that_do(catalog, look):
    catalog.add(series_of())
    with pytest.raises(NotFound, match=r"Data set 'shopp' not found. Available: nasa-http, sample, shop\."):
        getattr(catalog, look)("shopp")


def test_only_the_first_names_are_listed(catalog):
    for i in range(25):
        catalog.add(series_of([1], name=f"d{i:02d}"))
    with pytest.raises(NotFound, match=r"d16, d17 and 7 more\.$"):
        catalog.get("nope")


def test_a_taken_name_is_a_conflict_and_leaves_what_is_there(catalog):
    catalog.add(series_of())
    with pytest.raises(Conflict, match=r"Data set 'shop' already exists\. Choose another name, or replace it"):
        catalog.add(series_of([9, 9]))
    assert_same(catalog.get("shop"), series_of())


def test_replacing_leaves_nothing_of_the_old_data_set(catalog):
    catalog.add(generate("shop", days=100), {"lines": 1})
    catalog.add(series_of(), replace=True)
    assert_same(catalog.get("shop"), series_of())
    assert catalog.report("shop") is None
    assert [info.name for info in catalog.list() if not info.embedded] == ["shop"]


def test_renaming_moves_points_and_report(catalog):
    catalog.add(series_of(), {"lines": 1})
    info = catalog.rename("shop", "store")
    assert info.name == "store"
    assert_same(catalog.get("store"), series_of(name="store"))
    assert catalog.report("store") == {"lines": 1}
    with pytest.raises(NotFound, match="Data set 'shop' not found"):
        catalog.get("shop")


def test_renaming_is_refused_for_a_taken_name_and_for_one_that_is_not_there(catalog):
    catalog.add(series_of())
    catalog.add(series_of(name="store"))
    with pytest.raises(Conflict, match="Data set 'store' already exists"):
        catalog.rename("shop", "store")
    with pytest.raises(NotFound, match="Data set 'nope' not found"):
        catalog.rename("nope", "other")


def test_a_removed_data_set_is_gone_and_its_name_free(catalog):
    catalog.add(series_of())
    catalog.remove("shop")
    with pytest.raises(NotFound):
        catalog.info("shop")
    catalog.add(series_of([1, 2]))
    assert catalog.info("shop").bins == 2


@pytest.mark.parametrize("name", ["", "Shop", "-shop", ".shop", "a b", "a/b", "../a", "é", "x" * 64, "shop\n", "a;b"])
def test_what_is_no_name_is_refused(catalog, name):
    with pytest.raises(InputError, match=r"must be 1 to 63 characters of a-z, 0-9"):
        catalog.add(series_of(name=name))
    catalog.add(series_of())
    with pytest.raises(InputError, match=r"must be 1 to 63 characters of a-z, 0-9"):
        catalog.rename("shop", name)


@pytest.mark.parametrize("name", ["a", "0", "nasa-http-logs", "my.site_2", "x" * 63])
def test_what_is_a_name_is_taken(catalog, name):
    assert catalog.add(series_of(name=name)).name == name


def test_a_series_without_bins_is_refused(catalog):
    with pytest.raises(InputError, match="shop must have at least one bin"):
        catalog.add(series_of([]))


def test_the_sample_is_embedded_and_synthetic(catalog):
    info = catalog.info("sample")
    assert (info.embedded, info.synthetic, info.bins, info.created_at) == (True, True, 62 * 1440, None)
    assert len(catalog.get("sample")) == info.bins


@pytest.mark.parametrize(
    "change",
    [
        lambda catalog: catalog.add(series_of(name="sample"), replace=True),
        lambda catalog: catalog.rename("sample", "other"),
        lambda catalog: catalog.rename("shop", "sample"),
        lambda catalog: catalog.remove("sample"),
        lambda catalog: catalog.add(series_of(name="nasa-http"), replace=True),
        lambda catalog: catalog.rename("nasa-http", "other"),
        lambda catalog: catalog.rename("shop", "nasa-http"),
        lambda catalog: catalog.remove("nasa-http"),
        lambda catalog: catalog.append("nasa-http", np.array([809_913_600]), np.array([1.0])),
        lambda catalog: catalog.check_add("nasa-http", replace=True),
    ],
)
def test_a_built_in_data_set_never_changes(catalog, change):
    catalog.add(series_of())
    with pytest.raises(Conflict, match=r"(sample|nasa-http) is a built-in data set, which never changes"):
        change(catalog)
    assert [info.name for info in catalog.list()] == ["nasa-http", "sample", "shop"]


@pytest.mark.parametrize(
    "change",
    [
        lambda catalog: catalog.add(series_of(name="new")),
        lambda catalog: catalog.rename("shop", "new"),
        lambda catalog: catalog.remove("shop"),
    ],
)
def test_a_read_only_install_reads_and_refuses_every_change(settings, change):
    Catalog(settings).add(series_of())
    catalog = Catalog(replace(settings, read_only=True))
    with pytest.raises(ReadOnly, match=r"read-only \(DATAFLOW_READ_ONLY=1\)"):
        change(catalog)
    assert [info.name for info in catalog.list()] == ["nasa-http", "sample", "shop"]


@pytest.mark.parametrize(
    ("name", "read_only", "error"),
    [("shop", False, Conflict), ("sample", False, Conflict), ("No Name", False, InputError), ("new", True, ReadOnly)],
)
def test_what_would_be_refused_is_refused_before_the_work(settings, name, read_only, error):
    Catalog(settings).add(series_of())
    catalog = Catalog(replace(settings, read_only=read_only))
    with pytest.raises(error) as early:
        catalog.check_add(name)
    with pytest.raises(error) as late:
        catalog.add(series_of(name=name))
    assert early.value.message == late.value.message


def test_what_would_be_taken_passes(catalog):
    catalog.add(series_of())
    catalog.check_add("new")
    catalog.check_add("shop", replace=True)
    assert [info.name for info in catalog.list()] == ["nasa-http", "sample", "shop"]


def test_a_catalog_may_be_shared_by_threads(catalog):
    catalog.add(generate("shared", days=3))
    seen, failed = [], []

    def work(i: int) -> None:
        try:
            catalog.add(series_of([i], name=f"thread-{i}"))
            seen.append(len(catalog.get("shared")))
        except Exception as error:  # noqa: BLE001 (a thread's failure is the test's)
            failed.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert seen == [3 * 1440] * 8
    assert len([info for info in catalog.list() if not info.embedded]) == 9


def test_a_home_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotReady, match=r"The home .*file/home cannot be created: .*Set DATAFLOW_HOME"):
        Catalog(Settings(home=tmp_path / "file" / "home")).add(series_of())


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_file_that_is_no_database_is_said_in_one_line(settings):
    settings.prepare_home()
    settings.catalog_path.write_bytes(b"not a database at all" * 200)
    with pytest.raises(NotReady, match=r"catalog\.sqlite3 cannot be used: file is not a database"):
        Catalog(settings).list()


def test_a_built_in_data_set_may_be_replaced_by_its_own_counts(catalog):
    own = catalog.get("nasa-http")
    copy = Series("nasa-http", own.bin_seconds, own.start, own.requests_count.copy())
    assert catalog.add(copy, replace=True) == catalog.info("nasa-http")
    with pytest.raises(Conflict):
        catalog.add(copy)
    with pytest.raises(Conflict):
        catalog.add(copy.with_counts(own.requests_count + 1), replace=True)
