"""Worlds, policies and traces made for tests: a replica serves 10 requests a step unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.scaling.kernels.inputs import (
    ADAPTIVE_PLAN,
    BINDINGS,
    BY_OUTAGE,
    FORECAST_DRIVEN,
    NO_BUDGET,
    NO_LEVELS,
    PERCENT,
    PLANNED,
    PODS,
    PRICED,
    REACTIVE,
    SELECT_MAX,
    TARGET_TRACKING,
    THRESHOLD,
    Behavior,
    Budget,
    Hpa,
    Known,
    Levels,
    Limits,
    Policy,
    Run,
    Thresholds,
    Tolerance,
    Tracking,
    World,
)

CAPACITY = 10.0


def world_of(boot: int = 0, current: int = 1, low: int = 1, high: int = 1000, capacity: float = CAPACITY) -> World:
    return World(capacity, boot, low, high, current)


def known_of(demand: Sequence[float], planned=0, needed=0, trusted=True, floor=0) -> Known:
    """Scalars stand for every step."""
    demand = np.asarray(demand, np.float64)
    arrays = [np.full(demand.shape, value, np.int32) for value in (planned, needed, floor)]
    return Known(demand, demand, *arrays[:2], np.full(demand.shape, trusted, np.bool_), arrays[2], NO_LEVELS)


def limits_of(*policies: tuple[int, int, int], window: int = 0, select: int = SELECT_MAX) -> Limits:
    """From (kind, value, earlier steps of its period)."""
    filled = [*policies, *[(0, 0, 0)] * (4 - len(policies))]
    kinds, values, periods = zip(*filled, strict=True)
    return Limits(window, select, len(policies), kinds, values, periods)


UNLIMITED = Behavior(limits_of((PERCENT, 100_000_000, 0)), limits_of((PERCENT, 100, 0)), legacy=False)
"""No stabilization and no rate limit."""


def kubernetes(window: int = 4, legacy: bool = False) -> Behavior:
    """The default at steps of a minute: 300 s of stabilization reach 4 steps back."""
    up = limits_of((PODS, 4, 0), (PERCENT, 100, 0))
    return Behavior(up, limits_of((PERCENT, 100, 0), window=window), legacy)


_HPA = Hpa(target_percent=70, guard_percent=90, guarded=False, tolerance=Tolerance(0.1, 0.1))
_TRACKING = Tracking(target=0.5, scale_in_ratio=0.9, out_periods=1, in_periods=1, cooldown_steps=0)
_THRESHOLDS = Thresholds(0.8, 0.4, add_replicas=1, add_percent=0, remove_replicas=1, remove_percent=0, cooldown_steps=0)


def policy_of(kind: int, behavior: Behavior = UNLIMITED, **changed) -> Policy:
    """A policy whose parameters of any kind may be changed by name."""
    parts = [
        part._replace(**{name: value for name, value in changed.items() if name in part._fields})
        for part in (_HPA, _TRACKING, _THRESHOLDS)
    ]
    return Policy(kind, *parts, behavior, NO_BUDGET)


def bindings_of(run: Run) -> list[str]:
    return [BINDINGS[code] for code in run.binding]


KINDS = {
    "planned": PLANNED,
    "reactive": REACTIVE,
    "forecast-driven": FORECAST_DRIVEN,
    "target tracking": TARGET_TRACKING,
    "threshold": THRESHOLD,
    "priced": PRICED,
    "adaptive plan": ADAPTIVE_PLAN,
}

LEVELLED = (PRICED, ADAPTIVE_PLAN)
LEVELS = 5


def random_limits(rng: np.random.Generator) -> Limits:
    """Any direction of a behavior, from none to four scaling policies."""
    policies = [
        (int(rng.integers(2)), int(rng.integers(1, 150)), int(rng.integers(0, 6))) for _ in range(rng.integers(5))
    ]
    return limits_of(*policies, window=int(rng.integers(0, 7)), select=int(rng.integers(3)))


def random_policy(rng: np.random.Generator, kind: int) -> Policy:
    """Any policy of a kind, with any behavior."""
    behavior = Behavior(random_limits(rng), random_limits(rng), bool(rng.random() < 0.2))
    hpa = Hpa(
        int(rng.integers(20, 101)),
        int(rng.integers(20, 101)),
        bool(rng.random() < 0.5),
        Tolerance(float(rng.uniform(0, 0.3)), float(rng.uniform(0, 0.3))),
    )
    steps = [int(rng.integers(0, 5)) for _ in range(4)]
    tracking = Tracking(float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.5, 1.0)), *steps[:3])
    amounts = [int(rng.integers(0, 60)) for _ in range(4)]
    thresholds = Thresholds(float(rng.uniform(0.5, 1.0)), float(rng.uniform(0.0, 0.5)), *amounts, steps[3])
    budget = NO_BUDGET
    if kind in LEVELLED or (kind == REACTIVE and rng.random() < 0.5):
        budget = Budget(
            int(rng.integers(LEVELS)),
            int(rng.integers(LEVELS)),
            float(rng.choice([0.0, 1.0, 2.0])),
            float(rng.uniform(0.001, 0.2)),
            float(rng.normal(0, 100)),
            float(rng.uniform(5, 20)),
            bool(rng.random() < 0.7),
        )
    return Policy(kind, hpa, tracking, thresholds, behavior, budget)


def random_known(rng: np.random.Generator, steps: int) -> Known:
    """A wandering demand, unknown in places, and whatever forecasts, gate and schedule say about it."""
    demand = np.floor(60 * np.exp(np.cumsum(rng.normal(0, 0.5, steps)).clip(-5, 12)))
    demand[rng.random(steps) < 0.1] = np.nan
    planned, needed, floor = (rng.integers(0, high, steps).astype(np.int32) for high in (30, 15, 6))
    return Known(demand, demand, planned, needed, rng.random(steps) < 0.7, floor, random_levels(rng, demand))


def random_levels(rng: np.random.Generator, demand: np.ndarray) -> Levels:
    """Bands that rise with the level, and bounds and guards in places."""
    steps = len(demand)
    out = np.sort(rng.integers(0, 40, (steps, LEVELS)), axis=1).astype(np.int16)
    keep = np.maximum(out, np.sort(rng.integers(0, 60, (steps, LEVELS)), axis=1).astype(np.int16))
    guard = np.where(rng.random(steps) < 0.1, BY_OUTAGE, 0).astype(np.int8)
    charged = np.where(np.isnan(demand), np.nan, rng.uniform(0, 500, steps))
    targets = np.sort(rng.integers(5, 101, LEVELS if rng.random() < 0.3 else 0))[::-1].copy()
    bound = rng.integers(1, 80, steps).astype(np.int32)
    return Levels(out, keep, targets, bound, guard, charged, rng.uniform(0, 50, steps))


def random_world(rng: np.random.Generator) -> World:
    low = int(rng.integers(1, 6))
    high = low + int(rng.integers(0, 60))
    return World(float(rng.uniform(5, 20)), int(rng.integers(0, 5)), low, high, int(rng.integers(low, high + 1)))
