"""`adaptive` on the kinds of traffic that a service may have."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.forecasters.adaptive.adaptive_forecaster import AdaptiveForecaster
from forecasting.forecasters.base import QUANTILES
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR
from tests.forecasting.forecasters.adaptive.services import drawn, flat, forecast, rmse, service, with_counts

LOW, MEDIAN, HIGH = (QUANTILES.index(level) for level in (0.1, 0.5, 0.9))
STEPS = [1, 5, 12, 13, 40, 100]
FIVE, QUARTER = 300, 900


@pytest.mark.parametrize("factor", [1e-3, 1e6])
def test_forecasts_scale_with_the_counts(factor: float):
    series = service(16, QUARTER)
    one, other = (forecast(each, [5, 300, 1500], STEPS) for each in (series, scaled(series, factor)))
    np.testing.assert_allclose(other.means, factor * one.means, rtol=1e-6)
    np.testing.assert_allclose(other.quantiles, factor * one.quantiles, rtol=1e-6, atol=1e-6 * factor)


def scaled(series: Series, factor: float) -> Series:
    return with_counts(series, factor * series.requests_count)


@pytest.mark.parametrize("count", [0.3, 1.0, 251.0])
def test_a_constant_is_itself_without_width(count: float):
    made = forecast(flat(10, QUARTER, count), [300, 700, 959], STEPS)
    np.testing.assert_allclose(made.means, count, rtol=1e-12)
    assert (made.quantiles == made.means[..., None]).all()
    assert (made.spread == 0).all()


def test_zeros_stay_zero():
    made = forecast(flat(10, QUARTER, 0.0), [0, 100, 959], STEPS)
    assert (made.means == 0).all()
    assert (made.quantiles >= 0).all()
    assert np.isfinite(made.quantiles).all()


def test_one_point_is_forecast_with_a_width_that_says_how_little_is_known():
    made = forecast(flat(300 / DAY, FIVE, 100.0), 0, STEPS)
    np.testing.assert_allclose(made.means, 100.0)
    width = (made.quantiles[..., HIGH] - made.quantiles[..., LOW]) / made.means
    assert (width > 0.5).all()


def test_one_day_is_enough_for_a_sane_forecast():
    series = service(2, QUARTER)
    origins = np.arange(96, 180)
    made = forecast(series, origins, [1, 4])
    actual = series.requests_count[origins[:, None] + [1, 4]]
    covered = (actual >= made.quantiles[..., LOW]) & (actual <= made.quantiles[..., HIGH])
    assert covered.mean() > 0.7
    expected = 100 * (1 + 0.6 * np.cos(2 * np.pi * ((origins[:, None] + [1, 4]) % 96 / 4 - 14) / 24))
    assert (made.means > 0.5 * expected).all()
    assert (made.means < 2 * expected).all()


@pytest.mark.parametrize("gap", [slice(400, 496), slice(0, 30), slice(100, 900)], ids=["day", "first", "most"])
def test_unknown_bins_leave_the_forecast_sane(gap: slice):
    series = service(10, QUARTER)
    counts = series.requests_count.copy()
    counts[gap] = np.nan
    made = forecast(with_counts(series, counts), [450, 958], STEPS)
    if gap.start == 100:
        assert np.isfinite(made.means).all()
    assert (made.means > 10).all()
    assert (made.means < 400).all()
    assert (np.diff(made.quantiles, axis=-1) >= 0).all()


def test_all_but_one_bin_unknown():
    counts = np.full(960, np.nan)
    counts[500] = 80.0
    made = forecast(with_counts(flat(10, QUARTER, 0.0), counts), [499, 500, 959], STEPS)
    assert np.isnan(made.means[0]).all()
    np.testing.assert_allclose(made.means[1:], 80.0)


def test_an_outlier_moves_no_later_forecast_far():
    series = service(12, FIVE, seed=3)
    at = 10 * 288 + 100
    counts = series.requests_count.copy()
    counts[at] *= 100
    origins = np.arange(at, len(series))
    calm, upset = (forecast(each, origins, [1, 6, 12]).means for each in (series, with_counts(series, counts)))
    assert (upset < 3 * calm).all()
    assert (upset > calm / 3).all()


@pytest.mark.parametrize("factor", [5.0, 3.0, 0.2])
def test_a_level_shift_is_followed_within_an_hour(factor: float):
    blank = service(11, FIVE)
    at = 9 * 288 + 130
    hour = np.arange(len(blank)) * FIVE % DAY / HOUR
    mean = 100 * (1 + 0.6 * np.cos(2 * np.pi * (hour - 14) / 24)) * np.where(np.arange(len(blank)) >= at, factor, 1.0)
    series = drawn(blank, mean, seed=5)
    origins = np.arange(at + 12, at + 36)
    made = forecast(series, origins, [1, 6, 12]).means
    np.testing.assert_allclose(made / mean[origins[:, None] + [1, 6, 12]], 1.0, atol=0.35)


@pytest.mark.parametrize(
    ("zone", "sunday"),
    [("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("Australia/Lord_Howe", "2026-10-04")],
)
def test_the_morning_after_a_clock_change_keeps_its_hour(zone: str, sunday: str):
    blank = flat(26, QUARTER, 0.0, zone, str(np.datetime64(sunday) - 22))
    hour = blank.wall % DAY / HOUR
    series = drawn(blank, np.where((hour >= 8) & (hour < 18), 400.0, 40.0), seed=6)
    eight = series.position(moment_of(f"{np.datetime64(sunday) + 1} 08:00:00", zone))
    origins = np.array([eight - 4])
    made = forecast(series, origins, np.arange(1, 9)).means[0]
    assert (made[:3] < 100).all(), "still the night"
    assert (made[3:] > 250).all(), "from eight o'clock on"


def test_a_weekly_promotion_is_expected():
    blank = flat(42, QUARTER, 0.0)
    hour, day = blank.wall % DAY / HOUR, np.arange(len(blank)) // 96 % 7
    promotion = (day == 3) & (hour >= 12) & (hour < 14)
    series = drawn(blank, 100 * (1 + 0.4 * np.cos(2 * np.pi * (hour - 14) / 24)) * (1 + 3 * promotion), seed=7)
    beats_both_naive_rules(series, np.flatnonzero(promotion & (np.arange(len(series)) >= 28 * 96)))


def test_the_morning_after_a_silent_night_is_expected():
    blank = flat(28, QUARTER, 0.0)
    hour = blank.wall % DAY / HOUR
    open_ = (hour >= 7) & (hour < 21)
    series = drawn(blank, 200.0 * open_ * np.clip(hour - 6.5, 0, 1), seed=8)
    morning = (hour >= 6.5) & (hour < 8.5) & (np.arange(len(series)) >= 21 * 96)
    beats_both_naive_rules(series, np.flatnonzero(morning))


def beats_both_naive_rules(series: Series, targets: np.ndarray) -> None:
    """Assert a lower RMSE at these targets than the counts of a day and of a week before."""
    actual = series.requests_count[targets]
    rules = [rmse(series.requests_count[targets - lag * 96], actual) for lag in (1, 7)]
    for step in (1, 4, 12):
        made = forecast(series, targets - step, [step]).means[:, 0]
        assert rmse(made, actual) < min(rules), step


@pytest.mark.parametrize("seed", [1, 2])
def test_means_lie_inside_their_interval_and_quantiles_do_not_cross(seed: int):
    series = drawn(service(14, QUARTER), np.random.default_rng(seed).choice([0.2, 5.0, 400.0], 14 * 96), seed)
    made = forecast(series, np.arange(0, len(series), 3), STEPS)
    assert (made.means >= made.quantiles[..., LOW]).all()
    assert (made.means <= made.quantiles[..., HIGH]).all()
    assert (np.diff(made.quantiles, axis=-1) >= 0).all()
    assert (made.quantiles >= 0).all()


def test_member_weights_sum_to_one():
    series = service(12, QUARTER)
    names, weights = AdaptiveForecaster().member_weights(series, np.arange(0, len(series), 7), np.arange(1, 13))
    assert weights.shape[1] == len(names)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert (weights >= 0).all()
    _, far = AdaptiveForecaster().member_weights(series, np.array([1000]), np.array([60]))
    np.testing.assert_allclose(far.sum(axis=1), 1.0)
    members = AdaptiveForecaster().members(series, 1000, np.array([1, 50]))
    assert sum(member.weight for member in members) == pytest.approx(1.0)


BINS = {60: 2, 300: 5, 900: 10, 1800: 14, 3600: 21, 21_600: 50, 86_400: 80}
"""Seconds of a bin, and days of history."""


@pytest.mark.parametrize("bin_seconds", BINS)
def test_every_bin_has_every_step(bin_seconds: int):
    series = service(BINS[bin_seconds], bin_seconds)
    steps = np.arange(1, 101) if bin_seconds == QUARTER else np.array([1, 2, 12, 13, 15, 30, 76, 99, 100])
    made = forecast(series, [0, len(series) // 2, len(series) - 1], steps)
    assert made.means.shape == (3, len(steps))
    assert np.isfinite(made.quantiles).all()
    assert (made.means > 0).all()
    assert (made.means < 1_000).all()
    assert (np.diff(made.quantiles, axis=-1) >= 0).all()


def test_a_series_without_any_known_bin_is_unknown():
    made = forecast(flat(2, QUARTER, np.nan), [0, 100], STEPS)
    assert np.isnan(made.means).all()
    assert np.isnan(made.quantiles).all()


def test_the_interval_holds_what_it_says():
    series = service(20, QUARTER, seed=11)
    origins = np.arange(10 * 96, len(series) - 12)
    made = forecast(series, origins, [1, 3, 6, 12])
    actual = series.requests_count[origins[:, None] + [1, 3, 6, 12]]
    covered = (actual >= made.quantiles[..., LOW]) & (actual <= made.quantiles[..., HIGH])
    np.testing.assert_allclose(covered.mean(axis=0), 0.8, atol=0.06)
