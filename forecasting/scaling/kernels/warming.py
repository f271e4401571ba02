"""Compile ahead: every kernel called once with the types that the service layer uses."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.advice import advise
from forecasting.scaling.kernels.inputs import (
    PLANNED,
    Behavior,
    Hpa,
    Known,
    Limits,
    Policy,
    Thresholds,
    Tolerance,
    Tracking,
    World,
)
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.marginal import cheapest
from forecasting.scaling.kernels.proposals import last_known, recent_max, smoothed
from forecasting.scaling.kernels.run_sums import by_bin, daily_sums, topped_up_steps


def compile_all() -> None:
    """Compile what is not on disk yet (about ten seconds), load the rest."""
    demand, replicas = np.ones(2), np.ones(2, np.int32)
    world = World(1.0, 0, 1, 2, 1)
    limits = Limits(0, 0, 0, (0,) * 4, (0,) * 4, (0,) * 4)
    policy = Policy(
        PLANNED,
        Hpa(70, 90, False, Tolerance(0.1, 0.1)),
        Tracking(0.7, 0.9, 1, 1, 0),
        Thresholds(0.8, 0.4, 1, 0, 1, 0, 0),
        Behavior(limits, limits, False),
    )
    known = Known(demand, demand, replicas, replicas, np.ones(2, np.bool_), replicas)
    run = simulate(known, world, policy)
    advise(known, world, policy)
    daily_sums(demand, demand, run, world, np.zeros(1, np.int64))
    by_bin(demand, demand, run, run.desired, world)
    topped_up_steps(run, 0, 2.0, True, 2)
    cheapest(demand, world, 1.0, 0.0, 1.0)
    last_known(demand)
    smoothed(demand, 0.5)
    recent_max(demand, 1)
