"""Pods and metrics against replica_calculator_test.go and horizontal_test.go of kubernetes/kubernetes."""

from __future__ import annotations

import pytest

from forecasting.scaling.kernels.inputs import Tolerance
from tests.forecasting.scaling.kernels.hpa import (
    FAILED,
    PENDING,
    SUCCEEDED,
    Pod,
    combined,
    for_average_value,
    for_pods_metric,
    for_resource,
    for_value,
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


@pytest.mark.parametrize(
    ("proposal", "expected"),
    [
        pytest.param(lambda: for_pods_metric(3, pods_of(3), by_name(20, 10, 30), 15), 4, id="ScaleUpCM"),
        pytest.param(lambda: for_pods_metric(1, pods_of(1), by_name(8.6), 4.4), 2, id="ScaleUpCMExternal"),
        pytest.param(lambda: for_value(1, pods_of(1), 8.6, 4.4), 2, id="ScaleUpCMExternal by value"),
        pytest.param(
            lambda: for_value(3, pods_of(3, unready=(1, 2)), 8.6, 4.4), 2, id="ScaleUpCMExternalIgnoresUnreadyPods"
        ),
        pytest.param(lambda: for_average_value(3, 8.6, 2.15), 4, id="ScaleUpPerPodCMExternal"),
        pytest.param(lambda: for_average_value(5, 8.6, 2.867), 3, id="ScaleDownPerPodCMExternal"),
        pytest.param(lambda: for_average_value(3, 8.6, 2.9), 3, id="TolerancePerPodCMExternal"),
    ],
)
def test_other_metrics_as_upstream(proposal, expected) -> None:
    assert proposal() == expected


@pytest.mark.parametrize(("tasks", "expected"), [(41, 10), (42, 10), (43, 10), (44, 10), (45, 12)])
def test_the_tolerance_swallows_a_tenth(tasks: int, expected: int) -> None:
    """kubernetes/kubernetes#116984: 4 tasks a pod, 10 pods."""
    assert for_average_value(10, tasks, 4) == expected
    assert for_average_value(10, tasks, 4, Tolerance(0.0, 0.0)) == -(-tasks // 4)


@pytest.mark.parametrize(("value", "expected"), [(11.0, 10), (11.001, 12), (9.0, 10), (8.999, 9)])
def test_the_bounds_of_the_tolerance_belong_to_it(value: float, expected: int) -> None:
    assert for_average_value(10, value, 1) == expected
    assert for_value(10, pods_of(10), value, 10) == expected


def test_directions_may_have_tolerances_of_their_own() -> None:
    assert [for_average_value(10, value, 1, Tolerance(down=0.3, up=0.0)) for value in (7, 6.9, 10, 10.1)] == [
        10,
        7,
        10,
        11,
    ]


def test_a_value_multiplies_the_ready_pods_where_an_average_does_not() -> None:
    assert for_value(10, pods_of(10), 14, 1) == 140
    assert for_average_value(10, 14, 1) == 14


def test_from_zero_replicas_there_is_no_tolerance() -> None:
    assert for_value(0, [], 1.05, 1) == 2
    assert for_value(0, [], 0, 1) == 0
    assert for_average_value(0, 1.05, 1) == 2
    assert for_average_value(0, 0, 1) == 0


def test_a_value_without_pods_is_an_error_while_replicas_are_wanted() -> None:
    assert for_value(2, [], 1, 1) is None


@pytest.mark.parametrize("pod", [Pod("2", phase=SUCCEEDED), Pod("2", phase=FAILED), Pod("2", terminating=True)])
def test_pods_that_end_do_not_count(pod: Pod) -> None:
    pods = [Pod("0"), Pod("1"), pod]
    assert for_resource(2, pods, by_name(1, 1, 1), 50) == 4
    assert for_pods_metric(2, pods, by_name(2, 2, 200), 1) == 4


def test_readiness_matters_to_cpu_alone() -> None:
    pods, usage = pods_of(2, unready=(1,)), by_name(300, 400)
    assert for_resource(2, pods, usage, 50, is_cpu=True) == 1
    assert for_resource(2, pods, usage, 50, is_cpu=False) == 2
    assert for_pods_metric(2, pods, by_name(10, 20), 5) == 6


def test_pods_metric_fills_missing_values() -> None:
    two_of_three = by_name(30, 30)
    assert for_pods_metric(3, pods_of(3), two_of_three, 15) == 4, "above the target the third has 0"
    assert for_pods_metric(3, pods_of(3), two_of_three, 60) == 2, "below it the third meets the target"
    assert for_pods_metric(3, pods_of(3), two_of_three, 25) == 3, "and where that turns the direction, nothing happens"
    pending = [*pods_of(2), Pod("2", phase=PENDING)]
    assert for_pods_metric(3, pending, two_of_three, 15) == 4
    assert for_pods_metric(3, pending, two_of_three, 60) == 1
    assert for_pods_metric(3, pods_of(3), {}, 15) is None


def test_without_requests_in_sum_there_is_no_utilisation() -> None:
    assert for_resource(1, [Pod("0", 0.0)], by_name(1), 50) is None


@pytest.mark.parametrize(
    ("proposals", "expected"),
    [
        ([3, 7, 5], 7),
        ([3, 4], 4),
        ([5, 5], 5),
        ([None, 7], 7),
        ([5, None], 5),
        ([4, None], None),
        ([None, None], None),
        ([], None),
    ],
)
def test_of_several_metrics_the_largest_counts_and_an_error_forbids_fewer(proposals, expected) -> None:
    assert combined(5, proposals) == expected
