"""The stored configuration of a data set: the given fields of its service, policy, model, objective and replicas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Protocol, Self

from pydantic import Field, ModelWrapValidatorHandler, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from forecasting.errors import FieldError, InputError
from forecasting.forecasters.registry import DEFAULT_MODEL, MODEL_NAMES
from forecasting.plain_names import PLAIN_NAME
from forecasting.scaling.config.calendar import Calendar, highest_floor
from forecasting.scaling.config.hpa_behavior import HpaBehavior
from forecasting.scaling.config.limits import MAX_REPLICAS, MAX_WINDOW_SECONDS, SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.config.objective import KINDS, Objective
from forecasting.scaling.config.policy_names import DEPLOYABLE, HYBRID
from forecasting.scaling.config.scaled_service import BOOT_PARTS, CAPACITIES, GivenService, ScaledService, preset
from forecasting.timeseries.series import Series
from forecasting.validation import INPUT_MODEL, Number, OneOf, Whole, contradiction, input_error


@dataclass(frozen=True, config=INPUT_MODEL, kw_only=True)
class Configuration:
    """How one data set is scaled; `service` has the fields that were given, as they were given.

    `parameters` are those of `policy`; `schedule` is the calendar of planned events.

    Raises InputError with a FieldError for each wrong field, dotted: `service.min_replicas`.
    """

    service: GivenService = Field(
        default_factory=dict,
        title="Service",
        description="What is given of the service. The stored fields, else a preset from the data set, fill the rest.",
        examples=[{"capacity_per_minute": 60, "boot_seconds": 120, "max_replicas": 40, "price_per_hour": 0.096}],
    )
    policy: Annotated[str, OneOf(DEPLOYABLE)] = Field(
        default=HYBRID,
        title="Policy",
        description=f"How replicas are decided. Default: {HYBRID}.",
        examples=[HYBRID],
    )
    model_type: Annotated[str, OneOf(MODEL_NAMES)] = Field(
        default=DEFAULT_MODEL,
        title="Model",
        description=f"Which model forecasts. Default: {DEFAULT_MODEL}.",
        examples=["lightgbm"],
    )
    slo: Objective = Field(
        default_factory=Objective,
        title="Objective",
        description="The objective: one of the two shares.",
        examples=[Objective().to_dict()],
    )
    parameters: Mapping[str, Number] = Field(
        default_factory=dict,
        title="Parameters",
        description="Parameters of the policy, such as price_of_unmet or target_percent.",
        examples=[{"price_of_unmet": 25}],
    )
    model_set: str | None = Field(
        default=None,
        title="Model set",
        description="Model set. Default: the data set's own, or the shipped one.",
        pattern=PLAIN_NAME,
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
    behavior: HpaBehavior | None = Field(
        default=None,
        title="HPA behavior",
        description="How fast an HPA may change replicas: windows, policies, selectPolicy, tolerance. Default: "
        "Kubernetes' own.",
        examples=[{"scale_down": {"policies": [{"type": "Percent", "value": 10, "period_seconds": 60}]}}],
    )
    current_replicas: Whole | None = Field(
        default=None,
        title="Running now",
        description="Replicas that run now, or at the start of a simulation. Default: as an HPA at 70 % would run.",
        ge=0,
        le=MAX_REPLICAS,
        json_schema_extra={"unit": "replicas"},
    )

    @model_validator(mode="after")
    def _within_maximum(self) -> Self:
        most = self.service.get("max_replicas")
        for place, entry in enumerate(self.schedule):
            if isinstance(most, int) and (entry.replicas or 0) > most:
                field = f"schedule.{place}.replicas"
                text = f"{field} must be at most max_replicas, {most:,} (got {entry.replicas:,}). Raise max_replicas."
                raise contradiction(field, text)
        return self

    @model_validator(mode="wrap")  # the last one, so that it also translates what the one above raises
    @classmethod
    def _checked(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as error:
            raise input_error(error, cls) from error

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Configuration:
        """Return the configuration of fields as a caller wrote them; None stands for not given."""
        return _CONFIGURATION.validate_python(_without_none(given))

    def to_dict(self) -> dict[str, object]:
        """Return all fields for JSON; `of` makes the same configuration of it."""
        return {
            **{name: getattr(self, name) for name in FIELDS},
            "service": dict(self.service),
            "slo": self.slo.to_dict(),
            "parameters": dict(self.parameters),
            "schedule": [entry.to_dict() for entry in self.schedule],
            "behavior": self.behavior and self.behavior.to_dict(),
        }

    def service_for(self, series: Series) -> ScaledService:
        """Return the service with every field filled: what was not given is proposed from the series, see `preset`.

        A proposed maximum is high enough for the calendar.
        """
        return preset(series, self.service, least_maximum=highest_floor(self.schedule))

    @property
    def window_seconds(self) -> int:
        """The stabilization window of scale-in: the behavior's, else the field's own."""
        given = self.behavior.scale_down.stabilization_window_seconds if self.behavior else None
        return self.scale_in_window_seconds if given is None else given

    def overridden(self, query: Mapping[str, object]) -> Configuration:
        """Return this configuration with the fields of a query in place of its own; None stands for not given.

        Fields of the service and of the objective stand beside `policy`, `model_type` and `current_replicas`, or in
        mappings `service` and `slo`. A field replaces those that say the same: `boot_seconds` its parts, one capacity
        the other, one share the other. Raises InputError as `of`, naming a field as the query does.
        """
        query = _without_none(query)
        own = {name: query.pop(name) for name in FIELDS if name in query}
        flat = set(query)
        share = {name: query.pop(name) for name in KINDS if name in query}
        service = own.get("service", {})
        if isinstance(service, Mapping):
            own["service"] = _replaced(self.service, {**_without_none(service), **query})
        own["slo"] = own.get("slo") or share or self.slo
        if own.get("policy", self.policy) != self.policy:
            own.setdefault("parameters", {})  # those that are stored are another policy's
        try:
            return Configuration.of({**{name: getattr(self, name) for name in FIELDS}, **own})
        except InputError as error:
            errors = [_undotted(wrong, flat) for wrong in error.errors]
            raise InputError(" ".join(dict.fromkeys(one.message for one in errors)), errors=errors) from error


FIELDS = tuple(field.name for field in fields(Configuration))

_CONFIGURATION = TypeAdapter(Configuration)


class Store(Protocol):
    """The part of a catalog that holds configurations."""

    def choices(self, name: str) -> Mapping[str, object] | None:
        """Return what is stored for a data set, None for nothing."""


def stored_configuration(catalog: Store, name: str) -> tuple[Configuration, bool]:
    """Return what a catalog has stored for a data set, and whether anything is; raises NotFound."""
    given = catalog.choices(name)
    return Configuration.of(given or {}), given is not None


def _without_none(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None}


def _replaced(stored: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """The stored fields with the given ones in place of those that say the same."""
    dropped = set(given)
    if dropped.intersection(CAPACITIES):
        dropped.update(CAPACITIES)
    if "boot_seconds" in given:
        dropped.update(BOOT_PARTS)
    elif dropped.intersection(BOOT_PARTS):
        dropped.add("boot_seconds")
    return {name: value for name, value in stored.items() if name not in dropped} | dict(given)


def _undotted(error: FieldError, flat: set[str]) -> FieldError:
    """The error with its field named as a flat query names it."""
    name = error.field.rpartition(".")[2]
    return FieldError(name, error.message.replace(error.field, name)) if name in flat else error
