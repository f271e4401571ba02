"""What if: more traffic, a longer start-up time, an unforeseen traffic surge, a wrong forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecasting.errors import InputError
from forecasting.hindcasts.source import source_of
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.simulation.replay import Replay
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series

LEAST_ERROR, MOST_ERROR = -0.95, 10.0


@dataclass(frozen=True)
class TrafficSurge:
    """Demand times `size` for `seconds` from the absolute second `start` on.

    It is part of the actuals: a forecast made before it does not know it, one made during it knows its first bins.
    """

    start: int
    seconds: int
    size: float

    def joining(self, series: Series) -> Series:
        """Return the series with the surge in every bin that begins within it; unknown bins stay unknown.

        Raises InputError if no bin does, or if the size is not above 0.
        """
        first = max(0, -((series.start - self.start) // series.bin_seconds))
        end = min(len(series), -((series.start - self.start - self.seconds) // series.bin_seconds))
        if first >= end:
            given, least, most = (wall_text(s, series.time_zone) for s in (self.start, series.start, series.end))
            text = f"The traffic surge must start from {least} to {most} and last at least a bin (got {given})."
            raise InputError(text, field="flash")
        if not self.size > 0:
            raise InputError(f"The size of the traffic surge must be above 0 (got {self.size!r}).", field="flash")
        counts = series.requests_count.copy()
        counts[first:end] *= self.size
        return replace(series, requests_count=counts)


@dataclass(frozen=True)
class WhatIf:
    """`growth` times the traffic, a start-up time `slower` times as long, a traffic surge, a forecast wrong by a share.

    `forecast_error` 0.2 is 20 % too high, -0.2 as much too low, always and in its spread too; its usual errors are
    taken from the days before. Raises InputError for what is out of range.
    """

    growth: float = 1.0
    slower: float = 1.0
    surge: TrafficSurge | None = None
    forecast_error: float = 0.0

    def __post_init__(self) -> None:
        for name in ("growth", "slower"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} must be a number above 0 (got {getattr(self, name)!r}).", field=name)
        if not LEAST_ERROR <= self.forecast_error <= MOST_ERROR:
            text = (
                f"forecast_error must be a share from {LEAST_ERROR:g} to {MOST_ERROR:g} (got {self.forecast_error!r})."
            )
            raise InputError(text, field="forecast_error")

    @property
    def is_nothing(self) -> bool:
        """Whether everything stays as it is."""
        return self == WhatIf()

    def applied_to(self, service: ScaledService) -> ScaledService:
        """Return the service with its demand grown and its start-up time longer."""
        grown = replace(service, demand_multiplier=service.demand_multiplier * self.growth)
        if self.slower == 1.0:
            return grown
        return grown.starting_in(service.boot_seconds * self.slower)


def supposing(request: ScalingRequest, what_if: WhatIf) -> ScalingRequest:
    """Return the request under a what-if; what is proposed from the traffic stays as it is without it."""
    if what_if.is_nothing:
        return request
    service = what_if.applied_to(request.scaled_service).to_dict()
    series = request.series if what_if.surge is None else what_if.surge.joining(request.series)
    return replace(
        request,
        series=series,
        timeframe=request.binned.timeframe,
        service=service,
        forecast_error=what_if.forecast_error,
    )


def replay_supposing(replay: Replay, what_if: WhatIf, settings: Settings) -> Replay:
    """Return the replay under a what-if: the same days and the same fitted model, which is not looked up again."""
    if what_if.is_nothing:
        return replay
    source, finer = replay.source, replay.finer
    if what_if.surge is not None:
        joined = what_if.surge.joining(source.series if finer is None else finer)
        finer = None if finer is None else joined
        series = resample(joined, source.series.bin_seconds)
        source = source_of(series, source.fitted, source.seen, settings)
    return replace(
        replay,
        source=source,
        finer=finer,
        service=what_if.applied_to(replay.service),
        forecast_error=what_if.forecast_error,
    )


def middle_of(replay: Replay) -> int:
    """Return the absolute second in the middle of the evaluation days."""
    span, series = replay.test_span, replay.series
    return series.start + (span.first + span.end) // 2 * series.bin_seconds
