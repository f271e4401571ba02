"""Replicas over the evaluation days, few enough points to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.scaling.comparison.compare import Comparison

MOST_STEPS = 15_000
"""Bins that are drawn one by one; if there are more, the highest of several stands for them."""


@dataclass(frozen=True, eq=False)
class ReplicaLine:
    """A line of bins: from each wall second on its value holds (NaN: unknown) until the next one."""

    name: str
    wall_seconds: np.ndarray
    replicas: np.ndarray


@dataclass(frozen=True)
class ReplicaLines:
    """Needed replicas, ready replicas of each policy, and how many bins one point stands for."""

    needed: ReplicaLine
    ready: tuple[ReplicaLine, ...]
    steps_a_point: int


def highest_of_groups(values: np.ndarray, together: int) -> np.ndarray:
    """Return the highest known one of each `together` values, float64, NaN if none is known."""
    return np.fmax.reduceat(values.astype(np.float64), np.arange(0, len(values), together))


def replica_lines(comparison: Comparison, policies: Sequence[str], most: int = MOST_STEPS) -> ReplicaLines:
    """Return the replicas needed, and those that rows of the comparison had ready, without repeated values."""
    trace = comparison.replay.test.trace
    together = -(-len(trace) // most)
    wall = trace.series.wall[trace.first : trace.end]

    def track(name: str, values: np.ndarray) -> ReplicaLine:
        firsts = np.arange(0, len(values), together)
        highest = highest_of_groups(values, together)
        changed = np.append(True, ~_equal(highest[1:], highest[:-1]))
        changed[-1] = True
        return ReplicaLine(name, wall[firsts][changed], highest[changed])

    ready = tuple(track(policy, comparison.row(policy).outcome.run.ready) for policy in policies)
    return ReplicaLines(track("needed", trace.needed), ready, together)


def _equal(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    return (after == before) | (np.isnan(after) & np.isnan(before))
