"""Traces: the demand of a span of a series as the scaled service meets it, and which of it is known when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting.errors import HistoryTooShort, InputError
from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.inputs import World
from forecasting.scaling.kernels.proposals import last_known
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

STARTING_UTILISATION = 0.7
"""If no number of replicas is given, a trace begins with those that would run at this share of their capacity."""


@dataclass(frozen=True, eq=False)
class Trace:
    """Bins [first, end) of a series, scaled from `current_replicas` on in steps of STEP_SECONDS.

    `finer` is the series that the bins were summed from (None: there is none). Its counts are the demand within the
    bins; without it demand is constant over a bin. Raises HistoryTooShort if no bin is known.
    """

    series: Series
    service: ScaledService
    first: int
    end: int
    current_replicas: int
    finer: Series | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.demand).any():
            raise HistoryTooShort(f"{self.series.name} has no known bin in these days.")

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def bin_seconds(self) -> int:
        """Seconds of a bin."""
        return self.series.bin_seconds

    @property
    def count_seconds(self) -> int:
        """Seconds of a count: the bin of the finer series, else the series' own."""
        return self.bin_seconds if self.finer is None else self.finer.bin_seconds

    @property
    def steps(self) -> int:
        """Steps of the trace."""
        return len(self) * self.world.bin_steps

    @property
    def lead(self) -> int:
        """Bins after which a replica ordered now has been ready for a whole one."""
        return self.service.boot_steps(self.bin_seconds) + 1

    @property
    def capacity(self) -> float:
        """Requests that a replica can serve in a bin."""
        return self.service.capacity_per_step(self.bin_seconds)

    @property
    def usable(self) -> float:
        """Requests that a replica should serve in a bin at most."""
        return self.service.usable_per_step(self.bin_seconds)

    @property
    def price(self) -> float:
        """What a running replica costs a bin."""
        return self.service.price_per_step(self.bin_seconds)

    @cached_property
    def history(self) -> np.ndarray:
        """Demand of the series up to the end of the trace, multiplied: float64 of shape (end,), NaN unknown."""
        return self.series.requests_count[: self.end] * self.service.demand_multiplier

    @cached_property
    def demand(self) -> np.ndarray:
        """Demand of each bin (bins,), NaN if unknown."""
        return np.ascontiguousarray(self.history[self.first :])

    @cached_property
    def seen(self) -> np.ndarray:
        """The last known demand at the end of each bin (bins,); NaN before the first known one."""
        return np.ascontiguousarray(last_known(self.history)[self.first :])

    @cached_property
    def arriving(self) -> np.ndarray:
        """Requests of each count (counts,), NaN in an unknown bin.

        An unknown count of a known bin has the bin's average, so that the counts of a bin add up to its demand.
        """
        if self.finer is None:
            return self.demand
        counts = self._finer_history[-len(self) * self._counts_per_bin :].reshape(len(self), -1)
        average = np.broadcast_to(self.demand[:, None] / self._counts_per_bin, counts.shape)
        return np.where(np.isnan(counts) | np.isnan(average), average, counts).ravel()

    @cached_property
    def seen_counts(self) -> np.ndarray:
        """The last known count at the end of each count (counts,); NaN before the first known one."""
        if self.finer is None:
            return self.seen
        return np.ascontiguousarray(last_known(self._finer_history)[-len(self) * self._counts_per_bin :])

    @cached_property
    def needed_counts(self) -> np.ndarray:
        """Replicas that each count needed (counts,), at least 1; NaN if unknown."""
        return self.service.replicas_needed(self.arriving, self.count_seconds)

    @cached_property
    def needed(self) -> np.ndarray:
        """Replicas that each bin needed for the busiest of its counts (bins,), at least 1; NaN if unknown."""
        return self.needed_counts.reshape(len(self), -1).max(axis=1)

    @cached_property
    def day_starts(self) -> np.ndarray:
        """Steps at which a wall day begins, the first step among them."""
        days = self.series.wall[self.first : self.end] // DAY
        return np.flatnonzero(np.r_[True, np.diff(days) != 0]) * self.world.bin_steps

    @property
    def world(self) -> World:
        """What no policy may change, for the kernels."""
        return World(
            self.service.capacity_per_step(self.count_seconds),
            self.service.boot_steps(STEP_SECONDS),
            self.service.min_replicas,
            self.service.max_replicas,
            self.current_replicas,
            self.count_seconds // STEP_SECONDS,
            self.bin_seconds // STEP_SECONDS,
        )

    @property
    def _counts_per_bin(self) -> int:
        return self.bin_seconds // self.count_seconds

    @cached_property
    def _finer_history(self) -> np.ndarray:
        """Counts up to the end of the trace, multiplied."""
        if self.finer is None:
            return self.history
        end = self.series.start + self.end * self.bin_seconds
        return self.finer.requests_count[: self.finer.position(end)] * self.service.demand_multiplier


def trace_of(
    series: Series,
    service: ScaledService,
    first: int,
    end: int,
    current_replicas: int | None = None,
    finer: Series | None = None,
) -> Trace:
    """Return the bins [first, end) of a series; without `current_replicas` it starts as a reactive scaler would.

    `finer` is the series that the bins were summed from, if they were.

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
    return Trace(series, service, first, end, int(current_replicas), finer)


def usual_replicas(series: Series, service: ScaledService, bin: int) -> int:
    """Return what a reactive scaler would run at the end of a bin: its demand at 70 % of capacity, within limits."""
    known = series.requests_count[: bin + 1]
    known = known[~np.isnan(known)]
    level = known[-1] * service.demand_multiplier if len(known) else 0.0
    usual = np.ceil(level / (service.capacity_per_step(series.bin_seconds) * STARTING_UTILISATION))
    return service.within_limits(max(1.0, usual))
