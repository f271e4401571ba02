"""The behavior of an HPA: read as Kubernetes writes it, checked field by field, carried out by every policy."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.scaling.config.hpa_behavior import HpaBehavior, behavior_of_text, text_of_behavior
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.recommendation.recommend import recommend
from tests.forecasting.traffic import daily_traffic, with_counts

BLOCK = """
behavior:
  scaleUp:
    stabilizationWindowSeconds: 30
    selectPolicy: Min
    tolerance: 0.05
    policies:
      - {type: Pods, value: 2, periodSeconds: 60}
      - {type: Percent, value: 50, periodSeconds: 60}
  scaleDown:
    selectPolicy: Disabled
"""


def test_a_block_of_a_manifest_is_read_and_written_back() -> None:
    behavior = behavior_of_text(BLOCK)
    assert behavior is not None
    assert behavior.scale_up.select_policy == "Min"
    assert [(one.type, one.value, one.period_seconds) for one in behavior.scale_up.policies] == [
        ("Pods", 2, 60),
        ("Percent", 50, 60),
    ]
    assert behavior.scale_down.select_policy == "Disabled"
    assert behavior_of_text(text_of_behavior(behavior)) == behavior
    assert Configuration.of({"behavior": behavior.to_dict()}).behavior == behavior


@pytest.mark.parametrize("text", ["", "  \n"])
def test_no_text_is_no_behavior(text: str) -> None:
    assert behavior_of_text(text) is None
    assert text_of_behavior(None) == ""


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("scaleUp: {", "behavior"),
        ("3", "behavior"),
        ("scaleUp: {selectPolicy: Most}", "behavior.scale_up.select_policy"),
        ("scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 60}]}", "behavior.scale_up.policies.0.value"),
        ("scaleDown: {stabilizationWindowSeconds: 3601}", "behavior.scale_down.stabilization_window_seconds"),
        ("scaleDown: {tolerance: -0.1}", "behavior.scale_down.tolerance"),
        ("scaleSide: {}", "behavior.scale_side"),
    ],
)
def test_what_kubernetes_would_refuse_is_named(text: str, field: str) -> None:
    with pytest.raises(InputError) as caught:
        behavior_of_text(text)
    assert [error.field for error in caught.value.errors] == [field]


def recommended(level: float, **fields: object) -> int:
    """The replicas of the HPA after two hours with this many times 10 replicas' requests, from 10."""
    series = with_counts(daily_traffic(3), np.full(3 * 96, level * 10 * 0.7 * 4.0 * 15))
    service = asdict(ScaledService(capacity_per_minute=4.0, max_replicas=200, boot_seconds=60))
    return recommend(
        ScalingRequest(
            series=series, service=service, policy="reactive", model_type="smoothing", current_replicas=10, **fields
        )
    ).replicas


def given(direction: str, **fields: object) -> HpaBehavior:
    return Configuration.of({"behavior": {direction: fields}}).behavior


@pytest.mark.parametrize(
    ("level", "behavior", "replicas"),
    [
        (3.0, None, 20),
        (3.0, given("scale_up", policies=[{"type": "Pods", "value": 1, "period_seconds": 60}]), 11),
        (3.0, given("scale_up", select_policy="Disabled"), 10),
        (3.0, given("scale_up", select_policy="Min"), 14),
        (0.5, None, 5),
        (0.5, given("scale_down", policies=[{"type": "Percent", "value": 10, "period_seconds": 60}]), 9),
        (0.5, given("scale_down", select_policy="Disabled"), 10),
        (1.08, None, 10),
        (1.08, given("scale_up", tolerance=0.05), 11),
        (3.0, given("scale_up", tolerance=1.0, select_policy="Disabled"), 10),
    ],
)
def test_it_is_carried_out(level: float, behavior: HpaBehavior | None, replicas: int) -> None:
    assert recommended(level, behavior=behavior) == replicas


def test_its_window_takes_the_place_of_the_field() -> None:
    behavior = given("scale_down", stabilization_window_seconds=0)
    assert Configuration(behavior=behavior, scale_in_window_seconds=600).window_seconds == 0
    assert Configuration(scale_in_window_seconds=600).window_seconds == 600
