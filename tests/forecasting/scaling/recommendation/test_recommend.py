"""The recommendation: what a replay decides at the same moment, and what it says where it knows less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.replay import Replay, replay_of
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

WINDOW_QUANTILE = "predictive:window-quantile"
SERVICE = {"capacity_per_minute": 10, "boot_seconds": 600, "max_replicas": 100}
NOON = "1995-08-28 12:00"


@pytest.fixture(scope="module")
def question(nasa: Series) -> ScalingRequest:
    """Quarters of an hour of NASA-HTTP: a replica ordered now serves in the second bin."""
    return ScalingRequest(series=nasa, timeframe="15m", service=SERVICE, policy="predictive", current_replicas=5)


@pytest.fixture(scope="module")
def replay(question: ScalingRequest) -> Replay:
    return replay_of(question)


def at(question: ScalingRequest, text: str, **changes) -> ScalingRequest:
    """The question with this as the present."""
    return replace(question, end=moment_of(text, None), **changes)


@pytest.mark.parametrize("text", ["1995-08-14 00:15", "1995-08-14 03:00", "1995-08-20 09:15", "1995-08-23", NOON])
def test_it_asks_for_what_the_replay_asks_for_at_that_moment(
    question: ScalingRequest, replay: Replay, text: str
) -> None:
    """On validation days too, whose forecasts were made before the model was fitted to them."""
    scenario = replay.forecast_test if text >= "1995-08-23 00:15" else replay.forecast_tuning
    planned = configured(scenario, WINDOW_QUANTILE, quantile=0.9, gated=0).known.planned
    step = replay.series.position(moment_of(text, None)) - 1 - scenario.trace.first
    found = recommend(at(question, text, policy=WINDOW_QUANTILE, parameters={"quantile": 0.9, "gated": 0}))
    assert found.proposed == planned[step]
    if text >= "1995-08-17":  # before that fewer than three days of residuals are known then, and a prior stands in
        assert found.quantile == pytest.approx(scenario.forecasts.windows.quantile(0.9)[step])


@pytest.mark.parametrize("text", ["1995-08-25", NOON, "1995-08-31 18:45"])
def test_its_gate_is_the_one_of_the_replay(question: ScalingRequest, replay: Replay, text: str):
    scenario = replay.forecast_test
    step = replay.series.position(moment_of(text, None)) - 1 - scenario.trace.first
    found = recommend(at(question, text, policy=WINDOW_QUANTILE, parameters={"quantile": 0.9}))
    assert (found.gate_open, found.gate_reasons) == (
        scenario.trust_check(0.9).trusted[step],
        scenario.trust_check(0.9).reasons(step),
    )


def test_on_days_the_model_was_trained_on_the_reactive_rule_decides(question: ScalingRequest) -> None:
    found = recommend(at(question, "1995-07-12 12:00", policy=WINDOW_QUANTILE))
    reactive = recommend(at(question, "1995-07-12 12:00", policy="reactive"))
    assert not found.gate_open
    assert "trained on these days" in found.gate_reasons[0]
    assert any("In-sample" in warning for warning in found.warnings)
    assert found.replicas == reactive.replicas


def test_right_after_the_first_out_of_sample_origin_nothing_but_known_steps_is_read(question: ScalingRequest) -> None:
    """The trace is as short as the outlook then."""
    values = {recommend(at(question, "1995-08-14 00:15")).proposed for _ in range(5)}
    assert len(values) == 1
    assert 1 <= values.pop() < 50


def test_what_comes_later_changes_nothing(question: ScalingRequest) -> None:
    whole = recommend(at(question, NOON))
    series = question.series.between(None, moment_of(NOON, None))
    cut = recommend(replace(question, series=series, service=question.scaled_service.to_dict()))
    assert whole == cut


def test_an_idle_replica_is_kept_until_launching_it_again_would_be_cheaper(question: ScalingRequest) -> None:
    """At night, with launches as dear as a day of running: the next day's peak is in the break-even window."""
    night = "1995-08-29 03:00"
    by_quantile = replace(question, policy=WINDOW_QUANTILE)
    free = recommend(at(by_quantile, night, current_replicas=40))
    dear = recommend(at(by_quantile, night, current_replicas=40, service={**SERVICE, "launch_cost": 2.0}))
    assert free.proposed == dear.proposed
    assert free.replicas < dear.replicas <= 40
    assert dear.binding_term == "break-even"
    free = recommend(at(question, night, current_replicas=40))
    dear = recommend(at(question, night, current_replicas=40, service={**SERVICE, "launch_cost": 2.0}))
    assert free.replicas < dear.replicas <= 40


def test_from_none_at_least_one_is_started(question: ScalingRequest) -> None:
    found = recommend(at(question, NOON, policy="reactive", current_replicas=0, service={"capacity_per_minute": 1e6}))
    assert (found.current_replicas, found.action, found.replicas) == (0, "scale_up", 1)
    assert not found.hpa_would_ignore
    assert found.reason.startswith("Scale out from 0 to 1 replica.")


def test_more_than_is_allowed_is_a_shortfall(question: ScalingRequest) -> None:
    found = recommend(at(question, NOON, service={**SERVICE, "max_replicas": 2}))
    assert found.capacity_shortfall
    assert found.replicas == 2
    assert any("max_replicas is 2" in warning for warning in found.warnings)


def test_the_plan_reaches_at_least_the_lead(question: ScalingRequest) -> None:
    found = recommend(at(question, NOON, horizon=2))
    assert [bin.ds for bin in found.plan] == ["1995-08-28 12:00:00", "1995-08-28 12:15:00"]
    assert found.plan[-1].replicas == found.replicas
    assert found.plan[0].replicas == min(found.replicas, found.current_replicas), "nothing serves before its boot"
    with pytest.raises(InputError, match="must be at least 2") as caught:
        recommend(at(question, NOON, horizon=1))
    assert caught.value.errors[0].field == "horizon"


def test_a_capacity_that_nobody_gave_is_told(question: ScalingRequest) -> None:
    told = recommend(at(question, NOON, service={"boot_seconds": 60})).warnings
    assert any("No capacity was given" in warning for warning in told)
    assert not any("No capacity" in warning for warning in recommend(at(question, NOON)).warnings)


def test_demand_and_its_multiple_ask_for_the_same_replicas(question: ScalingRequest) -> None:
    one = recommend(at(question, NOON))
    service = {**SERVICE, "capacity_per_minute": 1000, "demand_multiplier": 100}
    hundred = recommend(at(question, NOON, service=service))
    assert (one.proposed, one.replicas) == (hundred.proposed, hundred.replicas)
    np.testing.assert_allclose([100 * bin.demand_yhat for bin in one.plan], [bin.demand_yhat for bin in hundred.plan])
