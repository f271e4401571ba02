"""Replicas by their expected worth: the optimum if the future is known, and bands that rise with the price."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.kernels.inputs import PRICED, Buying, Levels
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.marginal import cheapest
from forecasting.scaling.kernels.worth import bands_of_forecasts
from tests.forecasting.scaling.kernels.test_marginal import price_of_plan
from tests.forecasting.scaling.kernels.worlds import CAPACITY, known_of, policy_of, world_of

TRACES, STEPS, MOST = 30, 40, 12


def bands(
    demand: np.ndarray,
    prices: np.ndarray,
    boot: int,
    spread: float = 0.0,
    launch: float | None = None,
    looks: int = STEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """Of a forecast of the very demand, which looks to the end of the trace."""
    there = np.arange(len(demand))[:, None] + np.arange(1, looks + 1)
    mean = np.where(there < len(demand), demand[np.minimum(there, len(demand) - 1)], 0.0)[None]
    points = np.array([-1.0, 0.0, 1.0]).reshape(1, 1, 1, 3)
    pool_of = np.zeros((1, len(demand)), np.int64)
    buying = Buying(CAPACITY, MOST, float(boot) if launch is None else launch, boot + 1, True)
    shared = np.zeros((1, 1)), np.zeros(looks, np.int64), np.full(3, 1 / 3), np.ones(1), prices, buying
    return bands_of_forecasts(mean, np.full(mean.shape, spread), pool_of, points, np.zeros(points.shape), *shared)


def levels_of(out: np.ndarray, keep: np.ndarray) -> Levels:
    """Without bound, guard and budget."""
    steps = len(out)
    unknown, zeros = np.full(steps, np.nan), np.zeros(steps)
    return Levels(
        out, keep, np.zeros(0, np.int64), np.full(steps, MOST, np.int32), np.zeros(steps, np.int8), unknown, zeros
    )


@pytest.mark.parametrize("boot", range(4))
def test_fed_with_the_truth_the_rule_is_the_optimum(boot: int) -> None:
    rng = np.random.default_rng(boot)
    for _ in range(TRACES):
        demand = rng.integers(0, 100, STEPS) * (rng.random(STEPS) < 0.8)
        world = world_of(boot, int(rng.integers(1, 5)), 1, MOST)
        price, launch = float(rng.uniform(1.1, 30.0)), float(boot + rng.choice([0.0, 0.5, 2.0]))
        levels = levels_of(*bands(demand.astype(float), np.array([price]), boot, launch=launch))
        run = simulate(known_of(demand)._replace(levels=levels), world, policy_of(PRICED))
        paid = 1.0, launch, price / CAPACITY
        best = cheapest(demand.astype(float), world, *paid)
        assert price_of_plan(run.ready.astype(int), demand, world, *paid) == pytest.approx(
            price_of_plan(best.astype(int), demand, world, *paid)
        )


def test_bands_rise_with_the_price_and_contain_each_other() -> None:
    rng = np.random.default_rng(7)
    demand, prices = rng.uniform(0, 100, STEPS), np.geomspace(1.1, 1e6, 40)
    out, keep = bands(demand, prices, boot=2, spread=25.0, looks=6)
    assert (np.diff(out, axis=1) >= 0).all()
    assert (np.diff(keep, axis=1) >= 0).all()
    assert (out <= keep).all()
    wanted = [bands(demand, prices[i : i + 1], boot=2, spread=25.0, looks=6) for i in range(len(prices))]
    np.testing.assert_array_equal(out, np.concatenate([one for one, _ in wanted], axis=1))
    np.testing.assert_array_equal(keep, np.concatenate([one for _, one in wanted], axis=1))


def test_a_price_without_bound_buys_what_the_highest_point_needs() -> None:
    demand = np.full(STEPS, 35.0)
    out, _ = bands(demand, np.array([1e9]), boot=0, spread=20.0, looks=1)
    assert out[0, 0] == 6
    cheap, _ = bands(demand, np.array([1.3]), boot=0, spread=20.0, looks=1)
    assert cheap[0, 0] == 2  # the third replica is used two times out of three, which is less than 1 / 1.3


def test_an_unknown_forecast_changes_nothing() -> None:
    demand = np.full(STEPS, 35.0)
    demand[10] = np.nan
    out, keep = bands(demand, np.array([10.0]), boot=0, looks=1)
    assert (out[9, 0], keep[9, 0]) == (0, MOST)
