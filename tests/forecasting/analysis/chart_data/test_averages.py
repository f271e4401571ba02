"""Trailing means against pandas' own, and the week before at the same wall time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import moving_averages, week_before
from forecasting.timeseries.series import Series
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic


@limits(max_examples=150, deadline=None)
@given(series_and_range())
def test_they_equal_pandas(given_range):
    series, first, end = given_range
    found = moving_averages(series, first, end)
    rates = pd.Series(series.requests_count / series.bin_seconds * 60)
    for seconds, average in ((3600, found.hour_requests_per_minute), (86_400, found.day_requests_per_minute)):
        window = seconds // series.bin_seconds
        if window <= 1:
            assert average is None
            continue
        wanted = rates.rolling(window, min_periods=-(-window // 2)).mean().to_numpy()[first:end]
        np.testing.assert_allclose(average, wanted, rtol=1e-9, atol=1e-9 * max(1.0, rates.max(skipna=True) or 0))


def test_they_look_back_only_and_before_the_range():
    series = Series("shop", 900, MONDAY, np.arange(200.0) * 15)
    found = moving_averages(series, 100, 102)
    assert found.hour_requests_per_minute.tolist() == [98.5, 99.5]
    assert found.day_requests_per_minute.tolist() == [52.5, 53.5]


def test_the_week_before_is_aligned_to_the_range():
    series = daily_traffic(days=10, bin_seconds=900)
    before = week_before(series, 6 * 96, 9 * 96)
    assert np.isnan(before[:96]).all()
    np.testing.assert_allclose(before[96:], series.requests_count[: 2 * 96] / 15)


@pytest.mark.parametrize("bins", [1, 30])
def test_without_a_week_before_it_is_unknown(bins):
    assert np.isnan(week_before(daily_traffic(days=1, bin_seconds=900), 0, bins)).all()
