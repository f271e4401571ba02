"""One policy on the evaluation days: its steps, its totals, and a sweep of its knob."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.comparison.results import sweep_result
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.policies.policy_registry import POLICIES
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import simulate, simulate_sweep
from tests.forecasting.traffic import daily_traffic

SERVICE = {"capacity_per_minute": 4, "boot_seconds": 900, "max_replicas": 30}


@pytest.fixture(scope="module")
def question() -> ScalingRequest:
    return ScalingRequest(series=daily_traffic(16), service=SERVICE, model_type="smoothing")


@pytest.mark.parametrize("policy", policy_names.POLICIES)
def test_steps_add_up_to_totals(question: ScalingRequest, policy: str) -> None:
    found = simulate(replay_of(question), policy)
    steps, totals = list(found.steps()), found.totals
    assert len(steps) == len(found.trace)
    assert sum(step["unmet"] for step in steps) == pytest.approx(totals.unmet_requests)
    assert np.mean([step["ready"] for step in steps]) == pytest.approx(totals.mean_replicas)
    assert sum(step["minutes_under"] for step in steps) == pytest.approx(totals.minutes_under)
    before = found.trace.current_replicas
    for step in steps:
        change, before = step["desired"] - before, step["desired"]
        assert step["action"] == ("hold", "scale_up", "scale_down")[(change > 0) - (change < 0)]
        assert step["changes"] >= (change != 0)
        assert 0 <= step["minutes_under"] <= 15
    changes = sum(step["changes"] for step in steps)
    assert totals.scale_events in (changes, changes - 1), "what is decided at the very end never happens"


@pytest.mark.parametrize("policy", [name for name, rule in POLICIES.items() if rule.parameters])
@pytest.mark.parametrize("count", [1, 7, 60])
def test_a_sweep_has_as_many_settings_as_asked_for(question: ScalingRequest, policy: str, count: int) -> None:
    runs = simulate_sweep(replay_of(question), policy, count)
    assert len(runs) == count or (policy == policy_names.FIXED and len(runs) > min(count, 10))
    assert len({tuple(run["parameters"].items()) for run in runs}) == len(runs)


def test_more_settings_than_whole_percents_vary_the_window_too(question: ScalingRequest) -> None:
    runs = simulate_sweep(replay_of(question), "reactive", 500)
    settings = {(run["parameters"]["target_percent"], run["parameters"]["scale_in_window_seconds"]) for run in runs}
    assert len(settings) == 500
    assert {seconds for _, seconds in settings} > {0, 300, 1440}
    kept = simulate_sweep(replay_of(question), "reactive", 500, {"scale_in_window_seconds": 60})
    assert {run["parameters"]["scale_in_window_seconds"] for run in kept} == {60}


def test_a_knob_with_fewer_values_is_told(question: ScalingRequest) -> None:
    answer = sweep_result(replace(question, policy="fixed"), 200)
    assert len(answer["runs"]) < 200
    assert any("200 settings were requested" in warning for warning in answer["warnings"])


def test_a_run_of_a_sweep_is_the_simulation_of_its_setting(question: ScalingRequest) -> None:
    replay = replay_of(question)
    for policy in ("predictive", "reactive", "threshold"):
        run = simulate_sweep(replay, policy, 5)[3]
        assert simulate(replay, policy, run["parameters"]).totals.cost == run["totals"]["cost"]


def test_a_policy_without_knob_is_not_swept(question: ScalingRequest) -> None:
    for policy in policy_names.HINDSIGHT:
        with pytest.raises(InputError):
            simulate_sweep(replay_of(question), policy, 3)
