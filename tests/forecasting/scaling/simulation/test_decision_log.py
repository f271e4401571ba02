"""Decisions: the log of a replay."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.plan import planned
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.decision_log import ACTIONS, Decisions, decisions_of
from forecasting.scaling.simulation.replay import evaluated_within, replay_of, source_for
from forecasting.scaling.simulation.simulate import Simulation, simulate
from forecasting.scaling.simulation.warm_up import effort, reach_of, rehearse
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic

SERIES = daily_traffic(days=24)


@pytest.fixture(scope="module")
def question() -> ScalingRequest:
    return ScalingRequest(series=SERIES, service={"capacity_per_minute": 10.0, "max_replicas": 40}, settings=Settings())


@pytest.fixture(scope="module", params=policy_names.DEPLOYABLE)
def simulation(request, question) -> Simulation:
    return simulate(replay_of(question), request.param)


@pytest.fixture(scope="module")
def by_quantile(question) -> Decisions:
    replay = replay_of(dataclasses.replace(question, model_type="hybrid"))
    return decisions_of(simulate(replay, policy_names.WINDOW_QUANTILE))


def test_the_rows_are_the_steps_of_the_simulation(simulation):
    decisions = decisions_of(simulation)
    steps = list(simulation.steps())
    rows = decisions.rows(np.arange(len(decisions)))
    shared = set(steps[0]) & set(rows[0])
    assert shared >= {"ds", "demand", "ready", "booting", "desired", "action", "binding_term", "unmet"}
    assert [{name: row[name] for name in shared} for row in rows] == [
        {name: step[name] for name in shared} for step in steps
    ]
    assert all(row["reason"].endswith(".") for row in rows)


def test_only_policies_that_forecast_tell_a_forecast(simulation):
    decisions = decisions_of(simulation)
    assert (decisions.forecast is not None) == (simulation.policy in policy_names.FORECAST_DRIVEN)


def test_a_forecast_is_what_was_planned_for(by_quantile):
    open_steps = np.flatnonzero(by_quantile.trusted & (by_quantile.run.binding == 2))
    wanted = np.ceil(by_quantile.forecast[open_steps] / by_quantile.trace.usable)
    assert len(open_steps)
    assert (np.abs(wanted - by_quantile.run.proposed[open_steps]) <= 1).all()


def test_a_shut_gate_is_part_of_the_reason(by_quantile):
    shut = np.flatnonzero(~by_quantile.trusted)
    assert len(shut)
    assert all(row["reason"].startswith("The forecast is not trusted. ") for row in by_quantile.rows(shut[:50]))


def test_filters_choose_by_action_and_by_what_decided(by_quantile):
    everything = by_quantile.chosen()
    assert len(everything) == len(by_quantile) == sum(len(by_quantile.chosen((action,))) for action in ACTIONS)
    by_binding = [by_quantile.chosen(binding=binding) for binding in by_quantile.bindings()]
    assert sorted(np.concatenate(by_binding)) == list(range(len(by_quantile)))
    assert [len(found) for found in by_binding] == sorted(map(len, by_binding), reverse=True)
    both = by_quantile.chosen(("scale_up",), "predictive")
    assert {row["action"] for row in by_quantile.rows(both)} == {"scale_up"}
    assert list(by_quantile.frame(both).columns)[:3] == ["ds", "demand", "forecast"]
    assert len(by_quantile.frame(both)) == len(both)


def test_replica_hours_idle_and_under_are_apart(by_quantile):
    gap = by_quantile.run.ready - by_quantile.trace.needed
    assert by_quantile.idle_hours == pytest.approx(gap[gap > 0].sum() / 4)
    assert by_quantile.under_hours == pytest.approx(-gap[gap < 0].sum() / 4)
    assert min(by_quantile.idle_hours, by_quantile.under_hours) > 0


def test_a_flap_is_a_change_taken_back_soon(by_quantile):
    def with_changes(*changes: int) -> Decisions:
        return dataclasses.replace(by_quantile, change=np.array(changes))

    assert with_changes(1, -1, 0, 1).flaps == 1  # a bin is a quarter of an hour: the second is too late
    assert with_changes(1, 1, -1, -1).flaps == 1
    assert with_changes(0, 0).flaps == 0


def test_few_points_stand_for_many_and_keep_what_was_lost(by_quantile):
    starts, positions, together = by_quantile.busiest(0, len(by_quantile), 50)
    assert len(positions) <= 50
    assert together == -(-len(by_quantile) // 50)
    assert np.array_equal(positions // together * together, starts)
    lack = np.nan_to_num(by_quantile.trace.demand - by_quantile.capacity, nan=-np.inf)
    assert lack[positions].max() == lack.max()
    assert by_quantile.busiest(3, 40, 50).positions.tolist() == list(range(3, 40))


def test_a_plan_stands_between_what_came_before_and_after(question):
    asked = question_at(question, 20 * 96)
    found = recommend(asked)
    plan = planned(asked, found)
    assert plan.past_wall[-1] + 900 == plan.wall[0]
    np.testing.assert_array_equal(plan.past_demand, SERIES.requests_count[20 * 96 - len(plan.past_demand) : 20 * 96])
    np.testing.assert_array_equal(plan.actual, SERIES.requests_count[20 * 96 : 20 * 96 + len(plan.wall)])
    assert plan.replicas.tolist() == [bin.replicas for bin in found.plan]
    assert plan.share == found.share
    assert np.isnan(planned(question, recommend(question)).actual).all()


def question_at(question: ScalingRequest, origin: int) -> ScalingRequest:
    from dataclasses import replace

    return replace(question, end=SERIES.start + origin * 900)


def test_a_range_is_evaluated_as_far_as_it_may_be(question):
    source = source_for(question)
    whole = evaluated_within(question, source, SERIES.start, SERIES.end)
    assert (whole.start, whole.end) == (None, None)
    day = evaluated_within(question, source, SERIES.end - 86_400, SERIES.end)
    assert len(replay_of(day, source).test.trace) == 96


def test_days_that_were_trained_on_are_left_out(nasa):
    question = ScalingRequest(series=nasa, timeframe="15m", settings=Settings())
    source = source_for(question)
    trained = evaluated_within(question, source, nasa.end - 14 * 86_400, nasa.end)
    assert trained.start is None or trained.start > nasa.end - 14 * 86_400
    assert replay_of(trained).test_span == replay_of(question).test_span
    later = evaluated_within(question, source, nasa.end - 2 * 86_400, nasa.end)
    assert len(replay_of(later).test.trace) == 2 * 96


def test_a_rehearsal_makes_what_replays_with_longer_boots_need(question):
    replay = replay_of(question)
    told: list[float] = []
    assert reach_of(replay) == 8
    assert rehearse(replay, reach_of(replay), told.append) == effort(replay) * 8 / replay.lead
    assert told[-1] == 1.0
    assert told == sorted(told)
