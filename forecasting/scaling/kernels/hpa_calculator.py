"""How many replicas a utilization target needs: the calculator of the Kubernetes Horizontal Pod Autoscaler, version 2.

After pkg/controller/podautoscaler/replica_calculator.go of kubernetes/kubernetes.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import LARGEST, Pods, Tolerance
from forecasting.scaling.kernels.jit import part


@part
def rounded_up(replicas: float) -> int:
    """Round up to a whole number that 32 bits can hold."""
    return int(min(np.ceil(replicas), LARGEST))


@part
def within(ratio: float, tolerance: Tolerance) -> bool:
    """Return whether a ratio is too near to 1 to act on, bounds included: at exactly 1 + 0.1 nothing happens."""
    return 1.0 - tolerance.down <= ratio <= 1.0 + tolerance.up


@part
def scaled(current: int, ratio: float, pods: int, tolerance: Tolerance) -> int:
    """Return the replicas if every pod that matters is ready and measured."""
    if within(ratio, tolerance):
        return current
    return rounded_up(ratio * pods)


@part
def rescaled(current: int, ratio: float, again: float, counted: int, tolerance: Tolerance) -> int:
    """Return the replicas with pods without a metric put back: a changed direction leaves the current number."""
    if within(again, tolerance) or (ratio < 1.0 < again) or (again < 1.0 < ratio):
        return current
    replicas = rounded_up(again * counted)
    if (again < 1.0 and replicas > current) or (again > 1.0 and replicas < current):
        return current
    return replicas


@part
def resource_replicas(
    current: int, ready: Pods, unready: Pods, missing: Pods, target_percent: int, tolerance: Tolerance
) -> int:
    """Return the replicas for a utilisation, which Kubernetes cuts to whole percent.

    `unready` pods count with no usage if the ready ones need more; `missing` pods (no metric) count with no usage
    then, and with `missing.usage` if the ready ones need less.
    """
    ratio = np.floor(100.0 * ready.usage / ready.request) / target_percent
    with_unready = unready.number > 0 and ratio > 1.0
    if not with_unready and missing.number == 0:
        return scaled(current, ratio, ready.number, tolerance)
    usage, request, counted = ready.usage, ready.request, ready.number
    if ratio != 1.0:
        usage += missing.usage if ratio < 1.0 else 0.0
        request += missing.request
        counted += missing.number
    if with_unready:
        request += unready.request
        counted += unready.number
    again = np.floor(100.0 * usage / request) / target_percent
    return rescaled(current, ratio, again, counted, tolerance)
