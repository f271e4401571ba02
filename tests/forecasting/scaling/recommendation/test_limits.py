"""Minimum and maximum hold before everything else: for every policy, in every call, whatever runs now."""

from __future__ import annotations

import re
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import InputError
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.calendar import calendar_entries_of
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.recommendation.live import live
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import simulate
from tests.forecasting.traffic import daily_traffic, with_counts

SERIES = daily_traffic(16)
LOW, HIGH = 4, 9
FLOOR = calendar_entries_of([{"replicas": 6, "cron": "0 0 * * *", "duration_minutes": 1440}])


def request(policy: str, current: int, level: float = 1.0, **fields: object) -> ScalingRequest:
    """A request at a moment whose last two hours had `level` times the traffic."""
    counts = SERIES.requests_count.copy()
    counts[-8:] *= level
    service = ScaledService(capacity_per_minute=4.0, boot_seconds=900, min_replicas=LOW, max_replicas=HIGH)
    return ScalingRequest(
        series=with_counts(SERIES, counts),
        service=asdict(service),
        policy=policy,
        model_type="smoothing",
        current_replicas=current,
        **fields,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(policy_names.DEPLOYABLE),
    st.integers(0, 40),
    st.sampled_from([0.0, 0.01, 0.3, 0.7, 1.0, 1.5, 20.0]),
    st.sampled_from([0, 300, 3600]),
    st.sampled_from([(), FLOOR]),
)
def test_a_recommendation_lies_within_them(policy, current, level, window, schedule) -> None:
    asked = request(policy, current, level, scale_in_window_seconds=window, schedule=schedule)
    recommendation = recommend(asked)
    assert LOW <= recommendation.replicas <= HIGH
    assert all(LOW <= planned.replicas <= HIGH for planned in recommendation.plan[recommendation.lead_seconds // 900 :])
    if not LOW <= current <= HIGH:
        assert recommendation.action == ("scale_up" if current < LOW else "scale_down")
        assert str(recommendation.replicas) in recommendation.reason
    assert live(asked, SERIES.end).recommendation.replicas == recommendation.replicas


@pytest.mark.parametrize("policy", policy_names.DEPLOYABLE)
def test_one_that_runs_where_three_are_the_least_is_not_held(policy: str) -> None:
    """Field report: 1 running, min 3, and a metric within its tolerance of one replica: `hold 1`."""
    service = ScaledService(capacity_per_minute=30.0, min_replicas=3, max_replicas=9, boot_seconds=60)
    quiet = with_counts(SERIES, np.full(len(SERIES), 0.7 * 30 * 15))
    asked = ScalingRequest(
        series=quiet, service=asdict(service), policy=policy, model_type="smoothing", current_replicas=1
    )
    recommendation = recommend(asked)
    assert (recommendation.action, recommendation.replicas) == ("scale_up", 3)


@pytest.mark.parametrize("policy", policy_names.DEPLOYABLE)
@pytest.mark.parametrize("level", [0.0, 1.0, 50.0])
def test_no_step_of_a_replay_leaves_them(policy: str, level: float) -> None:
    run = simulate(replay_of(request(policy, 5, level)), policy).run
    assert run.desired.min() >= LOW
    assert run.desired.max() <= HIGH
    assert (run.ready + run.booting).max() <= HIGH


def test_a_floor_above_the_given_maximum_is_a_conflict() -> None:
    """Field report: an event of 20 replicas was cut to a maximum of 10 without a word."""
    event = {"replicas": HIGH + 1, "cron": "0 0 * * *", "duration_minutes": 60}
    with pytest.raises(InputError, match=r"schedule\.0\.replicas must be at most max_replicas, 9 \(got 10\)") as caught:
        request("hybrid", 5, schedule=calendar_entries_of([event]))
    assert [error.field for error in caught.value.errors] == ["schedule.0.replicas"]


def test_an_assumed_maximum_rises_to_the_calendar() -> None:
    event = calendar_entries_of([{"replicas": 500, "cron": "0 0 * * *", "duration_minutes": 1440}])
    asked = ScalingRequest(
        series=SERIES, service={"capacity_per_minute": 4.0}, model_type="smoothing", current_replicas=5, schedule=event
    )
    recommendation = recommend(asked)
    assert asked.scaled_service.max_replicas == 500
    assert recommendation.proposed == 500
    assert any("at most 500 replicas are assumed" in text for text in recommendation.warnings)


@pytest.mark.parametrize("policy", policy_names.DEPLOYABLE)
def test_every_policy_follows_the_calendar(policy: str) -> None:
    service = asdict(ScaledService(capacity_per_minute=4.0, max_replicas=50))
    for entry in ({"replicas": 30}, {"factor": 6.0}):
        schedule = calendar_entries_of([{**entry, "cron": "0 0 * * *", "duration_minutes": 1440}])
        asked = ScalingRequest(
            series=SERIES,
            service=service,
            policy=policy,
            model_type="smoothing",
            current_replicas=25,
            schedule=schedule,
        )
        recommendation = recommend(asked)
        desired = simulate(replay_of(asked), policy).run.desired
        if "replicas" in entry:
            assert recommendation.replicas == 30
            assert desired[len(desired) // 2 :].min() >= 30
        else:
            assert recommendation.proposed >= 12, "a night's hour: six times the three that it usually needs"
            assert desired.max() >= 40, "midday"


def test_a_factor_that_needs_more_than_the_maximum_is_said() -> None:
    schedule = calendar_entries_of([{"factor": 100, "cron": "0 0 * * *", "duration_minutes": 1440}])
    recommendation = recommend(request("hybrid", 5, schedule=schedule))
    assert recommendation.replicas == HIGH
    assert any(
        re.match(r"The calendar asks for \d+ replicas, but max_replicas is 9", t) for t in recommendation.warnings
    )
