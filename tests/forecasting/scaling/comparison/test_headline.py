"""The brief: its numbers are those of the comparison's pick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.comparison.headline import headline_of
from forecasting.scaling.comparison.saving_text import less_than
from forecasting.scaling.config.scaled_service import ScaledService
from tests.forecasting.traffic import daily_traffic, replay_on

DAYS = 6


@pytest.fixture(scope="module")
def found() -> Comparison:
    replay = replay_on(
        daily_traffic(18), ScaledService(capacity_per_minute=4.0, boot_seconds=900), model_type="smoothing"
    )
    return compare(replay, policies=("reactive", "reactive:smoothing", "fixed", "predictive"), knob_values=6)


def with_saving(comparison: Comparison, saving: Saving) -> Comparison:
    """The same comparison if only one forecast-driven policy kept the objective, with this saving."""

    def changed(row):
        mine = row.policy == "predictive:tuned"
        share = 0.001 if mine else 0.9
        keeping = replace(row.keeping, before=share, share_before=share, share=share)
        return replace(row, keeping=keeping, saving=saving if mine else row.saving)

    rows = [row if row.hindsight else changed(row) for row in comparison.rows]
    return replace(comparison, rows=rows)


def test_money_is_a_month_of_the_evaluation_days(found: Comparison) -> None:
    brief = headline_of(with_saving(found, Saving(0.2, 0.1, 0.3)))
    cost = found.row("predictive:tuned").totals.cost
    assert (brief.policy, brief.days) == ("predictive:tuned", DAYS)
    assert brief.cost_a_month == pytest.approx(cost / DAYS * 30.44)
    assert brief.saving_a_month == pytest.approx(0.25 * brief.cost_a_month), "a fifth of what equal service would cost"
    assert brief.reference_cost_a_month == pytest.approx(found.row(found.reference).totals.cost / DAYS * 30.44)
    assert brief.peak_ratio == pytest.approx(found.row("fixed:default").totals.cost / cost)
    assert brief.above_optimum == found.row("predictive:tuned").totals.regret


def test_the_optimum_stands_below_the_policy(found: Comparison) -> None:
    totals = found.row("predictive:tuned").totals
    below = 1 - found.optimum.objective / totals.objective
    sentence = headline_of(with_saving(found, Saving(0.2, 0.1, 0.3))).sentence
    assert f"The optimum with hindsight is {100 * below:.2g} % below it." in sentence


def test_without_a_forecast_nothing_is_said_about_one(found: Comparison) -> None:
    brief = headline_of(compare(found.replay, policies=("reactive",), knob_values=4))
    assert "No forecast-driven policy was compared" in brief.sentence
    assert brief.policy in ("reactive:default", "reactive:tuned", "reactive:adaptive")
    assert brief.peak_ratio is None


def test_what_costs_nothing_saves_nothing() -> None:
    service = ScaledService(capacity_per_minute=4.0, boot_seconds=900, price_per_hour=0.0)
    replay = replay_on(daily_traffic(18), service, model_type="smoothing")
    brief = headline_of(compare(replay, policies=("reactive", "fixed", "predictive"), knob_values=4))
    assert f"nothing to save: at this price {brief.policy}, like every policy, costs nothing" in brief.sentence
    assert (brief.saving_a_month, brief.peak_ratio) == (None, None)


def test_where_nothing_differs_the_sentence_says_the_same(found: Comparison) -> None:
    changed = with_saving(found, Saving(0.0003, -0.01, 0.01))
    words = [less_than(saving, "hpa") for saving in (0.0003, -0.0003, 0.076, -0.02)]
    assert words == ["the same as hpa", "the same as hpa", "7.6 % less than hpa", "2.0 % more than hpa"]
    assert "0.0 %" not in headline_of(changed).sentence
