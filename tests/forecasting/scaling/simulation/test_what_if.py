"""What if: more traffic, slower start-up, an unforeseen traffic surge, a forecast that is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import Simulation, simulate
from forecasting.scaling.simulation.what_if import TrafficSurge, WhatIf, supposing
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic

SERIES = daily_traffic(days=24)
SURGE = TrafficSurge(SERIES.start + 20 * 86_400 + 9 * 3600, 3600, 4.0)


@pytest.fixture(scope="module")
def question() -> ScalingRequest:
    return ScalingRequest(series=SERIES, service={"capacity_per_minute": 10.0, "max_replicas": 40}, settings=Settings())


def run(question: ScalingRequest, policy: str = policy_names.PREDICTIVE, **what_if: object) -> Simulation:
    return simulate(replay_of(supposing(question, WhatIf(**what_if))), policy, question.parameters)


def test_a_surge_multiplies_the_bins_that_begin_within_it():
    surged = SURGE.joining(SERIES)
    first = 20 * 96 + 36
    np.testing.assert_array_equal(
        surged.requests_count[first : first + 4], 4 * SERIES.requests_count[first : first + 4]
    )
    np.testing.assert_array_equal(
        np.delete(surged.requests_count, range(first, first + 4)),
        np.delete(SERIES.requests_count, range(first, first + 4)),
    )


def test_unknown_bins_of_a_surge_stay_unknown():
    counts = SERIES.requests_count.copy()
    counts[20 * 96 + 37] = np.nan
    surged = SURGE.joining(replace(SERIES, requests_count=counts))
    assert np.isnan(surged.requests_count[20 * 96 + 37])


@pytest.mark.parametrize(
    "wrong", [{"start": SERIES.end}, {"start": SERIES.start - 86_400}, {"seconds": 0}, {"size": 0.0}]
)
def test_a_surge_that_is_none_is_refused(wrong):
    with pytest.raises(InputError) as error:
        replace(SURGE, **wrong).joining(SERIES)
    assert error.value.errors[0].field == "flash"


def test_no_forecast_knows_a_surge_before_it_comes(question):
    plain, surged = run(question), run(question, surge=SURGE)
    begins = 20 * 96 + 36 - plain.trace.first
    before = slice(0, begins)
    np.testing.assert_array_equal(plain.outcome.run.desired[before], surged.outcome.run.desired[before])
    outlooks = [one.scenario.forecasts.windows for one in (plain, surged)]
    np.testing.assert_array_equal(outlooks[0].level[before], outlooks[1].level[before])
    assert outlooks[1].level[begins + 1] > outlooks[0].level[begins + 1]
    assert surged.outcome.totals.unmet_requests > plain.outcome.totals.unmet_requests


def test_growth_and_slower_boots_change_the_service_alone(question):
    supposed = supposing(question, WhatIf(growth=2.0, slower=3.0)).scaled_service
    assert supposed.demand_multiplier == 2.0
    assert supposed.boot_seconds == 3 * question.scaled_service.boot_seconds
    assert supposed.capacity_per_minute == 10
    slow, usual = (run(question, policy_names.REACTIVE, slower=slower) for slower in (30.0, 1.0))
    assert (slow.trace.world.boot_steps, usual.trace.world.boot_steps) == (240, 8)
    assert slow.outcome.run.booting.sum() > usual.outcome.run.booting.sum()


def test_slower_boots_are_longer_than_the_sum_of_their_parts(question):
    parts = replace(question, service={**question.service, "image_seconds": 60.0, "ready_seconds": 30.0})
    assert supposing(parts, WhatIf(slower=2.0)).scaled_service.boot_seconds == 180


def test_what_is_proposed_stays_as_it_is_without_the_supposition():
    plain = ScalingRequest(series=SERIES, settings=Settings())
    supposed = supposing(plain, WhatIf(growth=3.0, surge=SURGE))
    assert supposed.scaled_service.max_replicas == plain.scaled_service.max_replicas
    assert supposed.scaled_service.capacity_per_minute == plain.scaled_service.capacity_per_minute


def test_a_forecast_that_is_too_low_loses_more_and_one_too_high_costs_more(question):
    trusting = replace(question, parameters={"gated": 0, "quantile": 0.9})
    low, right, high = (run(trusting, policy_names.WINDOW_QUANTILE, forecast_error=error) for error in (-0.3, 0.0, 0.3))
    assert low.totals.unmet_requests > right.totals.unmet_requests > high.totals.unmet_requests
    assert high.totals.cost > right.totals.cost
    assert low.parameters == right.parameters


def test_the_gate_shuts_for_a_forecast_that_is_far_too_low(question):
    shares = [run(question, policy_names.WINDOW_QUANTILE, forecast_error=error) for error in (0.0, -0.5)]
    trusted = [one.scenario.trust_check(one.parameters["quantile"]).trusted.mean() for one in shares]
    assert trusted[1] < 0.5 < trusted[0]


def test_a_rule_that_does_not_forecast_does_not_care(question):
    assert (
        run(question, policy_names.REACTIVE, forecast_error=0.5).totals == run(question, policy_names.REACTIVE).totals
    )


def test_nothing_supposed_is_the_question_itself(question):
    assert supposing(question, WhatIf()) is question


@pytest.mark.parametrize(
    "wrong", [{"growth": 0.0}, {"slower": -1.0}, {"forecast_error": -1.0}, {"forecast_error": 99.0}]
)
def test_what_cannot_be_supposed_is_refused(wrong):
    with pytest.raises(InputError) as error:
        WhatIf(**wrong)
    assert [one.field for one in error.value.errors] == list(wrong)
