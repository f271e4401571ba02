"""What is planned: a recommendation's plan with what came before it and, of a past moment, what came then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.formatting import duration

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


def planned(question: ScalingRequest, found: Recommendation) -> Planned:
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


def finding_of(shown: Planned) -> str:
    """What the plan is worth, in a sentence without its end: whether the quantile is carried, and if not, why."""
    level = f"the {100 * shown.share:.3g} % quantile"
    lacking = np.flatnonzero(shown.quantile > shown.capacity * shown.replicas)
    lead = shown.found.lead_seconds // shown.found.bin_seconds
    if not len(lacking):
        return f"The plan carries {level} of demand for the next {duration(len(shown.wall) * shown.found.bin_seconds)}"
    if lacking[-1] < lead - 1:
        return f"What runs now may not do until {_clock(shown.wall[lead - 1])}, when what is ordered now serves"
    first = lacking[lacking >= lead - 1][0]
    most = shown.service.max_replicas
    if shown.replicas[first] >= most:
        return f"{most:,} replicas, the most that are allowed, may not do from {_clock(shown.wall[first])} on"
    return f"Demand may exceed the plan from {_clock(shown.wall[first])} on: {level} lies above it"


def _clock(wall_second: int) -> str:
    return str(np.datetime64(int(wall_second), "s"))[11:16]
