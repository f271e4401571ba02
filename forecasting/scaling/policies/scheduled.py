"""The calendar as given, or else learned: the demand of the same time of the week in earlier days."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.config.calendar import learned_demand
from forecasting.scaling.policies.policy import KernelInputs, Parameters, PolicyDefinition, plan
from forecasting.scaling.policies.scenario import Scenario


def _build(scenario: Scenario, quantile: float) -> KernelInputs:
    trace = scenario.trace
    if scenario.calendar:
        return plan(scenario, np.ones(len(trace)))
    span = scenario.learned_until, trace.first, trace.end, scenario.lead
    demand = learned_demand(trace.series, *span, quantile) * trace.service.demand_multiplier
    return plan(scenario, demand / trace.usable)


def _default_quantile(scenario: Scenario) -> Parameters:
    return {"quantile": scenario.slo.level}


def _quantile_values(_: Scenario, count: int) -> list[float]:
    return np.linspace(0.5, 1.0, count).tolist()


SCHEDULED_POLICY = PolicyDefinition(("quantile",), _default_quantile, _build, _quantile_values)
