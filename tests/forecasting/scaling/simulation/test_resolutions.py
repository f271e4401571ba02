"""One traffic in three resolutions: with the finer counts a longer bin changes nothing but when forecasts are made."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import Trace, trace_of
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.optimum import optimum_at
from forecasting.scaling.simulation.outcome import Totals
from forecasting.scaling.simulation.replay import PEAKS_UNSEEN, replay_of
from forecasting.scaling.simulation.simulate import simulate
from forecasting.scaling.simulation.what_if import TrafficSurge, WhatIf, replay_supposing, supposing
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY

DAYS = 4
SERVICE = ScaledService(capacity_per_minute=30.0, boot_seconds=100, max_replicas=60)
WITHIN_BINS = (policy_names.REACTIVE, policy_names.TARGET_TRACKING, policy_names.THRESHOLD)


def minutes(days: int = DAYS) -> Series:
    """A day's cycle with bursts of a few minutes."""
    rng = np.random.default_rng(3)
    time = np.arange(days * 1440)
    level = 150 * (1 + 0.6 * np.sin(2 * np.pi * time / 1440))
    burst = np.exp(0.5 * np.repeat(rng.normal(size=days * 480), 3))
    return Series("minutes", 60, MONDAY, rng.poisson(level * burst).astype(np.float64))


MINUTES = minutes()


def trace(minutes_a_bin: int, *, finer: bool, service: ScaledService = SERVICE) -> Trace:
    """The days after the first, from 5 replicas on."""
    series = resample(MINUTES, minutes_a_bin * 60)
    first = len(series) // DAYS
    return trace_of(series, service, first, len(series), 5, MINUTES if finer and minutes_a_bin > 1 else None)


def totals(of: Trace, policy: str = policy_names.REACTIVE) -> Totals:
    scenario = Scenario(of)
    return run(scenario, configured(scenario, policy)).totals


@pytest.mark.parametrize("policy", WITHIN_BINS)
@pytest.mark.parametrize("minutes_a_bin", [5, 15, 60])
def test_with_finer_counts_what_does_not_decide_by_bin_is_the_same(policy: str, minutes_a_bin: int) -> None:
    truth, coarse = totals(trace(1, finer=False), policy), totals(trace(minutes_a_bin, finer=True), policy)
    assert asdict(coarse) == pytest.approx(asdict(truth))


@pytest.mark.parametrize("minutes_a_bin", [5, 15])
def test_without_them_peaks_are_not_seen(minutes_a_bin: int) -> None:
    truth, coarse = totals(trace(1, finer=False)), totals(trace(minutes_a_bin, finer=False))
    assert coarse.cost < truth.cost
    assert coarse.unmet_share < truth.unmet_share


def test_the_optimum_knows_the_finer_counts() -> None:
    price = 0.001
    truth, coarse, blind = (
        optimum_at(trace(bins, finer=finer), price).objective for bins, finer in ((1, False), (15, True), (15, False))
    )
    assert coarse == pytest.approx(truth)
    assert blind < truth


def test_counts_of_a_bin_add_up_to_its_demand() -> None:
    """Also of one with unknown counts, which have the bin's average; of a bin that is unknown none is known."""
    counts = MINUTES.requests_count.copy()
    counts[1440 + 30 : 1440 + 34] = np.nan  # all but one of a bin, which is unknown then
    counts[1440 + 41] = np.nan
    series = replace(MINUTES, requests_count=counts)
    coarse = resample(series, 300)
    of = trace_of(coarse, replace(SERVICE, demand_multiplier=2.0), 288, len(coarse), 5, series)
    by_bin = of.arriving.reshape(-1, 5)
    np.testing.assert_allclose(by_bin.sum(axis=1), of.demand)
    assert np.isnan(of.demand[6])
    assert np.isnan(by_bin[6]).all()
    np.testing.assert_array_equal(of.arriving[:30], 2 * counts[1440 : 1440 + 30])
    assert of.seen_counts[31] == 2 * counts[1440 + 29], "an unknown count is not seen before its bin ended"


def request(timeframe: str, **fields: object) -> ScalingRequest:
    service = {"capacity_per_minute": 30.0, "boot_seconds": 100, "max_replicas": 60}
    return ScalingRequest(
        series=MINUTES, timeframe=timeframe, service=service, model_type="smoothing", settings=Settings(), **fields
    )


def test_a_replay_serves_the_counts_of_the_data_set() -> None:
    replays = {timeframe: replay_of(request(timeframe)) for timeframe in ("1m", "5m", "15m")}
    assert [replay.finer is not None for replay in replays.values()] == [False, True, True]
    unmet = [simulate(replay, policy_names.REACTIVE).totals.unmet_share for replay in replays.values()]
    assert unmet[1:] == pytest.approx([unmet[0]] * 2, rel=0.05)
    assert not any(PEAKS_UNSEEN.format("15m") in replay.warnings for replay in replays.values())
    blind = replay_of(replace(request("15m"), series=resample(MINUTES, 900)))
    assert PEAKS_UNSEEN.format("15m") in blind.warnings


def test_a_surge_of_a_minute_happens_within_its_bin() -> None:
    asked = request("15m")
    replay = replay_of(asked)
    surge = TrafficSurge(replay.series.start + (replay.test_span.first + 4) * 900 + 120, 60, 50.0)
    for surged in (
        replay_of(supposing(asked, WhatIf(surge=surge))),
        replay_supposing(replay, WhatIf(surge=surge), Settings()),
    ):
        ratio = surged.test.trace.arriving / replay.test.trace.arriving
        assert np.flatnonzero(np.nan_to_num(ratio, nan=1.0) != 1.0).tolist() == [62]
        assert (
            np.flatnonzero(surged.series.requests_count != replay.series.requests_count)[0]
            == replay.test_span.first + 4
        )


def test_the_optimum_is_not_beaten_at_any_resolution() -> None:
    for minutes_a_bin in (1, 5, 15):
        of = trace(minutes_a_bin, finer=True)
        for price in (0.0, 1e-4, 0.01):
            best = optimum_at(of, price).objective
            scenario = Scenario(of, Objective(), learned_until=of.first)
            for policy in policy_names.REACTIVE_RULES:
                found = run(scenario, configured(scenario, policy)).totals.with_objective(price, best)
                assert (found.objective or 0.0) >= best * (1 - 1e-9), (policy, price, asdict(found))
