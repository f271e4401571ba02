"""The reactive policy: the Kubernetes HPA on utilisation."""

from __future__ import annotations

from forecasting.scaling.kernels.inputs import REACTIVE, Hpa
from forecasting.scaling.policies.policy import (
    GUARD_PERCENT,
    REACTIVE_PERCENT,
    TOLERANCE,
    WINDOW,
    WINDOW_MULTIPLES,
    KernelInputs,
    PolicyDefinition,
    always,
    kernel_policy,
    known_of,
    whole_percent_values,
)
from forecasting.scaling.policies.scenario import Scenario


def _build(scenario: Scenario, target_percent: float) -> KernelInputs:
    hpa = Hpa(int(target_percent), GUARD_PERCENT, False, TOLERANCE)
    return kernel_policy(scenario, REACTIVE, hpa=hpa), known_of(scenario)


REACTIVE_POLICY = PolicyDefinition(
    ("target_percent", WINDOW),
    always(target_percent=REACTIVE_PERCENT),
    _build,
    whole_percent_values,
    WINDOW_MULTIPLES,
    whole_knob=True,
)
