"""Traces: the demand of a span of a series as the scaled service meets it, and which of it is known when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting.errors import HistoryTooShort, InputError
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.inputs import World
from forecasting.scaling.kernels.proposals import last_known
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

STARTING_UTILISATION = 0.7
"""If no number of replicas is given, a trace begins with those that would run at this share of their capacity."""


@dataclass(frozen=True, eq=False)
class Trace:
    """Bins [first, end) of a series, a step each, scaled from `current_replicas` on.

    Raises HistoryTooShort if no bin is known.
    """

    series: Series
    service: ScaledService
    first: int
    end: int
    current_replicas: int

    def __post_init__(self) -> None:
        if not np.isfinite(self.demand).any():
            raise HistoryTooShort(f"{self.series.name} has no known bin in these days.")

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def step_seconds(self) -> int:
        """Seconds of a step: the series' bin."""
        return self.series.bin_seconds

    @property
    def boot_steps(self) -> int:
        """Whole steps of start-up time."""
        return self.service.boot_steps(self.step_seconds)

    @property
    def capacity(self) -> float:
        """Requests that a replica can serve in a step."""
        return self.service.capacity_per_step(self.step_seconds)

    @property
    def usable(self) -> float:
        """Requests that a replica should serve in a step at most."""
        return self.service.usable_per_step(self.step_seconds)

    @property
    def price(self) -> float:
        """What a running replica costs a step."""
        return self.service.price_per_step(self.step_seconds)

    @cached_property
    def history(self) -> np.ndarray:
        """Demand of the series up to the end of the trace, multiplied: float64 of shape (end,), NaN unknown."""
        return self.series.requests_count[: self.end] * self.service.demand_multiplier

    @cached_property
    def demand(self) -> np.ndarray:
        """Demand of each step (steps,), NaN if unknown."""
        return np.ascontiguousarray(self.history[self.first :])

    @cached_property
    def seen(self) -> np.ndarray:
        """The last known demand at the end of each step (steps,); NaN before the first known one."""
        return np.ascontiguousarray(last_known(self.history)[self.first :])

    @cached_property
    def needed(self) -> np.ndarray:
        """Replicas each step needed (steps,), at least 1; NaN if unknown."""
        return self.service.replicas_needed(self.demand, self.step_seconds)

    @cached_property
    def day_starts(self) -> np.ndarray:
        """Steps at which a wall day begins, the first step among them."""
        days = self.series.wall[self.first : self.end] // DAY
        return np.flatnonzero(np.r_[True, np.diff(days) != 0])

    @property
    def world(self) -> World:
        """What no policy may change, for the kernels."""
        limits = self.service.min_replicas, self.service.max_replicas
        return World(self.capacity, self.boot_steps, *limits, self.current_replicas)


def trace_of(
    series: Series, service: ScaledService, first: int, end: int, current_replicas: int | None = None
) -> Trace:
    """Return the bins [first, end) of a series; without `current_replicas` it starts as a reactive scaler would.

    Raises as Trace; InputError if the service cannot start a replica within the trace, or if `current_replicas` is
    outside the service's limits.
    """
    if service.boot_steps(series.bin_seconds) >= end - first:
        raise InputError(
            f"boot_seconds must be shorter than the {end - first} bins of {series.timeframe} to replay (got "
            f"{service.boot_seconds:g}).",
            field="service.boot_seconds",
        )
    if current_replicas is None:
        current_replicas = usual_replicas(series, service, first - 1)
    if not service.min_replicas <= current_replicas <= service.max_replicas:
        raise InputError(
            f"current_replicas must be an integer from min_replicas, {service.min_replicas}, to max_replicas, "
            f"{service.max_replicas} (got {current_replicas}).",
            field="current_replicas",
        )
    return Trace(series, service, first, end, int(current_replicas))


def usual_replicas(series: Series, service: ScaledService, bin: int) -> int:
    """Return what a reactive scaler would run at the end of a bin: its demand at 70 % of capacity, within limits."""
    known = series.requests_count[: bin + 1]
    known = known[~np.isnan(known)]
    level = known[-1] * service.demand_multiplier if len(known) else 0.0
    usual = np.ceil(level / (service.capacity_per_step(series.bin_seconds) * STARTING_UTILISATION))
    return service.within_limits(max(1.0, usual))
