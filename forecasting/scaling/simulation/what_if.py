"""What if: the same question with more traffic, slower boots, a crowd that nobody foresaw, a wrong forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecasting.errors import InputError
from forecasting.scaling.config.request import ScalingRequest, asked
from forecasting.scaling.config.scaled_service import BOOT_PARTS
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series

LEAST_ERROR, MOST_ERROR = -0.95, 10.0


@dataclass(frozen=True)
class FlashCrowd:
    """Demand times `size` for `seconds` from the absolute second `start` on.

    It is part of what comes: a forecast made before it does not know it, one made in it sees what has come so far.
    """

    start: int
    seconds: int
    size: float

    def joining(self, series: Series) -> Series:
        """The series with the crowd in every bin that begins within it; unknown bins stay unknown.

        Raises InputError where no bin does, or where the size is not above 0.
        """
        first = max(0, -((series.start - self.start) // series.bin_seconds))
        end = min(len(series), -((series.start - self.start - self.seconds) // series.bin_seconds))
        if first >= end:
            edges = [wall_text(second, series.time_zone) for second in (self.start, series.start, series.end)]
            text = f"The crowd comes at {edges[0]}; write a time from {edges[1]} to {edges[2]}, and some minutes of it."
            raise InputError(text, field="flash")
        if not self.size > 0:
            raise InputError(f"The crowd is {self.size!r} times the usual; write a number above 0.", field="flash")
        counts = series.requests_count.copy()
        counts[first:end] *= self.size
        return replace(series, requests_count=counts)


@dataclass(frozen=True)
class WhatIf:
    """What is supposed: `growth` times the traffic, boots `slower` times as long, a crowd, a forecast wrong by a share.

    `forecast_error` 0.2 is 20 % too high, -0.2 as much too low, all the time and in its spread too, while its usual
    errors are taken from before. Raises InputError for what is out of range.
    """

    growth: float = 1.0
    slower: float = 1.0
    crowd: FlashCrowd | None = None
    forecast_error: float = 0.0

    def __post_init__(self) -> None:
        for name in ("growth", "slower"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)!r}; write a number above 0.", field=name)
        if not LEAST_ERROR <= self.forecast_error <= MOST_ERROR:
            text = f"forecast_error is {self.forecast_error!r}; write a share from {LEAST_ERROR:g} to {MOST_ERROR:g}."
            raise InputError(text, field="forecast_error")

    @property
    def is_nothing(self) -> bool:
        """Whether everything stays as it is."""
        return self == WhatIf()


def supposing(question: ScalingRequest, what_if: WhatIf) -> ScalingRequest:
    """The question as it would be; what is proposed from the traffic stays what it is without the supposition."""
    if what_if.is_nothing:
        return question
    service = question.scaled_service.to_dict()
    if what_if.slower != 1.0:
        service |= dict.fromkeys(BOOT_PARTS) | {"boot_seconds": service["boot_seconds"] * what_if.slower}
    service["demand_multiplier"] *= what_if.growth
    series = question.binned if what_if.crowd is None else what_if.crowd.joining(question.binned)
    return asked(
        question,
        series=series,
        timeframe=series.timeframe,
        service=service,
        forecast_error=what_if.forecast_error,
    )


def middle_of(question: ScalingRequest) -> int:
    """The absolute second in the middle of the days that the question is judged on."""
    span, series = question.replay().test_span, question.binned
    return series.start + (span.first + span.end) // 2 * series.bin_seconds
