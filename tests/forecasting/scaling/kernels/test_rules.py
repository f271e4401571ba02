"""What each kind of policy does, in worked examples; a replica serves 10 requests a step."""

from __future__ import annotations

import pytest

from forecasting.scaling.kernels.inputs import (
    FORECAST_DRIVEN,
    LARGEST,
    PLANNED,
    REACTIVE,
    TARGET_TRACKING,
    THRESHOLD,
    Run,
    Tolerance,
)
from forecasting.scaling.kernels.loop import simulate
from tests.forecasting.scaling.kernels.worlds import bindings_of, known_of, kubernetes, policy_of, world_of


def decided(run: Run) -> list[tuple[int, str]]:
    """(desired replicas, what decided) of each step."""
    return list(zip(run.desired.tolist(), bindings_of(run), strict=True))


def one_step(policy, demand: float, current: int = 10, boot: int = 0, **known) -> tuple[int, str]:
    """What is decided at the end of one step."""
    return decided(simulate(known_of([demand], **known), world_of(boot, current), policy))[0]


def test_a_plan_is_followed() -> None:
    run = simulate(known_of([0, 0, 0], planned=[3, 5, 2]), world_of(), policy_of(PLANNED))
    assert decided(run) == [(3, "plan"), (5, "plan"), (2, "plan")]


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        pytest.param(70, (10, "tolerance"), id="on target"),
        pytest.param(77, (10, "tolerance"), id="a ratio of exactly 1.1"),
        pytest.param(77.9, (10, "tolerance"), id="whole percent"),
        pytest.param(78, (12, "reactive"), id="above the tolerance"),
        pytest.param(63, (10, "tolerance"), id="a ratio of exactly 0.9"),
        pytest.param(62.9, (9, "reactive"), id="below the tolerance"),
        pytest.param(350, (50, "reactive"), id="five times"),
        pytest.param(0, (1, "min replicas"), id="no demand"),
    ],
)
def test_the_reactive_rule_is_the_hpa_on_utilisation(demand: float, expected: tuple[int, str]) -> None:
    assert one_step(policy_of(REACTIVE), demand) == expected


def test_the_reactive_rule_has_a_tolerance_for_each_direction() -> None:
    policy = policy_of(REACTIVE, tolerance=Tolerance(down=0.5, up=0.0))
    assert [one_step(policy, demand)[0] for demand in (36, 70, 71, 34)] == [10, 10, 11, 5]


def test_booting_replicas_count_as_pods_without_usage_when_more_are_wanted() -> None:
    """At 20 and 10 served: 200 % of 1, then 200 % of 1 with 2 idle beside it: 66 %, which is within the tolerance."""
    run = simulate(known_of([20, 20, 20]), world_of(boot=2), policy_of(REACTIVE))
    assert run.ready.tolist() == [1, 1, 1]
    assert decided(run) == [(3, "reactive"), (3, "tolerance"), (3, "tolerance")]


def test_booting_replicas_do_not_count_when_fewer_are_wanted() -> None:
    run = simulate(known_of([100, 10, 10]), world_of(boot=5, current=4), policy_of(REACTIVE))
    assert run.desired.tolist() == [15, 2, 2]


def test_a_demand_that_needs_more_than_32_bits_of_replicas_is_capped() -> None:
    assert one_step(policy_of(REACTIVE), 1e15) == (1000, "max replicas")
    assert simulate(known_of([1e15]), world_of(), policy_of(REACTIVE)).proposed.tolist() == [LARGEST]


FORECAST = policy_of(FORECAST_DRIVEN)
GUARDED = policy_of(FORECAST_DRIVEN, guarded=True)


@pytest.mark.parametrize(
    ("policy", "demand", "known", "expected"),
    [
        pytest.param(FORECAST, 100, {"planned": 4}, (4, "predictive"), id="an open gate trusts the forecast alone"),
        pytest.param(GUARDED, 70, {"planned": 4}, (8, "reactive"), id="beside a looser guard"),
        pytest.param(GUARDED, 90, {"planned": 4}, (10, "tolerance"), id="which may find nothing to do"),
        pytest.param(GUARDED, 70, {"planned": 13}, (13, "predictive"), id="and loses to a higher forecast"),
        pytest.param(
            FORECAST, 140, {"planned": 4, "trusted": False}, (20, "reactive"), id="a shut gate leaves the HPA"
        ),
        pytest.param(GUARDED, 140, {"planned": 4, "trusted": False}, (20, "reactive"), id="at its own target"),
        pytest.param(
            GUARDED, 70, {"planned": 40, "trusted": False}, (10, "tolerance"), id="and nothing of the forecast"
        ),
        pytest.param(FORECAST, 100, {"planned": 4, "floor": 6}, (6, "floor"), id="the floor above the forecast"),
        pytest.param(FORECAST, 7, {"planned": 40, "floor": 6, "trusted": False}, (6, "floor"), id="above the HPA"),
        pytest.param(GUARDED, 140, {"planned": 4, "floor": 6}, (16, "reactive"), id="and below the guard"),
        pytest.param(FORECAST, 7, {"planned": 4, "needed": 8}, (8, "break-even"), id="kept until needed again"),
        pytest.param(FORECAST, 7, {"planned": 4, "needed": 30}, (10, "break-even"), id="but none launched for that"),
        pytest.param(FORECAST, 7, {"planned": 4, "needed": 3}, (4, "predictive"), id="no longer needed"),
        pytest.param(FORECAST, 7, {"planned": 12, "needed": 30}, (12, "predictive"), id="no hindrance to scaling out"),
        pytest.param(FORECAST, 7, {"needed": 8, "trusted": False}, (1, "reactive"), id="a shut gate keeps nothing"),
    ],
)
def test_a_forecast_proposes(policy, demand, known, expected) -> None:
    assert one_step(policy, demand, **known) == expected


