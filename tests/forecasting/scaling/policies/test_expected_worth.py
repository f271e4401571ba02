"""The expected-worth policies: the objective kept on days nobody has seen, bound and guards, and how they start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.kernels.inputs import BINDINGS
from forecasting.scaling.policies.expected_worth import given_price, simple_share
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.simulation.replay import Replay, replay_of
from forecasting.scaling.simulation.simulate import Simulation, simulate
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import daily_traffic, with_counts

DAYS, DAY = 24, 96
MODEL = "seasonal_smoothing"


def replay_on(series: Series, **fields: object) -> Replay:
    service = {"capacity_per_minute": 4.0, "boot_seconds": 900, **fields.pop("service", {})}
    start = series.start + 16 * 86_400
    return replay_of(
        ScalingRequest(series=series, service=service, model_type=MODEL, start=start, settings=Settings(), **fields)
    )


def run(series: Series, policy: str = policy_names.HYBRID, parameters=None, **fields: object) -> Simulation:
    return simulate(replay_on(series, **fields), policy, parameters or {})


@pytest.fixture(scope="module")
def series() -> Series:
    return daily_traffic(DAYS)


@pytest.mark.parametrize(
    "objective", [Objective(), Objective(max_unmet_share=0.03), Objective(max_minutes_under_share=0.05)]
)
@pytest.mark.parametrize("policy", [*policy_names.PRICED, policy_names.SMOOTHING, policy_names.REACTIVE])
def test_a_budget_keeps_the_objective(series: Series, policy: str, objective: Objective) -> None:
    totals = run(series, policy, {"adaptive": 1}, slo=objective).totals
    assert objective.of_totals(totals) <= 1.1 * objective.share


def test_the_rule_is_cheaper_than_smoothing_with_the_same_budget(series: Series) -> None:
    rule, smoothing = (run(series, name, {"adaptive": 1}) for name in (policy_names.HYBRID, policy_names.SMOOTHING))
    assert rule.totals.cost < smoothing.totals.cost


def test_a_users_price_stands_without_a_budget(series: Series) -> None:
    cheap, dear = (run(series, service={"lost_request_price": price}) for price in (0.0012, 0.012))
    assert cheap.parameters["adaptive"] == dear.parameters["adaptive"] == 0
    assert cheap.error_budget is None
    assert dear.totals.unmet_requests < cheap.totals.unmet_requests
    trace = dear.trace
    assert dear.parameters["price_of_unmet"] == pytest.approx(0.012 * trace.usable / trace.price)
    assert given_price(Scenario(trace)) == dear.parameters["price_of_unmet"]


def test_a_higher_price_costs_more_and_leaves_less_unmet(series: Series) -> None:
    fixed = [run(series, parameters={"price_of_unmet": price, "adaptive": 0}) for price in (3.0, 30.0, 300.0)]
    costs, unmet = ([getattr(one.totals, name) for one in fixed] for name in ("cost", "unmet_requests"))
    assert costs == sorted(costs)
    assert unmet == sorted(unmet, reverse=True)


def test_what_comes_later_changes_no_decision(series: Series) -> None:
    counts = series.requests_count.copy()
    counts[20 * DAY :] = 3 * counts[20 * DAY :][::-1]
    plain, other = run(series), run(with_counts(series, counts))
    before = slice(0, 4 * DAY)
    np.testing.assert_array_equal(plain.run.desired[before], other.run.desired[before])
    assert plain.parameters == other.parameters


@pytest.mark.parametrize("times", [10, 100])
def test_one_odd_bin_asks_for_nothing_absurd(series: Series, times: int) -> None:
    counts = series.requests_count.copy()
    at = 18 * DAY + 40
    counts[at] *= times
    made = run(with_counts(series, counts), service={"max_replicas": 5000})
    after = slice(at + 1 - made.trace.first, at + 1 - made.trace.first + 2 * DAY)
    assert made.run.desired[after].max() <= 1.2 * np.nanmax(made.trace.needed[after])


def test_an_outage_holds_the_replicas(series: Series) -> None:
    counts = series.requests_count.copy()
    at = 19 * DAY + 48
    counts[at : at + 2] = 0.0
    made = run(with_counts(series, counts))
    back = at + 2 - made.trace.first
    assert made.run.ready[back] >= 0.85 * made.trace.needed[back]
    assert BINDINGS[made.run.binding[back - 1]] == "outage guard"
    unguarded = run(with_counts(series, counts), policy_names.PREDICTIVE)
    assert unguarded.run.ready[back] < made.run.ready[back]


def test_expected_silence_is_no_outage() -> None:
    series = daily_traffic(DAYS)
    counts = series.requests_count.copy()
    hours = (series.wall % 86_400) // 3600
    counts[(hours < 6) | (hours >= 22)] = 0.0
    made = run(with_counts(series, counts))
    assert "outage guard" not in {BINDINGS[code] for code in made.run.binding}


def test_a_new_level_is_followed(series: Series) -> None:
    counts = series.requests_count.copy()
    counts[20 * DAY + 30 :] *= 4
    totals = run(with_counts(series, counts), service={"max_replicas": 500}).totals
    assert totals.unmet_share < 0.03


def test_it_starts_where_shadow_runs_on_earlier_days_kept_the_objective(series: Series) -> None:
    replay = replay_on(series)
    scenario = replay.scenarios(policy_names.HYBRID).evaluation
    assert scenario.shadow is not None
    assert scenario.shadow.trace.end == scenario.trace.first
    made = configured(scenario, policy_names.HYBRID)
    assert made.parameters["price_of_unmet"] == made.values[made.kernel.budget.level]
    strict = replay_on(series, slo=Objective(max_unmet_share=0.001)).scenarios(policy_names.HYBRID).evaluation
    assert configured(strict, policy_names.HYBRID).parameters["price_of_unmet"] > made.parameters["price_of_unmet"]
    assert simple_share(scenario) in (0.0, 0.5)
    assert simple_share(replace(scenario, shadow=None)) == 0.0


def test_without_days_before_it_starts_at_the_usual_price(series: Series) -> None:
    scenario = replace(replay_on(series).scenarios(policy_names.HYBRID).evaluation, shadow=None)
    price = configured(scenario, policy_names.HYBRID).parameters["price_of_unmet"]
    assert 30 < price < 40


def test_a_price_at_its_cap_is_said(series: Series) -> None:
    budget = run(series, service={"max_replicas": 4}, slo=Objective(max_unmet_share=0.001)).error_budget
    assert budget is not None
    assert budget.at_cap_share > 0.3
    assert budget.used > budget.allowed
    assert budget.left_days < 0


def test_a_policy_without_levels_takes_no_budget(series: Series) -> None:
    with pytest.raises(InputError, match="adaptive is not a parameter of fixed"):
        run(series, policy_names.FIXED, {"adaptive": 1})


def test_a_scenario_without_forecasts_is_refused(series: Series) -> None:
    with pytest.raises(InputError, match="needs forecasts"):
        configured(replay_on(series).test, policy_names.HYBRID)
