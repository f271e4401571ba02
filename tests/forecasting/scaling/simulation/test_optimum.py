"""The optimum against every policy of the service layer, and the price at which it keeps an objective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.hindcasts.lead_windows import LeadWindows, highest_coming
from forecasting.hindcasts.simple_source import SimpleSource
from forecasting.hindcasts.window_forecasts import WindowForecasts
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.policies.policy_registry import POLICIES, configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import Trace, trace_of
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.optimum import meets, optimum_at, optimum_meeting
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import UNMET_BY_ANY, optimum_and_warnings, simulate
from forecasting.scaling.worth.outlook import Outlook
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import daily_traffic

SERIES = daily_traffic(4)


def guessed(trace: Trace, seed: int) -> WindowForecasts:
    """A wild forecast: what comes, and nonsense."""
    rng = np.random.default_rng(seed)
    origins = np.arange(trace.first, trace.end)
    pair = []
    for length in (trace.lead, 1):
        highest = highest_coming(trace.history, origins, length)
        level = np.nan_to_num(highest, nan=100.0) * rng.lognormal(0, 0.3, len(origins))
        pools = (np.sort(rng.normal(size=99)),)
        pair.append(LeadWindows(length, level, 0.1 * level + 1, highest, np.zeros(len(level), np.int64), pools))
    return WindowForecasts(origins, *pair, np.full(len(origins), 10**6))


@settings(max_examples=40, deadline=None)
@given(
    service=st.builds(
        ScaledService,
        capacity_per_minute=st.floats(0.5, 60),
        min_replicas=st.integers(1, 4),
        max_replicas=st.integers(4, 60),
        boot_seconds=st.sampled_from([0.0, 60.0, 900.0, 2000.0, 7200.0]),
        price_per_hour=st.sampled_from([0.0, 0.096, 3.0]),
        launch_cost=st.sampled_from([0.0, 0.01, 2.0]),
        minimum_billed_seconds=st.sampled_from([0.0, 60.0, 3600.0]),
        bill_booting=st.booleans(),
        target_utilisation=st.sampled_from([0.6, 1.0]),
        demand_multiplier=st.sampled_from([1.0, 3.0]),
    ),
    price=st.sampled_from([0.0, 1e-5, 1e-3, 0.5]),
    seed=st.integers(0, 10**6),
)
def test_no_policy_beats_it_on_its_own_objective(service: ScaledService, price: float, seed: int) -> None:
    trace = trace_of(SERIES, service, 200, 384)
    outlook = Outlook(SimpleSource(SERIES), service, Objective(), 100, 384)
    scenario = Scenario(trace, Objective(), guessed(trace, seed), learned_until=200, outlook=outlook)
    best = optimum_at(trace, price)
    for policy in POLICIES:
        totals = run(scenario, configured(scenario, policy)).totals.with_objective(price, best.objective)
        assert totals.objective >= best.objective - 1e-9 * max(1.0, best.objective), policy


def trace_for(**changes) -> Trace:
    service = replace(ScaledService(capacity_per_minute=2.0, boot_seconds=900, price_per_hour=0.1), **changes)
    return trace_of(SERIES, service, 200, 384)


@pytest.mark.parametrize(
    "slo", [Objective(), Objective(max_unmet_share=0.001), Objective(max_minutes_under_share=0.02)]
)
def test_the_price_is_the_smallest_at_which_the_objective_is_kept(slo: Objective) -> None:
    trace = trace_for()
    found = optimum_meeting(trace, slo)
    assert found.meets
    assert meets(found.outcome, slo)
    assert not meets(optimum_at(trace, found.lost_request_price / 1.02).outcome, slo)


def test_a_price_of_the_users_own_stands(nasa: Series) -> None:
    service = {"capacity_per_minute": 10, "lost_request_price": 0.004}
    replay = replay_of(ScalingRequest(series=nasa, timeframe="15m", service=service))
    assert optimum_and_warnings(replay)[0].lost_request_price == 0.004
    totals = simulate(replay, "reactive").totals
    assert totals.objective == pytest.approx(totals.cost + 0.004 * totals.unmet_requests)


def test_an_objective_that_no_price_reaches_is_told(nasa: Series) -> None:
    service = {"capacity_per_minute": 10, "max_replicas": 2, "boot_seconds": 60}
    replay = replay_of(ScalingRequest(series=nasa, timeframe="15m", service=service))
    found, warnings = optimum_and_warnings(replay)
    assert not found.meets
    assert UNMET_BY_ANY in warnings
    assert simulate(replay, "fixed", {"replicas": 2}).totals.regret == pytest.approx(0.0, abs=0.01)


def test_steps_of_the_optimum_add_up_to_its_totals(nasa: Series) -> None:
    service = {"capacity_per_minute": 10, "boot_seconds": 1800, "launch_cost": 0.02}
    replay = replay_of(ScalingRequest(series=nasa, timeframe="15m", service=service))
    found = simulate(replay, "oracle")
    steps = list(found.steps())
    assert sum(step["unmet"] for step in steps) == pytest.approx(found.totals.unmet_requests)
    price = 0.096 / 4 * sum(step["ready"] + step["booting"] for step in steps) + 0.02 * found.totals.launches
    assert found.totals.cost == pytest.approx(price)
    assert {step["binding_term"] for step in steps} == {"optimum"}
    assert found.totals.regret == 0.0
