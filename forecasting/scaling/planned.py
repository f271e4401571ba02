"""What is planned: a recommendation's plan with what came before it and, of a past moment, what came then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.clock import wall_seconds
from forecasting.scaling.questions import Question
from forecasting.scaling.recommendation import Recommendation
from forecasting.scaling.service import ScaledService

BINS_BEFORE = 3
"""Times the horizon that is shown before the origin."""


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan in arrays; demand in requests per bin, times are left edges in wall seconds.

    `past_*` (p,) ends with the origin; the rest (h,) follows it. `came` is NaN where it is not known, or not yet.
    `capacity` is what a replica can serve in a bin, `share` the level of `quantile`.
    """

    found: Recommendation
    service: ScaledService
    capacity: float
    past_wall: np.ndarray
    past_demand: np.ndarray
    wall: np.ndarray
    replicas: np.ndarray
    mean: np.ndarray
    quantile: np.ndarray
    came: np.ndarray
    share: float


def planned(question: Question, found: Recommendation) -> Planned:
    """The plan that a question was answered with."""
    series, service, plan = question.binned, question.scaled_service, found.plan
    origin = series.position(found.origin)
    counts = series.requests_count * service.demand_multiplier
    seconds = np.array([bin.second for bin in plan], dtype=np.int64)
    first = max(0, origin + 1 - BINS_BEFORE * len(plan))
    came = np.full(len(plan), np.nan)
    known = counts[origin + 1 : origin + 1 + len(plan)]
    came[: len(known)] = known
    return Planned(
        found,
        service,
        service.capacity_per_step(series.bin_seconds),
        series.wall[first : origin + 1],
        counts[first : origin + 1],
        wall_seconds(seconds, series.time_zone),
        np.array([bin.replicas for bin in plan]),
        np.array([bin.demand_yhat for bin in plan]),
        np.array([bin.demand_quantile for bin in plan]),
        came,
        question.slo.level if found.share is None else found.share,
    )
