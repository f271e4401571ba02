"""Bursts that were put in are found; trend, season, announced events and gaps set nothing off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.timeseries.bursts import detect_bursts
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.spans import spans_of
from forecasting.timeseries.synthetic import Traffic, generate

CALM = Traffic(bursts_per_week=0, events=0, outages=0)


def with_burst(series: Series, first: int, length: int, ratio: float) -> Series:
    counts = series.requests_count.copy()
    counts[first : first + length] *= ratio
    return replace(series, requests_count=counts)


@pytest.mark.parametrize("bin_seconds", [60, 300, 900])
@pytest.mark.parametrize("days", [1, 2, 3, 21])
def test_an_injected_burst_is_found_and_nothing_else(bin_seconds, days):
    calm = generate(days=days, bin_seconds=bin_seconds, traffic=CALM)
    first, length = round(0.6 * len(calm)), 3600 // bin_seconds
    found = detect_bursts(with_burst(calm, first, length, 4))
    assert found[first : first + length].mean() > 0.9
    found[first : first + length] = False
    assert not found.any()


@pytest.mark.parametrize("bin_seconds", [60, 300, 900, 3600])
@pytest.mark.parametrize(
    "changes",
    [
        {"day_swing": 0.95, "week_swing": 0.6},
        {"growth_per_week": 0.5},
        {"growth_per_week": -0.3, "day_swing": 0.8},
        {"dispersion": 12.0},
        {"requests_per_minute": 1e7},
    ],
)
def test_strong_season_trend_and_noise_are_no_bursts(bin_seconds, changes):
    series = generate(days=40, bin_seconds=bin_seconds, traffic=replace(CALM, **changes))
    assert np.count_nonzero(detect_bursts(series)) <= len(series) / 20_000


def test_a_surge_that_recurs_every_day_is_season():
    calm = generate(days=20, bin_seconds=300, traffic=CALM)
    counts = calm.requests_count.copy()
    counts[calm.wall % 86_400 == 9 * 3600] *= 5
    assert not detect_bursts(replace(calm, requests_count=counts)).any()
    counts = counts.copy()
    counts[7 * 288 + 100] *= 5
    assert np.flatnonzero(detect_bursts(replace(calm, requests_count=counts))).tolist() == [7 * 288 + 100]


@pytest.mark.parametrize("bin_seconds", [60, 300])
def test_the_bursts_of_the_generator_are_found(bin_seconds):
    series = resample(generate(), bin_seconds)
    found, made = spans_of(series, detect_bursts(series)), spans_of(series, series.is_burst)

    def meets(span: Span, others: list[Span]) -> bool:
        return any(span.start < other.end and other.start < span.end for other in others)

    assert np.mean([meets(span, found) for span in made]) > 0.85
    assert np.mean([meets(span, made) for span in found]) > 0.95


def test_an_announced_event_is_no_burst():
    series = generate(traffic=replace(CALM, events=2, event_ratio=(4, 4)))
    assert not detect_bursts(series).any()
    assert detect_bursts(replace(series, is_event=None)).any()


def test_unknown_bins_are_no_bursts_and_hide_none():
    series = with_burst(generate(days=10, bin_seconds=300, traffic=CALM), 1000, 6, 5)
    masked = series.masked([Span(series.start + 900 * 300, series.start + 998 * 300)])
    found = detect_bursts(masked)
    assert found[1000:1006].all()
    assert np.count_nonzero(found) == 6


@pytest.mark.parametrize("counts", [[], [np.nan] * 50, [0] * 500, [7] * 500, [1], [np.nan, 3]])
def test_where_nothing_can_be_said_there_is_no_burst(counts):
    found = detect_bursts(Series("shop", 60, 0, np.array(counts, float)))
    assert found.dtype == bool
    assert len(found) == len(counts)
    assert not found.any()


def test_a_series_may_end_in_an_hour_that_falls_back_into_the_day_before():
    start = moment_of("2010-11-04", "America/St_Johns")
    series = Series("shop", 300, start, np.ones(3 * 288 + 6), "America/St_Johns")
    assert series.ds[-4:-2] == ["2010-11-07 00:10:00", "2010-11-06 23:15:00"]
    assert not detect_bursts(series).any()


def test_a_lone_spike_in_silence_is_a_burst():
    counts = np.zeros(3000)
    counts[1500] = 100
    assert np.flatnonzero(detect_bursts(Series("shop", 60, 0, counts))).tolist() == [1500]


def test_spans_are_runs_in_absolute_seconds():
    series = Series("shop", 300, 1000, np.ones(6))
    flags = np.array([1, 1, 0, 1, 0, 1], bool)
    assert spans_of(series, flags) == [Span(1000, 1600), Span(1900, 2200), Span(2500, 2800)]
    assert spans_of(series, np.zeros(6, bool)) == []
