"""What a data set is scaled with: the fields of its service that were given, policy, model, objective and replicas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

from forecasting.catalog import Catalog
from forecasting.errors import FieldError, InputError
from forecasting.forecasters.registry import DEFAULT_MODEL, checked_model
from forecasting.scaling.config.objective import KINDS, Objective
from forecasting.scaling.config.policy_names import DEPLOYABLE, HYBRID, checked_policy
from forecasting.scaling.config.scaled_service import BOOT_PARTS, MAX_REPLICAS, ScaledService, preset
from forecasting.timeseries.series import Series

CAPACITIES = ("capacity_per_minute", "capacity_rps")


@dataclass(frozen=True)
class Configuration:
    """The choices made for one data set; `service` has the fields that were given, as they were given.

    `current_replicas` are those that run now, None where unknown. Made by `of`, which checks everything.
    """

    service: Mapping[str, object] = field(default_factory=dict)
    policy: str = HYBRID
    model_type: str = DEFAULT_MODEL
    slo: Objective = field(default_factory=Objective)
    current_replicas: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Configuration:
        """Choices from fields as a caller wrote them; None stands for not given.

        Raises InputError with a FieldError for every wrong or unknown field, dotted: `service.min_replicas`.
        """
        known = [field.name for field in fields(cls)]
        values, errors = {}, []
        for name, value in _without_none(given).items():
            if name not in known:
                errors.append(FieldError(name, f"{name} is not a known field; write one of {', '.join(known)}."))
                continue
            try:
                values[name] = _CHECKS[name](value)
            except InputError as error:
                errors += error.errors
        if errors:
            raise InputError(" ".join(dict.fromkeys(error.message for error in errors)), errors=errors)
        return cls(**values)

    def to_dict(self) -> dict[str, object]:
        """All fields for JSON; `of` makes the same choices of it."""
        return {**vars(self), "service": dict(self.service), "slo": self.slo.to_dict()}

    def service_for(self, series: Series) -> ScaledService:
        """The service with every field filled: what was not given is proposed from the series, as by `preset`."""
        return preset(series, **self.service)

    def overridden(self, **query: object) -> Configuration:
        """These choices with what a query gives in their place; None stands for not given.

        Fields of the service and of the objective stand beside `policy`, `model_type` and `current_replicas`, or in
        mappings `service` and `slo`. A field takes the place of those that say the same: `boot_seconds` that of its
        parts, one capacity that of the other, one share that of the other. Raises InputError as `of`, naming a field as
        the query does.
        """
        query = _without_none(query)
        own = {name: query.pop(name) for name in _CHECKS if name in query}
        flat = set(query)
        share = {name: query.pop(name) for name in KINDS if name in query}
        service = {**_without_none(_mapping(own.get("service", {}), "service")), **query}
        own["service"] = _replaced(self.service, service)
        own["slo"] = own.get("slo") or share or self.slo.to_dict()
        try:
            return Configuration.of({**self.to_dict(), **own})
        except InputError as error:
            raise InputError(error.message, errors=[_undotted(wrong, flat) for wrong in error.errors]) from error


def stored_configuration(catalog: Catalog, name: str) -> tuple[Configuration, bool]:
    """What a catalog has stored for a data set, and whether anything is; raises NotFound."""
    given = catalog.choices(name)
    return Configuration.of(given or {}), given is not None


def _service(given: object) -> dict[str, object]:
    """The given fields of a service; those it may lack are proposed such that they contradict none."""
    given = _without_none(_mapping(given, "service"))
    proposed = {"max_replicas": MAX_REPLICAS} | ({} if "capacity_rps" in given else {"capacity_per_minute": 1.0})
    try:
        ScaledService.of(**{**proposed, **given})
    except InputError as error:
        raise _dotted(error, "service") from error
    return given


def _slo(given: object) -> Objective:
    given = _mapping(given, "slo")
    try:
        return Objective.of(**given)
    except InputError as error:
        raise _dotted(error, "slo") from error


def _current_replicas(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MAX_REPLICAS:
        text = f"current_replicas is {given!r}; write a whole number from 0 to {MAX_REPLICAS:,}."
        raise InputError(text, field="current_replicas")
    return given


_CHECKS: dict[str, Callable] = {
    "service": _service,
    "policy": lambda given: checked_policy(given, among=DEPLOYABLE),
    "model_type": lambda given: checked_model(given if isinstance(given, str) else repr(given)),
    "slo": _slo,
    "current_replicas": _current_replicas,
}


def _without_none(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None}


def _mapping(given: object, name: str) -> Mapping[str, object]:
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise InputError(f"{name} is {given!r}; write its fields by name.", field=name)
    return given


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


def _dotted(error: InputError, parent: str) -> InputError:
    return InputError(
        error.message, errors=[FieldError(f"{parent}.{wrong.field}", wrong.message) for wrong in error.errors]
    )


def _undotted(error: FieldError, flat: set[str]) -> FieldError:
    name = error.field.rpartition(".")[2]
    return FieldError(name, error.message) if name in flat else error
