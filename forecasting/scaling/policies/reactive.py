"""The reactive policy: the Kubernetes HPA on utilisation."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import REACTIVE, Hpa
from forecasting.scaling.policies.error_budget import Ladder, levels_of
from forecasting.scaling.policies.policy import (
    ADAPTIVE,
    GUARD_PERCENT,
    REACTIVE_PERCENT,
    TOLERANCE,
    WINDOW,
    WINDOW_MULTIPLES,
    KernelInputs,
    Parameters,
    PolicyDefinition,
    adaptive_kernel,
    always,
    kernel_policy,
    known_of,
    whole_percent_values,
)
from forecasting.scaling.policies.scenario import Scenario

TARGETS = np.geomspace(100.0, 5.0, 40).round().astype(np.int64)
"""Target utilisations in percent, the levels of an error budget, from cheap to safe."""


def _build(scenario: Scenario, target_percent: float) -> KernelInputs:
    hpa = Hpa(int(target_percent), GUARD_PERCENT, False, TOLERANCE)
    return kernel_policy(scenario, REACTIVE, hpa=hpa), known_of(scenario)


def _ladder(scenario: Scenario, _: Parameters) -> Ladder:
    nothing = np.zeros((len(scenario.trace), 0), np.int16)
    levels = levels_of(scenario, nothing, nothing, targets=TARGETS)
    return Ladder(
        TARGETS.astype(np.float64),
        adaptive_kernel(scenario, REACTIVE),
        known_of(scenario, levels=levels),
        len(TARGETS) - 1,
    )


REACTIVE_POLICY = PolicyDefinition(
    ("target_percent", ADAPTIVE, WINDOW),
    always(target_percent=REACTIVE_PERCENT, adaptive=0),
    _build,
    whole_percent_values,
    WINDOW_MULTIPLES,
    whole_knob=True,
    ladder=_ladder,
)
