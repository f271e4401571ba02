"""Scale to zero: who can, what wakes a service up, and what the cold start costs."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
import yaml

from forecasting.scaling.comparison.compare import CANNOT_REACH_ZERO, compare
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.recommendation.manifest_export import manifest_of
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import simulate
from tests.forecasting.traffic import daily_traffic, with_counts

SERVICE = ScaledService(capacity_per_minute=10.0, boot_seconds=60, min_replicas=0, max_replicas=20, launch_cost=0.01)
NEED_ONE = (policy_names.REACTIVE, policy_names.TARGET_TRACKING, policy_names.THRESHOLD)


def silent_nights(days: int = 20):
    """600 requests a bin by day, none from 20:00 to 08:00."""
    hours = np.arange(days * 96) % 96 // 4
    return with_counts(daily_traffic(days), np.where((hours >= 8) & (hours < 20), 600.0, 0.0))


def request(policy: str, **fields: object) -> ScalingRequest:
    service = asdict(replace(SERVICE, **fields.pop("service", {})))
    return ScalingRequest(series=silent_nights(), service=service, policy=policy, model_type="smoothing", **fields)


@pytest.mark.parametrize("policy", NEED_ONE)
def test_what_looks_at_utilisation_keeps_one(policy: str) -> None:
    simulation = simulate(replay_of(request(policy)), policy)
    assert simulation.run.ready.min() == 1
    recommendation = recommend(request(policy, current_replicas=0))
    assert recommendation.replicas >= 1
    assert any(f"{policy} cannot scale to zero" in text for text in recommendation.warnings)


def test_a_plan_scales_to_zero_and_wakes_up_with_the_first_requests() -> None:
    simulation = simulate(replay_of(request("reactive:recent-max")), "reactive:recent-max")
    demand, ready = simulation.trace.demand, simulation.run.ready
    assert ready.min() == 0
    assert simulation.totals.unmet_requests > 0, "the cold start of each morning"
    mornings = int((np.diff(demand) > 0).sum())
    assert simulation.totals.unmet_requests <= mornings * 600 * 2
    least = simulate(replay_of(request("reactive:recent-max", service={"min_replicas": 1})), "reactive:recent-max")
    assert simulation.totals.cost < least.totals.cost
    assert simulation.totals.minutes_under_share < 0.05, "no replica is needed while nothing comes"


def test_the_answer_states_the_wake_up_rule_and_the_price() -> None:
    asked = request("reactive:recent-max", current_replicas=0, service={"lost_request_price": 0.002})
    recommendation = recommend(asked)
    assert (recommendation.replicas, recommendation.action) == (0, "hold")
    (text,) = [text for text in recommendation.warnings if text.startswith("Scale to zero")]
    assert "Wake-up: the first bin with more orders a replica, which is ready 1 min later" in text
    assert "requests count as unmet, each priced at 0.002" in text


def test_a_replica_is_ordered_when_requests_arrive_at_zero() -> None:
    series = silent_nights().slice(0, 19 * 96 + 34)
    asked = ScalingRequest(
        series=series,
        service=asdict(SERVICE),
        policy="reactive:recent-max",
        model_type="smoothing",
        current_replicas=0,
    )
    assert recommend(asked).action == "scale_up"


def test_the_row_of_the_hpa_says_that_it_cannot() -> None:
    replay = replay_of(request("hybrid"))
    rows = compare(replay, policies=("reactive", "reactive:recent-max", "fixed"), knob_values=4).rows
    for row in rows:
        if row.family == "reactive":
            assert row.note == CANNOT_REACH_ZERO
            assert row.to_dict()["note"] == CANNOT_REACH_ZERO
        elif row.family == "reactive:recent-max":
            assert row.note == ""
    assert next(row for row in rows if row.family == "oracle").outcome.run.ready.min() == 0


def test_keda_may_scale_to_zero_and_an_hpa_may_not() -> None:
    given = {"capacity_per_minute": 10, "min_replicas": 0, "max_replicas": 20}
    configuration = Configuration.of({"service": given, "policy": "reactive:recent-max"})
    keda, hpa = (manifest_of(silent_nights(), configuration, form, "http://dataflow:8000") for form in ("keda", "hpa"))
    assert yaml.safe_load(keda)["spec"]["minReplicaCount"] == 0
    assert "KEDA wakes the service up" in keda.replace("\n#  ", "")
    assert yaml.safe_load(hpa)["spec"]["minReplicas"] == 1
    assert "an HPA cannot scale to zero" in hpa.replace("\n#  ", "")
    reactive = replace(configuration, policy="reactive")
    assert yaml.safe_load(manifest_of(silent_nights(), reactive, "keda", "http://a"))["spec"]["minReplicaCount"] == 1
