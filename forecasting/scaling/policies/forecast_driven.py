"""Policies that follow a quantile of the lead window: that of a forecast, and that of a perfect one."""

from __future__ import annotations

import numpy as np

from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.window_forecasts import actuals_of
from forecasting.scaling.kernels.inputs import FORECAST_DRIVEN, Hpa
from forecasting.scaling.policies.policy import (
    GUARD_PERCENT,
    REACTIVE_PERCENT,
    TOLERANCE,
    WINDOW,
    WINDOW_MULTIPLES,
    KernelInputs,
    Parameters,
    PolicyDefinition,
    always,
    kernel_policy,
    known_of,
    whole_replicas,
)
from forecasting.scaling.policies.scenario import Scenario


def _predictive(scenario: Scenario, quantile: float, gated: float) -> KernelInputs:
    hpa = Hpa(REACTIVE_PERCENT, GUARD_PERCENT, False, TOLERANCE)
    return _forecast_driven(scenario, quantile, gated, hpa)


def _forecast_driven(scenario: Scenario, quantile: float, gated: float, hpa: Hpa) -> KernelInputs:
    known = known_of(
        scenario,
        planned=_replicas(scenario, scenario.needed_forecasts().windows, quantile),
        needed=scenario.nothing if scenario.pause is None else _replicas(scenario, scenario.pause, quantile),
        trusted=scenario.trust_check(quantile).trusted if gated else scenario.always,
        floor=scenario.floor,
    )
    return kernel_policy(scenario, FORECAST_DRIVEN, hpa=hpa), known


def _replicas(scenario: Scenario, windows: LeadWindows, quantile: float) -> np.ndarray:
    exact = scenario.slo.limits_requests
    return whole_replicas(windows.replicas(quantile, scenario.trace.usable, exact=exact))


def _perfect(scenario: Scenario) -> KernelInputs:
    trace = scenario.trace
    origins = np.arange(trace.first, trace.end)
    planned, needed = (
        whole_replicas(actuals_of(trace.history, origins, length).level / trace.usable)
        for length in (scenario.lead, scenario.pause.length if scenario.pause else scenario.lead)
    )
    return (
        kernel_policy(scenario, FORECAST_DRIVEN),
        known_of(scenario, planned=planned, needed=needed, floor=scenario.floor),
    )


def _default_quantile(scenario: Scenario) -> Parameters:
    """The newsvendor critical fractile at the price of an unmet request, else what the objective needs."""
    service, trace = scenario.trace.service, scenario.trace
    if service.lost_request_price is None:
        return {"quantile": scenario.usual_quantile or scenario.slo.level}
    worth = service.lost_request_price * trace.usable
    return {"quantile": max(0.0, 1.0 - trace.price / worth) if worth > 0 else 0.0}


def _quantile_values(_: Scenario, count: int) -> list[float]:
    return (1.0 - np.geomspace(0.7, 1e-4, count)).tolist()


WINDOW_QUANTILE_POLICY = PolicyDefinition(
    ("quantile", "gated", WINDOW),
    lambda scenario: {**_default_quantile(scenario), "gated": 1},
    _predictive,
    _quantile_values,
    WINDOW_MULTIPLES,
)

PERFECT_FORECAST_POLICY = PolicyDefinition((), always(), _perfect)
"""Without gating, for it is a yardstick: what the same rule does if it knows the demand of the lead time."""
