"""How fast replicas may change, as Kubernetes writes it (seconds), and as the kernels take it (steps)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS, STEP_SECONDS
from forecasting.scaling.kernels.inputs import (
    MAX_SCALING_POLICIES,
    PERCENT,
    PODS,
    SELECT_DISABLED,
    SELECT_MAX,
    SELECT_MIN,
    Behavior,
    Four,
    Limits,
)

KINDS = {"Pods": PODS, "Percent": PERCENT}
SELECTS = {"Max": SELECT_MAX, "Min": SELECT_MIN, "Disabled": SELECT_DISABLED}

MAX_PERIOD_SECONDS = 1800


def checked_window(seconds: int) -> int:
    """The seconds of a scale-in stabilization; raises InputError if Kubernetes would refuse it."""
    if not 0 <= seconds <= MAX_WINDOW_SECONDS:
        raise InputError(
            f"scale_in_window_seconds must be an integer from 0 to {MAX_WINDOW_SECONDS} (got {seconds!r}).",
            field="scale_in_window_seconds",
        )
    return seconds


@dataclass(frozen=True)
class ScalingPolicy:
    """At most `value` pods or percent within a period."""

    type: str
    value: int
    period_seconds: int = 15


@dataclass(frozen=True)
class Direction:
    """One direction of a behavior: stabilization, scaling policies and how to choose among them.

    Raises InputError for what Kubernetes refuses, and for more policies than are simulated.
    """

    window_seconds: int
    policies: tuple[ScalingPolicy, ...]
    select: str = "Max"

    def __post_init__(self) -> None:
        checked_window(self.window_seconds)
        if self.select not in SELECTS or len(self.policies) > MAX_SCALING_POLICIES:
            raise InputError(
                f"behavior must have select {', '.join(SELECTS)} and at most {MAX_SCALING_POLICIES} policies (got "
                f"{self.select!r} and {len(self.policies)}).",
                field="behavior",
            )
        for policy in self.policies:
            right = policy.type in KINDS and policy.value > 0 and 0 < policy.period_seconds <= MAX_PERIOD_SECONDS
            if not right:
                raise InputError(
                    f"behavior must have policies of type Pods or Percent, with a value above 0 and a period from 1 to "
                    f"{MAX_PERIOD_SECONDS} seconds (got {policy}).",
                    field="behavior",
                )

    def limits(self, step_seconds: int) -> Limits:
        """In steps of this length."""
        return Limits(
            earlier_steps(self.window_seconds, step_seconds),
            SELECTS[self.select],
            len(self.policies),
            _four(KINDS[policy.type] for policy in self.policies),
            _four(policy.value for policy in self.policies),
            _four(earlier_steps(policy.period_seconds, step_seconds) for policy in self.policies),
        )


def _four(values: Iterable[int]) -> Four:
    """Return at most MAX_SCALING_POLICIES numbers, filled up with zeros."""
    first, second, third, fourth = (*values, 0, 0, 0, 0)[:MAX_SCALING_POLICIES]
    return first, second, third, fourth


UP = Direction(0, (ScalingPolicy("Pods", 4), ScalingPolicy("Percent", 100)))
"""Kubernetes' default for scaling out."""


def behavior_of(scale_in_window_seconds: int) -> Behavior:
    """Kubernetes' default behavior with this stabilization of scale-in, in steps of the simulation."""
    down = Direction(scale_in_window_seconds, (ScalingPolicy("Percent", 100),))
    return Behavior(UP.limits(STEP_SECONDS), down.limits(STEP_SECONDS), legacy=False)


def unwindowed() -> Behavior:
    """Kubernetes' default rate limits, and no stabilization window.

    The expected worth of keeping a replica decides about scale-in; a window beside it would hold what is not worth it.
    """
    return behavior_of(0)


def earlier_steps(seconds: float, step_seconds: int) -> int:
    """Steps before the present one that are younger than `seconds`: 300 s of 60 s steps reach 4 back."""
    return max(0, math.ceil(seconds / step_seconds) - 1)
