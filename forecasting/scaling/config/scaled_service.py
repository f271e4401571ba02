"""The service being scaled: what a replica serves, how long it takes to start, what it costs.

`ScaledService` is the only definition of these fields. REST, command line, address and form are derived from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, Field, ModelWrapValidatorHandler, TypeAdapter, ValidationError, model_validator
from pydantic.config import JsonDict
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from forecasting.errors import HistoryTooShort
from forecasting.scaling.config.limits import LARGEST_NUMBER, MAX_REPLICAS, STEP_SECONDS
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE
from forecasting.validation import (
    INPUT_MODEL,
    GivenFieldsOf,
    Number,
    Whole,
    contradiction,
    fields_model,
    fields_of,
    input_error,
)

DEFAULT_BOOT_SECONDS = 120.0
BOOT_PARTS = ("metric_lag_seconds", "poll_seconds", "schedule_seconds", "image_seconds", "ready_seconds")
CAPACITIES = ("capacity_per_minute", "capacity_rps")
"""Two ways to write the same."""

PRESET_MEDIAN_REPLICAS = 5
PRESET_PEAK_ROOM = 1.5

_SECONDS: JsonDict = {"unit": "s"}
_REPLICAS: JsonDict = {"unit": "replicas"}


def _sum_of_parts(fields: dict[str, Any]) -> float:
    """The start-up time of a service that has none of its own."""
    parts = [fields[name] for name in BOOT_PARTS if fields.get(name) is not None]
    return float(sum(parts)) if parts else DEFAULT_BOOT_SECONDS


@dataclass(frozen=True, config=INPUT_MODEL)
class ScaledService:
    """One service, fluid: a replica serves up to its capacity at once; what exceeds the capacity of all is unmet.

    `boot_seconds` becomes the sum of its parts if they are given, else a default. Raises InputError with a FieldError
    for each wrong field.
    """

    capacity_per_minute: Number = Field(
        title="Capacity",
        description="Requests that a replica can serve in a minute. Measure yours; by default a typical bin needs "
        f"{PRESET_MEDIAN_REPLICAS} replicas.",
        gt=0,
        le=LARGEST_NUMBER,
        json_schema_extra={"unit": "requests/min and replica"},
    )
    min_replicas: Whole = Field(
        default=1,
        title="At least",
        description="Lower bound on replicas.",
        ge=1,
        le=MAX_REPLICAS,
        json_schema_extra=_REPLICAS,
    )
    max_replicas: Whole = Field(
        default=100,
        title="At most",
        description=f"Upper bound on replicas. Default: {PRESET_PEAK_ROOM:g} times what the highest bin needs.",
        ge=1,
        le=MAX_REPLICAS,
        json_schema_extra=_REPLICAS,
    )
    metric_lag_seconds: Number | None = Field(
        default=None,
        title="Metric lag",
        description="Part of the start-up time: until a metric is known.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    poll_seconds: Number | None = Field(
        default=None,
        title="Polling",
        description="Part of the start-up time: until the autoscaler reads the metric.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    schedule_seconds: Number | None = Field(
        default=None,
        title="Scheduling",
        description="Part of the start-up time: until a machine is found.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    image_seconds: Number | None = Field(
        default=None,
        title="Image",
        description="Part of the start-up time: until the image is pulled.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    ready_seconds: Number | None = Field(
        default=None,
        title="Readiness",
        description="Part of the start-up time: until the program is ready.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    boot_seconds: Number = Field(
        default_factory=_sum_of_parts,
        title="Start-up time",
        description="From the decision to a ready replica: metric lag, scheduling, image and readiness; the 95th "
        f"percentile, not the mean; simulations round it up to {STEP_SECONDS} s. Default: {DEFAULT_BOOT_SECONDS:g} s.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    price_per_hour: Number = Field(
        default=0.096,
        title="Price",
        description="Price of a replica for an hour. Default: 0.096, a list price of 2 vCPU and 8 GB.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra={"unit": "$ per replica-hour"},
    )
    launch_cost: Number = Field(
        default=0.0,
        title="Launch cost",
        description="Cost of each launch, in the currency of the price.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra={"unit": "$"},
    )
    minimum_billed_seconds: Number = Field(
        default=60.0,
        title="Minimum billed",
        description="Shortest time that a replica is billed for.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra=_SECONDS,
    )
    bill_booting: Annotated[bool, Field(strict=True)] = Field(
        default=True,
        title="Bill the start-up",
        description="Whether a replica is billed from its launch (true) or from the moment it is ready.",
    )
    lost_request_price: Number | None = Field(
        default=None,
        title="An unmet request costs",
        description="Cost of an unmet request. If given, it sets the quantile of the forecast; tuning still keeps the "
        "objective. Default: the objective decides.",
        ge=0,
        le=LARGEST_NUMBER,
        json_schema_extra={"unit": "$"},
    )
    target_utilisation: Number = Field(
        default=1.0,
        title="Target utilisation",
        description="Share of the capacity to use at most: the share at which a replica still answers well.",
        gt=0,
        le=1,
        json_schema_extra={"unit": "share"},
    )
    demand_multiplier: Number = Field(
        default=1.0,
        title="Demand multiplier",
        description="What-if: multiply the traffic by this.",
        gt=0,
        le=LARGEST_NUMBER,
        json_schema_extra={"unit": "×"},
    )

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        _refuse_contradictions(vars(self))
        return self

    @model_validator(mode="wrap")  # the last one, so that it also translates what the one above raises
    @classmethod
    def _checked(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as error:
            raise input_error(error, cls) from error

    @classmethod
    def of(cls, given: Mapping[str, object]) -> ScaledService:
        """Return the service of named fields as a caller wrote them, `capacity_rps` (requests per second) among them.

        None stands for not given. Raises InputError with a FieldError for each wrong, unknown or missing field.
        """
        return _completed({}, checked_fields(given))

    @property
    def capacity_rps(self) -> float:
        """Requests that a replica can serve in a second."""
        return self.capacity_per_minute / MINUTE

    def capacity_per_step(self, step_seconds: int) -> float:
        """Requests that a replica can serve in a step: what exceeds it is unmet."""
        return self.capacity_per_minute * step_seconds / MINUTE

    def usable_per_step(self, step_seconds: int) -> float:
        """Requests that a replica should serve in a step at most, at the target utilisation."""
        return self.capacity_per_step(step_seconds) * self.target_utilisation

    def price_per_step(self, step_seconds: int) -> float:
        """Price of a running replica for a step."""
        return self.price_per_hour * step_seconds / HOUR

    def boot_steps(self, step_seconds: int) -> int:
        """Start-up time in whole steps: a replica ordered at the end of step t is ready in step t + 1 + boot_steps."""
        return math.ceil(self.boot_seconds / step_seconds)

    def starting_in(self, seconds: float) -> ScaledService:
        """Return the same service with another start-up time, in place of its parts."""
        return replace(
            self,
            metric_lag_seconds=None,
            poll_seconds=None,
            schedule_seconds=None,
            image_seconds=None,
            ready_seconds=None,
            boot_seconds=seconds,
        )

    def break_even_steps(self, step_seconds: int, most: int) -> int:
        """Steps, at most `most`, for which an idle replica costs no more than launching it again.

        G = L + (b+ + b-) / c; ending a replica costs nothing here.
        """
        price = self.price_per_step(step_seconds)
        idle = self.launch_cost / price if price else math.inf if self.launch_cost else 0.0
        return math.ceil(min(self.boot_steps(step_seconds) + idle, most))

    def replicas_needed(self, demand: np.ndarray | float, step_seconds: int) -> np.ndarray:
        """Replicas that a demand per step (any shape; multiplied already) needs: at least 1, NaN if unknown.

        ceil(demand / (capacity * target utilisation)), the fluid model; limits of the service are not applied.
        """
        needed = np.ceil(np.asarray(demand, dtype=np.float64) / self.usable_per_step(step_seconds))
        return np.maximum(needed, 1.0)

    def within_limits(self, replicas: float) -> int:
        """Return a number of replicas clamped to the limits of the service."""
        return int(min(max(replicas, self.min_replicas), self.max_replicas))

    def to_dict(self) -> dict[str, float | int | bool | None]:
        """Return every field, and `capacity_rps`; `of` makes the same service of it."""
        return {**vars(self), "capacity_rps": self.capacity_rps}


def _refuse_contradictions(given: Mapping[str, object]) -> None:
    """Raise pydantic's error for fields that contradict each other; None stands for not given."""
    values = {name: value for name, value in given.items() if isinstance(value, int | float)}
    low, high = values.get("min_replicas"), values.get("max_replicas")
    if low is not None and high is not None and low > high:
        raise contradiction("min_replicas", f"min_replicas must be at most max_replicas, {high:,} (got {low:,}).")
    parts, total = [values[name] for name in BOOT_PARTS if name in values], values.get("boot_seconds")
    if total is not None and parts and not math.isclose(total, sum(parts)):
        text = f"boot_seconds must be the sum of its parts, {sum(parts):g}, if they are given too (got {total:g})."
        raise contradiction("boot_seconds", text)
    rps, per_minute = values.get("capacity_rps"), values.get("capacity_per_minute")
    if rps is not None and per_minute is not None and not math.isclose(per_minute, rps * MINUTE):
        text = (
            f"capacity_rps must be a 60th of capacity_per_minute, {per_minute:g}, if both are given (got {rps:g}); "
            "give one of them."
        )
        raise contradiction("capacity_rps", text)


