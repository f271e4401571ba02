"""Compiled and plain kernels say the same."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.kernels.advice import advise
from forecasting.scaling.kernels.inputs import Run
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.marginal import cheapest
from forecasting.scaling.kernels.run_sums import daily_sums, topped_up_steps
from tests.forecasting.scaling.kernels.worlds import KINDS, random_known, random_policy, random_world

TRIALS = 60


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_simulations_and_advice(plain, kind: int) -> None:
    rng = np.random.default_rng(kind)
    for _ in range(TRIALS):
        known, world, policy = random_known(rng, 60), random_world(rng), random_policy(rng, kind)
        run, reference = simulate(known, world, policy), plain.loop.simulate(known, world, policy)
        for name, values, wanted in zip(Run._fields, run, reference, strict=True):
            np.testing.assert_array_equal(values, wanted, err_msg=f"{name} of {policy} in {world}", strict=True)
        assert advise(known, world, policy) == plain.advice.advise(known, world, policy)
        needed = np.maximum(np.ceil(known.demand / world.capacity), 1.0)
        scored = known.demand, needed, run, world, np.array([0, 24, 48])
        np.testing.assert_allclose(daily_sums(*scored), plain.run_sums.daily_sums(*scored), rtol=1e-12)
        for bill_booting in (False, True):
            lives = world.boot_steps, 3.5, bill_booting, 60
            assert topped_up_steps(run, *lives) == plain.run_sums.topped_up_steps(run, *lives)


def test_plans_in_hindsight(plain) -> None:
    rng = np.random.default_rng(0)
    for _ in range(TRIALS):
        demand, world, prices = random_known(rng, 60).demand, random_world(rng), rng.uniform(0, 1, 3)
        np.testing.assert_array_equal(
            cheapest(demand, world, *prices), plain.marginal.cheapest(demand, world, *prices), strict=True
        )
