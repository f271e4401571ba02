"""Sentences are no stronger than the figures."""

from __future__ import annotations

import pytest

from forecasting.evaluation.ranking.ranking_statements import behind, over_hours, over_steps, period_of, versus
from forecasting.evaluation.ranking.scoring import Comparison, format_score

DAY = 86_400
PERIOD = "over the last 9 days"


def statement_of(share, low=None, high=None, days=9):
    return versus("LightGBM", {"'same time yesterday'": Comparison(share, low, high)}, PERIOD, days=days)


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        ((0.141, 0.1, 0.18), "LightGBM has been 14 % better than 'same time yesterday' over the last 9 days."),
        ((-0.052, -0.08, -0.02), "LightGBM has been 5.2 % worse than 'same time yesterday' over the last 9 days."),
        ((0.001, 0.0005, 0.002), "LightGBM has been no better than 'same time yesterday' over the last 9 days."),
        ((-0.03, -0.1, 0.04), "LightGBM has been no better than 'same time yesterday' over the last 9 days."),
    ],
)
def test_better_worse_or_no_better(comparison, sentence):
    assert statement_of(*comparison) == sentence


def test_an_advantage_that_may_be_chance_is_not_claimed():
    text = statement_of(0.08, -0.02, 0.18)
    assert text == (
        "LightGBM has been not clearly better than 'same time yesterday' (8 % better, which may be chance) over the "
        "last 9 days."
    )


def test_few_days_are_named():
    assert statement_of(0.08, days=2).endswith("over the last 9 days (2 days: too few to rule out chance).")


def test_the_best_rule_follows_if_it_is_another():
    comparisons = {
        "'same time yesterday'": Comparison(0.4, 0.3, 0.5),
        "exponential smoothing": Comparison(0.02, 0.01, 0.03),
    }
    assert versus("the hybrid", comparisons, PERIOD, days=9) == (
        "The hybrid has been 40 % better than 'same time yesterday' over the last 9 days, and 2 % better than "
        "exponential smoothing, the best simple rule."
    )


def test_without_a_comparison_the_sentence_says_so():
    assert (
        versus("XGBoost", {}, PERIOD, days=9) == "XGBoost cannot be compared with another model over the last 9 days."
    )


@pytest.mark.parametrize(
    ("seconds", "latest", "text"),
    [
        (9 * DAY, True, "over the last 9 days"),
        (2 * DAY, False, "over the 2 days to Fri 1 Sep 1995 00:00"),
        (DAY, True, "over the last 24 hours"),
        (3_600, True, "over the last hour"),
        (3_600, False, "over the hour to Fri 1 Sep 1995 00:00"),
    ],
)
def test_periods(seconds, latest, text):
    assert period_of(seconds, 809_913_600, None, latest=latest) == text


@pytest.mark.parametrize(
    ("comparison", "text"),
    [
        (None, "not comparable"),
        (Comparison(0.041), "4.1 %, too few days to rule out chance"),
        (Comparison(0.041, 0.012, 0.068), "4.1 % (95 %: 1.2 to 6.8 %)"),
        (Comparison(0.0031, -0.004, 0.01), "not distinguishable: 0.31 % (95 %: −0.4 to 1 %)"),
    ],
)
def test_how_far_one_is_behind(comparison, text):
    assert behind(comparison) == text


def test_a_score_over_steps_and_hours():
    text = "LightGBM: MAE 10.3 at step 1, 11.5 at step 12"
    assert over_steps("LightGBM", "MAE", (1, "10.3"), (12, "11.5")) == text
    assert over_steps("LightGBM", "MAE", (6, "10.3"), (6, "10.3")) == "LightGBM: MAE 10.3 at step 6"
    assert over_hours("Hybrid", (13, "15.9"), (3, "6.80")) == (
        "Hybrid: largest error from 13:00 (15.9), smallest from 03:00 (6.80)"
    )


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("mae", 10.254, "10.3"),
        ("smape", 31.02, "31.0 %"),
        ("smape", None, "–"),
        ("wql", 0.1951, "0.195"),
        ("coverage_80", 0.8097, "81 %"),
        ("coverage_80", None, "–"),
        ("mase", float("nan"), "–"),
    ],
)
def test_scores_have_their_unit(metric, value, text):
    assert format_score(metric, value) == text
