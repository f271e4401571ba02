"""The calendar of a data set stays with its name, beside its configuration."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.errors import NotFound
from forecasting.settings import Settings
from forecasting.timeseries.known_events import known_events_of
from forecasting.timeseries.series import Series

EVENTS = known_events_of([{"cron": "0 9 * * MON", "duration_minutes": 60, "factor": 2.0}])


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    catalog = Catalog(settings)
    catalog.add(Series("shop", 60, 0, np.ones(3)))
    return catalog


def test_it_comes_back_after_a_restart_and_with_the_series(catalog, settings):
    catalog.keep_calendar("shop", EVENTS)
    assert Catalog(settings).calendar("shop") == EVENTS
    assert Catalog(settings).get("shop").events == EVENTS
    assert catalog.choices("shop") is None


def test_it_follows_a_rename_and_goes_with_the_data_set(catalog):
    catalog.keep_calendar("shop", EVENTS)
    catalog.rename("shop", "store")
    assert catalog.calendar("store") == EVENTS
    catalog.remove("store")
    with pytest.raises(NotFound):
        catalog.calendar("store")


def test_the_version_changes_with_it_and_back(catalog):
    before = catalog.info("shop").version
    catalog.keep_calendar("shop", EVENTS)
    assert catalog.info("shop").version != before
    catalog.keep_calendar("shop", ())
    assert catalog.info("shop").version == before


def test_the_calendar_of_nothing_is_refused(catalog):
    with pytest.raises(NotFound, match="'stall' not found"):
        catalog.keep_calendar("stall", EVENTS)
