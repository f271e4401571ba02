"""Pods and their usage against replica_calculator_test.go of kubernetes/kubernetes."""

from __future__ import annotations

import pytest

from forecasting.scaling.kernels.inputs import Tolerance
from tests.forecasting.scaling.kernels.hpa import (
    DEFAULT_TOLERANCE,
    FAILED,
    PENDING,
    SUCCEEDED,
    Pod,
    for_resource,
)


def pods_of(count: int, *, unready: tuple[int, ...] = (), requests: list[int | None] | None = None) -> list[Pod]:
    """Running pods named by number, with requests of 1000 m where none are given."""
    requests = requests or [1000] * count
    return [Pod(str(i), requests[i], ready=i not in unready) for i in range(count)]


def by_name(*values: float) -> dict[str, float]:
    return {str(i): value for i, value in enumerate(values)}


UPSTREAM_RESOURCE = {
    "ScaleUp": (3, pods_of(3), by_name(300, 500, 700), 30, 5),
    "ScaleUpUnreadyLessScale": (3, pods_of(3, unready=(0,)), by_name(300, 500, 700), 30, 4),
    "ScaleUpUnreadyNoScale": (3, pods_of(3, unready=(1, 2)), by_name(400, 500, 700), 30, 3),
    "ScaleUpIgnoresFailedPods": (
        2,
        [*pods_of(2), Pod("2", 1000, FAILED), Pod("3", 1000, FAILED)],
        by_name(500, 700),
        30,
        4,
    ),
    "ScaleDown": (5, pods_of(5), by_name(100, 300, 500, 250, 250), 50, 3),
    "ScaleDownIncludeUnreadyPods": (5, pods_of(5, unready=(3, 4)), by_name(100, 300, 500, 250, 250), 50, 2),
    "ScaleDownExcludeUnscheduledPods": (
        5,
        [*pods_of(1), *(Pod(str(i), 1000, PENDING) for i in range(1, 5))],
        by_name(100),
        50,
        1,
    ),
    "Tolerance": (3, pods_of(3, requests=[900, 1000, 1100]), by_name(1010, 1030, 1020), 100, 3),
    "MissingMetrics": (4, pods_of(4), by_name(400, 95), 100, 3),
    "MissingMetricsNoChangeEq": (2, pods_of(2), by_name(1000), 100, 2),
    "MissingMetricsNoChangeGt": (2, pods_of(2), by_name(1900), 100, 2),
    "MissingMetricsNoChangeLt": (2, pods_of(2), by_name(600), 100, 2),
    "MissingMetricsUnreadyScaleUp": (3, pods_of(3, unready=(0,)), by_name(100, 2000), 50, 4),
    "MissingMetricsUnreadyScaleDown": (4, pods_of(4, unready=(0,)), by_name(100, 100, 100), 50, 3),
    "SuperfluousMetrics": (4, pods_of(4), by_name(4000, 9500, 3000, 7000, 3200, 2000), 100, 24),
    "EmptyMetrics": (4, pods_of(4), {}, 100, None),
    "EmptyCPURequest": (1, pods_of(1, requests=[None]), by_name(200), 100, None),
}


@pytest.mark.parametrize(
    ("current", "pods", "usage", "target", "expected"), UPSTREAM_RESOURCE.values(), ids=UPSTREAM_RESOURCE
)
def test_resource_metrics_as_upstream(current, pods, usage, target, expected) -> None:
    assert for_resource(current, pods, usage, target) == expected


def for_ten(usage: int, request: int, tolerance: Tolerance = DEFAULT_TOLERANCE) -> int | None:
    """Replicas for ten equal pods, each of which should use all that it requests."""
    return for_resource(10, pods_of(10, requests=[request] * 10), by_name(*[usage] * 10), 100, tolerance)


@pytest.mark.parametrize(("tasks", "expected"), [(41, 10), (42, 10), (43, 10), (44, 10), (45, 12)])
def test_the_tolerance_swallows_a_tenth(tasks: int, expected: int) -> None:
    """kubernetes/kubernetes#116984: 4 tasks a pod, 10 pods."""
    assert for_ten(tasks, 40) == expected
    assert for_ten(tasks, 40, Tolerance(0.0, 0.0)) == -(-tasks // 4)


@pytest.mark.parametrize(("percent", "expected"), [(110, 10), (111, 12), (90, 10), (89, 9)])
def test_the_bounds_of_the_tolerance_belong_to_it(percent: int, expected: int) -> None:
    assert for_ten(percent, 100) == expected


def test_directions_may_have_tolerances_of_their_own() -> None:
    assert [for_ten(percent, 100, Tolerance(down=0.3, up=0.0)) for percent in (70, 69, 100, 101)] == [10, 7, 10, 11]


@pytest.mark.parametrize("pod", [Pod("2", phase=SUCCEEDED), Pod("2", phase=FAILED), Pod("2", terminating=True)])
def test_pods_that_end_do_not_count(pod: Pod) -> None:
    pods = [Pod("0"), Pod("1"), pod]
    assert for_resource(2, pods, by_name(1, 1, 1), 50) == 4


def test_readiness_matters_to_cpu_alone() -> None:
    pods, usage = pods_of(2, unready=(1,)), by_name(300, 400)
    assert for_resource(2, pods, usage, 50, is_cpu=True) == 1
    assert for_resource(2, pods, usage, 50, is_cpu=False) == 2


def test_without_requests_in_sum_there_is_no_utilisation() -> None:
    assert for_resource(1, [Pod("0", 0.0)], by_name(1), 50) is None
