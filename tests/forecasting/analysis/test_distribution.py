"""Histogram and quantiles, against numpy's own and by what a histogram must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import distribution
from forecasting.timeseries.series import Series
from tests.forecasting.analysis.strategies import series_and_range


@limits(max_examples=200, deadline=None)
@given(series_and_range())
def test_every_known_bin_is_in_one_cell(given_range):
    series, first, end = given_range
    found = distribution(series, first, end)
    rates = series.requests_count[first:end] / series.bin_seconds * 60
    rates = rates[~np.isnan(rates)]
    assert found.bins.sum() + found.bins_above == len(rates)
    assert len(found.edges_requests_per_minute) == (len(found.bins) + 1 if len(rates) else 0)
    assert len(found.bins) <= 61
    if len(rates):
        np.testing.assert_allclose(
            found.quantiles_requests_per_minute, np.quantile(rates, found.levels), rtol=1e-9, atol=1e-12
        )
        assert found.edges_requests_per_minute[0] <= rates.min() * (1 + 1e-9)
        widths = np.diff(found.edges_requests_per_minute)
        np.testing.assert_allclose(widths, widths[0], rtol=1e-6)


def test_the_histogram_equals_numpys():
    counts = np.random.default_rng(3).negative_binomial(4, 0.05, 5000).astype(float)
    found = distribution(Series("shop", 300, 0, counts))
    edges = found.edges_requests_per_minute * 5
    assert (edges == np.rint(edges)).all()
    inside = counts[counts < edges[-1]]
    np.testing.assert_array_equal(found.bins, np.histogram(inside, np.r_[edges[:-1], np.inf])[0])
    assert found.bins_above == np.count_nonzero(counts >= edges[-1])
    assert 40 <= len(found.bins) <= 60


def test_a_spike_does_not_flatten_the_rest():
    counts = np.r_[np.random.default_rng(3).poisson(100, 5000), 1_000_000].astype(float)
    found = distribution(Series("shop", 60, 0, counts))
    assert found.edges_requests_per_minute[-1] < 200
    assert 1 <= found.bins_above <= 10


@pytest.mark.parametrize(("value", "edges"), [(0.0, [0, 1]), (7.0, [7, 8]), (1e15, [1e15, 1e15 + 2e13])])
def test_a_constant_has_one_cell(value, edges):
    found = distribution(Series("shop", 60, 0, np.full(50, value)))
    assert found.bins.tolist() == [50]
    assert found.edges_requests_per_minute.tolist() == edges


def test_nothing_known_is_nothing():
    found = distribution(Series("shop", 60, 0, np.full(5, np.nan)))
    assert len(found.bins) == len(found.edges_requests_per_minute) == found.bins_above == 0
    assert np.isnan(found.quantiles_requests_per_minute).all()
