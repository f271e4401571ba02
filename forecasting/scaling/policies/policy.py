"""What a policy is: its parameters, how it decides, and over which settings it is swept.

One parameter of a policy, its knob, trades money for service. What a policy recommends without looking at the number
of replicas is computed for the whole trace at once, and the simulator follows it as a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.kernels.inputs import (
    NO_BUDGET,
    NO_LEVELS,
    PLANNED,
    Hpa,
    Known,
    Levels,
    Policy,
    Thresholds,
    Tolerance,
    Tracking,
)
from forecasting.scaling.policies.behavior import behavior_of
from forecasting.scaling.policies.error_budget import Ladder, budget_of
from forecasting.scaling.policies.scenario import Scenario

WINDOW = "scale_in_window_seconds"

ADAPTIVE = "adaptive"
"""The parameter of a policy with levels: 1 if the error budget moves the knob, 0 if it stays."""

REACTIVE_PERCENT = 70
"""Target utilisation of the HPA that decides alone, in percent of capacity."""

GUARD_PERCENT = 90
"""Target of the safety net beside a trusted forecast: looser, for the forecast's quantile is the headroom already."""

TOLERANCE = Tolerance(0.1, 0.1)
ALARM_SECONDS = 60
"""How often the alarms of target tracking and of thresholds are evaluated."""

SCALE_IN_RATIO = 0.9
"""AWS target tracking scales in below 90 % of the target (observed, not in its contract)."""

WINDOW_MULTIPLES: Mapping[str, tuple[float, ...]] = {WINDOW: (1.0, 3.0)}
"""Stabilization windows that a sweep tries, in multiples of the one requested."""

Parameters = dict[str, float]

KernelInputs = tuple[Policy, Known]
"""What the simulator takes: the policy as numbers, and what is known and when."""


@dataclass(frozen=True)
class PolicyDefinition:
    """A policy: its parameters with the knob first, their defaults, and how it is made ready for the simulator.

    `knob_values` gives that many values of the knob over its whole range, from what the scenario knows of the days
    before its trace; None if there is no knob. `other_values` are tried with each of them. `ladder` gives the levels
    of the knob, with the other parameters given, for a policy whose knob an error budget may move.
    """

    parameters: tuple[str, ...]
    defaults: Callable[[Scenario], Parameters]
    build: Callable[..., KernelInputs]
    knob_values: Callable[[Scenario, int], list[float]] | None = None
    other_values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    whole_knob: bool = False
    ladder: Callable[[Scenario, Parameters], Ladder] | None = None

    @property
    def knob(self) -> str:
        """The parameter that trades money for service; raises IndexError if there is none."""
        return self.parameters[0]


@dataclass(frozen=True, eq=False)
class ConfiguredPolicy:
    """A policy with its parameters, and what the simulator takes; `values` are those of the knob at each level."""

    policy: str
    parameters: Parameters
    kernel: Policy
    known: Known
    values: tuple[float, ...] = ()


def always(**defaults: float) -> Callable[[Scenario], Parameters]:
    """Return the same defaults for every scenario."""
    return lambda _: defaults


def kernel_policy(
    scenario: Scenario,
    kind: int,
    *,
    hpa: Hpa | None = None,
    tracking: Tracking | None = None,
    thresholds: Thresholds | None = None,
) -> Policy:
    """Return the policy as numbers; what another kind of policy would need is filled in and never read."""
    return Policy(
        kind,
        hpa or Hpa(REACTIVE_PERCENT, GUARD_PERCENT, False, TOLERANCE),
        tracking or Tracking(0.7, SCALE_IN_RATIO, 1, 1, 0),
        thresholds or Thresholds(0.8, 0.3, 1, 0, 1, 0, 0),
        behavior_of(scenario.scale_in_window_seconds),
        NO_BUDGET,
        ALARM_SECONDS // STEP_SECONDS,
    )


def adaptive_kernel(scenario: Scenario, kind: int) -> Policy:
    """Return a policy with levels as numbers, still without a level to start at."""
    return kernel_policy(scenario, kind)._replace(budget=budget_of(scenario, 0, 0, adaptive=False))


def known_of(
    scenario: Scenario,
    *,
    planned: np.ndarray | None = None,
    needed: np.ndarray | None = None,
    trusted: np.ndarray | None = None,
    floor: np.ndarray | None = None,
    levels: Levels = NO_LEVELS,
) -> Known:
    """Return what is known; arrays by bin, known at its end, that are not given say nothing."""
    return Known(
        scenario.trace.arriving,
        scenario.trace.seen_counts,
        scenario.nothing if planned is None else planned,
        scenario.nothing if needed is None else needed,
        scenario.always if trusted is None else trusted,
        scenario.nothing if floor is None else floor,
        levels,
    )


def plan(scenario: Scenario, replicas: np.ndarray) -> KernelInputs:
    """Follow a plan (bins,), each at the end of its bin: one replica if it is NaN, never below the calendar's floor."""
    planned = np.maximum(whole_replicas(replicas), scenario.floor)
    return kernel_policy(scenario, PLANNED), known_of(scenario, planned=planned)


def stated_quantile(scenario: Scenario, made: ConfiguredPolicy) -> float:
    """Return the quantile of the lead window that is stated beside a policy: its own, or what the objective needs."""
    return made.parameters.get("quantile") or scenario.usual_quantile or scenario.slo.level


def whole_replicas(replicas: np.ndarray) -> np.ndarray:
    """Round up to whole numbers from 1 on (int32); NaN becomes 1."""
    return np.clip(np.nan_to_num(np.ceil(replicas), nan=1.0), 1, 2**31 - 1).astype(np.int32)


def percent_values(_: Scenario, count: int) -> list[float]:
    """Return utilisations from 5 to 100 %, denser at the low end."""
    return np.geomspace(5.0, 100.0, count).tolist()


def whole_percent_values(_: Scenario, count: int) -> list[float]:
    """Return `count` whole utilisations from 5 to 100 %, or all there are, denser at the low end."""
    low, high = 5, 100
    wanted, tried = min(count, high - low + 1), count
    while len(values := np.unique(np.geomspace(low, high, tried).round())) < wanted:
        tried *= 2
    return values[np.linspace(0, len(values) - 1, wanted).round().astype(np.int64)].tolist()
