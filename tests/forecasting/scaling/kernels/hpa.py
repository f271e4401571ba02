"""What a Kubernetes HPA makes of a list of pods.

After groupPods in pkg/controller/podautoscaler/replica_calculator.go of kubernetes/kubernetes. A proposal is None where
a metric has an error there: no pods, no values, no requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from forecasting.scaling.kernels import hpa_calculator
from forecasting.scaling.kernels.inputs import Pods, Tolerance

DEFAULT_TOLERANCE = Tolerance(0.1, 0.1)
"""`--horizontal-pod-autoscaler-tolerance`, both directions."""

RUNNING, PENDING, SUCCEEDED, FAILED = "Running", "Pending", "Succeeded", "Failed"


@dataclass(frozen=True)
class Pod:
    """A pod as the HPA sees it: its phase, and its request of the measured resource (None: it has none).

    `ready` is False also for a pod within its initialization period that was not measured since it became ready.
    """

    name: str
    request: float | None = 1.0
    phase: str = RUNNING
    ready: bool = True
    terminating: bool = False


class Groups(NamedTuple):
    """Pods that count: measured ones, those that start, those without a value."""

    ready: list[Pod]
    unready: list[Pod]
    missing: list[Pod]


def grouped(pods: Sequence[Pod], values: Mapping[str, float], *, by_readiness: bool) -> Groups:
    """Sort pods by what is known of them; ended and terminating ones are left out.

    `by_readiness`: a running pod that is not ready counts as starting, which Kubernetes does for CPU only.
    """
    groups = Groups([], [], [])
    for pod in pods:
        if pod.terminating or pod.phase in (SUCCEEDED, FAILED):
            continue
        if pod.phase == PENDING:
            groups.unready.append(pod)
        elif pod.name not in values:
            groups.missing.append(pod)
        else:
            (groups.ready if pod.ready or not by_readiness else groups.unready).append(pod)
    return groups


def for_resource(
    current: int,
    pods: Sequence[Pod],
    usage: Mapping[str, float],
    target_percent: int,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
    *,
    is_cpu: bool = True,
) -> int | None:
    """Replicas for a utilisation target of a resource, from usage by pod name (same unit as requests).

    Values of pods that are not listed are left out.
    """
    groups = grouped(pods, usage, by_readiness=is_cpu)
    if not groups.ready or any(pod.request is None for pod in pods):
        return None
    ready, unready, missing = (_requested(group) for group in groups)
    if ready.request == 0:
        return None
    ready = ready._replace(usage=float(sum(usage[pod.name] for pod in groups.ready)))
    missing = missing._replace(usage=missing.request * max(100, target_percent) / 100.0)
    return hpa_calculator.resource_replicas(current, ready, unready, missing, target_percent, tolerance)


def _requested(pods: Sequence[Pod]) -> Pods:
    return Pods(len(pods), 0.0, float(sum(pod.request for pod in pods)))
