"""The profile of a slot is that of its known bins, by wall time, equal to numpy's own statistics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.errors import InputError
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.profile import Profile, seasonal_profile
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK

FIELDS = {
    "mean": np.mean,
    "median": np.median,
    "q10": lambda y: np.quantile(y, 0.1),
    "q90": lambda y: np.quantile(y, 0.9),
}


def assert_equals_a_plain_loop(profile: Profile, series: Series) -> None:
    season = {"day": DAY, "week": WEEK}[profile.season]
    into = (series.wall + (3 * DAY if profile.season == "week" else 0)) % season
    for i, second in enumerate(profile.slot_seconds.tolist()):
        inside = (into >= second) & (into < second + series.bin_seconds) & ~np.isnan(series.requests_count)
        cells = series.requests_count[inside]
        assert profile.known[i] == len(cells)
        for field, of in FIELDS.items():
            wanted = of(cells) if len(cells) else np.nan
            np.testing.assert_allclose(getattr(profile, field)[i], wanted, rtol=1e-12, atol=1e-9)


@limits(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.floats(0, 1e6) | st.just(np.nan), min_size=0, max_size=120),
    start=st.integers(0, 100),
    season=st.sampled_from(["day", "week"]),
    time_zone=st.sampled_from([None, "-04:00", "Europe/Paris"]),
)
def test_it_equals_a_plain_loop(counts, start, season, time_zone):
    series = Series("shop", 4 * 3600, 1_774_600_000 + 3600 * start, np.array(counts, float), time_zone)
    assert_equals_a_plain_loop(seasonal_profile(series, season), series)


@pytest.mark.parametrize(("season", "slots"), [("day", 288), ("week", 2016)])
def test_the_slots_cover_the_season(season, slots):
    series = Series("shop", 300, 0, np.ones(5000))
    profile = seasonal_profile(series, season)
    assert len(profile.slot_seconds) == slots
    assert profile.slot_seconds[[0, 1]].tolist() == [0, 300]
    assert profile.known.sum() == 5000


def test_slots_may_hold_several_bins_and_bins_be_left_out():
    series = Series("shop", 300, 0, np.arange(576.0))
    wide = seasonal_profile(series, "day", slot_seconds=3600, where=np.arange(576) < 288)
    assert wide.slot_seconds.tolist() == [3600 * hour for hour in range(24)]
    assert wide.known.tolist() == [12] * 24
    np.testing.assert_allclose(wide.mean, series.requests_count[:288].reshape(24, 12).mean(axis=1))
    np.testing.assert_allclose(wide.q90, np.quantile(series.requests_count[:288].reshape(24, 12), 0.9, axis=1))


def test_a_week_starts_on_monday_midnight_on_the_wall():
    monday = moment_of("2026-03-02", "Asia/Tokyo")
    profile = seasonal_profile(Series("shop", 3600, monday, np.arange(2 * 168.0), "Asia/Tokyo"), "week")
    np.testing.assert_array_equal(profile.mean, np.arange(168) + 84)


def test_an_hour_repeated_by_a_change_of_clocks_counts_twice():
    start = moment_of("2026-10-25", "Europe/Paris")
    profile = seasonal_profile(Series("shop", 3600, start, np.ones(25), "Europe/Paris"), "day")
    assert profile.known.tolist() == [1, 1, 2] + [1] * 21


def test_another_season_is_refused():
    with pytest.raises(InputError, match="season must be day or week"):
        seasonal_profile(Series("shop", 60, 0, np.ones(5)), "month")
