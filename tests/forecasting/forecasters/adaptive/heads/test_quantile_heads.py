"""All levels from the five that heads are trained for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecasting.forecasters.adaptive.heads.quantile_heads import HEAD_LEVELS, HeadRows, QuantileHeads, spread_to_levels
from forecasting.forecasters.base import QUANTILES

LEVELS = np.array(QUANTILES)


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (50.0, 8.0)])
def test_heads_of_a_normal_distribution_give_all_its_quantiles(mean: float, deviation: float):
    normal = stats.norm(mean, deviation)
    made = spread_to_levels(normal.ppf(HEAD_LEVELS), normal.ppf(LEVELS))
    np.testing.assert_allclose(made, normal.ppf(LEVELS), rtol=1e-9, atol=1e-9)


def test_levels_between_heads_are_linear_in_the_normal_score():
    heads = np.array([1.0, 4.0, 9.0, 16.0, 40.0])
    made = spread_to_levels(heads, LEVELS)
    inner = (LEVELS >= 0.1) & (LEVELS <= 0.9)
    scores = stats.norm.ppf(HEAD_LEVELS)
    np.testing.assert_allclose(made[inner], np.interp(stats.norm.ppf(LEVELS[inner]), scores, heads))


def test_beyond_the_heads_the_tail_is_that_of_the_untrained_forecast():
    heads, tail = np.array([2.0, 4.0, 5.0, 6.0, 9.0]), stats.expon.ppf(LEVELS)
    made = spread_to_levels(heads, tail)
    high = QUANTILES.index(0.9)
    middle = tail[QUANTILES.index(0.5)]
    grown = (tail[high + 1 :] - middle) / (tail[high] - middle)
    np.testing.assert_allclose(made[high + 1 :], 5.0 + grown * 4.0)
    assert (np.diff(made) > 0).all()


def test_a_tail_without_width_grows_as_a_normal_one():
    heads = stats.norm.ppf(HEAD_LEVELS)
    np.testing.assert_allclose(spread_to_levels(heads, np.zeros(len(LEVELS))), stats.norm.ppf(LEVELS), atol=1e-9)


def test_heads_find_quantiles_that_depend_on_a_feature(tmp_path):
    rng = np.random.default_rng(3)
    wide = rng.integers(0, 2, 1_500)
    target = rng.normal(10.0, 1.0 + 4.0 * wide)
    heads, late, medians = QuantileHeads.fit(HeadRows(wide[:, None].astype(float), target, np.ones(len(target))))
    made = heads.predict(np.array([[0.0], [1.0]]))
    np.testing.assert_allclose(made, [stats.norm(10, width).ppf(HEAD_LEVELS) for width in (1.0, 5.0)], atol=0.9)
    assert len(late) == len(medians) == 300
    heads.save(tmp_path, "heads")
    np.testing.assert_array_equal(QuantileHeads.load(tmp_path, "heads").predict(np.array([[0.0], [1.0]])), made)
