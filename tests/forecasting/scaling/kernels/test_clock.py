"""Time in the simulator: what is decided at the end of a step, and when it serves."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.kernels.inputs import NO_RECOMMENDATION, PLANNED, REACTIVE, THRESHOLD
from forecasting.scaling.kernels.loop import simulate
from tests.forecasting.scaling.kernels.worlds import (
    KINDS,
    bindings_of,
    known_of,
    policy_of,
    random_known,
    random_policy,
    random_world,
    world_of,
)

PLAN = policy_of(PLANNED)


def follow(planned: list[int], boot: int, current: int, **limits: int):
    """The run of a plan that nothing else limits."""
    return simulate(known_of([0] * len(planned), planned=planned), world_of(boot, current, **limits), PLAN)


@pytest.mark.parametrize(
    ("boot", "ready", "booting"),
    [
        pytest.param(0, [1, 1, 4, 4, 4, 4], [0, 0, 0, 0, 0, 0], id="no boot serves the next step"),
        pytest.param(1, [1, 1, 1, 4, 4, 4], [0, 0, 3, 0, 0, 0], id="60 s at steps of a minute serves the one after"),
        pytest.param(3, [1, 1, 1, 1, 1, 4], [0, 0, 3, 3, 3, 0], id="three steps"),
        pytest.param(9, [1, 1, 1, 1, 1, 1], [0, 0, 3, 3, 3, 3], id="longer than the trace"),
    ],
)
def test_replicas_serve_after_their_boot(boot: int, ready: list[int], booting: list[int]) -> None:
    run = follow([1, 4, 4, 4, 4, 4], boot, current=1)
    assert run.ready.tolist() == ready
    assert run.booting.tolist() == booting
    assert run.desired.tolist() == [1, 4, 4, 4, 4, 4]


@pytest.mark.parametrize("boot", [0, 1, 5])
def test_removed_replicas_are_gone_at_the_next_step(boot: int) -> None:
    assert follow([5, 2, 2], boot, current=5).ready.tolist() == [5, 5, 2]


def test_those_that_boot_are_removed_first_and_the_newest_of_them() -> None:
    run = follow([4, 6, 5, 5, 5, 5], boot=3, current=2)
    assert run.booting.tolist() == [0, 2, 4, 3, 1, 0], "one of the second order is cancelled, the first arrives whole"
    assert run.ready.tolist() == [2, 2, 2, 2, 4, 5]


def test_serving_replicas_are_removed_once_none_boots() -> None:
    run = follow([4, 1, 1], boot=3, current=2)
    assert run.booting.tolist() == [0, 2, 0]
    assert run.ready.tolist() == [2, 2, 1]


def test_a_replacement_for_a_cancelled_order_boots_from_the_start() -> None:
    assert follow([3, 1, 3, 3, 3, 3], boot=2, current=1).ready.tolist() == [1, 1, 1, 1, 1, 3]


def test_limits_hold_for_all_replicas() -> None:
    run = follow([9, 9, 0, 0], boot=1, current=3, low=2, high=5)
    assert run.desired.tolist() == [5, 5, 2, 2]
    assert bindings_of(run) == ["max replicas", "max replicas", "min replicas", "min replicas"]


def test_nothing_happens_before_the_first_known_demand() -> None:
    run = simulate(known_of([np.nan, np.nan, 20, 20], planned=4), world_of(current=2), PLAN)
    assert run.desired.tolist() == [2, 2, 4, 4]
    assert run.proposed.tolist() == [NO_RECOMMENDATION, NO_RECOMMENDATION, 4, 4]
    assert bindings_of(run) == ["unknown demand", "unknown demand", "plan", "plan"]


def test_replicas_that_boot_arrive_while_demand_is_unknown() -> None:
    run = simulate(known_of([20, np.nan, np.nan, 20], planned=4), world_of(boot=1, current=2), PLAN)
    assert run.ready.tolist() == [2, 2, 4, 4]
    assert run.booting.tolist() == [0, 2, 0, 0]


def test_an_unknown_step_is_no_recommendation_to_stabilize_with(plain) -> None:
    recommendations = np.array([9, NO_RECOMMENDATION, NO_RECOMMENDATION])
    assert plain.change_limits.lowest(3, np.arange(4), recommendations, 2) > 10_000
    assert plain.change_limits.highest(3, np.arange(4), recommendations, 2) == NO_RECOMMENDATION


@pytest.mark.parametrize("kind", [PLANNED, REACTIVE, THRESHOLD])
def test_a_trace_of_no_steps_is_an_empty_run(kind: int) -> None:
    assert [values.shape for values in simulate(known_of([]), world_of(boot=2), policy_of(kind))] == [(0,)] * 7


def test_a_policy_sees_a_step_only_once_it_is_over() -> None:
    """What happens at step t changes no decision before its end."""
    demand = np.full(30, 50.0)
    later = demand.copy()
    later[20:] = 500.0
    runs = [simulate(known_of(values), world_of(boot=2, current=7), policy_of(REACTIVE)) for values in (demand, later)]
    assert runs[0].desired[:20].tolist() == runs[1].desired[:20].tolist()
    assert runs[1].desired[20] > runs[0].desired[20]
    assert runs[1].ready[20:24].tolist() == [7, 7, 7, runs[1].desired[20]]


def replicas_one_by_one(desired: np.ndarray, boot: int, current: int) -> tuple[list[int], list[int]]:
    """(ready, booting) from a list of single replicas: the step from which each serves, the newest last."""
    replicas, ready, booting = [0] * current, [], []
    for t, wanted in enumerate(desired):
        serving = sum(since <= t for since in replicas)
        ready.append(serving)
        booting.append(len(replicas) - serving)
        replicas = replicas[:wanted] + [t + 1 + boot] * (wanted - len(replicas))
    return ready, booting


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_ready_and_booting_follow_from_the_decisions(kind: int) -> None:
    rng = np.random.default_rng(kind)
    for _ in range(40):
        world = random_world(rng)
        run = simulate(random_known(rng, 50), world, random_policy(rng, kind))
        ready, booting = replicas_one_by_one(run.desired, world.boot_steps, world.current_replicas)
        assert run.ready.tolist() == ready
        assert run.booting.tolist() == booting
        assert run.desired.min() >= world.min_replicas
        assert run.desired.max() <= world.max_replicas
