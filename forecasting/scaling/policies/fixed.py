"""A fixed number of replicas."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.policies.policy import KernelInputs, Parameters, PolicyDefinition, plan
from forecasting.scaling.policies.scenario import Scenario


def _build(scenario: Scenario, replicas: float) -> KernelInputs:
    return plan(scenario, np.full(len(scenario.trace), float(replicas)))


def _default_replicas(scenario: Scenario) -> Parameters:
    """What the highest known demand before the trace needs; one if nothing is known."""
    trace = scenario.trace
    before = trace.history[: trace.first]
    peak = before[~np.isnan(before)].max(initial=0.0)
    return {"replicas": float(trace.service.within_limits(max(1.0, np.ceil(peak / trace.usable))))}


def _replica_values(scenario: Scenario, count: int) -> list[float]:
    """Whole numbers up to 1.5 times what the highest known demand before the trace needed."""
    trace = scenario.trace
    peak = np.nanmax(trace.history[: trace.first + 1], initial=0.0)
    top = trace.service.within_limits(max(2.0, np.ceil(1.5 * peak / trace.usable)))
    return np.unique(np.linspace(1, top, min(count, top)).round()).tolist()


FIXED_POLICY = PolicyDefinition(("replicas",), _default_replicas, _build, _replica_values, whole_knob=True)
