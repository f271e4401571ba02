"""The bootstrap of days against drawing them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecasting.backtests.day_blocks import DRAWS, LEAST_DAYS, day_weights, interval_95


def test_weights_are_draws_of_as_many_days():
    weights = day_weights(9)
    assert weights.shape == (1 + DRAWS, 9)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 9).all()
    assert np.array_equal(weights, day_weights(9)), "the same seed, the same draws"
    assert not np.array_equal(weights, day_weights(9, seed=1))


def test_too_few_days_are_not_drawn():
    assert day_weights(LEAST_DAYS - 1).shape == (1, LEAST_DAYS - 1)
    assert interval_95(np.empty(0), LEAST_DAYS - 1) is None


def test_the_interval_of_a_ratio_is_that_of_drawing_days_in_a_loop():
    rng = np.random.default_rng(5)
    part, whole = rng.uniform(1, 2, 12), rng.uniform(5, 9, 12)
    weights = day_weights(12)
    low, high = interval_95((weights @ part / (weights @ whole))[1:], days=10**6)
    slow = []
    for _ in range(4_000):
        days = rng.integers(0, 12, 12)
        slow.append(part[days].sum() / whole[days].sum())
    np.testing.assert_allclose((low, high), np.quantile(slow, (0.025, 0.975)), rtol=0.02)


def test_draws_without_a_value_are_left_out():
    drawn = np.r_[np.full(DRAWS // 2, np.nan), np.arange(DRAWS // 2)]
    assert interval_95(drawn, 9) is not None
    assert interval_95(np.r_[np.nan, drawn[:-1]], 9) is None


@pytest.mark.parametrize("days", [LEAST_DAYS, 9, 14, 365])
def test_the_interval_is_expanded_by_the_quantile_of_student(days: int):
    drawn = np.random.default_rng(days).normal(size=DRAWS)
    tail = stats.norm.cdf(-np.sqrt(days / (days - 1)) * stats.t.ppf(0.975, days - 1))
    assert interval_95(drawn, days) == pytest.approx(np.quantile(drawn, (tail, 1 - tail)), rel=1e-12)


@pytest.mark.parametrize("days", [6, 9, 14])
def test_the_interval_covers_what_it_says_although_days_are_few(days: int):
    """Of normal days; the plain 2.5 and 97.5 % of the draws cover 85 to 92 %."""
    rng = np.random.default_rng(days)
    weights = day_weights(days)[1:] / days
    trials = [interval_95(weights @ rng.normal(size=days), days) for _ in range(600)]
    assert 0.91 < np.mean([low <= 0.0 <= high for low, high in trials]) < 0.98