def _consistent(fields: BaseModel) -> BaseModel:
    _refuse_contradictions(vars(fields))
    return fields


_CAPACITY_RPS = Field(
    title="Capacity per second",
    description="Capacity in requests per second instead of per minute.",
    gt=0,
    le=LARGEST_NUMBER / MINUTE,
    json_schema_extra={"unit": "requests/s and replica"},
)

ServiceFields: type[BaseModel] = fields_model(
    "ServiceFields",
    "What is given of a service. The rest is proposed from the data set, or has its default.",
    {"capacity_rps": FieldInfo.from_annotated_attribute(Number, _CAPACITY_RPS), **fields_of(ScaledService)},
    consistent=_consistent,
)
"""Every field of ScaledService, each of which may be absent, and the other way to write the capacity."""

GivenService = Annotated[Mapping[str, object], GivenFieldsOf(ServiceFields)]
"""The fields of a service that were given, as they were given."""

_FILLED = TypeAdapter(ScaledService)


def checked_fields(given: Mapping[str, object]) -> dict[str, object]:
    """Return the given fields of a service without None; raises InputError for each wrong, unknown or contrary one."""
    try:
        return ServiceFields.model_validate(given).model_dump(exclude_none=True)
    except ValidationError as error:
        raise input_error(error, ServiceFields) from error


