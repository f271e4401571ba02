"""Autocorrelation at every lag at once, against pandas lag by lag."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import autocorrelation
from forecasting.timeseries.series import Series
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic


@limits(max_examples=100, deadline=None)
@given(series_and_range(bins=(300, 3600, 86_400)))
def test_it_equals_pandas(given_range):
    series, first, end = given_range
    counts = pd.Series(series.requests_count[first:end])
    found = autocorrelation(series, first, end)
    spread = counts.std(ddof=0)
    assert len(found.correlation) == min(8 * 86_400 // series.bin_seconds, len(counts) // 4) + 1
    assert found.lag_seconds.tolist() == [lag * series.bin_seconds for lag in range(len(found.correlation))]
    for lag, value in enumerate(found.correlation.tolist()):
        pairs = pd.DataFrame({"now": counts, "then": counts.shift(lag)}).dropna()
        if len(pairs) < 8:
            assert np.isnan(value)
            assert np.isnan(found.bound[lag])
            continue
        assert found.bound[lag] == pytest.approx(1.96 / np.sqrt(len(pairs)))
        if pairs.std(ddof=0).min() > 1e-3 * spread and counts.nunique() > 1:
            assert value == pytest.approx(np.corrcoef(pairs["now"], pairs["then"])[0, 1], abs=1e-6)
        elif pairs.nunique().min() == 1:
            assert np.isnan(value)


def test_the_day_and_the_week_are_named():
    series = daily_traffic(days=40, bin_seconds=3600)
    found = autocorrelation(series)
    assert found.at_day == found.correlation[24]
    assert found.at_week == found.correlation[168]
    assert found.at_week > found.at_day > 0.5 > found.correlation[12]
    assert found.correlation[0] == pytest.approx(1)


def test_a_day_that_repeats_itself_has_one_at_a_day():
    day = np.random.default_rng(1).gamma(2, 50, 96)
    found = autocorrelation(Series("shop", 900, MONDAY, np.tile(day, 10)))
    assert found.at_day == pytest.approx(1)
    assert found.at_week is None


def test_of_noise_95_of_100_lags_are_within_the_bound():
    noise = np.random.default_rng(5).poisson(50, 20_000).astype(float)
    noise[3000:4000] = np.nan
    found = autocorrelation(Series("shop", 300, MONDAY, noise))
    inside = np.abs(found.correlation[1:]) <= found.bound[1:]
    assert 0.93 < inside.mean() < 0.97


@pytest.mark.parametrize("counts", [np.ones(1), np.zeros(500), np.full(500, np.nan), np.full(500, 0.1)])
def test_what_does_not_vary_has_none(counts):
    found = autocorrelation(Series("shop", 3600, MONDAY, counts))
    assert np.isnan(found.correlation).all()
    assert found.at_day is found.at_week is None
