"""What is chosen for a data set: checked field by field, kept as given, overridden by a query."""

from __future__ import annotations

import json

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.policy_names import DEPLOYABLE
from forecasting.scaling.config.scaled_service import DEFAULT_BOOT_SECONDS
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.timeseries.series import Series

SERIES = Series("made", 60, 0, np.arange(101.0))


def fields_of(call) -> list[str]:
    with pytest.raises(InputError) as caught:
        call()
    return [error.field for error in caught.value.errors]


def test_nothing_given_is_the_default_and_the_preset():
    choices = Configuration.of({"service": None, "slo": None})
    assert choices == Configuration()
    assert (choices.policy, choices.model_type, choices.slo, choices.current_replicas) == (
        "hybrid",
        "auto",
        Objective(max_unmet_share=0.01),
        None,
    )
    assert choices.service_for(SERIES).capacity_per_minute == 10


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"service": {"capacity_rps": 2.5, "min_replicas": 3}, "current_replicas": 0},
        {"service": {"min_replicas": 500}, "slo": {"max_minutes_under_share": 0.005}, "current_replicas": 10_000},
        *({"policy": policy, "model_type": "xgboost"} for policy in DEPLOYABLE),
    ],
)
def test_choices_survive_being_written_as_json(given):
    choices = Configuration.of(given)
    assert Configuration.of(json.loads(json.dumps(choices.to_dict()))) == choices
    assert choices.to_dict()["service"] == given.get("service", {})


def test_the_service_has_what_was_given_and_the_preset_for_the_rest():
    service = Configuration.of({"service": {"capacity_rps": 1, "boot_seconds": None}}).service_for(SERIES)
    assert (service.capacity_per_minute, service.max_replicas, service.boot_seconds) == (60, 3, DEFAULT_BOOT_SECONDS)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"service": {"min_replicas": 0}}, ["service.min_replicas"]),
        ({"service": {"min_replicas": 20_000}}, ["service.min_replicas"]),
        ({"service": {"min_replicas": 5, "max_replicas": 4}}, ["service.min_replicas"]),
        ({"service": {"capacity_rps": 1, "capacity_per_minute": 1}}, ["service.capacity_rps"]),
        ({"service": {"boot_seconds": 10, "image_seconds": 20}}, ["service.boot_seconds"]),
        ({"service": {"bot_seconds": 10}}, ["service.bot_seconds"]),
        ({"service": [1]}, ["service"]),
        ({"service": {1: 1}}, ["service.1"]),
        ({"slo": {"max_unmet_share": 1}}, ["slo.max_unmet_share"]),
        ({"slo": {"share": 1}}, ["slo.share"]),
        (
            {"slo": {"max_unmet_share": 0.1, "max_minutes_under_share": 0.1}},
            ["slo.max_unmet_share", "slo.max_minutes_under_share"],
        ),
        ({"slo": 0.01}, ["slo"]),
        ({"policy": "oracle"}, ["policy"]),
        ({"policy": ["hybrid"]}, ["policy"]),
        ({"model_type": "arima"}, ["model_type"]),
        ({"model_type": ["lightgbm"]}, ["model_type"]),
        ({"current_replicas": -1}, ["current_replicas"]),
        ({"current_replicas": 10_001}, ["current_replicas"]),
        ({"current_replicas": 1.5}, ["current_replicas"]),
        ({"current_replicas": True}, ["current_replicas"]),
        ({"polici": "hybrid"}, ["polici"]),
        (
            {"service": {"price_per_hour": -1, "boot_seconds": "x"}, "policy": "x", "model_type": "y", "slo": 1},
            ["service.boot_seconds", "service.price_per_hour", "policy", "model_type", "slo"],
        ),
    ],
)
def test_every_wrong_field_is_named(given, fields):
    assert fields_of(lambda: Configuration.of(given)) == fields


@pytest.mark.parametrize(
    ("stored", "query", "service"),
    [
        ({}, {"min_replicas": 2}, {"min_replicas": 2}),
        ({"min_replicas": 3, "price_per_hour": 1}, {"min_replicas": 2}, {"min_replicas": 2, "price_per_hour": 1}),
        ({"min_replicas": 3}, {"min_replicas": None}, {"min_replicas": 3}),
        ({"capacity_rps": 3}, {"capacity_per_minute": 60}, {"capacity_per_minute": 60}),
        ({"capacity_per_minute": 60}, {"service": {"capacity_rps": 3}}, {"capacity_rps": 3}),
        ({"image_seconds": 20, "ready_seconds": 5}, {"boot_seconds": 60}, {"boot_seconds": 60}),
        ({"boot_seconds": 60}, {"image_seconds": 20}, {"image_seconds": 20}),
        ({"image_seconds": 10, "ready_seconds": 5}, {"image_seconds": 20}, {"image_seconds": 20, "ready_seconds": 5}),
    ],
)
def test_a_query_takes_the_place_of_what_says_the_same(stored, query, service):
    assert Configuration.of({"service": stored}).overridden(query).service == service


def test_a_query_overrides_the_rest_too_and_leaves_what_it_does_not_name():
    stored = Configuration.of({"policy": "fixed", "slo": {"max_unmet_share": 0.02}, "current_replicas": 4})
    assert stored.overridden({}) == stored
    changed = stored.overridden({"model_type": "xgboost", "max_minutes_under_share": 0.005, "current_replicas": 5})
    assert changed == Configuration(
        policy="fixed",
        model_type="xgboost",
        slo=Objective(max_minutes_under_share=0.005),
        current_replicas=5,
    )
    assert stored.overridden({"slo": {"max_unmet_share": 0.5}}).slo == Objective(max_unmet_share=0.5)
    assert stored.overridden({"policy": None, "max_unmet_share": None}) == stored


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"min_replicas": 0}, ["min_replicas"]),
        ({"min_replicas": 11}, ["min_replicas"]),
        ({"service": {"min_replicas": 0}}, ["service.min_replicas"]),
        ({"service": 3}, ["service"]),
        ({"max_unmet_share": 2}, ["max_unmet_share"]),
        ({"slo": {"max_unmet_share": 2}}, ["slo.max_unmet_share"]),
        ({"bot_seconds": 3, "policy": "oracle"}, ["bot_seconds", "policy"]),
    ],
)
def test_a_wrong_query_is_named_as_it_was_written(query, fields):
    assert fields_of(lambda: Configuration.of({"service": {"max_replicas": 10}}).overridden(query)) == fields
