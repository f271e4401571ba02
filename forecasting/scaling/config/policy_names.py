"""The policies by name: `policy`, or `policy:variant`."""

from __future__ import annotations

from forecasting.errors import InputError

REACTIVE, SMOOTHING, RECENT_MAX = "reactive", "reactive:smoothing", "reactive:recent-max"
TARGET_TRACKING, THRESHOLD = "target-tracking", "threshold"
FIXED, SCHEDULED = "fixed", "scheduled"
PREDICTIVE, HYBRID, PERFECT_FORECAST, ORACLE = "predictive", "hybrid", "perfect-forecast", "oracle"
WINDOW_QUANTILE = "predictive:window-quantile"

POLICIES = (
    REACTIVE,
    SMOOTHING,
    RECENT_MAX,
    TARGET_TRACKING,
    THRESHOLD,
    FIXED,
    SCHEDULED,
    PREDICTIVE,
    HYBRID,
    WINDOW_QUANTILE,
    PERFECT_FORECAST,
    ORACLE,
)
"""What can be simulated."""

REACTIVE_RULES = (REACTIVE, SMOOTHING, RECENT_MAX, TARGET_TRACKING, THRESHOLD)
"""Policies that use actuals only: savings are measured against the best tuned one of these."""

PRICED = (PREDICTIVE, HYBRID)
"""Policies that buy replicas by their expected worth."""

FORECAST_DRIVEN = (*PRICED, WINDOW_QUANTILE)
HINDSIGHT = (PERFECT_FORECAST, ORACLE)
"""Policies that know the future: yardsticks, not choices."""

DEPLOYABLE = tuple(name for name in POLICIES if name not in HINDSIGHT)
"""What can be recommended and stored for a data set."""


def checked_policy(policy: str, among: tuple[str, ...] = POLICIES) -> str:
    """Return the name itself; raises InputError unless it is one of `among`."""
    if policy not in among:
        raise InputError(f"policy must be one of {', '.join(among)} (got {policy!r}).", field="policy")
    return policy
