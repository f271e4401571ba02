"""What sets are called, and which wait to be accepted."""

from __future__ import annotations

import dataclasses

import pytest

from forecasting.evaluation import models_for, set_name_for, waiting
from forecasting.forecasters.registry import MODEL_NAMES, SIMPLE_RULES, TRAINED_BY_DEFAULT, WITHOUT_SET
from forecasting.model_sets.candidates import accept, discard
from forecasting.model_sets.names import checked_set_name
from forecasting.model_sets.training import train
from forecasting.timeseries.resampling import resample
from tests.forecasting.traffic import daily_traffic


def named(name, models=TRAINED_BY_DEFAULT, timeframes=("15m",)):
    return set_name_for(dataclasses.replace(daily_traffic(1), name=name), models, timeframes)


def test_a_name_says_what_is_left_out():
    assert named("shop") == "shop"
    assert named("shop", timeframes=("15m", "5m")) == "shop"
    assert named("shop", ("lightgbm", "hybrid")) == "shop.hybrid.lightgbm"
    assert named("shop", ("lightgbm", "auto")) == "shop.auto.lightgbm"
    assert named("shop", SIMPLE_RULES) == "shop.rules"
    minutes = dataclasses.replace(daily_traffic(1, 60), name="shop")
    assert set_name_for(minutes, TRAINED_BY_DEFAULT, ("15m", "5m")) == "shop.5m.15m"
    assert set_name_for(minutes, TRAINED_BY_DEFAULT, ("15m", "5m", "1m")) == "shop"


def test_every_name_of_a_data_set_gives_one_of_a_model_set():
    assert named("nasa-http") == "nasa-http-own"
    assert named("shop.replaced") == "shop-replaced"
    assert named("shop.candidate", ()) == "shop-candidate.rules"
    assert len(checked_set_name(named("x" * 63, ("xgboost",)))) == 63


def test_what_waits_is_found_until_it_is_accepted_or_discarded(series, settings):
    assert waiting(series, settings) == ()
    for name in ("first", "second"):
        train(series, model_set=name, models=(), settings=settings, candidate=True)
    renamed = dataclasses.replace(series, name="other")
    found = waiting(renamed, settings)
    assert sorted(one.model_set for one in found) == ["first", "second"]
    assert found[0].timeframes == ("15m",)
    assert (found[0].models, found[0].trained_until) == ((), "2024-03-19 00:00:00")
    assert found[0].created_at >= found[1].created_at
    accept("first", settings)
    discard("second", settings)
    assert waiting(series, settings) == ()


@pytest.mark.parametrize(("bin_seconds", "models"), [(900, MODEL_NAMES), (2_700, WITHOUT_SET)])
def test_models_are_those_of_the_sets_that_would_be_used(series, settings, bin_seconds, models):
    assert models_for(resample(series, bin_seconds), settings) == models


def test_a_set_of_ones_own_gives_what_it_has_where_the_shipped_one_has_no_such_bins(series, settings):
    odd = resample(series, 2_700)
    train(odd, model_set="odd", models=(), settings=settings)
    assert models_for(odd, settings) == (*WITHOUT_SET, *SIMPLE_RULES)
