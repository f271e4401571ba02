"""The trend follows the level and ignores the day's cycle, bursts and gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.synthetic import Traffic, generate
from forecasting.timeseries.trend import trend

SMOOTH = Traffic(week_swing=0, wander=0, bursts_per_week=0, events=0, outages=0)


@pytest.mark.parametrize("bin_seconds", [60, 300, 3600, 7200])
def test_the_days_cycle_cancels(bin_seconds):
    series = generate(days=10, bin_seconds=bin_seconds, traffic=replace(SMOOTH, growth_per_week=0))
    np.testing.assert_allclose(trend(series), 180 * bin_seconds / 60, rtol=0.02)


def test_growth_is_followed():
    level = trend(generate(days=28, bin_seconds=300, traffic=replace(SMOOTH, growth_per_week=0.2)))
    assert level[-1500] / level[-1500 - 2016] == pytest.approx(1.2, rel=0.02)


def test_a_burst_and_a_gap_move_it_little():
    series = generate(days=10, bin_seconds=60, traffic=SMOOTH)
    counts = series.requests_count.copy()
    counts[7000:7020] *= 50
    harmed = replace(series, requests_count=counts).masked([Span(series.start + 3600 * 48, series.start + 3600 * 60)])
    np.testing.assert_allclose(trend(harmed), trend(series), rtol=0.15)
    np.testing.assert_allclose(trend(harmed)[6500:], trend(series)[6500:], rtol=0.02)


def test_it_equals_the_mean_of_24_hours_on_an_hourly_series():
    counts = np.random.default_rng(1).poisson(50, 100).astype(float)
    level = trend(Series("shop", 3600, 0, counts))
    means = np.convolve(counts, np.ones(24) / 24, "valid")
    np.testing.assert_allclose(level[12:88], (means[:-1] + means[1:])[:76] / 2)
    assert level[0] == level[11] == pytest.approx(means[0])
    assert level[-1] == pytest.approx(means[-1])


@pytest.mark.parametrize("counts", [[], [1.0] * 23, [np.nan] * 100])
def test_less_than_a_known_day_has_no_trend(counts):
    level = trend(Series("shop", 3600, 0, np.array(counts, float)))
    assert len(level) == len(counts)
    assert np.isnan(level).all()


def test_bins_of_a_day_are_their_own_trend():
    np.testing.assert_array_equal(trend(Series("shop", 86_400, 0, np.array([3.0, 5.0, 4.0]))), [3, 5, 4])
