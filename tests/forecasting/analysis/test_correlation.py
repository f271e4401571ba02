"""Rank correlations of the columns, against pandas on the same ranks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import burst_flags, column_correlations
from forecasting.timeseries.series import Series
from tests.forecasting.analysis.strategies import any_series
from tests.forecasting.traffic import MONDAY, daily_traffic

LABELS = ("requests", "burst", "event", "hour of day", "weekend", "1 bin before", "1 day before", "1 week before")


def plain_columns(series: Series) -> pd.DataFrame:
    """The columns in a zone without changes of clocks, by shifting ranks."""
    moment = pd.to_datetime(series.wall, unit="s")
    ranks = pd.Series(series.requests_count).rank()
    return pd.DataFrame(
        {
            "requests": ranks,
            "burst": pd.Series(burst_flags(series)).astype(float).where(ranks.notna()),
            "event": np.nan if series.is_event is None else series.is_event.astype(float),
            "hour of day": moment.hour * 3600.0 + moment.minute * 60 + moment.second,
            "weekend": (moment.day_of_week >= 5).astype(float),
            "1 bin before": ranks.shift(1),
            "1 day before": ranks.shift(series.bins_per_day),
            "1 week before": ranks.shift(7 * series.bins_per_day),
        }
    )


@limits(max_examples=80, deadline=None)
@given(any_series(most_bins=600, bins=(900, 3600)))
def test_they_equal_pandas(series):
    series = replace(series, time_zone="-04:00")
    found, plain = column_correlations(series), plain_columns(series)
    assert {*found.labels, *found.left_out} == set(LABELS)
    for label, why in found.left_out.items():
        known = plain[label].dropna()
        wanted = "too few known bins" if len(known) < 8 else "always the same"
        assert why == ("not in this data set" if label == "event" and series.is_event is None else wanted)
        assert len(known) < 8 or known.nunique() == 1
    if found.labels:
        wanted = plain[list(found.labels)].corr(min_periods=8).to_numpy()
        known = ~np.isnan(wanted) & ~np.isnan(found.correlation)
        np.testing.assert_allclose(found.correlation[known], wanted[known], atol=1e-9)
        presence = plain[list(found.labels)].notna().to_numpy(int)
        np.testing.assert_array_equal(found.pairs, presence.T @ presence)
        assert np.isnan(found.correlation[found.pairs < 8]).all()


def test_without_gaps_it_is_spearmans():
    series = replace(daily_traffic(days=20), is_event=np.arange(20 * 96) % 700 < 20)
    found = column_correlations(series)
    assert found.labels == LABELS[:1] + LABELS[2:]
    assert found.left_out == {"burst": "always the same"}
    requests, hour = found.labels.index("requests"), found.labels.index("hour of day")
    wanted = pd.Series(series.requests_count).corr(pd.Series(series.wall % 86_400), method="spearman")
    assert found.correlation[requests, hour] == pytest.approx(wanted)
    np.testing.assert_allclose(np.diag(found.correlation), 1)
    np.testing.assert_array_equal(found.correlation, found.correlation.T)


def test_lags_may_lie_before_the_range():
    found = column_correlations(daily_traffic(days=20), 19 * 96)
    assert found.pairs[0, found.labels.index("1 week before")] == 96
    assert found.left_out["weekend"] == "always the same"


def test_what_a_week_before_tells():
    counts = np.tile(np.random.default_rng(2).gamma(2, 50, 168), 4)
    found = column_correlations(Series("shop", 3600, MONDAY, counts))
    assert found.correlation[0, found.labels.index("1 week before")] == pytest.approx(1)
    assert abs(found.correlation[0, found.labels.index("1 day before")]) < 0.3


@pytest.mark.parametrize("counts", [np.ones(1), np.zeros(40), np.full(40, np.nan)])
def test_of_nothing_there_is_nothing(counts):
    found = column_correlations(Series("shop", 86_400, MONDAY, counts))
    assert "requests" in found.left_out
    assert found.correlation.shape == (len(found.labels),) * 2
