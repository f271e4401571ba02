"""Exports: what is assumed is said or refused, and the calendar, the behavior and the policy are in the manifest."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from forecasting.errors import AssumptionsNotAccepted
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.recommendation.manifest_export import FORMS, manifest_of
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY

SERIES = Series("shop", 900, MONDAY, np.tile(np.repeat([60.0, 600.0], 48), 21), "Europe/Paris")
PARIS = {"timezone": "Europe/Paris"}
URL = "http://dataflow:8000"
SERVICE = {"capacity_per_minute": 4, "max_replicas": 60, "min_replicas": 2}


def exported(form: str = "keda", **given: object) -> dict:
    return yaml.safe_load(manifest_of(SERIES, Configuration.of({"service": SERVICE, **given}), form, URL))


def crons(manifest: dict) -> list[dict]:
    return [one["metadata"] for one in manifest["spec"]["triggers"] if one["type"] == "cron"]


@pytest.mark.parametrize("form", FORMS)
def test_an_assumed_capacity_is_refused_until_that_is_accepted(form: str) -> None:
    configuration = Configuration.of({"service": {"min_replicas": 2}})
    with pytest.raises(AssumptionsNotAccepted, match=r"accept_assumptions=true, --accept-assumptions, or the box"):
        manifest_of(SERIES, configuration, form, URL)
    text = manifest_of(SERIES, configuration, form, URL, accept_assumptions=True)
    comment = " ".join(line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#"))
    assert "ASSUMED: No capacity was given: " in comment
    assert "ASSUMED: No maximum was given: at most" in comment


@pytest.mark.parametrize("form", FORMS)
def test_what_is_given_is_no_assumption(form: str) -> None:
    text = manifest_of(SERIES, Configuration.of({"service": {**SERVICE, "capacity_rps": None}}), form, URL)
    assert "ASSUMED" not in text


@pytest.mark.parametrize(
    ("entry", "trigger"),
    [
        (
            {"replicas": 12, "cron": "0 8 * * MON-FRI", "duration_minutes": 240},
            {**PARIS, "start": "0 8 * * MON-FRI", "end": "0 12 * * MON-FRI", "desiredReplicas": "12"},
        ),
        (
            {"replicas": 12, "cron": "30 23 * * *", "duration_minutes": 90, "time_zone": "America/New_York"},
            {"timezone": "America/New_York", "start": "30 23 * * *", "end": "0 1 * * *", "desiredReplicas": "12"},
        ),
        (
            {"replicas": 9, "cron": "15 8,20 * * *", "duration_minutes": 50, "time_zone": "+02:00"},
            {"timezone": "Etc/GMT-2", "start": "15 8,20 * * *", "end": "5 9,21 * * *", "desiredReplicas": "9"},
        ),
        (
            {"replicas": 20, "start": "2024-03-29 09:00", "end": "2024-03-30 18:30", "name": "sale"},
            {"timezone": "Europe/Paris", "start": "0 9 29 3 *", "end": "30 18 30 3 *", "desiredReplicas": "20"},
        ),
        (
            {"factor": 3, "cron": "0 14 * * *", "duration_minutes": 60},
            {"timezone": "Europe/Paris", "start": "0 14 * * *", "end": "0 15 * * *", "desiredReplicas": "30"},
        ),
    ],
)
def test_an_event_is_a_cron_trigger(entry: dict, trigger: dict) -> None:
    assert crons(exported(schedule=[entry])) == [trigger]


@pytest.mark.parametrize("cron", ["*/15 8 * * *", "0 */2 * * *", "0 23 * * FRI"])
def test_what_a_trigger_cannot_say_is_left_to_the_server_and_said(cron: str) -> None:
    configuration = Configuration.of(
        {"service": SERVICE, "schedule": [{"replicas": 12, "cron": cron, "duration_minutes": 120, "name": "sale"}]}
    )
    text = manifest_of(SERIES, configuration, "keda", URL)
    assert not crons(yaml.safe_load(text))
    assert "Event sale" in text
    assert "no cron trigger can say" in text.replace("\n#  ", "")


def test_the_behavior_is_the_one_given() -> None:
    behavior = {
        "scale_up": {"select_policy": "Min", "tolerance": 0.2},
        "scale_down": {
            "stabilization_window_seconds": 120,
            "policies": [{"type": "Pods", "value": 2, "period_seconds": 30}],
        },
    }
    for form in FORMS:
        manifest = exported(form, behavior=behavior)
        spec = manifest["spec"]
        found = spec["behavior"] if form == "hpa" else spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert found["scaleUp"]["selectPolicy"] == "Min"
        assert found["scaleUp"]["tolerance"] == 0.2
        assert found["scaleDown"]["stabilizationWindowSeconds"] == 120
        assert found["scaleDown"]["policies"] == [{"type": "Pods", "value": 2, "periodSeconds": 30}]


@pytest.mark.parametrize(("given", "target"), [({}, "0.0466667"), ({"target_percent": 55}, "0.0366667")])
def test_the_reactive_policy_needs_no_server(given: dict, target: str) -> None:
    text = manifest_of(
        SERIES, Configuration.of({"service": SERVICE, "policy": "reactive", "parameters": given}), "keda", URL
    )
    (trigger,) = yaml.safe_load(text)["spec"]["triggers"]
    assert (trigger["type"], trigger["metadata"]["threshold"]) == ("prometheus", target)
    assert "dataflow:8000" not in text
    (metric,) = exported("hpa", policy="reactive", parameters=given)["spec"]["metrics"]
    assert metric["external"]["target"]["averageValue"] == target


@pytest.mark.parametrize(("given", "replicas"), [({"replicas": 7}, 7), ({}, 10)])
def test_a_fixed_number_is_minimum_and_maximum(given: dict, replicas: int) -> None:
    spec = exported(policy="fixed", parameters=given)["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (replicas, replicas)
    spec = exported("hpa", policy="fixed", parameters=given)["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (replicas, replicas)


def test_the_calendar_is_not_lost_in_an_hpa_without_a_word() -> None:
    configuration = Configuration.of(
        {
            "service": SERVICE,
            "policy": "reactive",
            "schedule": [{"replicas": 12, "cron": "0 8 * * *", "duration_minutes": 60}],
        }
    )
    assert "The calendar is not part of an HPA" in manifest_of(SERIES, configuration, "hpa", URL)
