"""How many replicas a metric asks for: the calculator of the Kubernetes Horizontal Pod Autoscaler, version 2.

After pkg/controller/podautoscaler/replica_calculator.go of kubernetes/kubernetes.
"""

from __future__ import annotations

import numpy as np

from forecasting.scaling.kernels.inputs import LARGEST
from forecasting.scaling.kernels.jit import part


@part
def rounded_up(replicas):
    """ceil as a whole number that 32 bits can hold."""
    return int(min(np.ceil(replicas), LARGEST))


@part
def within(ratio, tolerance):
    """Whether a ratio is too near to 1 to act on. The bounds belong to it: at exactly 1 + 0.1 nothing happens."""
    return 1.0 - tolerance.down <= ratio <= 1.0 + tolerance.up


@part
def scaled(current, ratio, pods, tolerance):
    """Replicas where every pod that matters is ready and measured."""
    if within(ratio, tolerance):
        return current
    return rounded_up(ratio * pods)


@part
def rescaled(current, ratio, again, counted, tolerance):
    """Replicas after pods without a metric were put back: a changed direction keeps the current number."""
    if within(again, tolerance) or (ratio < 1.0 < again) or (again < 1.0 < ratio):
        return current
    replicas = rounded_up(again * counted)
    if (again < 1.0 and replicas > current) or (again > 1.0 and replicas < current):
        return current
    return replicas


@part
def resource_replicas(current, ready, unready, missing, target_percent, tolerance):
    """Replicas for a utilisation, which Kubernetes cuts to whole percent.

    `unready` pods count with no usage when the ready ones ask for more; `missing` pods (no metric) count with no
    usage then, and with `missing.usage` when the ready ones ask for less.
    """
    ratio = np.floor(100.0 * ready.usage / ready.request) / target_percent
    with_unready = unready.count > 0 and ratio > 1.0
    if not with_unready and missing.count == 0:
        return scaled(current, ratio, ready.count, tolerance)
    usage, request, counted = ready.usage, ready.request, ready.count
    if ratio != 1.0:
        usage += missing.usage if ratio < 1.0 else 0.0
        request += missing.request
        counted += missing.count
    if with_unready:
        request += unready.request
        counted += unready.count
    again = np.floor(100.0 * usage / request) / target_percent
    return rescaled(current, ratio, again, counted, tolerance)


@part
def pods_metric_replicas(current, ready, unready_count, missing_count, target, tolerance):
    """Replicas for a metric whose average over the pods (cut to a whole number) should meet the target."""
    ratio = np.floor(ready.usage / ready.count) / target
    with_unready = unready_count > 0 and ratio > 1.0
    if not with_unready and missing_count == 0:
        return scaled(current, ratio, ready.count, tolerance)
    usage = ready.usage + (missing_count * target if ratio < 1.0 else 0.0)
    counted = ready.count + missing_count + (unready_count if with_unready else 0)
    again = np.floor(usage / counted) / target
    return rescaled(current, ratio, again, counted, tolerance)


@part
def value_replicas(current, ready_count, value, target, tolerance):
    """Replicas for `metricType: Value`: relative to the ready pods; from zero replicas without a tolerance."""
    if current == 0:
        return rounded_up(value / target)
    return scaled(current, value / target, ready_count, tolerance)


@part
def average_value_replicas(current, value, target, tolerance):
    """Replicas for `metricType: AverageValue`: the tolerance looks at the current number, the result does not."""
    if current > 0 and within(value / (target * current), tolerance):
        return current
    return rounded_up(value / target)
