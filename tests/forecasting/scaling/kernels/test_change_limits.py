"""Stabilization and rate limits against horizontal_test.go of kubernetes/kubernetes, and its documentation."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.kernels.inputs import (
    BINDINGS,
    LARGEST,
    NO_RECOMMENDATION,
    PERCENT,
    PLANNED,
    PODS,
    SELECT_DISABLED,
    SELECT_MIN,
    Behavior,
    Recent,
)
from forecasting.scaling.kernels.loop import simulate
from tests.forecasting.scaling.kernels.worlds import (
    bindings_of,
    known_of,
    kubernetes,
    limits_of,
    policy_of,
    world_of,
)

NONE = (0, 0, 0, 0)
DEFAULT = kubernetes()


def up(*policies: tuple[int, int], **options: int) -> Behavior:
    return DEFAULT._replace(up=limits_of(*((*policy, 0) for policy in policies), **options))


def down(*policies: tuple[int, int], **options: int) -> Behavior:
    return DEFAULT._replace(down=limits_of(*((*policy, 0) for policy in policies), **options))


def limited(plain, current, desired, low, high, behavior, changed=0) -> tuple[int, str]:
    """(replicas, what bound them) with so many replicas added within the period of every scaling policy."""
    recent = Recent(LARGEST, NO_RECOMMENDATION, (changed,) * 4, (changed,) * 4)
    world = world_of(low=low, high=high)
    replicas, binding = plain.change_limits.normalized(current, desired, recent, world, behavior)
    return replicas, BINDINGS[binding] if binding >= 0 else ""


SCALING_WITH_RULES = {
    "21": (10, 50, 1, 1000, DEFAULT, 0, 20, "scale-up limit"),
    "22": (3, 1000, 1, 2000, up((PERCENT, 1)), 0, 4, "scale-up limit"),
    "23": (10, 500, 1, 1000, up((PODS, 100), (PERCENT, 100)), 0, 110, "scale-up limit"),
    "24": (10, 500, 1, 1000, up((PODS, 2), (PERCENT, 100)), 0, 20, "scale-up limit"),
    "25": (100, 500, 1, 1000, up((PODS, 150)), 15, 235, "scale-up limit"),
    "26": (100, 500, 1, 1000, up((PERCENT, 200)), 15, 255, "scale-up limit"),
    "27": (100, 500, 1, 1000, up((PODS, 5)), 15, 100, "scale-up limit"),
    "28": (20, 1000, 1, 10, DEFAULT, 0, 10, "max replicas"),
    "29": (100, 2, 1, 1000, down((PODS, 20), (PERCENT, 1)), 0, 80, "scale-down limit"),
    "30": (10, 2, 1, 1000, down((PODS, 5)), 0, 5, "scale-down limit"),
    "31": (100, 0, 1, 1000, down((PERCENT, 50)), -12, 56, "scale-down limit"),
    "32": (100, 0, 1, 1000, down((PERCENT, 10)), -30, 100, "scale-down limit"),
    "33": (10, 2, 5, 1000, down((PERCENT, 100)), 0, 5, "min replicas"),
    "min of policies up": (10, 500, 1, 1000, up((PODS, 2), (PERCENT, 100), select=SELECT_MIN), 0, 12, "scale-up limit"),
    "min of policies down": (
        100,
        2,
        1,
        1000,
        down((PODS, 20), (PERCENT, 1), select=SELECT_MIN),
        0,
        99,
        "scale-down limit",
    ),
    "disabled up": (10, 500, 1, 1000, up((PODS, 9), select=SELECT_DISABLED), 0, 10, "scale-up limit"),
    "disabled down": (10, 2, 1, 1000, down((PODS, 9), select=SELECT_DISABLED), 0, 10, "scale-down limit"),
    "added replicas may go again": (10, 2, 1, 1000, down((PODS, 1)), 5, 4, "scale-down limit"),
    "removed replicas may come again": (10, 50, 1, 1000, up((PODS, 1)), -5, 16, "scale-up limit"),
    "within all limits": (10, 12, 1, 1000, DEFAULT, 0, 12, ""),
    "legacy up": (1, 50, 1, 1000, kubernetes(legacy=True), 0, 4, "scale-up limit"),
    "legacy up from more": (10, 50, 1, 1000, kubernetes(legacy=True), 0, 20, "scale-up limit"),
    "legacy up to the highest": (10, 50, 1, 15, kubernetes(legacy=True), 0, 15, "max replicas"),
    "legacy down": (100, 0, 3, 1000, kubernetes(legacy=True), 0, 3, "min replicas"),
}


@pytest.mark.parametrize(
    ("current", "desired", "low", "high", "behavior", "changed", "expected", "binding"),
    SCALING_WITH_RULES.values(),
    ids=SCALING_WITH_RULES,
)
def test_scaling_with_rules(plain, current, desired, low, high, behavior, changed, expected, binding) -> None:
    assert limited(plain, current, desired, low, high, behavior, changed) == (expected, binding)


@pytest.mark.parametrize(
    ("current", "desired", "by_minutes_ago", "windows", "expected"),
    [
        pytest.param(100, 3, {2: 4, 1: 5}, (0, 2), 5, id="34"),
        pytest.param(1, 7, {2: 4, 1: 5}, (4, 0), 4, id="35"),
        pytest.param(100, 3, {2: 1, 1: 2}, (4, 0), 3, id="36"),
        pytest.param(100, 3, {10: 10, 1: 4, 2: 5, 9: 9}, (0, 2), 5, id="37"),
        pytest.param(1, 100, {100: 10, 1: 6, 2: 5, 3: 9}, (4, 0), 5, id="38"),
        pytest.param(6, 7, {1: 5}, (4, 0), 6, id="scaling out never scales in"),
        pytest.param(6, 5, {1: 8}, (0, 4), 6, id="scaling in never scales out"),
        pytest.param(6, 9, {}, (4, 4), 9, id="no history up"),
        pytest.param(6, 2, {}, (4, 4), 2, id="no history down"),
    ],
)
def test_stabilization(plain, current, desired, by_minutes_ago, windows, expected) -> None:
    """A window of 180 s reaches 2 minutes before the present one, 300 s reach 4."""
    t = 120
    recommendations = np.full(t + 1, NO_RECOMMENDATION)
    for minutes, replicas in by_minutes_ago.items():
        recommendations[t - minutes] = replicas
    behavior = Behavior(limits_of(window=windows[0]), limits_of(window=windows[1]), legacy=False)
    recent = plain.change_limits.recall(t, np.arange(t + 1), recommendations, np.zeros(t + 1, int), behavior)
    assert plain.change_limits.stabilized(current, desired, recent, False) == expected


def test_legacy_stabilization_follows_the_highest_recommendation_even_upwards(plain) -> None:
    recent = Recent(LARGEST, 8, NONE, NONE)
    assert plain.change_limits.stabilized(6, 5, recent, True) == 8
    assert plain.change_limits.stabilized(6, 9, recent, True) == 9


def test_changes_are_counted_for_each_policy_over_its_own_period(plain) -> None:
    changes = np.array([7, 1, -2, 4, 100])
    assert plain.change_limits.changed(4, np.arange(5), changes, (1, 2, 4, 9)) == (4, 2, 10, 10)
    assert plain.change_limits.changed(0, np.arange(5), changes, (1, 2, 4, 9)) == NONE


def test_slow_scale_in_as_documented() -> None:
    """Pods 4 and Percent 10 a minute: a tenth as long as that is more than 4 pods; 7.2 pods become 8."""
    behavior = down((PODS, 4), (PERCENT, 10))
    run = simulate(known_of([0] * 13, planned=1), world_of(current=80), policy_of(PLANNED, behavior))
    assert run.ready.tolist() == [80, 72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16]
    assert set(bindings_of(run)) == {"scale-down limit"}


def test_a_longer_period_limits_the_sum_of_changes() -> None:
    behavior = DEFAULT._replace(up=limits_of((PODS, 5, 2)))
    run = simulate(known_of([0] * 9, planned=100), world_of(current=1), policy_of(PLANNED, behavior))
    assert run.ready.tolist() == [1, 6, 6, 6, 11, 11, 11, 16, 16]


def test_stabilization_holds_the_highest_recommendation_of_five_minutes() -> None:
    planned = [9, 2, 2, 2, 2, 2, 3, 1, 1]
    run = simulate(known_of([0] * 9, planned=planned), world_of(current=9), policy_of(PLANNED, DEFAULT))
    assert run.desired.tolist() == [9, 9, 9, 9, 9, 2, 3, 3, 3]
    assert bindings_of(run)[1:6] == [*["stabilization"] * 4, "plan"]
    assert run.proposed.tolist() == planned
