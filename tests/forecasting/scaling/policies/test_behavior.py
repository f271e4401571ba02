"""Kubernetes' seconds in steps."""

from __future__ import annotations

import pytest

from forecasting.errors import InputError
from forecasting.scaling.policies.behavior import Direction, ScalingPolicy, behavior_of, checked_window, earlier_steps


@pytest.mark.parametrize(
    ("seconds", "step", "earlier"),
    [(0, 60, 0), (15, 60, 0), (60, 60, 0), (61, 60, 1), (180, 60, 2), (300, 60, 4), (300, 300, 0), (900, 300, 2)],
)
def test_a_period_shorter_than_a_step_counts_as_one_step(seconds: int, step: int, earlier: int) -> None:
    assert earlier_steps(seconds, step) == earlier


def test_the_default_behavior_is_kubernetes() -> None:
    """At the sync period of 15 s: 300 s are the present step and 19 before it, 15 s the present one alone."""
    up, down, legacy = behavior_of(300)
    assert (up.window, down.window, legacy) == (0, 19, False)
    assert (up.periods[:2], down.periods[0]) == ((0, 0), 0)
    assert (up.number, up.kinds[:2], up.values[:2]) == (2, (0, 1), (4, 100))
    assert (down.number, down.kinds[0], down.values[0]) == (1, 1, 100)


@pytest.mark.parametrize("seconds", [-1, 3601])
def test_a_window_that_kubernetes_refuses(seconds: int) -> None:
    with pytest.raises(InputError) as caught:
        checked_window(seconds)
    assert caught.value.errors[0].field == "scale_in_window_seconds"


@pytest.mark.parametrize(
    "policies",
    [
        (ScalingPolicy("Pods", 0),),
        (ScalingPolicy("Percent", 10, 1801),),
        (ScalingPolicy("Nodes", 1),),
        (ScalingPolicy("Pods", 1),) * 5,
    ],
)
def test_policies_that_kubernetes_refuses(policies) -> None:
    with pytest.raises(InputError):
        Direction(0, policies)
    with pytest.raises(InputError):
        Direction(0, (), select="Any")
