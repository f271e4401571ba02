"""Compile ahead: every kernel called once with the types that the service layer uses."""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.advice import advise
from forecasting.scaling.kernels.inputs import (
    NO_BUDGET,
    NO_LEVELS,
    PLANNED,
    Behavior,
    Buying,
    Hpa,
    Known,
    Levels,
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
from forecasting.scaling.kernels.shadow_runs import shadow_runs
from forecasting.scaling.kernels.worth import bands_of_forecasts


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
        NO_BUDGET,
    )
    known = Known(demand, demand, replicas, replicas, np.ones(2, np.bool_), replicas, NO_LEVELS)
    run = simulate(known, world, policy)
    advise(known, world, policy)
    daily_sums(demand, demand, run, world, np.zeros(1, np.int64))
    by_bin(demand, demand, run, run.desired, world)
    topped_up_steps(run, 0, 2.0, True, 2)
    forecasts, pools = np.ones((1, 2, 1)), np.ones((1, 1, 1, 1))
    places, weight = np.zeros((1, 2), np.int64), np.ones(1)
    parts = forecasts, forecasts, places, pools, pools, np.zeros((1, 1)), places[0, :1], weight, weight, weight
    bands_of_forecasts(*parts, Buying(1.0, 2, 0.0, 1, True))
    levels = Levels(bands := np.ones((2, 1), np.int16), bands, *NO_LEVELS[2:3], replicas, NO_LEVELS[4], demand, demand)
    shadow_runs(known._replace(levels=levels), world, policy, 1, True, 0.0)
    cheapest(demand, world, 1.0, 0.0, 1.0)
    last_known(demand)
    smoothed(demand, 0.5)
    recent_max(demand, 1)
