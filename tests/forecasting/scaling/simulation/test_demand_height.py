"""The height of demand: what two days reached, whatever one odd bin did."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecasting.scaling.simulation.demand_height import ceiling_of, cut, height_of
from tests.forecasting.traffic import daily_traffic, with_counts


def test_it_is_the_second_highest_daily_maximum() -> None:
    series = daily_traffic(10)
    maxima = np.sort(series.requests_count.reshape(10, 96).max(axis=1))
    assert height_of(series, len(series)) == maxima[-2]
    assert ceiling_of(series, len(series)) == 2 * maxima[-2]


@pytest.mark.parametrize("factor", [10, 100, 10_000])
def test_one_odd_bin_does_not_move_it(factor: float) -> None:
    series = daily_traffic(10)
    counts = series.requests_count.copy()
    counts[500] *= factor
    odd = with_counts(series, counts)
    assert height_of(odd, len(odd)) <= series.requests_count.max()
    assert cut(odd, ceiling_of(odd, len(odd))).requests_count.max() <= 2 * series.requests_count.max()


def test_only_the_last_28_days_before_the_end_count() -> None:
    series = daily_traffic(40)
    counts = series.requests_count.copy()
    counts[: 5 * 96] *= 50
    counts[35 * 96 :] *= 50
    changed = with_counts(series, counts)
    assert height_of(changed, 34 * 96) == height_of(series, 34 * 96)


def test_with_under_three_days_it_is_the_third_highest_bin() -> None:
    series = daily_traffic(2)
    assert height_of(series, len(series)) == np.sort(series.requests_count)[-3]
    assert height_of(series, 2) == series.requests_count[:2].min()


def test_unknown_bins_and_silence_cut_nothing() -> None:
    series = daily_traffic(5)
    unknown = with_counts(series, np.full(len(series), np.nan))
    assert math.isnan(height_of(unknown, len(unknown)))
    assert ceiling_of(unknown, len(unknown)) == math.inf
    assert ceiling_of(with_counts(series, np.zeros(len(series))), len(series)) == math.inf
    counts = series.requests_count.copy()
    counts[3] = np.nan
    holed = with_counts(series, counts)
    assert cut(holed, ceiling_of(holed, len(holed))) is holed
    assert np.isnan(cut(holed, 1.0).requests_count[3])
