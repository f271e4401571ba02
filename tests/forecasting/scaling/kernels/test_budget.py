"""The error budget: its identity for any demand, and how debt moves the level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.scaling.kernels.budget import MOST_DEBT, MOST_SHIFT, level_at
from forecasting.scaling.kernels.inputs import PRICED, Budget, Levels
from forecasting.scaling.kernels.loop import simulate
from tests.forecasting.scaling.kernels.worlds import CAPACITY, known_of, policy_of, world_of

LEVELS = 20


def levels_for(demand: np.ndarray, most: float, day_budget: float) -> Levels:
    """Level n runs n replicas."""
    steps = len(demand)
    bands = np.tile(np.arange(1, LEVELS + 1, dtype=np.int16), (steps, 1))
    charged = np.where(np.isnan(demand), np.nan, most)
    bound, guard = np.full(steps, LEVELS, np.int32), np.zeros(steps, np.int8)
    return Levels(bands, bands, np.zeros(0, np.int64), bound, guard, charged, np.full(steps, day_budget))


@settings(deadline=None, max_examples=60)
@given(
    demand=st.lists(st.one_of(st.floats(0, 1e5), st.just(np.nan)), min_size=1, max_size=80),
    goal=st.floats(1e-4, 0.5),
    gain=st.sampled_from([0.0, 1.0, 2.0, 6.0]),
    day_budget=st.floats(0.1, 1e4),
    debt=st.floats(-100, 100),
)
def test_the_share_unmet_is_the_goal_and_the_debt_whatever_the_demand(demand, goal, gain, day_budget, debt) -> None:
    demand = np.array(demand)
    budget = Budget(3, LEVELS - 1, gain, goal, debt, CAPACITY, True)
    known = known_of(np.nan_to_num(demand, nan=1.0))._replace(levels=levels_for(demand, np.inf, day_budget))
    run = simulate(known, world_of(high=LEVELS), policy_of(PRICED)._replace(budget=budget))
    unmet = np.nan_to_num(np.maximum(demand - CAPACITY * run.ready, 0.0))
    ends = MOST_DEBT * day_budget
    expected = debt
    for step in range(len(demand)):
        if not np.isnan(demand[step]):
            expected = min(max(expected + unmet[step] - goal * demand[step], -ends), ends)
        assert run.debt[step] == pytest.approx(expected, rel=1e-9, abs=1e-6)
    if np.abs(run.debt).max() < ends and abs(debt) < ends:  # never clipped
        total = np.nansum(demand)
        assert unmet.sum() == pytest.approx(goal * total + run.debt[-1] - debt, rel=1e-6, abs=1e-6 * (1 + total))


def test_one_bin_is_charged_up_to_its_ceiling() -> None:
    demand = np.array([1e6])
    budget = Budget(0, LEVELS - 1, 2.0, 0.01, 0.0, CAPACITY, True)
    known = known_of(demand)._replace(levels=levels_for(demand, 50.0, 0.0))
    run = simulate(known, world_of(high=LEVELS), policy_of(PRICED)._replace(budget=budget))
    assert run.debt[0] == pytest.approx(50.0 - 0.01 * 1e6)


def test_minutes_are_charged_one_each() -> None:
    demand = np.array([5.0, 25.0, 25.0, np.nan])
    budget = Budget(0, 0, 0.0, 0.1, 0.0, CAPACITY, False)
    known = known_of(np.nan_to_num(demand))._replace(levels=levels_for(demand, np.inf, 0.0))
    run = simulate(known, world_of(high=LEVELS), policy_of(PRICED)._replace(budget=budget))
    np.testing.assert_allclose(run.debt, [-0.1, 0.8, 1.7, 1.7])


def test_the_level_follows_the_debt_to_its_ends() -> None:
    budget = Budget(10, 18, 2.0, 0.01, 0.0, CAPACITY, True)
    found = [level_at(debt * 7.0, 7.0, budget) for debt in (-100, -MOST_SHIFT, -1, 0, 0.2, 0.3, 1, 4, 100)]
    assert found == [0, 0, 8, 10, 10, 11, 12, 18, 18]
    assert level_at(50.0, 0.0, budget) == 10  # no traffic, no budget: nothing moves
