"""The comparison: what is tuned on which days, what each row is held against, and what the verdict makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.scaling.comparison.compare import ADAPTIVE, HINDSIGHT, TUNED, VARIANTS, Comparison, compare
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.comparison.saving_text import saving_words
from forecasting.scaling.comparison.verdict import verdict_of
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.timeseries.formatting import money
from tests.forecasting.traffic import daily_traffic, replay_on, with_counts

DAYS, FIRST = 20, 14 * 96
WITH_LEVELS = (policy_names.REACTIVE, policy_names.SMOOTHING, policy_names.RECENT_MAX)
SERVICE = ScaledService(capacity_per_minute=4.0, boot_seconds=900)
START = daily_traffic(1).start + 14 * 86_400

WITHIN_BINS = (policy_names.REACTIVE, policy_names.TARGET_TRACKING, policy_names.THRESHOLD, policy_names.ORACLE)
"""Policies that may change something before the first bin ends."""


def comparison_of(series, **options) -> Comparison:
    replay = replay_on(series, SERVICE, model_type="lightgbm", start=START, **options)
    return compare(replay, knob_values=6)


@pytest.fixture(scope="module")
def found() -> Comparison:
    return comparison_of(daily_traffic(DAYS))


@pytest.fixture(scope="module")
def other() -> Comparison:
    """The same days up to the first judged step, three times the traffic after it."""
    series = daily_traffic(DAYS)
    counts = series.requests_count.copy()
    counts[FIRST + 1 :] *= 3
    return comparison_of(with_counts(series, counts))


def test_every_policy_stands_in_its_three_variants_beside_the_yardsticks(found: Comparison) -> None:
    assert [(row.family, row.variant) for row in found.rows] == [
        *(
            (name, variant)
            for name in policy_names.DEPLOYABLE
            for variant in VARIANTS
            if variant != ADAPTIVE or name in WITH_LEVELS
        ),
        (policy_names.PERFECT_FORECAST, ""),
        (policy_names.ORACLE, ""),
    ]
    assert [row.policy for row in found.rows][4:8] == [
        "reactive:smoothing-default",
        "reactive:smoothing",
        "reactive:smoothing-adaptive",
        "reactive:smoothing-hindsight",
    ]


def test_the_evaluation_days_choose_nothing_but_hindsight(found: Comparison, other: Comparison) -> None:
    for row, changed in zip(found.rows, other.rows, strict=True):
        if not row.hindsight:
            assert row.parameters == changed.parameters, row.policy
    assert (found.reference, found.best_forecast) == (other.reference, other.best_forecast)
    assert any(row.parameters != changed.parameters for row, changed in zip(found.rows, other.rows, strict=True))


def test_tuning_takes_the_cheapest_setting_that_keeps_the_objective_before(found: Comparison) -> None:
    slo = found.replay.slo
    for name in policy_names.DEPLOYABLE:
        tuned, hindsight = (
            next(r for r in found.rows if (r.family, r.variant) == (name, v)) for v in (TUNED, HINDSIGHT)
        )
        if tuned.meets_slo:
            assert hindsight.totals.cost <= tuned.totals.cost
        if hindsight.meets_slo:
            swept = found.sweeps[name]
            assert hindsight.totals.cost == min(swept.column("cost")[swept.violations(slo) <= slo.share])


def test_hindsight_saves_nothing_and_the_reference_nothing_against_itself(found: Comparison) -> None:
    assert all(row.saving == Saving() for row in found.rows if row.hindsight)
    reference = found.row(found.reference)
    assert reference.variant == TUNED
    assert reference.family in policy_names.REACTIVE_RULES
    assert reference.saving == Saving(0.0, 0.0, 0.0)
    assert not reference.saving.clear


def test_one_price_of_a_lost_request_judges_all_rows(found: Comparison) -> None:
    price = found.optimum.lost_request_price
    for row in found.rows:
        assert row.totals.objective == pytest.approx(row.totals.cost + price * row.totals.unmet_requests)
        assert row.totals.regret == pytest.approx(row.totals.objective / found.optimum.objective - 1.0)
        assert row.totals.regret >= -1e-12, f"{row.policy} beats the optimum"
    assert found.row("oracle").totals.regret == 0.0
    assert found.row("oracle").meets_slo


def test_regret_is_split_into_the_forecasts_part_and_the_rules(found: Comparison) -> None:
    for row in found.rows:
        if row.family in policy_names.FORECAST_DRIVEN:
            assert row.forecast_regret + row.policy_regret == pytest.approx(row.totals.regret)
            assert row.policy_regret == found.row("perfect-forecast").totals.regret
        else:
            assert (row.forecast_regret, row.policy_regret) == (None, None)


def test_every_policy_starts_from_the_same_replicas(found: Comparison) -> None:
    trace = found.replay.test.trace
    for row in found.rows:
        run = row.outcome.run
        assert run.ready[0] <= trace.current_replicas, "none is ready before it was ordered and started"
        if row.family not in WITHIN_BINS:
            assert (run.ready[0], run.booting[0]) == (trace.current_replicas, 0)


def test_days_add_up_to_totals(found: Comparison) -> None:
    for row in found.rows:
        totals, steps = row.totals, found.replay.test.trace.steps
        parts = totals.cost, totals.requests, totals.unmet_requests, steps, totals.minutes_under * 4
        np.testing.assert_allclose(row.outcome.daily.sum(axis=0), parts)


def test_a_schedule_learned_within_the_tuning_days_is_tuned_too() -> None:
    """A series that begins with the tuning days: before, a quantile was taken that nothing had been learned for."""
    replay = replay_on(daily_traffic(12), SERVICE, model_type="smoothing")
    result = compare(replay, policies=("reactive", "scheduled"), knob_values=6)
    costs = [outcome.totals.cost for outcome in result.sweeps["scheduled"].outcomes]
    assert len(set(costs)) > 1
    assert result.row("scheduled:tuned").totals.unmet_share < 0.05


def test_a_given_schedule_has_nothing_to_tune() -> None:
    from forecasting.scaling.config.calendar import calendar_entries_of

    schedule = calendar_entries_of([{"replicas": 7, "cron": "0 0 * * *", "duration_minutes": 1440}])
    replay = replay_on(daily_traffic(15), SERVICE, model_type="smoothing", schedule=schedule)
    result = compare(replay, policies=("reactive", "scheduled"), knob_values=6)
    assert "scheduled:tuned" not in [row.policy for row in result.rows]
    assert (result.row("scheduled:default").outcome.run.desired >= 7).all()


def test_an_objective_of_minutes_is_tuned_for_too() -> None:
    replay = replay_on(daily_traffic(15), SERVICE, model_type="smoothing", slo=Objective(max_minutes_under_share=0.05))
    result = compare(replay, policies=("reactive", "predictive"), knob_values=8)
    for name in ("reactive", "predictive"):
        assert result.row(f"{name}:hindsight").totals.minutes_under_share <= 0.05


def test_the_verdict_names_the_pick_and_its_money(found: Comparison) -> None:
    verdict = verdict_of(found)
    pick = found.row(verdict.pick)
    days = DAYS - 14
    assert not pick.hindsight
    assert verdict.cost_a_month == pytest.approx(pick.totals.cost / days * 30.44)
    assert f"That is {money(verdict.cost_a_month)} a month" in verdict.extrapolation
    assert f"{money(verdict.cost_a_month * 12 * 365.25 / 365.28)} a year" in verdict.extrapolation
    assert "Availability:" in verdict.text
    assert "6 evaluation days" in verdict.assumption


@pytest.mark.parametrize(
    ("saving", "words"),
    [
        (Saving(), "not comparable"),
        (Saving(0.05), "5.0 % less (too few days for an interval)"),
        (Saving(0.05, -0.01, 0.1), "5.0 % less (no clear difference, 95 % interval −1.0 to 10.0 %)"),
        (Saving(0.05, 0.01, 0.1), "5.0 % less (95 % interval 1.0 to 10.0 %)"),
        (Saving(-0.05, -0.1, -0.01), "5.0 % more (95 % interval 1.0 to 10.0 %)"),
        (Saving(0.0004, -0.01, 0.01), "the same (no clear difference, 95 % interval −1.0 to 1.0 %)"),
    ],
)
def test_savings_in_words(saving: Saving, words: str) -> None:
    assert saving_words(saving) == words


def test_the_bill_adds_up_to_the_objective(found: Comparison) -> None:
    for row in found.rows:
        assert sum(row.bill().values()) == pytest.approx(row.totals.objective), row.policy
        assert min(row.bill().values()) >= -1e-9
