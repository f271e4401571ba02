"""The cheapest plan in hindsight: against every possible plan of small worlds, and against every policy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.scaling.kernels.inputs import PLANNED, World
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.marginal import cheapest
from forecasting.scaling.kernels.proposals import last_known
from tests.forecasting.scaling.kernels.worlds import KINDS, known_of, policy_of, random_policy, world_of

INSTANCES = 150


def unmet_of(demand: np.ndarray, ready: np.ndarray, capacity: float) -> np.ndarray:
    return np.nan_to_num(np.maximum(demand - capacity * ready, 0.0))


def price_of_plan(plan, demand, world, run_price, launch_price, lost_price) -> float:
    """Of replicas that serve at each step, when a launch costs `launch_price` with its boot."""
    launched = np.maximum(np.diff(plan), 0).sum()
    unmet = unmet_of(demand.repeat(world.count_steps), plan, world.capacity).sum() / world.count_steps
    return run_price * plan.sum() + launch_price * launched + lost_price * unmet


def price_of_best(demand, world, run_price, launch_cost, lost_price) -> float:
    """The least that any decisions cost, by trying all from every state: replicas that serve and in each step of boot.

    A decision removes any of them and orders any number, at the end of every step. Running and booting replicas are
    paid.
    """
    demand, lost_price = demand.repeat(world.count_steps), lost_price / world.count_steps
    slots, most = world.boot_steps, world.max_replicas
    counts = itertools.product(range(world.min_replicas, most + 1), *[range(most + 1)] * slots)
    states = np.array([state for state in counts if sum(state) <= most])
    before, after = states[:, None], states[None]
    if slots:
        kept = np.concatenate([before[..., :1] + before[..., 1:2], before[..., 2:]], axis=-1)
        possible, launched = (after[..., :slots] <= kept).all(axis=-1), after[..., slots]
    else:
        possible, launched = True, np.maximum(after[..., 0] - before[..., 0], 0)
    step = np.where(possible, launch_cost * launched, np.inf)
    price = np.zeros(len(states))
    for t in reversed(range(len(demand))):
        lost = lost_price * unmet_of(demand[t], states[:, 0], world.capacity)
        later = (step + price).min(axis=1) if t + 1 < len(demand) else 0.0
        price = run_price * states.sum(axis=1) + lost + later
    start = (states[:, 0] == world.current_replicas) & (states[:, 1:] == 0).all(axis=1)
    return float(price[start][0])


def random_instance(rng: np.random.Generator, boot: int) -> tuple[np.ndarray, World, tuple[float, float, float]]:
    """A small world, and prices of running, of a launch and of an unmet request, zeros and whole numbers among them."""
    low = int(rng.integers(1, 3))
    high = int(rng.integers(low, 5))
    world = world_of(boot, int(rng.integers(low, high + 1)), low, high, capacity=float(rng.choice([1.0, 2.5, 10.0])))
    demand = rng.uniform(0, 5.5 * world.capacity, rng.integers(1, 8))
    if rng.random() < 0.5:
        demand = np.floor(demand)
    demand[rng.random(len(demand)) < 0.15] = np.nan
    run, launch = rng.choice([0.0, 1.0, rng.uniform(0, 2)]), rng.choice([0.0, 1.0, rng.uniform(0, 4)])
    lost = rng.choice([0.0, 1.0, rng.uniform(0, 3)]) / world.capacity
    return demand, world, (float(run), float(launch), float(lost))


@pytest.mark.parametrize("count_steps", [1, 2, 4])
@pytest.mark.parametrize("boot", [0, 1, 2, 3])
def test_no_plan_is_cheaper(boot: int, count_steps: int) -> None:
    rng = np.random.default_rng(boot)
    for _ in range(INSTANCES // count_steps):
        demand, world, (run, launch, lost) = random_instance(rng, boot)
        world = world._replace(count_steps=count_steps)
        prices = run, launch + boot * run, lost
        plan = cheapest(demand, world, *prices)
        best = price_of_best(demand, world, run, launch, lost)
        assert price_of_plan(plan, demand, world, *prices) == pytest.approx(best, abs=1e-9), (demand, world, prices)
        assert plan[0] == world.current_replicas
        assert (np.diff(plan)[:boot] <= 0).all(), "none can join before it was ordered and booted"
        assert world.min_replicas <= plan.min()
        assert plan.max() <= world.max_replicas


def test_it_launches_ahead_and_keeps_over_a_short_dip() -> None:
    """A launch costs 3 steps: a dip of 3 is bridged, one of 4 is not. At 2 a request, a replica of 10 is worth it."""
    demand = np.array([10, 20, 10, 10, 10, 20, 10, 10, 10, 10, 20], float)
    plan = cheapest(demand, world_of(boot=0), 1.0, 3.0, 2.0)
    assert plan.tolist() == [1, 2, 2, 2, 2, 2, 1, 1, 1, 1, 2]


def test_it_drops_demand_that_costs_less_than_a_replica() -> None:
    demand = np.array([10, 14, 16, 10], float)
    assert cheapest(demand, world_of(), 1.0, 0.0, 0.2).tolist() == [1, 1, 2, 1]


def test_unknown_demand_needs_nothing() -> None:
    assert cheapest(np.array([50, np.nan, np.nan]), world_of(current=5), 1.0, 0.0, 9.0).tolist() == [5, 1, 1]


def test_a_trace_of_no_steps_has_an_empty_plan() -> None:
    assert cheapest(np.array([]), world_of(), 1.0, 1.0, 1.0).tolist() == []


demands = st.lists(st.one_of(st.just(np.nan), st.floats(0, 200), st.integers(0, 200)), min_size=1, max_size=40)
prices = st.tuples(*[st.one_of(st.just(0.0), st.floats(0.001, 10))] * 3)


def objective(run, demand, world, run_price, launch_cost, lost_price, bill_booting) -> float:
    """What a run of the simulator costs; the decision at the end of the last step never happens."""
    steps = len(demand) * world.count_steps
    lengths = np.diff(np.append(run.first, steps))
    launched = np.maximum(run.desired - run.ready - run.booting, 0)
    launches = launched[run.first + 1 < steps].sum()
    billed = (lengths * (run.ready + (run.booting if bill_booting else 0))).sum()
    unmet = unmet_of(demand[run.first // world.count_steps], run.ready, world.capacity) * lengths / world.count_steps
    return run_price * billed + launch_cost * launches + lost_price * unmet.sum()


@settings(max_examples=300, deadline=None)
@given(
    demand=demands,
    prices=prices,
    boot=st.integers(0, 5),
    limits=st.tuples(st.integers(1, 5), st.integers(0, 20), st.integers(0, 20)),
    kind=st.sampled_from(sorted(KINDS.values())),
    bill_booting=st.booleans(),
    steps=st.tuples(st.integers(1, 5), st.integers(1, 3)),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_policy_is_cheaper(demand, prices, boot, limits, kind, bill_booting, steps, seed) -> None:
    rng, demand = np.random.default_rng(seed), np.array(demand, float)
    low, more, current = limits
    count_steps, counts_a_bin = steps
    demand = demand.repeat(counts_a_bin) * rng.uniform(0.5, 1.5, len(demand) * counts_a_bin)
    world = world_of(boot, low + min(current, more), low, low + more)
    world = world._replace(count_steps=count_steps, bin_steps=count_steps * counts_a_bin)
    wishes = [rng.integers(0, 25, len(demand)) for _ in range(3)]
    known = known_of(last_known(demand), *wishes[:2], trusted=rng.random(len(demand)) < 0.8, floor=wishes[2] // 4)
    run = simulate(known._replace(arriving=demand), world, random_policy(rng, kind)._replace(period=count_steps))
    run_price, launch_cost, lost_price = prices
    launch_price = launch_cost + (boot * run_price if bill_booting else 0.0)
    plan = cheapest(demand, world, run_price, launch_price, lost_price)
    least = price_of_plan(plan, demand, world, run_price, launch_price, lost_price)
    paid = objective(run, demand, world, *prices, bill_booting)
    assert paid >= least - 1e-9 * max(1.0, least)


@settings(max_examples=100, deadline=None)
@given(demand=demands, prices=prices, boot=st.integers(0, 5))
def test_the_simulator_can_follow_the_plan_at_its_price(demand, prices, boot) -> None:
    """Ordering ahead what the plan wants later gives the plan's replicas and the plan's price."""
    demand, world = np.array(demand, float), world_of(boot, current=3, high=30)
    run_price, launch_cost, lost_price = prices
    launch_price = launch_cost + boot * run_price
    plan = cheapest(demand, world, run_price, launch_price, lost_price).astype(int)
    coming = np.append(np.maximum(np.diff(plan), 0), np.zeros(boot + 1, int))
    after = np.append(plan[1:], plan[-1])
    ordered = [after[t] + coming[t + 1 : t + 1 + boot].sum() for t in range(len(plan))]
    run = simulate(
        known_of(np.zeros(len(demand)), planned=ordered), world._replace(max_replicas=10**6), policy_of(PLANNED)
    )
    least = price_of_plan(plan, demand, world, run_price, launch_price, lost_price)
    assert objective(run, demand, world, *prices, True) <= least + 1e-9 * max(1.0, least)
