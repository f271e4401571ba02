"""Runs of zeros: outages are masked, true silence is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.readers.times.outages import declared_outages, zero_runs
from forecasting.timeseries.series import Series, Span

DAY = 1440
MONDAY = 1_699_833_600  # 2023-11-13 00:00 UTC


def series_of(counts: np.ndarray, bin_seconds: int = 60) -> Series:
    return Series("x", bin_seconds, MONDAY, counts, "UTC")


def traffic(days: int, seed: int = 1, mean: float = 40.0, bin_seconds: int = 60) -> np.ndarray:
    """Over-dispersed counts with the cycle of a day and a level that wanders from day to day."""
    rng = np.random.default_rng(seed)
    per_day = 86_400 // bin_seconds
    slots = np.arange(days * per_day)
    cycle = 1 + 0.7 * np.sin(2 * np.pi * slots / per_day)
    level = np.exp(rng.normal(0, 0.25, days))[slots // per_day]
    return rng.poisson(mean * bin_seconds / 60 * cycle * level * rng.gamma(10, 0.1, len(slots))).astype(float)


def found(counts: np.ndarray, bin_seconds: int = 60) -> list[tuple[int, int]]:
    series = series_of(counts, bin_seconds)
    return [(series.position(span.start), series.position(span.end)) for span in zero_runs(series)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (10 * DAY + 600, 10 * DAY + 670),
        (3 * DAY, 3 * DAY + 300),
        (9 * DAY + 5, 12 * DAY + 700),
        (0, 2 * DAY),
        (26 * DAY, 28 * DAY),
    ],
    ids=["an hour of day", "a night", "three days", "the first two days", "the last two days"],
)
def test_an_outage_written_as_zeros_is_found_to_the_bin(first: int, last: int) -> None:
    counts = traffic(28)
    counts[first:last] = 0
    counts[[max(0, first - 1), min(last, len(counts) - 1)]] += 1
    if first == 0:
        counts[0] = 0
    if last == len(counts):
        counts[-1] = 0
    assert found(counts) == [(first, last)]


@pytest.mark.parametrize("bin_seconds", [300, 900, 3600])
def test_outages_are_found_in_coarse_bins(bin_seconds: int) -> None:
    counts = traffic(28, bin_seconds=bin_seconds)
    per_day = 86_400 // bin_seconds
    counts[10 * per_day : 11 * per_day] = 0
    assert found(counts, bin_seconds) == [(10 * per_day, 11 * per_day)]


def test_days_of_zeros_in_daily_bins() -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(5000, 120).astype(float)
    counts[40:43] = 0
    assert found(counts, 86_400) == [(40, 43)]


def test_several_outages_do_not_hide_each_other() -> None:
    counts = traffic(28)
    spans = [(day * DAY + 500, day * DAY + 900) for day in (1, 2, 10, 20)]
    for first, last in spans:
        counts[first:last] = 0
    assert found(counts) == spans


def test_half_of_the_data_missing_is_found() -> None:
    counts = traffic(28)
    counts[6 * DAY : 20 * DAY] = 0
    assert found(counts) == [(6 * DAY, 20 * DAY)]


def test_a_night_without_requests_every_night_is_no_outage() -> None:
    counts = traffic(28, mean=300)
    night = (np.arange(len(counts)) % DAY) < 6 * 60
    counts[night] = 0
    assert found(counts) == []


def test_nights_that_end_at_different_times_are_no_outages() -> None:
    rng = np.random.default_rng(5)
    counts = traffic(42, mean=30)
    for day in range(42):
        counts[day * DAY : day * DAY + int(rng.normal(360, 60))] = 0
    assert found(counts) == []
    counts[20 * DAY : 21 * DAY + 600] = 0
    assert len(found(counts)) == 1


def test_weekends_without_requests_are_no_outages() -> None:
    counts = traffic(35, mean=200)
    weekday = np.arange(len(counts)) // DAY % 7
    counts[weekday >= 5] = 0
    assert found(counts) == []


def test_the_only_weekend_of_a_short_series_is_no_outage() -> None:
    counts = traffic(9, mean=200)
    counts[5 * DAY : 7 * DAY] = 0
    assert found(counts) == []


def test_an_outage_in_a_short_series_is_found_from_days_of_the_same_kind() -> None:
    counts = traffic(5, mean=200)
    counts[2 * DAY + 600 : 2 * DAY + 900] = 0
    assert found(counts) == [(2 * DAY + 600, 2 * DAY + 900)]


@pytest.mark.parametrize("mean_per_minute", [0.002, 0.01, 0.05])
def test_a_service_of_few_requests_keeps_its_silence(mean_per_minute: float) -> None:
    for seed in range(5):
        counts = np.random.default_rng(seed).poisson(mean_per_minute, 60 * DAY).astype(float)
        assert found(counts) == []


def test_few_requests_in_clusters_keep_their_silence() -> None:
    rng = np.random.default_rng(8)
    counts = np.zeros(60 * DAY)
    for start in rng.integers(0, len(counts) - 60, 80):
        counts[start : start + 60] += rng.poisson(5, 60)
    assert found(counts) == []


def test_ordinary_noise_is_never_masked() -> None:
    for seed in range(10):
        assert found(traffic(21, seed=seed, mean=1.0)) == []


@pytest.mark.parametrize("minutes", [1, 30, 59])
def test_less_than_an_hour_is_kept(minutes: int) -> None:
    counts = traffic(28, mean=1000)
    counts[10 * DAY + 600 : 10 * DAY + 600 + minutes] = 0
    assert found(counts) == []


def test_nothing_to_compare_with_is_no_reason_to_mask() -> None:
    assert found(np.zeros(10 * DAY)) == []
    assert found(np.r_[traffic(1), np.zeros(DAY)]) == []
    assert found(np.full(10 * DAY, np.nan)) == []
    assert found(np.zeros(0)) == []
    assert found(np.r_[np.ones(3), np.zeros(200)]) == []


@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 50.0, 5000.0, np.nan]), min_size=1, max_size=60),
    st.sampled_from([3600, 14_400, 86_400]),
)
def test_only_zeros_are_ever_masked(pattern: list[float], bin_seconds: int) -> None:
    counts = np.repeat(pattern, 3)
    for first, last in found(counts, bin_seconds):
        assert (counts[first:last] == 0).all()
        assert (last - first) * bin_seconds >= 3600


def test_scale_makes_it_no_less_an_outage() -> None:
    counts = traffic(28)
    counts[10 * DAY : 11 * DAY] = 0
    assert found(counts * 1e9) == found(counts) == [(10 * DAY, 11 * DAY)]


def test_declared_outages_are_read_in_the_zone_of_the_series() -> None:
    texts = ("1995-08-01T14:53/1995-08-03 04:36:00", "1995-08-01T00:00Z/1995-08-01T01:00+00:00")
    assert declared_outages(texts, "-04:00") == [Span(807_303_180, 807_438_960), Span(807_235_200, 807_238_800)]
    assert declared_outages(("1995-08-01/1995-08-02",), None) == [Span(807_235_200, 807_321_600)]
