"""Tracks: replicas over the days judged, few enough points to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.scaling.comparison.compare import Comparison

MOST_STEPS = 15_000
"""Steps that are drawn one by one; of more, the highest of several stands for them."""


@dataclass(frozen=True, eq=False)
class ReplicaLine:
    """A line of steps: from each wall second on its value holds (NaN: unknown) until the next one."""

    name: str
    wall_seconds: np.ndarray
    replicas: np.ndarray


@dataclass(frozen=True)
class ReplicaLines:
    """What was needed, what each policy had ready, and how many steps one point stands for."""

    needed: ReplicaLine
    ready: tuple[ReplicaLine, ...]
    steps_a_point: int


def replica_lines(comparison: Comparison, policies: Sequence[str], most: int = MOST_STEPS) -> ReplicaLines:
    """The replicas that were needed, and those that rows of the comparison had ready, without repeated values."""
    trace = comparison.replay.test.trace
    together = -(-len(trace) // most)
    wall = trace.series.wall[trace.first : trace.end]

    def track(name: str, values: np.ndarray) -> ReplicaLine:
        firsts = np.arange(0, len(values), together)
        highest = np.fmax.reduceat(values.astype(np.float64), firsts)
        kept = np.append(True, ~_equal(highest[1:], highest[:-1]))
        kept[-1] = True
        return ReplicaLine(name, wall[firsts][kept], highest[kept])

    ready = tuple(track(policy, comparison.row(policy).outcome.run.ready) for policy in policies)
    return ReplicaLines(track("needed", trace.needed), ready, together)


def _equal(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    return (after == before) | (np.isnan(after) & np.isnan(before))
