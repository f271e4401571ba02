"""Policies on the recent level: exponential smoothing with headroom, and the highest of the last bins."""

from __future__ import annotations

import math

import numpy as np

from forecasting.scaling.kernels.inputs import ADAPTIVE_PLAN
from forecasting.scaling.kernels.proposals import recent_max, smoothed
from forecasting.scaling.policies.error_budget import Ladder, levels_of
from forecasting.scaling.policies.policy import (
    ADAPTIVE,
    KernelInputs,
    Parameters,
    PolicyDefinition,
    adaptive_kernel,
    always,
    known_of,
    plan,
    whole_replicas,
)
from forecasting.scaling.policies.scenario import Scenario

RELATIVE_HEADROOMS = np.geomspace(0.01, 30.0, 70)
"""The levels of an error budget, from cheap to safe: headrooms in units of the square root of a replica's capacity."""

FACTORS = np.geomspace(0.3, 30.0, 40)
"""The levels of recent-max."""

MOST_PLANNED = 2**15 - 1
"""Replicas of a level, in 16 bits: more than a service may have."""


def _smoothing(scenario: Scenario, headroom: float, alpha: float) -> KernelInputs:
    trace = scenario.trace
    level = smoothed(trace.history, alpha)[trace.first :]
    return plan(scenario, (level + headroom * np.sqrt(level)) / trace.usable)


def _smoothing_ladder(scenario: Scenario, parameters: Parameters) -> Ladder:
    level = smoothed(scenario.trace.history, parameters["alpha"])[scenario.trace.first :]
    headrooms = RELATIVE_HEADROOMS * math.sqrt(scenario.trace.usable)
    return _ladder(scenario, headrooms, level[:, None] + headrooms * np.sqrt(level)[:, None])


def _recent_max_ladder(scenario: Scenario, parameters: Parameters) -> Ladder:
    highest = _highest(scenario, parameters["bins"])
    return _ladder(scenario, FACTORS, FACTORS * highest[:, None])


def _ladder(scenario: Scenario, values: np.ndarray, demand: np.ndarray) -> Ladder:
    """Return the plans that serve a demand (steps, levels), from cheap to safe."""
    plans = np.minimum(whole_replicas(demand / scenario.trace.usable), MOST_PLANNED).astype(np.int16)
    known = known_of(scenario, floor=scenario.floor, levels=levels_of(scenario, plans, plans))
    return Ladder(values, adaptive_kernel(scenario, ADAPTIVE_PLAN), known, len(values) - 1)


def _default_headroom(scenario: Scenario) -> Parameters:
    """Two standard deviations of the noise: half the mean squared difference of neighbours is its variance."""
    before = scenario.trace.history[: scenario.trace.first + 1]
    jumps, mean = np.diff(before), np.nanmean(before) if np.isfinite(before).any() else 0.0
    known = jumps[np.isfinite(jumps)]
    dispersion = float(np.mean(known**2)) / (2.0 * mean) if len(known) and mean > 0 else 1.0
    return {"headroom": 2.0 * math.sqrt(dispersion), "alpha": 0.2, ADAPTIVE: 0}


def _headroom_values(scenario: Scenario, count: int) -> list[float]:
    return (_widest_headroom(scenario) * np.geomspace(0.005, 1.0, count)).tolist()


def _widest_headroom(scenario: Scenario) -> float:
    """Return c such that the usual level + c sqrt(level) is 1.5 times the highest demand before the trace."""
    known = scenario.trace.history[: scenario.trace.first + 1]
    known = known[~np.isnan(known)]
    level = float(known.mean()) if len(known) else 0.0
    return (1.5 * float(known.max()) - level) / np.sqrt(level) if level > 0 else 1.0


def _recent_max(scenario: Scenario, factor: float, bins: float) -> KernelInputs:
    return plan(scenario, factor * _highest(scenario, bins) / scenario.trace.usable)


def _highest(scenario: Scenario, bins: float) -> np.ndarray:
    """Return the highest demand of the last bins (steps,); if none of them is known, the last known one."""
    trace = scenario.trace
    highest = recent_max(trace.history, int(bins))[trace.first :]
    return np.where(np.isnan(highest), trace.seen, highest)


def _factor_values(_: Scenario, count: int) -> list[float]:
    return np.geomspace(0.5, 4.0, count).tolist()


SMOOTHING_POLICY = PolicyDefinition(
    ("headroom", "alpha", ADAPTIVE),
    _default_headroom,
    _smoothing,
    _headroom_values,
    {"alpha": (0.03, 0.07, 0.1, 0.2, 0.35, 0.6)},
    ladder=_smoothing_ladder,
)

RECENT_MAX_POLICY = PolicyDefinition(
    ("factor", "bins", ADAPTIVE),
    always(factor=1.0, bins=5, adaptive=0),
    _recent_max,
    _factor_values,
    {"bins": (1, 2, 5, 10)},
    ladder=_recent_max_ladder,
)
