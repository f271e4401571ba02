"""Digests: what a page draws is what the comparison holds, and it is JSON."""

from __future__ import annotations

import json

import numpy as np
import orjson
import pytest

from forecasting.errors import InputError
from forecasting.scaling.comparison.page_payload import page_payload
from forecasting.scaling.comparison.replica_pair import packed, replica_pair_of, unpacked
from forecasting.scaling.comparison.results import QUICK, CompareResult, compare_result
from forecasting.scaling.config.request import ScalingRequest
from tests.forecasting.traffic import daily_traffic

NAMES = ("reactive:tuned", "predictive:tuned")
SERVICE = {"capacity_per_minute": 4.0, "demand_multiplier": 2.0}


@pytest.fixture(scope="module")
def found() -> CompareResult:
    return compare_result(ScalingRequest(series=daily_traffic(15), model_type="smoothing", service=SERVICE), **QUICK)


@pytest.fixture(scope="module")
def made(found: CompareResult) -> dict:
    """As it comes back from where it was kept."""
    return orjson.loads(orjson.dumps(page_payload(found), option=orjson.OPT_SERIALIZE_NUMPY))


def test_a_digest_is_plain_json(found: CompareResult) -> None:
    assert json.loads(json.dumps(page_payload(found), allow_nan=False)) == page_payload(found)


def test_it_says_what_the_study_says(found: CompareResult, made: dict) -> None:
    said = orjson.loads(orjson.dumps(found.to_dict()))
    rows = [{name: row[name] for name in said["policies"][0]} for row in made["policies"]]
    assert rows == said["policies"]
    assert {name: made[name] for name in said if name != "policies"} == {
        n: v for n, v in said.items() if n != "policies"
    }
    assert made["brief"]["sentence"].startswith("At most 1 % of requests unmet: ")
    assert [row["family"] for row in made["policies"]] == [row.family for row in found.comparison.rows]


def test_an_edge_has_no_setting_that_another_beats(found: CompareResult, made: dict) -> None:
    for name, swept in found.comparison.sweeps.items():
        edge = made["edges"][name]
        assert edge["share"] == sorted(edge["share"])
        assert edge["cost"] == sorted(edge["cost"], reverse=True)
        assert min(edge["cost"]) == pytest.approx(swept.column("cost").min(), rel=1e-5)


def test_replicas_come_back_as_they_were(found: CompareResult, made: dict) -> None:
    for row in found.comparison.rows:
        unpacked_run = unpacked(made["runs"][row.policy], found.comparison.replay.series.bin_seconds)
        np.testing.assert_array_equal(unpacked_run, row.outcome.run.ready)
    some = np.array([0, 1, 10_000, 5.25, 5, 5.75])
    np.testing.assert_array_equal(unpacked(packed(some, 60), 60), some)


def test_a_pair_is_both_runs_beside_what_came(found: CompareResult, made: dict) -> None:
    series, trace = found.comparison.replay.series, found.comparison.replay.test.trace
    pair = replica_pair_of(made, series, NAMES)
    np.testing.assert_array_equal(pair.wall_seconds, series.wall[trace.first : trace.end])
    np.testing.assert_array_equal(pair.demand, trace.demand)
    np.testing.assert_array_equal(pair.needed, trace.needed)
    for name, drawn, hours in zip(NAMES, (pair.first, pair.second), pair.hours, strict=True):
        ready = found.comparison.row(name).outcome.run.ready
        np.testing.assert_array_equal(drawn, ready)
        assert hours == pytest.approx(ready.sum() / 4)


def test_a_part_of_the_days_is_that_part(found: CompareResult, made: dict) -> None:
    series, trace = found.comparison.replay.series, found.comparison.replay.test.trace
    wall = series.wall[trace.first : trace.end]
    pair = replica_pair_of(made, series, NAMES, (int(wall[10]) - 1, int(wall[30])))
    np.testing.assert_array_equal(pair.wall_seconds, wall[10:30])
    np.testing.assert_array_equal(pair.demand, trace.demand[10:30])
    whole = replica_pair_of(made, series, NAMES, (0, 2**40))
    assert len(whole.demand) == len(trace)


@pytest.mark.parametrize("span", [(0, 1), (2**40, 2**41), (5, 5)])
def test_a_range_beside_the_evaluation_days_shows_the_nearest_step(
    found: CompareResult, made: dict, span: tuple
) -> None:
    assert len(replica_pair_of(made, found.comparison.replay.series, NAMES, span).demand) == 1


def test_of_many_steps_the_highest_stands_for_several(found: CompareResult, made: dict) -> None:
    trace = found.comparison.replay.test.trace
    pair = replica_pair_of(made, found.comparison.replay.series, NAMES, most=50)
    assert len(pair.demand) <= 50
    several = pair.steps_a_point
    np.testing.assert_array_equal(pair.demand[0], trace.demand[:several].max())
    ready = found.comparison.row(NAMES[0]).outcome.run.ready
    assert pair.first.max() == ready.max()
    assert pair.hours[0] == pytest.approx(ready.sum() / 4), "hours are of every step"


def test_an_unknown_policy_is_named(found: CompareResult, made: dict) -> None:
    with pytest.raises(InputError, match="policy must be one of reactive:default") as caught:
        replica_pair_of(made, found.comparison.replay.series, ("guess", NAMES[0]))
    assert caught.value.errors[0].field == "policy"
