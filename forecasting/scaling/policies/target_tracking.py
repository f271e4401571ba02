"""Target tracking as AWS does it: alarms above the target and well below it, and a cooldown."""

from __future__ import annotations

import math

from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.kernels.inputs import TARGET_TRACKING, Tracking
from forecasting.scaling.policies.policy import (
    ALARM_SECONDS,
    REACTIVE_PERCENT,
    SCALE_IN_RATIO,
    KernelInputs,
    PolicyDefinition,
    always,
    kernel_policy,
    known_of,
    percent_values,
)
from forecasting.scaling.policies.scenario import Scenario

COOLDOWN_SECONDS = 300
IN_SECONDS, OUT_SECONDS = 900, 180
"""The alarms: above the target for 3 minutes, below 90 % of it for 15 (observed, not in the contract of AWS)."""


def _build(scenario: Scenario, target_percent: float, cooldown_seconds: float) -> KernelInputs:
    out, into = OUT_SECONDS // ALARM_SECONDS, IN_SECONDS // ALARM_SECONDS
    cooldown = math.ceil(cooldown_seconds / STEP_SECONDS)
    tracking = Tracking(target_percent / 100.0, SCALE_IN_RATIO, out, into, cooldown)
    return kernel_policy(scenario, TARGET_TRACKING, tracking=tracking), known_of(scenario)


TARGET_TRACKING_POLICY = PolicyDefinition(
    ("target_percent", "cooldown_seconds"),
    always(target_percent=REACTIVE_PERCENT, cooldown_seconds=COOLDOWN_SECONDS),
    _build,
    percent_values,
)
