"""The vectorised filters against loops that read like their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasting.forecasters.nan_filters import (
    CACHED_BINS,
    centred_mean,
    decayed_means,
    delayed,
    last_known,
    seasonal_mean,
)

COUNTS = arrays(float, st.integers(1, 60), elements=st.one_of(st.just(float("nan")), st.integers(0, 500).map(float)))


def slow_decayed(values, half_life):
    out = []
    for t in range(len(values)):
        weights = 0.5 ** ((t - np.arange(t + 1)) / half_life) * ~np.isnan(values[: t + 1])
        out.append(np.nansum(weights * values[: t + 1]) / weights.sum() if weights.sum() > 0 else np.nan)
    return np.array(out)


@given(COUNTS)
def test_decayed_means(values):
    for row, half_life in enumerate((0.7, 5.0)):
        fast = decayed_means(values, (0.7, 5.0))[row]
        np.testing.assert_allclose(fast, slow_decayed(values, half_life), rtol=1e-9, atol=1e-9)


def test_decayed_means_of_a_silence_of_thousands_of_half_lives_are_unknown():
    values = np.r_[5.0, np.full(5_000, np.nan), 7.0]
    means = decayed_means(values, (1.0,))[0]
    assert means[100] == pytest.approx(5)
    assert np.isnan(means[4_000])
    assert means[-1] == pytest.approx(7)


@pytest.mark.parametrize("n", [1, 130, 800, CACHED_BINS, CACHED_BINS + 1])
def test_half_lives_taken_together_give_to_the_bit_what_each_gives_alone(n):
    values = np.random.default_rng(n).poisson(20, (2, n)).astype(float)
    values[:, ::7] = np.nan
    half_lives = (0.7, 5.0, 30.0, 400.0)
    for row, half_life in enumerate(half_lives):
        np.testing.assert_array_equal(
            decayed_means(values, half_lives)[:, row], decayed_means(values, (half_life,))[:, 0]
        )


@given(COUNTS, st.integers(0, 5))
def test_centred_mean(values, half_width):
    fast = centred_mean(values, half_width)
    for t in range(len(values)):
        window = values[max(0, t - half_width) : t + half_width + 1]
        known = window[~np.isnan(window)]
        assert fast[t] == pytest.approx(known.mean(), nan_ok=True) if len(known) else np.isnan(fast[t])


@given(COUNTS, st.integers(1, 9))
def test_seasonal_mean(values, season):
    fast = seasonal_mean(values, season, 0.7)
    for t in range(len(values)):
        phase = values[t % season : t + 1 : season][::-1]
        weights = 0.7 ** np.arange(len(phase)) * ~np.isnan(phase)
        expected = np.nansum(weights * phase) / weights.sum() if weights.sum() else np.nan
        assert fast[t] == pytest.approx(expected, nan_ok=True)


def test_last_known_and_delayed():
    values = np.array([np.nan, 3, np.nan, 5])
    np.testing.assert_array_equal(last_known(values), [np.nan, 3, 3, 5])
    np.testing.assert_array_equal(delayed(values, np.array([-1, 1, 3])), [np.nan, 3, 5])
