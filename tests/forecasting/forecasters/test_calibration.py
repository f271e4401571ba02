"""Quantiles that keep their promise on errors of a known kind."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.calibration import KNOTS, Calibration, measured_dispersion
from forecasting.timeseries.series import Series


def calibrated(seed: int = 0, n: int = 4_000) -> Calibration:
    """Learnt from negative binomial counts of variance 4 * mean around known means."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(30, 300, (n, len(KNOTS)))
    actual = rng.negative_binomial(means / 3, 1 / 4)
    return Calibration.fit(actual.astype(float), means, np.full(n, 4.0), np.array(KNOTS), 0.05)


def test_coverage_of_fresh_counts_is_what_the_levels_say():
    rng = np.random.default_rng(5)
    means = rng.uniform(30, 300, (6_000, 2))
    actual = rng.negative_binomial(means / 3, 1 / 4)
    quantiles = calibrated().quantiles(means, np.full(6_000, 4.0), np.array([1, 12]))
    below = (actual[:, :, None] <= quantiles).mean(axis=(0, 1))
    np.testing.assert_allclose(below, QUANTILES, atol=0.015)


def test_the_intervals_follow_the_noise_measured_at_the_origin():
    calibration, means = calibrated(), np.full((2, 1), 100.0)
    quiet, loud = calibration.quantiles(means, np.array([1.0, 16.0]), np.array([1]))[:, 0]
    assert (loud[-1] - loud[0]) / (quiet[-1] - quiet[0]) == pytest.approx(4, rel=0.2)


def test_steps_between_knots_are_interpolated():
    calibration = calibrated()
    at = calibration.quantiles(np.full((1, 3), 100.0), np.array([4.0]), np.array([12, 13, 15]))[0]
    assert ((at[1] - at[0]) * (at[2] - at[1]) >= -1e-9).all()


def test_dispersion_of_independent_counts_is_their_variance_over_their_mean():
    rng = np.random.default_rng(2)
    series = Series("nb", 300, 0, rng.negative_binomial(50, 0.25, 20_000).astype(float))
    phi, mean, known = measured_dispersion(series, np.array([19_999]))
    assert phi[0] == pytest.approx(4, rel=0.15)
    assert mean[0] == pytest.approx(150, rel=0.05)
    assert known[0] == 19_999


def test_with_one_bin_known_the_training_series_rules():
    calibration = calibrated()
    phi = calibration.dispersion(Series("one", 300, 0, np.array([200.0])), np.array([0]))
    assert phi[0] == pytest.approx(0.05 * 200)


def test_it_survives_its_json():
    before = calibrated()
    after = Calibration.from_json(before.to_json())
    means, phi, steps = np.full((1, 5), 80.0), np.array([3.0]), np.array([1, 2, 12, 50, 100])
    np.testing.assert_allclose(after.quantiles(means, phi, steps), before.quantiles(means, phi, steps), rtol=1e-4)
