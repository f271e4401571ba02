"""What a run adds up to: the published measures on a worked example, and the bill."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.inputs import Run
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import Trace, trace_of
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.outcome import outcome_of
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY

NEEDED = [4, 4, 6, 8, 8, 6, 4, 4]
SUPPLY = [4, 4, 4, 6, 8, 8, 6, 4]


def trace_for(demand, current: int = 4, bin_seconds: int = 60, **service) -> Trace:
    """A replica serves 10 requests a step."""
    per_minute = 10.0 * 60 / bin_seconds
    scaled = ScaledService(**{"capacity_per_minute": per_minute, "boot_seconds": 0, **service})
    return Trace(Series("t", bin_seconds, MONDAY, np.array(demand, float)), scaled, 0, len(demand), current)


def run_of(ready, desired=None, booting=None) -> Run:
    """Replicas of each minute, which are decided at its end."""
    ready = np.array(ready, np.int32)
    booting = np.zeros_like(ready) if booting is None else np.array(booting, np.int32)
    desired = np.append(ready[1:], ready[-1]) if desired is None else np.array(desired, np.int32)
    first = np.ravel([(minute, minute + 3) for minute in range(0, 4 * len(ready), 4)])
    decided = np.ravel(np.column_stack([ready + booting, desired])).astype(np.int32)
    binding, debt = np.zeros(len(first), np.int8), np.zeros(0)
    return Run(ready.repeat(2), booting.repeat(2), decided, decided, binding, first, debt)


@pytest.mark.parametrize(
    ("supply", "theta_u", "theta_o", "tau_u", "tau_o"),
    [(SUPPLY, 7.2917, 10.4167, 25.0, 25.0), ([6] * 8, 6.25, 25.0, 25.0, 50.0)],
    ids=["with an autoscaler", "six all the time"],
)
def test_elasticity_of_the_worked_example(supply, theta_u, theta_o, tau_u, tau_o) -> None:
    totals = outcome_of(trace_for([10 * n for n in NEEDED]), run_of(supply)).totals
    found = totals.theta_u, totals.theta_o, totals.tau_u, totals.tau_o
    assert found == pytest.approx((theta_u, theta_o, tau_u, tau_o), abs=5e-5)


def test_unmet_is_what_exceeds_the_capacity_of_ready_replicas() -> None:
    totals = outcome_of(trace_for([35, 45, np.nan, 80]), run_of([4, 4, 4, 4])).totals
    assert (totals.unmet_requests, totals.requests) == (5 + 40, 160)
    assert totals.unmet_share == pytest.approx(45 / 160)
    assert (totals.minutes_under, totals.minutes_under_share) == (2.0, pytest.approx(2 / 3)), "unknown steps count not"


def test_a_minute_may_be_under_its_target_with_nothing_unmet() -> None:
    totals = outcome_of(trace_for([35], target_utilisation=0.7), run_of([4])).totals
    assert (totals.unmet_requests, totals.minutes_under) == (0, 1)


def test_the_bill_has_running_and_booting_replicas_and_launches() -> None:
    ready, booting, desired = [1, 1, 1, 3], [0, 2, 2, 0], [3, 3, 3, 3]
    prices = {"price_per_hour": 60.0, "launch_cost": 5.0, "boot_seconds": 120.0}
    both = [
        outcome_of(trace_for([10] * 4, 1, **prices, bill_booting=billed), run_of(ready, desired, booting)).totals
        for billed in (True, False)
    ]
    assert [totals.cost for totals in both] == [6 + 4 + 10, 6 + 10]
    assert [totals.replica_hours * 60 for totals in both] == pytest.approx([10, 6])
    assert [(totals.launches, totals.scale_events, totals.mean_replicas) for totals in both] == [(2, 1, 1.5)] * 2


def test_a_short_life_is_billed_for_the_least_time() -> None:
    """Two launched for a minute, at 150 s at least."""
    totals = outcome_of(
        trace_for([10] * 4, 1, price_per_hour=60.0, minimum_billed_seconds=150.0), run_of([1, 3, 1, 1], [3, 1, 1, 1])
    ).totals
    assert totals.cost == pytest.approx(6 + 2 * 1.5)


def test_what_is_decided_after_the_last_step_is_not_billed() -> None:
    totals = outcome_of(trace_for([10, 10], 1, launch_cost=7.0, price_per_hour=60.0), run_of([1, 1], [1, 9])).totals
    assert (totals.cost, totals.launches, totals.scale_events) == (2.0, 0, 0)


@pytest.mark.parametrize(
    ("price", "per_request", "ratio"),
    [(0.096, 1e-6, 0.467), (0.096, 1e-5, 0.947), (0.096, 1e-4, 0.9947), (0.0416, 1e-5, 0.977), (0.096, 1e-8, 0.0)],
)
@pytest.mark.parametrize("bin_seconds", [60, 300])
def test_a_price_of_a_lost_request_gives_the_critical_ratio(price, per_request, ratio, bin_seconds) -> None:
    """At 50 requests a second and replica; 1 - c / (p kappa dt), never below 0."""
    from forecasting.scaling.policies.policy_registry import POLICIES

    service = ScaledService(capacity_per_minute=3000, price_per_hour=price, lost_request_price=per_request)
    trace = Trace(Series("t", bin_seconds, MONDAY, np.ones(4)), service, 0, 4, 1)
    assert POLICIES["predictive:window-quantile"].defaults(Scenario(trace))["quantile"] == pytest.approx(
        ratio, abs=5e-4
    )


@pytest.mark.parametrize(
    ("boot_seconds", "serves"),
    [(0, [1, 3]), (1, [1, 2.5]), (15, [1, 2.5]), (16, [1, 2]), (60, [1, 1, 3]), (61, [1, 1, 2.5]), (240, [1] * 5)],
)
def test_start_up_time_is_rounded_up_to_15_s_not_to_a_bin(boot_seconds: float, serves: list[float]) -> None:
    """What the end of minute 0 orders is ready in three quarters of minute 1 after 15 s, in minute 2 after 60 s."""
    trace = trace_for([10, *[80] * 9], 1, boot_seconds=boot_seconds)
    ready = run(Scenario(trace), configured(Scenario(trace), "fixed", replicas=3)).run.ready
    assert ready.tolist() == serves + [3] * (10 - len(serves))


def test_a_start_is_what_a_reactive_scaler_would_have_had_before_the_first_step() -> None:
    series = Series("t", 60, MONDAY, np.array([70.0, 7000.0, 7000.0]))
    service = ScaledService(capacity_per_minute=10.0, max_replicas=1000, boot_seconds=0)
    assert trace_of(series, service, 1, 3).current_replicas == 10


def test_what_was_paid_for_adds_up_to_the_bill() -> None:
    """Two launched for a minute and billed for 150 s; 30 of 40 requests fill 3 replica-minutes, 10 find no room."""
    prices = {"price_per_hour": 60.0, "launch_cost": 5.0, "minimum_billed_seconds": 150.0}
    demand = [10, 15, np.nan, 15]
    outcome = outcome_of(trace_for(demand, 1, **prices), run_of([1, 1, 3, 1], [1, 3, 1, 1], [0, 0, 0, 0]))
    spending, cost = outcome.spending, outcome.totals.cost
    assert (spending.serving, spending.idle, spending.booting) == pytest.approx((3.0, 3.0, 0.0))
    assert (spending.minimum, spending.launches) == pytest.approx((2 * 1.5, 2 * 5.0))
    assert sum(vars(spending).values()) == pytest.approx(cost)


@pytest.mark.parametrize("bill_booting", [True, False])
def test_booting_replicas_are_paid_for_where_they_are_billed(bill_booting: bool) -> None:
    trace = trace_for([10, 80, 80, 80, 80], 1, price_per_hour=60.0, boot_seconds=120.0, bill_booting=bill_booting)
    outcome = run(Scenario(trace), configured(Scenario(trace), "fixed", replicas=4))
    assert outcome.spending.booting == pytest.approx(3 * 2 if bill_booting else 0)
    assert sum(vars(outcome.spending).values()) == pytest.approx(outcome.totals.cost)
