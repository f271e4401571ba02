"""Forecastability: no leak, the right order on real and made traffic, and its parts against plain loops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.analysis import forecastability
from forecasting.analysis.expectation import calendar_expectation
from forecasting.analysis.forecastability import HARDLY, SOMEWHAT, TOO_SHORT, WORTH, noise_of
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY
from tests.forecasting.analysis.strategies import any_series
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts


def noise(bin_seconds: int = 300, days: int = 28, seed: int = 1) -> Series:
    counts = np.random.default_rng(seed).poisson(100, days * DAY // bin_seconds).astype(float)
    return Series("noise", bin_seconds, MONDAY, counts)


def expected_of(series: Series, day: int) -> dict[int, float]:
    """The expectation of each slot of a wall day by hour (bins of an hour), as its module says it."""
    rates, weekday = {}, {}
    for wall, count in zip(series.wall.tolist(), series.requests_count.tolist(), strict=True):
        rates.setdefault(wall // DAY, {}).setdefault(wall % DAY // 3600, []).append(count)
        weekday[wall // DAY] = datetime.fromtimestamp(wall, UTC).weekday()
    means = {d: {h: np.mean([c for c in cs if c == c] or [np.nan]) for h, cs in rates[d].items()} for d in rates}
    known = {d: [m for m in means[d].values() if m == m] for d in means}
    daily = {d: np.mean(known[d]) for d in means if len(known[d]) >= 12}

    def level(d: int) -> float | None:
        before = [daily[e] for e in range(d - 7, d) if e in daily]
        return np.mean(before) if before else None

    result = {}
    for hour in range(24):
        came = levels = 0.0
        for past in (d for d in means if d < day and level(d) is not None):
            same_kind = (weekday[past] >= 5) == (weekday[day] >= 5)
            weight = 1.0 if weekday[past] == weekday[day] else 0.25 if same_kind else 0.05
            weight *= 0.5 ** ((day - past) / 28)
            rate = means[past].get(hour, np.nan)
            if rate == rate:
                came, levels = came + weight * rate, levels + weight * level(past)
        result[hour] = level(day) * came / levels if levels > 0 and level(day) is not None else np.nan
    return result


@pytest.mark.parametrize("time_zone", [None, "Europe/Paris"])
def test_the_expectation_equals_a_plain_reading(time_zone):
    rng = np.random.default_rng(4)
    counts = rng.poisson(50, 30 * 24).astype(float)
    counts[rng.random(len(counts)) < 0.1] = np.nan
    counts[200:260] = np.nan
    series = Series("shop", 3600, moment_of("2026-03-10 05:00", time_zone), counts, time_zone)
    result = calendar_expectation(series).requests_per_bin
    days = series.wall // DAY
    for day in np.unique(days)[::3].tolist():
        wanted = expected_of(series, day)
        at = np.flatnonzero(days == day)
        hours = (series.wall[at] % DAY // 3600).tolist()
        np.testing.assert_allclose(result[at], [wanted[hour] for hour in hours], rtol=1e-9)


@limits(max_examples=50, deadline=None)
@given(day=st.integers(1, 11), seed=st.integers(0, 100))
def test_nothing_of_a_day_or_after_it_enters_its_expectation(day, seed):
    series = daily_traffic(days=12, seed=seed)
    counts = series.requests_count.copy()
    counts[day * 96 :] = np.random.default_rng(seed).permutation(counts[day * 96 :]) * 7
    before, after = (calendar_expectation(s).requests_per_bin for s in (series, with_counts(series, counts)))
    np.testing.assert_array_equal(before[: (day + 1) * 96], after[: (day + 1) * 96])


def regular(days: int = 60) -> Series:
    """Quarters of an hour of a service whose every day is alike."""
    hour = np.arange(days * 96) / 4
    counts = 1e10 * (1 - 0.6 * np.cos(hour * 2 * np.pi / 24)) * np.random.default_rng(6).normal(1, 0.02, days * 96)
    return Series("regular", 900, MONDAY, np.round(counts))


def bursty(bin_seconds: int = 300, days: int = 14) -> Series:
    """Counts without a day that jump for an hour or so, many times a day."""
    rng = np.random.default_rng(11)
    level = np.repeat(rng.lognormal(4, 0.8, days * 24 * 3_600 // bin_seconds // 3 + 1), 3)[: days * DAY // bin_seconds]
    return Series("bursty", bin_seconds, MONDAY, rng.poisson(level).astype(float))


@pytest.fixture(scope="module")
def shares(nasa) -> dict[str, dict[int, object]]:
    """Forecastability by series and bin."""
    series = {"nasa": nasa, "regular": regular(), "bursty": bursty(), "noise": noise(300)}
    found = {name: {900: forecastability(resample(s, 900))} for name, s in series.items()}
    for name in ("nasa", "bursty", "noise"):
        found[name][300] = forecastability(resample(series[name], 300))
    found["nasa"][60] = forecastability(series["nasa"])
    return found


def test_traffic_comes_in_the_right_order(shares):
    explained = {name: shares[name][900].explained_share for name in shares}
    assert explained["regular"] > 0.9 > explained["nasa"] > 0.5 > 0.05 > explained["bursty"]
    assert explained["noise"] == 0


def test_the_verdicts_are_sensible(shares):
    assert {found.verdict for found in shares["nasa"].values()} == {WORTH}
    assert {found.verdict for found in shares["regular"].values()} == {WORTH}
    assert {found.verdict for found in shares["bursty"].values()} == {HARDLY}
    assert {found.verdict for found in shares["noise"].values()} == {HARDLY}


def test_skill_an_hour_ahead(shares):
    assert 0.2 < shares["nasa"][60].skill.over_last_bin < 0.4
    assert 0.05 < shares["nasa"][60].skill.over_trailing_mean < 0.2
    assert shares["regular"][900].skill.over_trailing_mean > 0.5
    assert -0.2 < shares["bursty"][300].skill.over_trailing_mean < 0.1
    assert shares["nasa"][60].skill.lead_seconds == 3600


def test_the_noise_of_nasa_is_what_was_measured(shares):
    noises = {bin_seconds: shares["nasa"][bin_seconds].noise for bin_seconds in (60, 300, 900)}
    assert noises[60].dispersion_index == pytest.approx(4.3, rel=0.1)
    assert noises[300].dispersion_index == pytest.approx(9.9, rel=0.1)
    assert noises[900].dispersion_index == pytest.approx(20, rel=0.25)
    assert noises[60].floor_requests_per_minute == pytest.approx(12.98, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bin_seconds", [300, 900, 3600])
def test_noise_is_hardly_worth_forecasting(bin_seconds, seed):
    result = forecastability(noise(bin_seconds, seed=seed))
    assert result.verdict == HARDLY
    assert result.explained_share < 0.02
    if bin_seconds <= 900:
        assert result.noise.share == pytest.approx(1, abs=0.08)
        assert result.noise.dispersion_index == pytest.approx(1, abs=0.08)
        assert result.skill.over_last_bin == pytest.approx(1 - 0.5**0.5, abs=0.08)
        assert result.skill.over_trailing_mean < 0.05


def test_a_random_walk_has_no_day():
    walk = 5000 + np.cumsum(np.random.default_rng(3).normal(0, 5, 28 * 288))
    result = forecastability(Series("walk", 300, MONDAY, walk))
    assert result.verdict == HARDLY
    assert result.explained_share < 0.1


def test_few_requests_with_a_clear_day_are_worth_it_although_most_is_noise():
    second = np.arange(28 * 1440) * 60
    counts = np.random.default_rng(1).poisson(1 - 0.9 * np.cos(second / DAY * 2 * np.pi)).astype(float)
    result = forecastability(Series("few", 60, MONDAY, counts))
    assert result.explained_share < 0.35
    assert result.noise.share > 0.65
    assert result.explained_of_explainable > 0.8
    assert result.verdict == WORTH
    assert (
        result.sentence() == "Time of day and weekday explain 29 % of the variation, 71 % is noise: worth forecasting."
    )


def test_a_week_that_repeats_itself_is_wholly_explained():
    week = np.random.default_rng(2).gamma(2, 50, 168)
    result = forecastability(Series("shop", 3600, MONDAY, np.tile(week, 30)))
    assert result.explained_share > 0.5
    flat = forecastability(Series("shop", 3600, MONDAY, np.tile(np.tile(week[:24], 7), 30)))
    assert flat.explained_share == pytest.approx(1)
    assert flat.verdict == WORTH


def test_it_does_not_depend_on_the_scale():
    series = daily_traffic(days=20)
    one, other = forecastability(series), forecastability(with_counts(series, series.requests_count * 1e6))
    assert other.explained_share == pytest.approx(one.explained_share)
    assert other.skill.over_trailing_mean == pytest.approx(one.skill.over_trailing_mean)
    assert other.noise.share == pytest.approx(one.noise.share)


def test_noise_equals_a_fit_of_lines():
    series = daily_traffic(days=4)
    blocks = series.requests_count.reshape(-1, 8)
    left = [np.sum((block - np.polyval(np.polyfit(range(8), block, 1), range(8))) ** 2) / 6 for block in blocks]
    result = noise_of(series)
    assert result.floor_requests_per_minute == pytest.approx(np.mean(left) ** 0.5 / 15)
    assert result.share == pytest.approx(np.mean(left) / series.requests_count.var())
    assert result.dispersion_index == pytest.approx(np.mean(left) / series.requests_count.mean())


def test_unknown_bins_leave_blocks_out():
    series = daily_traffic(days=10)
    counts = series.requests_count.copy()
    counts[8 * 50 + 3] = np.nan
    without = np.delete(series.requests_count.reshape(-1, 8), 50, axis=0).ravel()
    result, wanted = noise_of(with_counts(series, counts)), noise_of(with_counts(series, without))
    assert result.floor_requests_per_minute == pytest.approx(wanted.floor_requests_per_minute)


@pytest.mark.parametrize(
    ("series", "verdict", "sentence"),
    [
        (daily_traffic(days=3), TOO_SHORT, "3 known days: too few to tell whether it can be forecast."),
        (noise(3600, days=1), TOO_SHORT, "1 known day: too few to tell whether it can be forecast."),
        (
            Series("shop", 3600, MONDAY, np.full(500, 7.0)),
            HARDLY,
            "The rate is constant: there is nothing to forecast.",
        ),
        (Series("shop", 3600, MONDAY, np.full(50, np.nan)), TOO_SHORT, None),
        (Series("shop", 3600, MONDAY, np.ones(1)), TOO_SHORT, None),
    ],
)
def test_short_and_constant_series(series, verdict, sentence):
    result = forecastability(series)
    assert result.verdict == verdict
    assert result.explained_share is result.skill is result.scored_from is None
    assert sentence is None or result.sentence() == sentence


def test_only_the_range_is_looked_at():
    series = daily_traffic(days=30)
    part = forecastability(series, 10 * 96, 25 * 96)
    assert part == forecastability(series.slice(10 * 96, 25 * 96))
    assert part.scored_from == "2024-03-21 00:00:00"


@limits(max_examples=150, deadline=None)
@given(any_series(most_bins=1500, bins=(900, 3600, 28_800, 86_400)))
def test_whatever_comes_there_is_an_answer(series):
    result = forecastability(series)
    assert result.verdict in (WORTH, SOMEWHAT, HARDLY, TOO_SHORT)
    assert result.explained_share is None or 0 <= result.explained_share <= 1
    assert result.noise is None or 0 <= result.noise.share <= 1
    assert (result.verdict == TOO_SHORT) == (result.explained_share is None and not result.is_constant)
    assert result.sentence("the series").endswith(".")
    assert forecastability(replace(series)) == result
