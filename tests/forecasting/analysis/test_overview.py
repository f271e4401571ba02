"""The whole overview in one call, on anything that is a series."""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits

import forecasting.analysis as analysis
from forecasting.analysis import Overview, autocorrelation, facts, forecastability, overview, week_hours
from forecasting.catalog.sample import sample_series
from forecasting.errors import InputError
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic


def test_the_public_names_are_sorted_and_there():
    assert analysis.__all__ == sorted(analysis.__all__)
    assert all(hasattr(analysis, name) for name in analysis.__all__)


def test_every_result_is_frozen():
    results = [value for name in analysis.__all__ if inspect.isclass(value := getattr(analysis, name))]
    assert len(results) > 10
    assert all(is_dataclass(result) and result.__dataclass_params__.frozen for result in results)


def test_every_module_says_what_it_is_for():
    modules = [import_module(f"forecasting.analysis.{info.name}") for info in iter_modules(analysis.__path__)]
    assert len(modules) > 10
    assert all(module.__doc__ for module in modules)


@limits(max_examples=150, deadline=None)
@given(series_and_range(most_bins=1200))
def test_there_is_an_overview_of_anything(given_range):
    series, first, end = given_range
    seconds = [series.start + edge * series.bin_seconds for edge in (first, end)]
    result = overview(series, {"outages": []}, *seconds)
    assert result.summary.startswith("shop: ")
    assert result.facts == facts(series, first, end)
    assert result.week_hours.known_bins.sum() >= result.facts.known_bins
    assert (result.start, result.end)[0] == series.ds[first]
    for name in ("traffic", "hour_average", "day_average", "week_before"):
        line = getattr(result, name)
        if line is not None:
            assert len(line.wall_seconds) == len(line.requests_per_minute) <= end - first
            assert np.isin(line.wall_seconds, series.wall[first:end]).all()
    assert len(result.bursts) == result.facts.bursts
    assert len(result.events) == result.facts.events


def test_its_parts_are_those_of_the_functions():
    series = daily_traffic(days=30)
    result = overview(series, None, MONDAY + 5 * 86_400, MONDAY + 25 * 86_400)
    ends = (5 * 96, 25 * 96)
    assert isinstance(result, Overview)
    assert (result.start, result.end) == ("2024-03-09 00:00:00", "2024-03-29 00:00:00")
    assert result.forecastability == forecastability(series)
    np.testing.assert_array_equal(result.week_hours.known_bins, week_hours(series, *ends).known_bins)
    np.testing.assert_array_equal(result.traffic.requests_per_minute, series.requests_count[slice(*ends)] / 15)
    np.testing.assert_array_equal(result.autocorrelation.correlation, autocorrelation(series, *ends).correlation)


def test_the_sample_is_drawn_with_few_points_and_all_its_peaks():
    series = sample_series()
    result = overview(series)
    assert result.synthetic
    for line in (result.traffic, result.hour_average, result.day_average, result.week_before):
        assert 1_000 < len(line.wall_seconds) <= 2_000
    assert np.nanmax(result.traffic.requests_per_minute) == result.facts.peak_requests_per_minute
    assert np.isnan(result.traffic.requests_per_minute).any()
    assert len(result.autocorrelation.lag_seconds) <= 2_000
    assert result.autocorrelation.at_week == pytest.approx(
        np.nanmax(result.autocorrelation.correlation[1000:]), abs=0.1
    )
    assert result.facts.are_bursts_given
    assert len(result.events) > 0


def test_the_timeframes_agree_on_requests_per_minute():
    series = sample_series()
    result = [overview(resample(series, bin_seconds)) for bin_seconds in (60, 300, 900)]
    means = [one.facts.mean_requests_per_minute for one in result]
    assert max(means) / min(means) < 1.001
    assert len({one.rhythm.clause for one in result}) == 1


def test_a_day_on_which_clocks_change_has_each_time_as_the_wall_shows_it():
    start = moment_of("2026-10-24", "Europe/Paris")
    series = Series("shop", 3600, start, np.arange(73.0), "Europe/Paris")
    result = overview(series)
    assert (result.start, result.end) == ("2026-10-24 00:00:00", "2026-10-27 00:00:00")
    assert result.week_hours.known_bins.sum(axis=1).tolist() == [24, 0, 0, 0, 0, 24, 25]
    assert result.facts.peak_time == "2026-10-26 23:00:00"


@pytest.mark.parametrize(
    ("start", "end"), [(10**10, None), (None, 0), (MONDAY + 60, MONDAY + 70), (MONDAY + 900, MONDAY)]
)
def test_a_range_without_a_bin_is_refused(start, end):
    with pytest.raises(InputError, match=r"test has no bin in this range; its data are from 2024-03-04 00:00:00 to"):
        overview(daily_traffic(days=2), None, start, end)


def test_a_series_without_bins_is_refused():
    with pytest.raises(InputError, match="shop has no bin in this range; it has no bins"):
        overview(Series("shop", 60, 0, np.empty(0)))


def test_nothing_of_the_series_is_changed():
    series = daily_traffic(days=10)
    counts = series.requests_count.copy()
    overview(series)
    np.testing.assert_array_equal(series.requests_count, counts)
