"""The grid of start-up times and prices: each cell against policies tuned and run one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.comparison.savings_map import SavingsMap, savings_map_of, start_up_times
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.replay import Replay
from forecasting.scaling.simulation.sweep import settings_of
from tests.forecasting.traffic import daily_traffic, replay_on

SERVICE = ScaledService(capacity_per_minute=4.0, boot_seconds=900)
POLICIES = ("reactive", "reactive:smoothing", "fixed", "predictive", "hybrid")
CHOICE = {"start_ups": (0.0, 1800.0), "multiples": (3.0, 30.0), "knob_values": 4, "policies": POLICIES}


@pytest.fixture(scope="module")
def replay() -> Replay:
    return replay_on(daily_traffic(20), SERVICE, model_type="smoothing")


@pytest.fixture(scope="module")
def grid(replay: Replay) -> SavingsMap:
    return savings_map_of(replay, **CHOICE)


def objectives(replay: Replay, policy: str, price: float) -> tuple[float, float]:
    """(on the tuning days, on the evaluation days) of the setting with the least objective on the former."""
    tuning, test = replay.scenarios(policy)
    found = []
    for setting in settings_of(test, policy, CHOICE["knob_values"]):
        totals = [run(one, configured(one, policy, **setting)).totals for one in (tuning, test)]
        found.append(tuple(one.cost + price * one.unmet_requests for one in totals))
    return min(found, key=lambda pair: pair[0])


def test_each_cell_is_what_policies_tuned_one_by_one_come_to(replay: Replay, grid: SavingsMap) -> None:
    for seconds, row in zip(grid.boot_seconds, grid.cells, strict=True):
        booting = replace(replay, service=replace(SERVICE, boot_seconds=seconds))
        for price, cell in zip(grid.lost_request_prices, row, strict=True):
            found = {name: objectives(booting, name, price) for name in POLICIES}
            rule = min(policy_names.REACTIVE_RULES[:2], key=lambda name: found[name][0])
            driven = min(policy_names.PRICED, key=lambda name: found[name][0])
            assert (cell.rule, cell.driven) == (rule, driven)
            assert cell.best == min(found, key=lambda name: found[name][0])
            assert cell.saving.saving == pytest.approx(1 - found[driven][1] / found[rule][1])
            assert cell.saving.low <= cell.saving.saving <= cell.saving.high


def test_prices_are_multiples_of_what_serving_a_request_costs(grid: SavingsMap) -> None:
    assert grid.serving_price == pytest.approx(0.096 / 60 / 4)
    assert grid.lost_request_prices == pytest.approx([3 * grid.serving_price, 30 * grid.serving_price])


def test_a_currency_changes_nothing(replay: Replay, grid: SavingsMap) -> None:
    dearer = savings_map_of(replace(replay, service=replace(SERVICE, price_per_hour=9.6)), **CHOICE)
    for row, other in zip(grid.cells, dearer.cells, strict=True):
        assert [cell.best for cell in row] == [cell.best for cell in other]
        savings = [[cell.saving.saving for cell in cells] for cells in (row, other)]
        np.testing.assert_allclose(*savings, rtol=1e-5)


def test_neither_the_objective_nor_a_price_of_a_lost_request_changes_the_grid(replay: Replay, grid: SavingsMap) -> None:
    assert savings_map_of(replace(replay, service=replace(SERVICE, lost_request_price=7.0)), **CHOICE) == grid


def test_a_start_up_time_that_the_days_do_not_allow_is_left_out(replay: Replay) -> None:
    told = []
    found = savings_map_of(replay, **{**CHOICE, "start_ups": (0.0, 30 * 86_400.0)}, progress=told.append)
    assert found.boot_seconds == (0.0,)
    assert told == [0.5]


def test_what_costs_nothing_has_no_grid(replay: Replay) -> None:
    with pytest.raises(InputError) as caught:
        savings_map_of(replace(replay, service=replace(SERVICE, price_per_hour=0.0)), **CHOICE)
    assert caught.value.errors[0].field == "service.price_per_hour"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (900.0, (0.0, 900.0, 1800.0, 3600.0)),
        (100.0, (0.0, 100.0, 1800.0, 3600.0)),
        (7200.0, (0.0, 60.0, 1800.0, 3600.0, 7200.0)),
    ],
)
def test_boot_times_of_quarter_hours_differ_by_a_step(replay: Replay, own: float, expected: tuple) -> None:
    assert start_up_times(replace(replay, service=replace(SERVICE, boot_seconds=own))) == expected


def test_boot_times_of_minutes_are_few_and_have_the_services_own() -> None:
    for own in (120.0, 3000.0):
        replay = replay_on(daily_traffic(6, bin_seconds=60), replace(SERVICE, boot_seconds=own), model_type="smoothing")
        found = start_up_times(replay)
        assert len(found) == 6
        assert own in found
        assert list(found) == sorted(found)
        assert max(found) <= max(own, 900.0)
