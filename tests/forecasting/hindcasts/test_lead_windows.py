"""The highest demand of a lead window: its distribution, and how many replicas that asks for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from forecasting.hindcasts.lead_windows import (
    POOL_DAYS,
    POOL_LEAST_DAYS,
    Excess,
    LeadWindows,
    highest_coming,
    pooled,
    quantile_of_sorted,
    window_steps,
)
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.policies.trust_check import SIGNIFICANCE, most_misses
from forecasting.scaling.simulation.replay import replay_of
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series


def windows_of(level, spread, pool) -> LeadWindows:
    count = len(level)
    arrays = np.asarray(level, float), np.asarray(spread, float), np.full(count, np.nan)
    return LeadWindows(1, *arrays, np.zeros(count, np.int64), (np.sort(pool),))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 0.947, 0.99])
def test_replicas_are_those_that_earn_their_cost(share: float) -> None:
    """The n-th is there iff p E[min(max(D - k (n-1), 0), k)] > c; share = 1 - c / (p k). Tried one by one."""
    rng = np.random.default_rng(3)
    pool = rng.gamma(2.0, 1.0, 4001) - 2.0
    level, spread, capacity = rng.uniform(5, 300, 60), rng.uniform(1, 40, 60), 13.0
    found = windows_of(level, spread, pool).replicas(share, capacity, exact=True)
    for n, mean, width in zip(found, level, spread, strict=True):
        demand = mean + width * pool
        count = 0
        while np.minimum(np.maximum(demand - capacity * count, 0.0), capacity).mean() > capacity * (1.0 - share):
            count += 1
        assert n == max(count, 1)


def test_exact_replicas_are_sometimes_one_fewer_than_the_quantile_asks_for() -> None:
    rng = np.random.default_rng(0)
    windows = windows_of(rng.uniform(50, 300, 500), np.full(500, 20.0), rng.normal(size=2001))
    exact, plain = (windows.replicas(0.9, 10.0, exact=flag) for flag in (True, False))
    assert set((plain - exact).tolist()) == {0.0, 1.0}
    np.testing.assert_array_equal(plain, np.maximum(np.ceil(windows.quantile(0.9) / 10.0), 1.0))


def test_the_excess_over_a_level() -> None:
    pool = np.sort(np.random.default_rng(1).normal(size=500))
    levels = np.linspace(-4, 4, 41)
    np.testing.assert_allclose(Excess(pool)(levels), [np.maximum(pool - x, 0).mean() for x in levels], atol=1e-12)


def test_quantiles_of_sorted_values_are_numpys() -> None:
    values = np.sort(np.random.default_rng(2).normal(size=37))
    for share in (0.0, 0.01, 0.5, 0.987, 1.0):
        assert quantile_of_sorted(values, share) == pytest.approx(np.quantile(values, share))


def test_the_quantile_that_loses_a_share_loses_it() -> None:
    """In expectation over origins, when their residuals are drawn from the pool."""
    rng = np.random.default_rng(4)
    pool = rng.gamma(3.0, 1.0, 5000) - 3.0
    windows = windows_of(rng.uniform(100, 300, 200), rng.uniform(10, 40, 200), pool)
    for share in (0.05, 0.01, 0.002):
        capacity = windows.quantile(windows.losing(share))
        demand = windows.level[:, None] + windows.spread[:, None] * pool
        lost = np.maximum(demand - capacity[:, None], 0).mean(axis=1).sum() / windows.level.sum()
        assert 0.7 * share < lost <= share * 1.001


def test_the_highest_coming_bin_by_a_loop() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson(20, 60).astype(float)
    counts[rng.random(60) < 0.3] = np.nan
    for length in (1, 3, 7):
        for origin, found in zip(range(20, 60), highest_coming(counts, np.arange(20, 60), length), strict=True):
            window = counts[origin + 1 : origin + 1 + length]
            over = origin + length < 60 and np.isfinite(window).any()
            assert found == (np.nanmax(window) if over else pytest.approx(np.nan, nan_ok=True))


def test_a_day_is_ruled_by_windows_that_were_over_before_it_began() -> None:
    per_day, length, days = 10, 4, 20
    residuals = np.arange(per_day * days, dtype=float)
    pool_of, pools = pooled(residuals, length, np.repeat(np.arange(days), per_day), per_day, np.array([-1.0]))
    assert pools[0].tolist() == [-1.0]
    for position, number in enumerate(pool_of):
        began = position // per_day * per_day
        if began - length < POOL_LEAST_DAYS * per_day:
            assert number == 0
        else:
            assert pools[number][-1] == began - length - 1, "it ended with the last bin before the day"
            assert pools[number][0] == max(0, began - POOL_DAYS * per_day)


def test_steps_that_stand_for_a_window_begin_dense_and_end_with_it() -> None:
    assert window_steps(1).tolist() == [1]
    assert window_steps(5).tolist() == [1, 2, 3, 4, 5]
    assert window_steps(50)[:12].tolist() == list(range(1, 13))
    assert window_steps(50)[-1] == 50


@pytest.mark.parametrize("boot_seconds", [0, 1800])
def test_windows_of_real_traffic_are_covered_as_often_as_said(nasa: Series, boot_seconds: float) -> None:
    """On days that no model saw; the steps' own quantiles would not be, jointly."""
    service = {"capacity_per_minute": 10, "boot_seconds": boot_seconds}
    windows = replay_of(ScalingRequest(series=nasa, timeframe="15m", service=service)).forecast_test.forecasts.windows
    over = np.isfinite(windows.highest)
    for share in (0.5, 0.8, 0.9, 0.95):
        covered = (windows.highest <= windows.quantile(share))[over].mean()
        assert covered == pytest.approx(share, abs=0.06), share