def test_what_is_kept_is_no_recommendation() -> None:
    """Stabilization remembers what was asked for, not what break-even made of it."""
    known = known_of([0] * 7, planned=2, needed=[9, 9, 0, 0, 0, 0, 0])
    run = simulate(known, world_of(current=9), policy_of(FORECAST_DRIVEN, kubernetes(window=3)))
    assert run.proposed.tolist() == [2] * 7
    assert run.desired.tolist() == [9, 9, 2, 2, 2, 2, 2]
    assert bindings_of(run)[:3] == ["break-even", "break-even", "predictive"]


def test_target_tracking_scales_out_once_its_alarm_was_on_long_enough() -> None:
    run = simulate(known_of([80] * 4), world_of(current=10), policy_of(TARGET_TRACKING, out_periods=3))
    assert decided(run) == [(10, "tolerance"), (10, "tolerance"), (16, "reactive"), (16, "tolerance")]


def test_target_tracking_does_not_order_twice_what_boots() -> None:
    run = simulate(known_of([80, 80, 100, 100]), world_of(boot=9, current=10), policy_of(TARGET_TRACKING))
    assert run.desired.tolist() == [16, 16, 20, 20]
    assert run.booting.tolist() == [0, 6, 6, 10]


def test_target_tracking_forgets_an_alarm_that_stopped() -> None:
    run = simulate(known_of([80, 80, 50, 80, 80]), world_of(current=10), policy_of(TARGET_TRACKING, out_periods=3))
    assert set(run.desired.tolist()) == {10}


def test_target_tracking_scales_in_later_and_well_below_its_target() -> None:
    policy = policy_of(TARGET_TRACKING, in_periods=2)
    run = simulate(known_of([45, 45, 45, 44, 44]), world_of(current=10), policy)
    assert run.desired.tolist() == [10, 10, 10, 10, 9]


def test_target_tracking_does_not_scale_in_while_replicas_boot() -> None:
    run = simulate(known_of([100, 10, 10, 10, 10]), world_of(boot=2, current=10), policy_of(TARGET_TRACKING))
    assert decided(run) == [(20, "reactive"), (20, "cooldown"), (20, "cooldown"), (2, "reactive"), (2, "tolerance")]


def test_target_tracking_cools_down_between_two_scale_ins_and_a_scale_out_ends_that() -> None:
    policy = policy_of(TARGET_TRACKING, cooldown_steps=4)
    run = simulate(known_of([40, 30, 30, 30, 30, 20, 60, 20]), world_of(current=10), policy)
    assert decided(run) == [
        (8, "reactive"),
        *[(8, "cooldown")] * 3,
        (6, "reactive"),
        (6, "cooldown"),
        (12, "reactive"),
        (4, "reactive"),
    ]


def test_thresholds_hold_between_and_step_beyond_them() -> None:
    policy = policy_of(THRESHOLD)
    run = simulate(known_of([80, 40, 81, 89, 39, 39]), world_of(current=10), policy)
    assert decided(run) == [(replicas, "thresholds") for replicas in (10, 10, 11, 12, 11, 10)]


def test_thresholds_add_a_share_rounded_up_and_remove_one_rounded_down() -> None:
    policy = policy_of(THRESHOLD, add_percent=25, remove_percent=25)
    assert [one_step(policy, demand, current)[0] for demand, current in ((100, 10), (0, 10), (10, 1), (0, 3))] == [
        13,
        8,
        2,
        2,
    ]


def test_thresholds_stay_within_the_limits() -> None:
    run = simulate(known_of([1000, 1000, 0, 0]), world_of(current=3, low=2, high=4), policy_of(THRESHOLD))
    assert run.proposed.tolist() == [4, 4, 3, 2]


def test_thresholds_count_what_boots_and_measure_what_serves() -> None:
    run = simulate(known_of([100, 100, 100]), world_of(boot=5, current=10), policy_of(THRESHOLD))
    assert run.desired.tolist() == [11, 12, 13]


def test_thresholds_cool_down_after_either_action() -> None:
    run = simulate(known_of([100, 100, 0, 0, 0]), world_of(current=10), policy_of(THRESHOLD, cooldown_steps=2))
    assert decided(run) == [
        (11, "thresholds"),
        (11, "cooldown"),
        (10, "thresholds"),
        (10, "cooldown"),
        (9, "thresholds"),
    ]


@pytest.mark.parametrize(
    ("kind", "desired"),
    [(TARGET_TRACKING, [12] * 5 + [2] * 10), (THRESHOLD, [11] * 5 + [10] * 9 + [9])],
    ids=["target tracking", "threshold"],
)
def test_an_action_that_stabilization_stopped_starts_no_cooldown(kind: int, desired: list[int]) -> None:
    """Else the recommendations of the cooldown would stop the next one, for ever."""
    policy = policy_of(kind, kubernetes(window=4), cooldown_steps=5)
    run = simulate(known_of([60] + [10] * 14), world_of(current=11), policy)
    assert run.desired.tolist() == desired
