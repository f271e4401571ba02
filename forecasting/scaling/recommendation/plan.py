"""The plan of a recommendation with the actuals before it and, for a past moment, those of the planned bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.formatting import duration
from forecasting.timeseries.timeframes import MINUTE

BINS_BEFORE = 3
"""Horizons that are shown before the origin."""


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan in arrays; demand in requests per bin, times are left edges in wall seconds.

    `past_*` (p,) ends with the origin; the rest (h,) follows it. `actual` is NaN if it is unknown, or not yet known.
    `capacity` is what a replica can serve in a bin, `share` the level of `quantile`.
    """

    recommendation: Recommendation
    service: ScaledService
    capacity: float
    past_wall: np.ndarray
    past_demand: np.ndarray
    wall: np.ndarray
    replicas: np.ndarray
    mean: np.ndarray
    quantile: np.ndarray
    actual: np.ndarray
    share: float


def planned(request: ScalingRequest, recommendation: Recommendation) -> Planned:
    """Return the plan of a recommendation, which was made for this request."""
    series, service, plan = request.binned, request.scaled_service, recommendation.plan
    origin = series.position(recommendation.origin)
    counts = series.requests_count * service.demand_multiplier
    seconds = np.array([bin.second for bin in plan], dtype=np.int64)
    first = max(0, origin + 1 - BINS_BEFORE * len(plan))
    actual = np.full(len(plan), np.nan)
    known = counts[origin + 1 : origin + 1 + len(plan)]
    actual[: len(known)] = known
    return Planned(
        recommendation,
        service,
        service.capacity_per_step(series.bin_seconds),
        series.wall[first : origin + 1],
        counts[first : origin + 1],
        wall_seconds(seconds, series.time_zone),
        np.array([bin.replicas for bin in plan]),
        np.array([bin.demand_yhat for bin in plan]),
        np.array([bin.demand_quantile for bin in plan]),
        actual,
        request.slo.level if recommendation.share is None else recommendation.share,
    )


def finding_of(shown: Planned) -> str:
    """Return whether the plan can serve the quantile of demand, and if not, why; a sentence without its full stop."""
    level = f"the {100 * shown.share:.3g} % quantile"
    lacking = np.flatnonzero(shown.quantile > shown.capacity * shown.replicas)
    lead = shown.recommendation.lead_seconds // shown.recommendation.bin_seconds
    if not len(lacking):
        length = duration(len(shown.wall) * shown.recommendation.bin_seconds)
        return f"The plan can serve {level} of demand for the next {length}"
    if lacking[-1] < lead - 1:
        # Within the last bin of the lead, as soon as the start-up time is over; to the minute.
        ready = _clock(shown.wall[0] + -(-shown.service.boot_seconds // MINUTE) * MINUTE)
        return f"The current replicas may be too few until {ready}, when newly started ones become ready"
    first = lacking[lacking >= lead - 1][0]
    most = shown.service.max_replicas
    if shown.replicas[first] >= most:
        return f"{most:,} replicas, the most allowed, may be too few from {_clock(shown.wall[first])} on"
    return f"Demand may exceed the plan from {_clock(shown.wall[first])} on: {level} lies above it"


def _clock(wall_second: float) -> str:
    return str(np.datetime64(int(wall_second), "s"))[11:16]
