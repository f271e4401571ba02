"""Time in steps of 15 s: what is decided within a bin, and that nothing is left out where nothing is computed."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.kernels.inputs import (
    BINDINGS,
    FORECAST_DRIVEN,
    NO_LEVELS,
    PLANNED,
    REACTIVE,
    TARGET_TRACKING,
    Known,
    Policy,
    Run,
    World,
)
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.marginal import cheapest
from forecasting.scaling.kernels.run_sums import by_bin, daily_sums, topped_up_steps
from tests.forecasting.scaling.kernels.worlds import (
    KINDS,
    known_of,
    kubernetes,
    policy_of,
    random_known,
    random_policy,
    random_world,
    world_of,
)


def within_bins(rng: np.random.Generator, bins: int) -> tuple[Known, World]:
    """A world with counts of several steps and bins of several counts, and what is known in it."""
    count_steps, counts_a_bin = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    by_count, by_bins = random_known(rng, bins * counts_a_bin), random_known(rng, bins)
    world = random_world(rng)._replace(count_steps=count_steps, bin_steps=count_steps * counts_a_bin)
    # The level at which a policy stands before its first bin ended is that of its budget.
    return Known(*by_count[:2], *by_bins[2:]), world


def step_by_step(known: Known, world: World, policy: Policy) -> tuple[Known, World, Policy]:
    """The same with a count for each step, so that each step is computed.

    A count of one step stands for as many requests as the whole one, for the capacity is that of a count: the budget of
    requests is as much larger.
    """
    times, levels, budget = world.count_steps, known.levels, policy.budget
    counts = (values.repeat(times) for values in known[:2])
    if budget.of_requests:
        levels = levels._replace(most_charged=times * levels.most_charged, day_budget=times * levels.day_budget)
        budget = budget._replace(debt=times * budget.debt)
    return Known(*counts, *known[2:-1], levels), world._replace(count_steps=1), policy._replace(budget=budget)


def every_step(run: Run, steps: int) -> list[np.ndarray]:
    """The values of a run at each of its steps, one array a field (`first` left out)."""
    lengths = np.diff(np.append(run.first, steps))
    return [values.repeat(lengths) for values in run[:5]]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_steps_that_are_not_computed_are_as_those_before_them(kind: int) -> None:
    rng = np.random.default_rng(kind)
    for _ in range(150):
        known, world = within_bins(rng, 20)
        policy = random_policy(rng, kind)._replace(period=int(rng.integers(1, 5)))
        steps = len(known.demand) * world.count_steps
        run, reference = simulate(known, world, policy), simulate(*step_by_step(known, world, policy))
        assert reference.first.tolist() == list(range(steps))
        times = world.count_steps if policy.budget.of_requests else 1
        np.testing.assert_allclose(times * run.debt, reference.debt, rtol=1e-9, atol=1e-6)
        for name, values, wanted in zip(Run._fields, every_step(run, steps), reference, strict=False):
            np.testing.assert_array_equal(values, wanted, err_msg=f"{name} of {policy} in {world}", strict=True)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_sums_are_those_of_every_step(plain, kind: int) -> None:
    rng = np.random.default_rng(kind)
    for _ in range(40):
        known, world = within_bins(rng, 12)
        policy, days = random_policy(rng, kind), np.array([0, 5, 9]) * world.bin_steps
        needed = np.maximum(np.ceil(known.demand / world.capacity), 1.0)
        run, steps = simulate(known, world, policy), len(known.demand) * world.count_steps
        each, one, same = step_by_step(known, world, policy)
        reference = simulate(each, one, same)
        sums = daily_sums(known.arriving, needed, run, world, days)
        singly = daily_sums(each.arriving, needed.repeat(world.count_steps), reference, one, days)
        singly[:, 7:9] /= world.count_steps
        np.testing.assert_allclose(sums, singly, rtol=1e-9)
        np.testing.assert_allclose(sums, plain.run_sums.daily_sums(known.arriving, needed, run, world, days))
        bins = by_bin(known.arriving, needed, run, run.desired - run.ready - run.booting, world)
        assert bins.ready.sum() * world.bin_steps == pytest.approx(sums[:, 1].sum())
        assert bins.unmet.sum() == pytest.approx(sums[:, 8].sum())
        assert bins.under.sum() * world.bin_steps == pytest.approx(sums[:, 5].sum())
        assert bins.desired.tolist() == every_step(run, steps)[3][world.bin_steps - 1 :: world.bin_steps].tolist()
        lives = world.boot_steps, 7.5, bool(rng.random() < 0.5), steps
        assert topped_up_steps(run, *lives) == topped_up_steps(reference, *lives)


def test_the_plan_over_stretches_costs_what_the_plan_of_every_step_costs() -> None:
    rng = np.random.default_rng(0)
    for _ in range(150):
        known, world = within_bins(rng, 6)
        run_price, launch_price, lost_price = rng.uniform(0, 1, 3) * (1, 20, 0.2)
        plan = cheapest(known.arriving, world, run_price, launch_price, lost_price)
        each, one, _ = step_by_step(known, world, policy_of(PLANNED))
        singly = cheapest(each.arriving, one, run_price, launch_price, lost_price / world.count_steps)
        np.testing.assert_array_equal(plan, singly, strict=True)


MINUTE = world_of(boot=4, current=10)._replace(count_steps=4, bin_steps=4)
"""Bins of a minute, start-up time of a minute; a replica serves 10 requests a minute."""


def desired(run: Run, steps: int) -> list[list[int]]:
    """What is decided at each step, by minute."""
    return every_step(run, steps)[3].reshape(-1, 4).tolist()


def test_an_hpa_looks_every_15_s() -> None:
    """100 a minute is 100 % of 10 replicas: ceil(10 x 100 / 70) = 15 after 15 s of it.

    The five that start count as idle: 100 x 100 / 150 = 66 %, within the tolerance of 70 %.
    """
    run = simulate(known_of([70, 100, 100, 100]), MINUTE, policy_of(REACTIVE, kubernetes(window=19)))
    assert desired(run, 16) == [[10] * 4, [15] * 4, [15] * 4, [15] * 4]
    assert every_step(run, 16)[0].tolist() == [10] * 9 + [15] * 7, "ordered at the end of step 4, ready from step 9"


def test_a_rate_limit_is_lifted_every_15_s() -> None:
    """At most 4 more or twice as many in 15 s. 1,000 a minute need 100 x 1000 / (10 x 70) = 143 replicas.

    The HPA sees that from two ready ones (5,000 % of 70 %), and also with those that start counted as idle.
    """
    world = MINUTE._replace(current_replicas=2, boot_steps=40)
    run = simulate(known_of([1000, 1000]), world, policy_of(REACTIVE, kubernetes(window=19)))
    assert desired(run, 8) == [[6, 12, 24, 48], [96, 143, 143, 143]]


def test_stabilization_lasts_300_s_not_five_bins() -> None:
    """Bins of 15 minutes: at 70 % utilisation 10 replicas stay, at 10 % two would do."""
    world = world_of(current=10, capacity=150.0)._replace(count_steps=60, bin_steps=60)
    run = simulate(known_of([1050, 150]), world, policy_of(REACTIVE, kubernetes(window=19)))
    wanted = every_step(run, 120)[3]
    assert wanted[:60].tolist() == [10] * 60
    # Step 60 recommends ceil(10 x 10 / 70) = 2; the last 10 was recommended at step 59 and counts up to step 78.
    assert wanted[60:].tolist() == [10] * 19 + [2] * 41


def test_what_decides_by_bin_is_held_until_the_next_bin_ends() -> None:
    run = simulate(known_of([0] * 3, planned=[3, 7, 1]), MINUTE, policy_of(PLANNED))
    assert desired(run, 12) == [[10, 10, 10, 3], [3, 3, 3, 7], [7, 7, 7, 1]]


def test_the_rate_limit_of_a_plan_is_that_of_an_hpa_which_reads_it() -> None:
    """Pods 4 or 100 % in 15 s: 2, 6, 12, 20, the 30 of the plan at the fourth step."""
    world = MINUTE._replace(current_replicas=2)
    run = simulate(known_of([0] * 3, planned=[30, 30, 30]), world, policy_of(PLANNED, kubernetes(window=19)))
    assert desired(run, 12) == [[2, 2, 2, 6], [12, 24, 30, 30], [30] * 4]


def test_the_guard_beside_a_forecast_looks_every_15_s_at_finer_counts() -> None:
    """Bins of 2 minutes with counts of one: the forecast of 4 holds for the bin, the guard of 90 % sees its peak."""
    world = world_of(current=4)._replace(count_steps=4, bin_steps=8)
    counts = np.array([40.0, 36.0, 72.0, 36.0])
    bins = [np.array([value, value], dtype) for value, dtype in ((4, np.int32), (0, np.int32))]
    known = Known(counts, counts, bins[0], bins[1], np.ones(2, np.bool_), bins[1], NO_LEVELS)
    run = simulate(known, world, policy_of(FORECAST_DRIVEN, kubernetes(window=0), guarded=True))
    # Before the first bin ended there is no forecast; 40 of 40 is 100 % of 90 %, unanswered until then.
    assert desired(run, 16) == [[4] * 4, [4] * 4, [8] * 4, [4] * 4]


def test_alarms_are_evaluated_once_a_minute() -> None:
    """Three minutes above the target: at the end of the third, not before; 80 of 50 % needs 16."""
    policy = policy_of(TARGET_TRACKING, out_periods=3)._replace(period=4)
    run = simulate(known_of([80] * 4), MINUTE._replace(boot_steps=0), policy)
    assert desired(run, 16) == [[10] * 4, [10] * 4, [10, 10, 10, 16], [16] * 4]


def test_a_bin_is_told_by_the_last_change_in_it() -> None:
    """Two changes in the first minute of a surge; what the bin shows is the second, and how many there were."""
    world = MINUTE._replace(current_replicas=2, boot_steps=40)
    known = known_of([1000, 1000, 1000])
    run = simulate(known, world, policy_of(REACTIVE, kubernetes(window=19)))
    needed = np.full(3, 100.0)
    bins = by_bin(known.arriving, needed, run, run.desired - run.ready - run.booting, world)
    assert bins.changes.tolist() == [4, 2, 0]
    assert bins.desired.tolist() == [48, 143, 143]
    assert [BINDINGS[code] for code in bins.binding] == ["scale-up limit", "reactive", "tolerance"]
    assert bins.booting.tolist() == [(0 + 4 + 10 + 22) / 4, (46 + 94 + 141 + 141) / 4, 141.0]
    assert bins.unmet.tolist() == [980.0] * 3
    assert bins.under.tolist() == [1.0] * 3
