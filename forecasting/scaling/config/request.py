"""Scaling requests: what a page, a call or a command asks about a series and its service, checked once for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, GetPydanticSchema, TypeAdapter
from pydantic.dataclasses import dataclass
from pydantic_core import core_schema

from forecasting.errors import InputError
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.scaling.config.calendar import Calendar
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS, SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.config.policy_names import DEPLOYABLE, HYBRID, POLICIES
from forecasting.scaling.config.scaled_service import CAPACITIES, PRESET_MEDIAN_REPLICAS, ScaledService
from forecasting.scaling.config.stored_configuration import FIELDS as CONFIGURATION_FIELDS
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of
from forecasting.validation import INPUT_MODEL, Number, OneOf, Whole

_AS_IT_IS = GetPydanticSchema(lambda _source, _handler: core_schema.any_schema())
"""A value of our own, which was checked when it was made."""


@dataclass(frozen=True, config=INPUT_MODEL, eq=False, kw_only=True)
class ScalingRequest(Configuration):
    """A configuration of one series, and what is asked about it. What is not given has a default.

    `start` and `end` are absolute seconds, None for the default days. `forecast_error` is a what-if: forecasts of the
    evaluation days are wrong by this share, 0.2 being 20 % too high. Raises InputError as Configuration does.
    """

    series: Annotated[Series, _AS_IT_IS]
    timeframe: str | None = Field(
        default=None,
        title="Timeframe",
        description="Bin of forecasts and results: 1m, 5m, 15m, 1h, ... (simulations advance in steps of 15 s). "
        "Default: the data set's own.",
        examples=["5m"],
    )
    policy: Annotated[str, OneOf(POLICIES)] = Field(
        default=HYBRID,
        title="Policy",
        description=f"How replicas are decided. Default: {HYBRID}.",
        examples=["predictive"],
    )
    parameters: Mapping[str, Number] = Field(
        default_factory=dict,
        title="Parameters",
        description="Parameters of the policy, such as quantile or target_percent.",
        examples=[{"quantile": 0.95}],
    )
    model_set: str | None = Field(
        default=None,
        title="Model set",
        description="Model set. Default: the data set's own, or the shipped one.",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$",
    )
    schedule: Calendar = Field(
        default=(),
        title="Calendar",
        description="Planned events: lower bounds on replicas at times known beforehand.",
        examples=[[{"replicas": 8, "cron": "0 8 * * MON-FRI", "duration_minutes": 600, "time_zone": "Europe/Paris"}]],
    )
    scale_in_window_seconds: Whole = Field(
        default=SCALE_IN_WINDOW_SECONDS,
        title="Stabilization window",
        description="Scale in only to the highest recommendation of this window. "
        f"Default: {SCALE_IN_WINDOW_SECONDS} s, as in Kubernetes.",
        ge=0,
        le=MAX_WINDOW_SECONDS,
        json_schema_extra={"unit": "s"},
    )
    horizon: Whole | None = Field(
        default=None,
        title="Horizon",
        description="Bins to plan, at least the lead time.",
        ge=1,
        le=MAX_HORIZON,
        json_schema_extra={"unit": "bins"},
    )
    start: int | None = Field(default=None, title="Start", description="First second of the evaluation days.")
    end: int | None = Field(default=None, title="End", description="End of the evaluation days, or the present.")
    forecast_error: Number = Field(
        default=0.0, title="Forecast error", description="What-if: share by which forecasts are too high."
    )
    settings: Annotated[Settings, _AS_IT_IS] = Field(default_factory=Settings.from_environment)

    @classmethod
    def for_series(
        cls, series: Series, configuration: Configuration, timeframe: str | None, settings: Settings
    ) -> ScalingRequest:
        """Return the request about a series with a configuration, everything else at its default."""
        own = {name: getattr(configuration, name) for name in CONFIGURATION_FIELDS}
        return _REQUEST.validate_python({"series": series, "timeframe": timeframe, "settings": settings, **own})

    @cached_property
    def binned(self) -> Series:
        """The series in the timeframe asked for; raises InputError if it cannot be summed to it."""
        return resample(self.series, bin_seconds_of(self.timeframe or self.series.timeframe))

    @property
    def finer(self) -> Series | None:
        """The data set's own series if the timeframe asked for is longer: the demand within its bins."""
        return None if self.binned is self.series else self.series

    @cached_property
    def scaled_service(self) -> ScaledService:
        """The service with the preset's values for what is not given."""
        return self.service_for(self.binned)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the result assumes, as text: without a capacity, that of the preset."""
        if any(self.service.get(name) is not None for name in CAPACITIES):
            return ()
        capacity = self.scaled_service.capacity_per_minute
        return (
            f"No capacity was given: {capacity:g} requests a minute and replica are assumed, with which a typical "
            f"bin needs {PRESET_MEDIAN_REPLICAS} replicas. Measure yours before you act on this.",
        )


_REQUEST: TypeAdapter[ScalingRequest] = TypeAdapter(ScalingRequest)


def request_of(
    series: Series, stored: Configuration, given: Mapping[str, object], settings: Settings
) -> ScalingRequest:
    """Return the request about a series: fields as a caller gives them, in place of those that are stored.

    `given` has fields of ScalingRequest by name; fields of service and objective stand in `service` and `slo`. None
    stands for not given. Raises InputError naming each wrong field as it was given.
    """
    given = {name: value for name, value in given.items() if value is not None}
    query: dict[str, Any] = {name: given.pop(name) for name in CONFIGURATION_FIELDS if name in given}
    # A policy that knows the future cannot be stored, only simulated: the request itself checks that.
    policy = {} if query.get("policy") in (None, *DEPLOYABLE) else {"policy": query.pop("policy")}
    configuration = stored.overridden(query)
    own = {name: getattr(configuration, name) for name in CONFIGURATION_FIELDS}
    return _REQUEST.validate_python({"series": series, "settings": settings, **own, **policy, **given})


def evaluated_between(request: ScalingRequest, start: str | None, end: str | None) -> ScalingRequest:
    """Return the request for the evaluation days from `start` to `end`, as a caller wrote them (see `moment`)."""
    first, last = moment(start, request.series, "start"), moment(end, request.series, "end")
    return replace(request, start=request.start if first is None else first, end=request.end if last is None else last)


def from_origin(request: ScalingRequest, second: int) -> ScalingRequest:
    """Return the request as it was when the bin that holds an absolute second had just ended.

    Raises InputError if no bin of the series holds it.
    """
    series = request.binned
    position = series.position(second)
    if not 0 <= position < len(series):
        first, last, given = (wall_text(s, series.time_zone) for s in (series.start, series.end - 1, second))
        raise InputError(f"origin must be a time from {first} to {last} (got {given}).", field="origin")
    return replace(request, end=series.start + (position + 1) * series.bin_seconds)


def present_at(request: ScalingRequest, as_of: str | None) -> ScalingRequest:
    """Return the request as it was at a moment (see `moment`): later actuals are not known."""
    return request if as_of is None else replace(request, end=moment(as_of, request.series, "as_of"))


def moment(text: str | None, series: Series, field: str) -> int | None:
    """Return the absolute seconds of a time in the series' wall time or with an offset; None stays None."""
    return None if text is None else moment_of(text, series.time_zone, field=field)
