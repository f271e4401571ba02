"""Policies on the recent level: exponential smoothing with headroom, and the highest of the last bins."""

from __future__ import annotations

import math

import numpy as np

from forecasting.scaling.kernels.proposals import recent_max, smoothed
from forecasting.scaling.policies.policy import KernelInputs, Parameters, PolicyDefinition, always, plan
from forecasting.scaling.policies.scenario import Scenario


def _smoothing(scenario: Scenario, headroom: float, alpha: float) -> KernelInputs:
    trace = scenario.trace
    level = smoothed(trace.history, alpha)[trace.first :]
    return plan(scenario, (level + headroom * np.sqrt(level)) / trace.usable)


def _default_headroom(scenario: Scenario) -> Parameters:
    """Two standard deviations of the noise: half the mean squared difference of neighbours is its variance."""
    before = scenario.trace.history[: scenario.trace.first + 1]
    jumps, mean = np.diff(before), np.nanmean(before) if np.isfinite(before).any() else 0.0
    known = jumps[np.isfinite(jumps)]
    dispersion = float(np.mean(known**2)) / (2.0 * mean) if len(known) and mean > 0 else 1.0
    return {"headroom": 2.0 * math.sqrt(dispersion), "alpha": 0.2}


def _headroom_values(scenario: Scenario, count: int) -> list[float]:
    return (_widest_headroom(scenario) * np.geomspace(0.005, 1.0, count)).tolist()


def _widest_headroom(scenario: Scenario) -> float:
    """Return c such that the usual level + c sqrt(level) is 1.5 times the highest demand before the trace."""
    known = scenario.trace.history[: scenario.trace.first + 1]
    known = known[~np.isnan(known)]
    level = float(known.mean()) if len(known) else 0.0
    return (1.5 * float(known.max()) - level) / np.sqrt(level) if level > 0 else 1.0


def _recent_max(scenario: Scenario, factor: float, bins: float) -> KernelInputs:
    trace = scenario.trace
    highest = recent_max(trace.history, int(bins))[trace.first :]
    return plan(scenario, factor * np.where(np.isnan(highest), trace.seen, highest) / trace.usable)


def _factor_values(_: Scenario, count: int) -> list[float]:
    return np.geomspace(0.5, 4.0, count).tolist()


SMOOTHING_POLICY = PolicyDefinition(
    ("headroom", "alpha"),
    _default_headroom,
    _smoothing,
    _headroom_values,
    {"alpha": (0.03, 0.07, 0.1, 0.2, 0.35, 0.6)},
)

RECENT_MAX_POLICY = PolicyDefinition(
    ("factor", "bins"),
    always(factor=1.0, bins=5),
    _recent_max,
    _factor_values,
    {"bins": (1, 2, 5, 10)},
)
