"""The width's parts against numpy and scipy."""

from __future__ import annotations

import numpy as np
from scipy import stats

from forecasting.forecasters.adaptive.spread import (
    NAMES,
    NORMAL_SHAPE,
    SHAPE_ERRORS,
    SHAPE_LEAST,
    UNKNOWN_ERRORS,
    UNKNOWN_SHARE,
    error_shape,
    spread_of,
)
from forecasting.forecasters.base import QUANTILES


def test_the_shape_is_that_of_the_known_errors():
    errors = np.random.default_rng(1).standard_t(4, (2, 700))
    errors[1, ::3] = np.nan
    expected = [np.nanquantile(row, QUANTILES) for row in errors]
    np.testing.assert_allclose(error_shape(errors), expected)


def test_of_many_errors_evenly_spaced_ones_with_the_last_count():
    errors = np.random.default_rng(2).normal(size=(1, 3 * SHAPE_ERRORS))
    np.testing.assert_allclose(error_shape(errors)[0], np.quantile(errors[0, 2::3], QUANTILES))


def test_few_errors_have_the_shape_of_normal_ones_with_a_mean_distance_of_one():
    errors = np.full((1, 500), np.nan)
    errors[0, : SHAPE_LEAST - 1] = 7.0
    np.testing.assert_allclose(error_shape(errors)[0], NORMAL_SHAPE)
    expected = stats.norm(scale=np.sqrt(np.pi / 2))
    assert abs(expected.expect(np.abs) - 1.0) < 1e-6
    np.testing.assert_allclose(NORMAL_SHAPE, expected.ppf(QUANTILES))


def columns(**values: float) -> np.ndarray:
    """Return the columns (1, 1, p) of one forecast."""
    return np.array([[[values.get(name, 0.0) for name in NAMES]]])


def spread(weights: np.ndarray, known: int, **values: float) -> float:
    scale = np.full((1, 1), 100.0)
    return spread_of(columns(**values), weights[None], scale, np.full((1, 1), known)).item()


def test_the_spread_is_the_regression_within_bounds_of_the_usual_errors():
    usual = {"daily": 10.0, "weekly": 10.0, "time_of_day": 10.0, "time_of_day_raw": 10.0}
    only_recent = np.array([1.0 if name == "recent" else 0.0 for name in NAMES])
    assert spread(only_recent, 1_000, recent=17.0, **usual) == 17.0
    assert spread(only_recent, 1_000, recent=400.0, **usual) == 50.0
    assert spread(only_recent, 1_000, recent=0.0, **usual) == 2.0


def test_the_spread_is_wide_while_few_errors_are_known():
    nothing = np.zeros(len(NAMES))
    widths = [spread(nothing, known) for known in (0, 6, 12, UNKNOWN_ERRORS)]
    assert widths[0] == UNKNOWN_SHARE * 100.0
    assert widths[-1] == 0.0
    assert (np.diff(widths) < 0).all()
