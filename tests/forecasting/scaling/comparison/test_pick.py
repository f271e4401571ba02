"""The pick: keep test, cheapest, simplest, and what the text says of each case."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from forecasting.scaling.comparison.compare import ADAPTIVE, Comparison, Row, compare
from forecasting.scaling.comparison.extrapolation import LEAST_DAYS, extrapolation_of
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.comparison.headline import headline_of
from forecasting.scaling.comparison.keeping import allowed_on
from forecasting.scaling.comparison.pick import pick_of, words_for
from forecasting.scaling.comparison.verdict import verdict_of
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.scaled_service import ScaledService
from tests.forecasting.traffic import daily_traffic, replay_on, with_counts

SERVICE = ScaledService(capacity_per_minute=4.0, boot_seconds=900)


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(replay_on(daily_traffic(30), SERVICE, model_type="smoothing"), knob_values=6)


def changed(comparison: Comparison, **by_policy: dict[str, float | Saving]) -> Comparison:
    """The comparison with other shares (`before`, `here`), `cost` and `saving` of named rows; all others miss."""
    rows = [_changed(row, by_policy.get(row.policy.replace(":", "__").replace("-", "_"))) for row in comparison.rows]
    return replace(comparison, rows=rows)


def _changed(row: Row, given: dict | None) -> Row:
    if row.hindsight:
        return row
    given = given or {"before": 0.5, "here": 0.5}
    before, here = given["before"], given["here"]
    keeping = replace(row.keeping, share_before=before, before=before, share=here)
    totals = replace(row.totals, cost=given.get("cost", row.totals.cost), unmet_share=here)
    return replace(row, keeping=keeping, totals=totals, saving=given.get("saving", row.saving))


def test_nothing_that_keeps_the_objective_is_clearly_cheaper(found: Comparison) -> None:
    for share in (0.05, 0.01, 0.002):
        objective = Objective(max_unmet_share=share)
        comparison = compare(replace(found.replay, slo=objective), knob_values=5)
        picked = pick_of(comparison)
        rivals = [row for row in comparison.rows if not row.hindsight and row.totals.unmet_share <= share]
        assert all(picked.row.totals.cost <= 1.01 * row.totals.cost for row in rivals)
        assert picked.row.keeping.here or not any(row.keeping.here for row in comparison.rows if not row.hindsight)
        text = verdict_of(comparison).text
        names = sorted((row.policy for row in comparison.rows), key=len, reverse=True)
        assert next(name for name in names if name in text) == picked.row.policy, "only the pick has its table name"


def test_a_frozen_setting_needs_a_margin_on_the_tuning_days() -> None:
    objective = Objective(max_unmet_share=0.01)
    assert allowed_on(25, objective) == pytest.approx(0.009)
    assert allowed_on(1, objective) == pytest.approx(0.005)
    assert allowed_on(0.1, objective) == pytest.approx(0.003)


def test_fixed_and_scheduled_are_candidates(found: Comparison) -> None:
    fixed = {"before": 0.001, "here": 0.002, "cost": 1.0}
    assert pick_of(changed(found, fixed__default=fixed)).row.policy == "fixed:default"
    assert pick_of(changed(found, scheduled__tuned=fixed)).row.policy == "scheduled:tuned"


def test_within_a_percent_the_simpler_is_picked(found: Comparison) -> None:
    near = changed(
        found,
        predictive__tuned={"before": 0.001, "here": 0.002, "cost": 100.0},
        threshold__tuned={"before": 0.001, "here": 0.002, "cost": 100.9},
        threshold__default={"before": 0.001, "here": 0.002, "cost": 100.95},
        fixed__tuned={"before": 0.001, "here": 0.002, "cost": 101.1},
    )
    picked = pick_of(near)
    assert picked.row.policy == "threshold:default"
    assert picked.pays is False
    assert "less than 1 % decides for the simpler policy" in headline_of(near).sentence


def test_what_missed_before_is_named_with_what_held(found: Comparison) -> None:
    comparison = changed(
        found,
        reactive__default={"before": 0.03, "here": 0.004, "cost": 50.0},
        reactive__tuned={"before": 0.002, "here": 0.004, "cost": 90.0},
    )
    picked, text = pick_of(comparison), headline_of(comparison).sentence
    assert (picked.row.policy, picked.keeps, picked.pays) == ("reactive:default", False, False)
    assert "use reactive:default, the cheapest that keeps it on these days, with 0.4 % of requests unmet" in text
    assert "It may not hold: on the tuning days it missed the objective, with 3 %" in text
    assert "The tuned HPA kept it on both, for 80 % more." in text


def test_within_a_percent_what_held_before_comes_first(found: Comparison) -> None:
    comparison = changed(
        found,
        fixed__default={"before": 0.03, "here": 0.004, "cost": 50.0},
        hybrid__tuned={"before": 0.002, "here": 0.004, "cost": 50.4},
    )
    assert pick_of(comparison).row.policy == "hybrid:tuned"


def test_a_cheaper_one_without_the_margin_is_named_with_its_risk(found: Comparison) -> None:
    comparison = changed(
        found,
        reactive__default={"before": 0.0099, "here": 0.004, "cost": 50.0},
        reactive__tuned={"before": 0.002, "here": 0.004, "cost": 90.0},
    )
    picked, text = pick_of(comparison), headline_of(comparison).sentence
    assert (picked.row.policy, picked.keeps) == ("reactive:default", False)
    assert "On the tuning days it left 0.99 %" in text
    assert "The tuned HPA kept it on both, for 80 % more." in text


def test_if_none_keeps_it_the_first_sentence_says_so(found: Comparison) -> None:
    comparison = changed(found, threshold__tuned={"before": 0.02, "here": 0.013, "cost": 50.0})
    picked, text = pick_of(comparison), headline_of(comparison).sentence
    assert text.startswith(
        "At most 1 % of requests unmet: no policy keeps it. threshold:tuned misses least, with 1.3 %"
    )
    assert (picked.keeps, picked.pays) == (False, False)
    best = min((row for row in comparison.rows if row.variant == "hindsight" and row.meets_slo), key=_cost)
    assert f"known only in hindsight ({words_for(best)}), costs" in text


def _cost(row: Row) -> float:
    return row.totals.cost


def test_if_one_keeps_it_on_these_days_only_that_is_said(found: Comparison) -> None:
    comparison = changed(found, threshold__tuned={"before": 0.02, "here": 0.009, "cost": 50.0})
    text = headline_of(comparison).sentence
    assert "no policy keeps it on the tuning days and on these days. threshold:tuned is the cheapest" in text


def test_a_policy_without_forecasts_is_not_described_by_one(found: Comparison) -> None:
    missing = changed(found, reactive__tuned={"before": 0.002, "here": 0.004, "cost": 50.0})
    text = headline_of(missing).sentence
    assert "use reactive:tuned, the cheapest that keeps it, with 0.4 % of requests unmet" in text
    assert "Forecasting does not pay" in text
    assert "misses the objective, with 50 % of requests unmet" in text
    dearer = changed(
        found,
        reactive__tuned={"before": 0.002, "here": 0.004, "cost": 50.0},
        hybrid__tuned={"before": 0.002, "here": 0.003, "cost": 60.0},
    )
    assert "tuned hybrid costs 20 % more, with 0.3 % of requests unmet" in headline_of(dearer).sentence


@pytest.mark.parametrize(
    ("saving", "pays", "words"),
    [
        (
            Saving(0.076, 0.04, 0.11),
            True,
            "forecasting pays. hybrid:tuned keeps it with 0.4 % of requests unmet and",
        ),
        (Saving(0.003, -0.012, 0.013), None, "costs 0.3 % less than RIVAL (95 % interval −1.2 to 1.3 %), so no"),
        (Saving(0.05), None, "costs 5.0 % less than RIVAL (too few days for an interval), so whether forecasting pays"),
        (
            Saving(-0.024, -0.05, -0.002),
            None,
            "costs 2.4 % more than RIVAL (95 % interval 0.2 to 5.0 %), yet no",
        ),
        (Saving(), None, "offers no such service level, so whether forecasting pays is open"),
    ],
)
def test_forecasting_pays_only_by_a_clear_saving(found: Comparison, saving, pays, words: str) -> None:
    comparison = changed(found, hybrid__tuned={"before": 0.002, "here": 0.004, "cost": 50.0, "saving": saving})
    rival = words_for(comparison.row(comparison.reference))
    assert pick_of(comparison).pays is pays
    assert words.replace("RIVAL", rival) in headline_of(comparison).sentence
    if pays:
        service = "for this service, a start-up time of 900 s and $0.096 an hour"
        assert service in headline_of(comparison).sentence


def test_an_error_budget_needs_the_evaluation_days_only_and_may_end_a_tenth_above(found: Comparison) -> None:
    row = found.row("hybrid:default")
    for share, keeps in ((0.0109, True), (0.0111, False)):
        keeping = replace(row.keeping, share_before=0.05, before=0.05, share=share, has_budget=True)
        assert keeping.holds is keeps
        assert replace(keeping, has_budget=False).holds is False


def test_one_odd_bin_of_the_tuning_days_does_not_decide() -> None:
    series = daily_traffic(30)
    counts = series.requests_count.copy()
    replay = replay_on(series, SERVICE, model_type="smoothing")
    counts[(replay.tuning_span.first + replay.tuning_span.end) // 2] *= 1000
    odd = replay_on(with_counts(series, counts), replace(SERVICE, max_replicas=100), model_type="smoothing")
    names = ("reactive", "fixed", "reactive:smoothing")
    usual, with_it = (compare(one, policies=names, knob_values=6) for one in (replay, odd))
    assert pick_of(with_it).row.totals.cost <= 1.1 * pick_of(usual).row.totals.cost


@pytest.mark.parametrize(("days", "monthly", "ranged"), [(1.5, False, False), (4.0, True, True), (8.0, True, False)])
def test_few_days_give_no_month_and_some_give_a_range(days: float, monthly: bool, ranged: bool) -> None:
    series = daily_traffic(16)
    start = series.end - int(days * 86_400)
    comparison = compare(
        replay_on(series, SERVICE, model_type="smoothing", start=start), policies=("reactive", "fixed"), knob_values=4
    )
    verdict, ahead = verdict_of(comparison), extrapolation_of(comparison)
    assert ahead.allowed is monthly is (days >= LEAST_DAYS)
    assert (verdict.cost_a_month is not None) is monthly
    assert bool(re.search(r"a month\b", verdict.text)) is monthly
    assert (verdict.cost_a_month_low is not None) is ranged
    if ranged:
        assert verdict.cost_a_month_low < verdict.cost_a_month < verdict.cost_a_month_high
        assert "By the cheapest and the dearest day it is" in verdict.assumption
    if not monthly:
        assert "1 d 12 h: too few for a monthly or yearly figure" in verdict.assumption
    assert ahead.parts.sum() == pytest.approx(days)


def test_the_verdict_has_the_saving_of_its_row(found: Comparison) -> None:
    verdict = verdict_of(found)
    saving = found.row(verdict.pick).saving
    assert (verdict.saving, verdict.saving_low, verdict.saving_high) == (saving.saving, saving.low, saving.high)
    assert verdict.headline == headline_of(found).sentence
    assert "same service level" not in verdict.text


def test_default_settings_are_held_against_the_tuning_days_too(found: Comparison) -> None:
    for row in found.rows:
        assert (row.keeping.share_before is None) is (row.hindsight or row.variant == ADAPTIVE), row.policy
        assert row.keeping.has_budget is (row.parameters.get("adaptive") == 1), row.policy
        if row.keeping.before is not None:
            assert np.isfinite(row.keeping.before)
    assert {row.family for row in found.rows if not row.hindsight} == set(policy_names.DEPLOYABLE)
