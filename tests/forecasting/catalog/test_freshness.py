"""What a list of data sets says: live or not, and the model sets that know the series."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.catalog.freshness import Freshness, freshness
from forecasting.model_sets.trained_on import sets_trained_on
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from tests.forecasting.model_sets.cards import card, install_card


@pytest.fixture
def shop() -> Series:
    return Series("shop", 60, 0, np.arange(3.0 * 1440) % 977, time_zone="UTC")


def write_card(settings, name: str, day_hashes: dict) -> None:
    whole = card(name)
    whole["data"]["day_hashes"] = day_hashes
    install_card(settings, name, whole)


@pytest.mark.parametrize(
    ("age", "bin_seconds", "is_live"),
    [(0, 60, True), (3_600, 60, True), (3_601, 60, False), (7_200, 3_600, True), (-60, 60, True), (-61, 60, False)],
)
def test_live_is_what_ended_a_moment_ago(settings, shop, age, bin_seconds, is_live):
    info = Catalog(settings).add(dataclasses.replace(shop, bin_seconds=bin_seconds))
    assert freshness(info, info.end + age) == Freshness(age, is_live)


def test_synthetic_data_is_never_live(settings, shop):
    info = Catalog(settings).add(dataclasses.replace(shop, synthetic=True))
    assert not freshness(info, info.end).is_live


def test_a_set_is_known_by_the_days_it_was_trained_on_whatever_the_name(settings, shop):
    write_card(settings, "mine", {"1m": shop.day_hashes(), "5m": resample(shop, 300).day_hashes()})
    write_card(settings, "mine.candidate", {"1m": shop.day_hashes()})
    write_card(settings, "other", {"1m": {"1970-01-01": "0"}})
    assert sets_trained_on(dataclasses.replace(shop, name="store"), settings) == {"mine": ["1m", "5m"]}
    assert sets_trained_on(shop.slice(700, 3_000), settings) == {"mine": ["1m", "5m"]}
    assert sets_trained_on(shop, settings, candidates=True) == {"mine.candidate": ["1m"]}


def test_what_is_too_short_or_coarser_than_a_model_is_known_by_none(settings, shop):
    write_card(settings, "mine", {"1m": shop.day_hashes(), "5m": resample(shop, 300).day_hashes()})
    assert sets_trained_on(shop.slice(0, 3), settings) == {}
    assert sets_trained_on(resample(shop, 3_600), settings) == {}
    assert sets_trained_on(resample(shop, 300), settings) == {"mine": ["5m"]}
