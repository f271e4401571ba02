"""The brief: one sentence whose numbers are those of the comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.comparison.headline import headline_of
from forecasting.scaling.config.scaled_service import ScaledService
from tests.forecasting.traffic import daily_traffic, replay_on

DAYS = 6


@pytest.fixture(scope="module")
def found() -> Comparison:
    replay = replay_on(
        daily_traffic(18), ScaledService(capacity_per_minute=4.0, boot_seconds=900), model_type="smoothing"
    )
    return compare(replay, policies=("reactive", "reactive:smoothing", "fixed", "predictive"), knob_values=6)


def with_saving(comparison: Comparison, saving: Saving, **changes: object) -> Comparison:
    """The same comparison with another saving of its forecast-driven policy."""
    name = comparison.best_forecast
    rows = [replace(row, saving=saving, **changes) if row.policy == name else row for row in comparison.rows]
    return replace(comparison, rows=rows)


def test_money_is_a_month_of_the_days_judged(found: Comparison) -> None:
    brief = headline_of(with_saving(found, Saving(0.2, 0.1, 0.3)))
    cost = found.row("predictive:tuned").totals.cost
    assert brief.days == DAYS
    assert brief.cost_a_month == pytest.approx(cost / DAYS * 30.44)
    assert brief.saving_a_month == pytest.approx(0.25 * brief.cost_a_month), "a fifth of what equal service would cost"
    assert brief.reference_cost_a_month == pytest.approx(found.row(found.reference).totals.cost / DAYS * 30.44)
    assert brief.peak_ratio == pytest.approx(found.row("fixed:default").totals.cost / cost)
    assert brief.above_optimum == found.row("predictive:tuned").totals.regret


def test_the_optimum_stands_below_the_policy(found: Comparison) -> None:
    totals = found.row("predictive:tuned").totals
    below = 1 - found.optimum.objective / totals.objective
    assert f"The optimum with hindsight is {100 * below:.2g} % below predictive." in headline_of(found).sentence


@pytest.mark.parametrize(
    ("saving", "finding", "words"),
    [
        (
            Saving(0.076, 0.04, 0.11),
            "7.6 % less",
            "predictive costs 7.6 % less than tuned RULE at equal service (95 % interval 4.0 to 11.0 %), about $",
        ),
        (
            Saving(-0.024, -0.05, -0.002),
            "2.4 % more",
            "predictive costs 2.4 % more than tuned RULE at equal service (95 % interval 0.2 to 5.0 %), about $",
        ),
        (
            Saving(0.003, -0.012, 0.013),
            "no clear difference",
            "no clear difference between predictive and tuned RULE: at equal service predictive costs 0.3 % less "
            "(95 % interval −1.2 to 1.3 %); fixed",
        ),
        (
            Saving(0.0004, -0.01, 0.01),
            "no clear difference",
            "predictive costs just as much (95 % interval −1.0 to 1.0 %)",
        ),
        (Saving(0.05), "5.0 % less", "than tuned RULE at equal service, on too few days for an interval; fixed"),
        (Saving(), "not comparable", "at no setting does tuned RULE miss as little or as much"),
    ],
)
def test_the_sentence_says_the_saving_as_it_is(found: Comparison, saving: Saving, finding: str, words: str) -> None:
    brief = headline_of(with_saving(found, saving))
    assert brief.finding == finding
    assert words.replace("RULE", found.row(found.reference).family) in brief.sentence
    assert brief.sentence.startswith("At most 1 % of requests unmet: ")
    assert (brief.saving_a_month is None) == (saving.saving is None)


@pytest.mark.parametrize("meets", [True, False])
def test_a_missed_objective_is_not_kept_silent(found: Comparison, meets: bool) -> None:
    sentence = headline_of(with_saving(found, Saving(0.1, 0.05, 0.2), meets_slo=meets)).sentence
    assert ("itself missed the objective" in sentence) is not meets


def test_without_a_forecast_there_is_nothing_to_save(found: Comparison) -> None:
    brief = headline_of(compare(found.replay, policies=("reactive",), knob_values=4))
    assert "no forecast-driven policy was compared" in brief.sentence
    assert (brief.policy, brief.saving_a_month, brief.peak_ratio) == (brief.reference, None, None)


def test_what_costs_nothing_saves_nothing() -> None:
    service = ScaledService(capacity_per_minute=4.0, boot_seconds=900, price_per_hour=0.0)
    replay = replay_on(daily_traffic(18), service, model_type="smoothing")
    brief = headline_of(compare(replay, policies=("reactive", "fixed", "predictive"), knob_values=4))
    assert "nothing to save: at this price every policy costs nothing" in brief.sentence
    assert (brief.saving_a_month, brief.peak_ratio) == (None, None)