@pytest.mark.parametrize("checks", [1, 10, 40, 96])
@pytest.mark.parametrize("chance", [0.01, 0.05, 0.3])
def test_the_gate_allows_the_misses_that_an_exact_binomial_test_does_not_reject(checks: int, chance: float) -> None:
    def at_least(misses: int) -> float:
        ways = range(misses, checks + 1)
        return sum(math.comb(checks, k) * chance**k * (1 - chance) ** (checks - k) for k in ways)

    allowed = most_misses(checks, chance)
    assert at_least(allowed + 1) <= SIGNIFICANCE
    assert allowed == 0 or at_least(allowed) > SIGNIFICANCE
    assert allowed == stats.binom.ppf(1 - SIGNIFICANCE, checks, chance)


def test_the_gate_counts_windows_of_the_last_day_that_are_over(nasa: Series) -> None:
    """Against a loop, for windows that do not overlap."""
    replay = replay_of(
        ScalingRequest(series=nasa, timeframe="15m", service={"capacity_per_minute": 10, "boot_seconds": 1800})
    )
    scenario = replay.forecast_test
    windows, origins, share = scenario.forecasts.windows, scenario.forecasts.origins, 0.7
    missed = windows.highest > windows.quantile(share)
    gate = scenario.trust_check(share)
    for now in range(200, 400, 7):
        began = range(max(0, now - 96 + 1), now - windows.length + 1)
        counted = [i for i in began if origins[i] % windows.length == 0 and np.isfinite(windows.highest[i])]
        allowed = most_misses(len(counted), 1 - share)
        assert gate.held[now] == (sum(missed[i] for i in counted) <= allowed)


def test_a_gate_shuts_when_traffic_leaves_what_was_forecast_and_opens_again(nasa: Series) -> None:
    counts = nasa.requests_count.copy()
    flood = nasa.position(moment_of("1995-08-28 12:00", None))
    counts[flood : flood + 120] *= 20
    flooded = Series("flooded", 60, nasa.start, counts)
    request = ScalingRequest(series=flooded, timeframe="15m", service={"capacity_per_minute": 10})
    replay = replay_of(request)
    gate = replay.forecast_test.trust_check(0.9)
    noon = flood // 15 - replay.test_span.first
    assert gate.trusted[noon - 8 : noon].all()
    assert not gate.expected[noon + 2]
    assert "99 % interval" in " ".join(gate.reasons(noon + 2))
    assert gate.expected[noon + 40 :].any()
