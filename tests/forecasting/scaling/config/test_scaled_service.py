"""The service being scaled: limits, messages, presets."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.scaling.config.scaled_service import DEFAULT_BOOT_SECONDS, ScaledService, preset
from forecasting.timeseries.series import Series


def service_of(**given) -> ScaledService:
    return ScaledService.of({"capacity_per_minute": 600, **given})


def series_of(counts, bin_seconds=60) -> Series:
    return Series("made", bin_seconds, 0, np.asarray(counts, dtype=float))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("capacity_per_minute", 0, "a number above 0"),
        ("capacity_per_minute", -3, "a number above 0"),
        ("capacity_per_minute", float("nan"), "a finite number"),
        ("capacity_per_minute", float("inf"), "a finite number"),
        ("capacity_per_minute", "60", "a number above 0"),
        ("capacity_per_minute", True, "a number above 0"),
        ("capacity_rps", 0, "a number above 0"),
        ("capacity_rps", 5, "give one of them"),
        ("capacity_rps", "x", "a number above 0"),
        ("min_replicas", -1, "an integer from 0 to 10,000"),
        ("min_replicas", 1.5, "an integer from 0 to 10,000"),
        ("min_replicas", 101, "at most max_replicas, 100"),
        ("max_replicas", 10_001, "an integer from 1 to 10,000"),
        ("boot_seconds", -1, "a number of at least 0"),
        ("image_seconds", [], "a number of at least 0"),
        ("price_per_hour", -0.1, "a number of at least 0"),
        ("launch_cost", -1, "a number of at least 0"),
        ("minimum_billed_seconds", -1, "a number of at least 0"),
        ("lost_request_price", -1, "a number of at least 0"),
        ("target_utilisation", 0, "a number above 0 and at most 1"),
        ("target_utilisation", 1.2, "a number above 0 and at most 1"),
        ("demand_multiplier", 0, "a number above 0"),
        ("bill_booting", 1, "true or false"),
        ("bot_seconds", 1, "not a known field"),
    ],
)
def test_a_wrong_field_is_named(field, value, words):
    with pytest.raises(InputError, match=words) as caught:
        service_of(**{field: value})
    assert [error.field for error in caught.value.errors] == [field]


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(InputError) as caught:
        ScaledService.of({"capacity_rps": -1, "price_per_hour": -1, "max_replicas": 0, "what": 1})
    assert {error.field for error in caught.value.errors} == {"capacity_rps", "price_per_hour", "max_replicas", "what"}
    with pytest.raises(InputError) as caught:
        ScaledService(capacity_per_minute=0, boot_seconds=-1)
    assert [error.field for error in caught.value.errors] == ["capacity_per_minute", "boot_seconds"]


def test_a_capacity_is_needed():
    with pytest.raises(InputError, match="capacity_per_minute is missing"):
        ScaledService.of({"boot_seconds": 10})


def test_capacity_may_be_written_per_second_and_none_is_not_given():
    service = ScaledService.of({"capacity_rps": 2.5, "boot_seconds": None, "max_replicas": 7.0})
    assert service.capacity_per_minute == 150
    assert service.capacity_per_step(300) == 750
    assert service.boot_seconds == DEFAULT_BOOT_SECONDS
    assert isinstance(service.max_replicas, int)
    assert ScaledService.of(service.to_dict()) == service


def test_boot_is_the_sum_of_its_parts():
    parts = {"metric_lag_seconds": 15, "poll_seconds": 30, "schedule_seconds": 5, "image_seconds": 40}
    service = service_of(**parts, ready_seconds=31)
    assert service.boot_seconds == 121
    assert service.boot_steps(60) == 3
    assert service_of(**parts, boot_seconds=90).boot_seconds == 90
    with pytest.raises(InputError, match="the sum of its parts, 90"):
        service_of(**parts, boot_seconds=80)


@pytest.mark.parametrize(("boot", "steps"), [(0, 0), (1, 1), (60, 1), (61, 2), (240, 4)])
def test_boot_rounds_up_to_whole_steps(boot, steps):
    assert service_of(boot_seconds=boot).boot_steps(60) == steps


def test_need_follows_the_target_and_is_at_least_one():
    service = ScaledService.of({"capacity_per_minute": 10, "target_utilisation": 0.5})
    needed = service.replicas_needed(np.array([0, 5, 5.1, np.nan, 50]), 60)
    np.testing.assert_array_equal(needed, [1, 1, 2, np.nan, 10])


def test_the_preset_needs_five_replicas_at_the_median_and_leaves_room_above_the_peak():
    series = series_of([10, 20, 31, np.nan, 40, 90], bin_seconds=300)
    service = preset(series)
    assert service.capacity_per_minute == pytest.approx(31 / 25, abs=0.05)
    assert service.replicas_needed(31.0, 300) == pytest.approx(5, abs=1)
    peak = service.replicas_needed(90.0, 300)
    assert service.max_replicas == np.ceil(1.5 * peak)


def test_the_preset_keeps_what_is_given():
    series = series_of([10, 20, 31, 40, 90])
    assert preset(series, {"max_replicas": 3}).max_replicas == 3
    assert preset(series, {"capacity_rps": 1, "demand_multiplier": 100}).capacity_per_minute == 60
    assert preset(series, {"capacity_rps": 1, "demand_multiplier": 100}).max_replicas == 225
    assert preset(series, {"min_replicas": 500}).max_replicas == 500
    assert preset(series, {"target_utilisation": 0.5}).capacity_per_minute == pytest.approx(12)
    with pytest.raises(InputError, match="min_replicas must be at most max_replicas, 3"):
        preset(series, {"min_replicas": 4, "max_replicas": 3})


@pytest.mark.parametrize("counts", [[0, 0, 0], [0, 0, 5], [7], [1e10, 2e10]])
def test_the_preset_of_odd_series_is_usable(counts):
    service = preset(series_of(counts))
    assert service.capacity_per_minute > 0
    assert 1 <= service.max_replicas <= 10_000


def test_the_preset_stays_below_the_limit_of_replicas():
    assert preset(series_of([1e6]), {"capacity_per_minute": 1}).max_replicas == 10_000


def test_an_unknown_series_has_no_preset():
    with pytest.raises(HistoryTooShort, match="no known bin"):
        preset(series_of([np.nan, np.nan]))
