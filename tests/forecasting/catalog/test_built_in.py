"""NASA-HTTP is built in: its counts, its source and terms, and a user's own data set of that name."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from forecasting.catalog import Catalog, tables
from forecasting.catalog.built_in import BUILT_IN, FIRST, NASA_HTTP, nasa_http_series
from forecasting.model_sets.trained_on import sets_trained_on
from forecasting.paths import nasa_http_path
from forecasting.prediction import predict
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE

OUTAGES = (("1995-07-28 13:33:00", "1995-07-31 23:59:00"), ("1995-08-01 14:53:00", "1995-08-03 04:35:00"))


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings)


@pytest.fixture
def own(catalog: Catalog) -> Catalog:
    """A catalog of an earlier version, in which the user called a data set nasa-http."""
    catalog.add(Series("mine", MINUTE, 0, np.arange(5.0), time_zone="-04:00"), {"lines": 5})

    def rename(connection: sa.Connection) -> bool:
        return tables.rename(connection, "mine", NASA_HTTP)

    assert catalog._store.write(rename)
    return catalog


def test_every_minute_of_the_two_months_is_there_and_the_outages_are_unknown():
    series = nasa_http_series()
    counts, times = series.requests_count, [str(ds) for ds in series.ds]
    assert (times[0], times[-1], len(series)) == ("1995-07-01 00:00:00", "1995-08-31 23:59:00", 62 * 1440)
    assert (np.nansum(counts), np.nanmax(counts)) == (3_461_612, 405)
    unknown = np.zeros(len(series), dtype=bool)
    for first, last in OUTAGES:
        unknown[times.index(first) : times.index(last) + 1] = True
    np.testing.assert_array_equal(np.isnan(counts), unknown)


def test_the_shipped_models_were_trained_on_it(settings: Settings):
    series = nasa_http_series()
    assert sets_trained_on(series, settings) == {NASA_HTTP: ["1m", "5m", "15m"]}
    assert not [
        text for text in predict(series, model="hybrid", horizon=4, settings=settings).warnings if "Zero-shot" in text
    ]


def test_its_source_and_terms_are_recorded(catalog: Catalog):
    source = catalog.info(NASA_HTTP).source
    for text in ("Internet Traffic Archive", "ita.ee.lbl.gov", "Lawrence Berkeley", "Jim Dumoulin", "Kennedy Space"):
        assert text in source
        assert text in (nasa_http_path().parent / "README.md").read_text(encoding="utf-8")
    assert '"The traces may be freely redistributed."' in source
    assert catalog.info("sample").source is None


def test_it_is_listed_first_and_opens_first(catalog: Catalog):
    assert next(iter(BUILT_IN)) == FIRST == NASA_HTTP == catalog.list()[0].name
    assert nasa_http_path().stat().st_size < 100_000


def test_a_data_set_of_that_name_from_before_is_used_instead(own: Catalog):
    assert [info.name for info in own.list()] == ["sample", NASA_HTTP]
    info = own.info(NASA_HTTP)
    assert (info.embedded, info.bins, info.source) == (False, 5, None)
    assert own.get(NASA_HTTP).requests_count.tolist() == [0, 1, 2, 3, 4]
    assert own.report(NASA_HTTP) == {"lines": 5}


def test_a_data_set_of_that_name_from_before_can_be_changed(own: Catalog):
    own.append(NASA_HTTP, np.array([300]), np.array([5.0]))
    assert own.info(NASA_HTTP).bins == 6
    own.add(Series(NASA_HTTP, MINUTE, 0, np.ones(3)), replace=True)
    assert own.info(NASA_HTTP).bins == 3


@pytest.mark.parametrize("gone", [lambda own: own.remove(NASA_HTTP), lambda own: own.rename(NASA_HTTP, "mine")])
def test_the_built_in_one_returns_when_it_is_gone(own: Catalog, gone):
    gone(own)
    assert own.info(NASA_HTTP).embedded
    assert own.get(NASA_HTTP) is nasa_http_series()
    assert own.list()[0].name == NASA_HTTP


def test_a_configuration_can_be_stored_for_it(catalog: Catalog):
    catalog.keep_configuration(NASA_HTTP, {"policy": "reactive"})
    assert catalog.choices(NASA_HTTP) == {"policy": "reactive"}
