"""What a cluster polls: fresh or not at all, and a demand that divides into what was asked for."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from forecasting.errors import HistoryTooShort, NotReady
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.live import live
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

SERVICE = {"capacity_per_minute": 10, "boot_seconds": 600, "max_replicas": 100, "target_utilisation": 0.8}


@pytest.fixture(scope="module")
def question(nasa: Series) -> ScalingRequest:
    return ScalingRequest(series=nasa, timeframe="15m", service=SERVICE, current_replicas=5)


@pytest.mark.parametrize("policy", ["predictive", "hybrid", "reactive", "fixed"])
@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_its_demand_divided_by_its_capacity_is_what_was_proposed(
    question: ScalingRequest, policy: str, hour: int
) -> None:
    found = live(replace(question, policy=policy), moment_of(f"1995-08-28 {hour:02}:07", None))
    assert math.ceil(found.demand_rps / found.capacity_rps) == found.recommendation.proposed
    assert found.capacity_rps == pytest.approx(0.8 * 10 / 60)


def test_only_bins_that_are_over_count(question: ScalingRequest) -> None:
    early, late = (live(question, moment_of(f"1995-08-28 12:{minute}", None)) for minute in ("00", "14"))
    assert early.recommendation == late.recommendation
    assert early.valid_until == moment_of("1995-08-28 12:30", None)
    assert live(question, moment_of("1995-08-28 12:15", None)).recommendation.origin == moment_of(
        "1995-08-28 12:00", None
    )


def test_two_bins_after_the_last_known_one_it_is_stale(question: ScalingRequest, nasa: Series) -> None:
    assert live(question, nasa.end + 1800).recommendation.origin == nasa.end - 900
    with pytest.raises(NotReady, match="31 min ago: too old"):
        live(question, nasa.end + 1860)
    with pytest.raises(NotReady, match="1 d ago"):
        live(question, nasa.end + 86_400)


def test_an_outage_is_stale_too(question: ScalingRequest) -> None:
    with pytest.raises(NotReady, match="too old"):
        live(question, moment_of("1995-08-02 12:00", None))


def test_before_the_first_bin_there_is_nothing(question: ScalingRequest) -> None:
    with pytest.raises(HistoryTooShort) as caught:
        live(question, moment_of("1995-07-01 00:05", None))
    assert caught.value.errors[0].field == "as_of"


def test_the_service_proposed_is_that_of_the_whole_data_set_at_every_moment(question: ScalingRequest) -> None:
    """Else a cluster would see another capacity with every bin that comes."""
    guessed = replace(question, service={"boot_seconds": 600})
    found = [live(guessed, moment_of(f"1995-0{day} 12:00", None)) for day in ("7-05", "8-28")]
    usable = guessed.scaled_service.capacity_rps
    for one in found:
        assert one.capacity_rps == usable
        assert math.ceil(one.demand_rps / usable) == one.recommendation.proposed
        assert any("No capacity was given" in warning for warning in one.recommendation.warnings)


def test_asking_again_within_a_bin_answers_the_same_and_a_new_bin_is_seen(question: ScalingRequest) -> None:
    """What was forecast is kept with the bins that are over."""
    times = [moment_of(f"1995-08-28 {text}", None) for text in ("12:01", "12:01", "12:14", "12:16", "12:01")]
    found = [live(question, time).recommendation for time in times]
    assert found[0] == found[1] == found[2] == found[4]
    assert found[3].origin == found[0].origin + 900
    assert found[3].quantile != found[0].quantile
