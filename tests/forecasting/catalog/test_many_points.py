"""Points of many data sets in one call: each as if alone, and one that is refused stops no other."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.catalog import AppendReport, Catalog
from forecasting.errors import Conflict, Damaged, InputError, NotFound, ReadOnly, TooLarge
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

Points = dict[str, tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    catalog = Catalog(settings)
    for name in ("api", "shop"):
        catalog.add(Series(name, 60, 600, np.array([1.0, 2.0])))
    return catalog


def points(**by_name: list[tuple[float, float]]) -> Points:
    return {
        name: (np.array([time for time, _ in pairs]), np.array([count for _, count in pairs]))
        for name, pairs in by_name.items()
    }


def test_each_data_set_gets_its_report(catalog):
    outcome = catalog.append_many(points(shop=[(720, 3.0)], api=[(600, 7.0), (660, 2.0), (780, 1.0)]))
    assert outcome == {
        "shop": AppendReport(1, 0, 0, 0, bins=3, end=780),
        "api": AppendReport(1, 1, 1, 0, bins=4, end=840),
    }
    assert catalog.get("shop").requests_count.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(catalog.get("api").requests_count, [7, 2, np.nan, 1])


def test_one_that_is_refused_stops_no_other(catalog):
    small = Catalog(replace(catalog.settings, max_bins=3))
    catalog.add(Series("full", 60, 600, np.ones(3)))
    outcome = small.append_many(
        points(shop=[(720, 3.0)], nope=[(720, 3.0)], api=[(721, 3.0)], full=[(780, 3.0)], sample=[(0, 1.0)])
    )
    kinds = {name: type(result) for name, result in outcome.items()}
    assert kinds == {"shop": AppendReport, "nope": NotFound, "api": InputError, "full": TooLarge, "sample": Conflict}
    assert [catalog.info(name).bins for name in ("shop", "api", "full")] == [3, 2, 3]


@pytest.mark.parametrize("count", [-1.0, np.inf, 1e16])
def test_a_count_that_is_none_is_refused(catalog, count):
    outcome = catalog.append_many(points(shop=[(720, count)]))
    assert isinstance(outcome["shop"], InputError)
    assert outcome["shop"].errors[0].field == "data.0.y"


def test_a_damaged_one_stops_no_other(catalog):
    def damage(connection: sa.Connection) -> None:
        broken = sa.text(
            "UPDATE chunks SET checksum = payload WHERE dataset_id IN (SELECT id FROM datasets WHERE name = 'api')"
        )
        connection.execute(broken)

    catalog._store.write(damage)
    outcome = catalog.append_many(points(api=[(600, 9.0)], shop=[(720, 3.0)]))
    assert isinstance(outcome["api"], Damaged)
    assert catalog.get("shop").requests_count.tolist() == [1, 2, 3]


def test_a_read_only_install_appends_nothing(catalog):
    with pytest.raises(ReadOnly):
        Catalog(replace(catalog.settings, read_only=True)).append_many(points(shop=[(720, 3.0)]))


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[Catalog, Catalog]:
    """Two catalogs, one for batches and one for single appends."""
    return tuple(Catalog(Settings(home=tmp_path_factory.mktemp("home"))) for _ in range(2))


@limits(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 9) | st.just(np.nan)), min_size=1, max_size=2), max_size=5
    )
)
def test_a_batch_does_what_single_appends_do(pair, posts):
    for catalog in pair:
        catalog.add(Series("shop", 60, 600, np.array([1.0, 2.0])), replace=True)
    batches, singles = pair
    for post in posts:
        times, counts = (np.array(column, dtype=float) for column in zip(*post, strict=True))
        outcome = batches.append_many({"shop": (600 + 60 * times, counts)})["shop"]
        if isinstance(outcome, InputError):
            with pytest.raises(InputError, match=re.escape(str(outcome))):
                singles.append("shop", 600 + 60 * times, counts)
        else:
            assert outcome == singles.append("shop", 600 + 60 * times, counts)
    assert replace(batches.info("shop"), created_at=None) == replace(singles.info("shop"), created_at=None)
    np.testing.assert_array_equal(batches.get("shop").requests_count, singles.get("shop").requests_count)