def _completed(presets: Mapping[str, object], fields: Mapping[str, object]) -> ScaledService:
    """The service of checked fields, with presets for those that are absent."""
    values = {**presets, **fields}
    rps = values.pop("capacity_rps", None)
    if isinstance(rps, float):
        values["capacity_per_minute"] = rps * MINUTE
    return _FILLED.validate_python(values)


def preset(series: Series, given: Mapping[str, object] | None = None) -> ScaledService:
    """Return the service with what is not given filled from a series, so that a first look is neither empty nor absurd.

    The capacity is such that the median known bin needs 5 replicas (at a demand multiplier of 1), to two digits;
    `max_replicas` is 1.5 times what the highest bin needs (multiplied). Raises InputError as `ScaledService.of`, and
    HistoryTooShort if no bin is known.
    """
    known = series.requests_count[~np.isnan(series.requests_count)]
    if len(known) == 0:
        raise HistoryTooShort(f"{series.name} has no known bin; at least 1 is needed to propose a service.")
    fields = checked_fields(given or {})
    typical = next((level for level in (np.median(known), known.mean()) if level > 0), 1.0)
    per_minute = typical * MINUTE / series.bin_seconds
    target = fields.get("target_utilisation", 1.0)
    share = target if isinstance(target, float) else 1.0
    capacity = float(f"{per_minute / PRESET_MEDIAN_REPLICAS / share:.2g}")
    service = _completed({"capacity_per_minute": capacity, "max_replicas": MAX_REPLICAS}, fields)
    if "max_replicas" in fields:
        return service
    peak = float(service.replicas_needed(known.max() * service.demand_multiplier, series.bin_seconds))
    room = max(math.ceil(PRESET_PEAK_ROOM * peak), service.min_replicas)
    return replace(service, max_replicas=min(room, MAX_REPLICAS))
