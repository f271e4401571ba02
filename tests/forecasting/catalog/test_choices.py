"""What a data set is scaled with stays with its name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.errors import NotFound, ReadOnly
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

GIVEN = {"service": {"capacity_rps": 2.5}, "policy": "hybrid", "current_replicas": None}


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    catalog = Catalog(settings)
    catalog.add(shop())
    return catalog


def shop(name: str = "shop") -> Series:
    return Series(name, 60, 0, np.ones(3))


@pytest.mark.parametrize("name", ["shop", "sample"])
def test_choices_come_back_after_a_restart_and_the_last_ones_count(catalog, settings, name):
    assert catalog.choices(name) is None
    catalog.keep_configuration(name, {"policy": "fixed"})
    catalog.keep_configuration(name, GIVEN)
    assert Catalog(settings).choices(name) == GIVEN


def test_the_sample_may_have_choices_in_a_home_that_is_not_there_yet(settings):
    Catalog(settings).keep_configuration("sample", GIVEN)
    assert Catalog(settings).choices("sample") == GIVEN


def test_choices_follow_a_rename(catalog):
    catalog.keep_configuration("shop", GIVEN)
    catalog.rename("shop", "store")
    assert catalog.choices("store") == GIVEN
    catalog.add(shop())
    assert catalog.choices("shop") is None


def test_choices_stay_when_the_data_set_is_replaced(catalog):
    catalog.keep_configuration("shop", GIVEN)
    catalog.add(shop(), replace=True)
    assert catalog.choices("shop") == GIVEN


def test_choices_go_with_the_data_set(catalog):
    catalog.keep_configuration("shop", GIVEN)
    catalog.remove("shop")
    with pytest.raises(NotFound, match="Data set 'shop' not found"):
        catalog.choices("shop")
    catalog.add(shop())
    assert catalog.choices("shop") is None


def test_choices_of_what_does_not_exist_are_refused(catalog):
    with pytest.raises(NotFound, match=r"Data set 'nope' not found. Available: nasa-http, sample, shop\."):
        catalog.keep_configuration("nope", GIVEN)
    with pytest.raises(NotFound, match="Data set 'nope' not found"):
        catalog.choices("nope")


def test_a_read_only_install_shows_choices_and_keeps_none(catalog, settings):
    catalog.keep_configuration("shop", GIVEN)
    reader = Catalog(replace(settings, read_only=True))
    assert reader.choices("shop") == GIVEN
    for name in ("shop", "sample"):
        with pytest.raises(ReadOnly, match=rf"Cannot store the configuration of {name}: .*read-only"):
            reader.keep_configuration(name, {})
