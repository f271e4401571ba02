"""Two thresholds of utilisation with a dead band between them, and a cooldown."""

from __future__ import annotations

import math

from forecasting.errors import InputError
from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.kernels.inputs import THRESHOLD, Thresholds
from forecasting.scaling.policies.policy import (
    KernelInputs,
    PolicyDefinition,
    always,
    kernel_policy,
    known_of,
    percent_values,
)
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.target_tracking import COOLDOWN_SECONDS

OUT_PERCENT, IN_PERCENT = 25, 10
"""What is added above the upper and removed below the lower threshold, in percent of the replicas; at least one."""


def _build(scenario: Scenario, upper_percent: float, lower_percent: float, cooldown_seconds: float) -> KernelInputs:
    if lower_percent >= upper_percent:
        raise InputError(
            f"lower_percent must be less than upper_percent, {upper_percent:g} (got {lower_percent:g}).",
            field="parameters.lower_percent",
        )
    cooldown = math.ceil(cooldown_seconds / STEP_SECONDS)
    thresholds = Thresholds(upper_percent / 100.0, lower_percent / 100.0, 1, OUT_PERCENT, 1, IN_PERCENT, cooldown)
    return kernel_policy(scenario, THRESHOLD, thresholds=thresholds), known_of(scenario)


THRESHOLD_POLICY = PolicyDefinition(
    ("upper_percent", "lower_percent", "cooldown_seconds"),
    always(upper_percent=80.0, lower_percent=40.0, cooldown_seconds=COOLDOWN_SECONDS),
    _build,
    percent_values,
    {"lower_percent": (0.3, 0.5, 0.7)},  # as a share of upper_percent
)
