"""The fields of service, objective, configuration and request as keys of the URL: one mapping, no second definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import g
from pydantic.fields import FieldInfo

from forecasting.catalog import DatasetInfo
from forecasting.errors import InputError
from forecasting.scaling.config.calendar_text import Event, events_of, text_of
from forecasting.scaling.config.hpa_behavior import HpaBehavior, behavior_of_text, text_of_behavior
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.policy_names import DEPLOYABLE
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from forecasting.scaling.policies.policy import WINDOW
from forecasting.timeseries.timeframes import MINUTE
from forecasting.validation import bounds_of, fields_of, kind_of, names_of, unit_of
from webapp.app.context import context
from webapp.ui.address import Key, Read, one_of
from webapp.ui.service_form.policy_keys import parameter_keys

PERCENT = 100.0


class FieldKey(NamedTuple):
    """A field of the service layer; the URL has its value times `scale`."""

    info: FieldInfo
    scale: float = 1.0

    @property
    def unit(self) -> str:
        """The unit of the value in the URL."""
        return "%" if self.scale == PERCENT else unit_of(self.info)

    @property
    def whole(self) -> bool:
        """Whether it is an integer."""
        return kind_of(self.info) is int

    @property
    def rule(self) -> str:
        """What a value in the URL must be: `a number above 0 and at most 100`."""
        kind = "an integer" if self.whole else "a number"
        return f"{kind}{bounds_of(self.info).scaled(self.scale)}"

    def reader(self, key: str) -> Read:
        """Return what reads a value from the URL; it raises InputError naming the key."""
        bounds = bounds_of(self.info).scaled(self.scale)

        def read(text: str) -> float:
            try:
                value = float(text)
                right = bounds.holds(value) and not (self.whole and value != int(value))
            except (ValueError, OverflowError):
                right, value = False, 0.0
            if not right:
                raise InputError(f"{key} must be {self.rule} (got {text!r}).", field=key)
            return int(value) if self.whole else value

        return read


_SERVICE, _REQUEST, _STORED = fields_of(ScaledService), fields_of(ScalingRequest), fields_of(Configuration)

SERVICE_FIELDS: dict[str, tuple[str, float]] = {
    "capacity": ("capacity_per_minute", 1.0),
    "utilisation": ("target_utilisation", PERCENT),
    "boot": ("boot_seconds", 1.0),
    "price": ("price_per_hour", 1.0),
    "min": ("min_replicas", 1.0),
    "max": ("max_replicas", 1.0),
    "lost": ("lost_request_price", 1.0),
}
"""Keys of the service: the name of the field, and how many times its value the URL has."""

FIELD_KEYS: dict[str, FieldKey] = {
    **{key: FieldKey(_SERVICE[field], scale) for key, (field, scale) in SERVICE_FIELDS.items()},
    "slo": FieldKey(fields_of(Objective)["max_unmet_share"], PERCENT),
    "replicas": FieldKey(_STORED["current_replicas"]),
    "window": FieldKey(_REQUEST["scale_in_window_seconds"]),
}

REQUESTS, MINUTES = "unmet", "under"
"""Kinds of objective as the URL has them."""


def stored_of(name: str) -> Configuration:
    """Return what is stored for a data set, read once a request."""
    read: dict[str, Configuration] = g.setdefault("stored_configuration", {})
    if name not in read:
        read[name], _ = stored_configuration(context().catalog, name)
    return read[name]


def _stored(pick: Callable[[Configuration], object]) -> Callable[[DatasetInfo], object]:
    """A default that is stored for the data set."""
    return lambda info: pick(stored_of(info.name))


def _stored_field(key: str) -> Callable[[DatasetInfo], object]:
    """The stored value of a field of the service, else its own default; None if it is proposed from the traffic."""
    field, scale = SERVICE_FIELDS[key]
    # What the preset proposes is empty in the form.
    default = None if field in ("capacity_per_minute", "max_replicas") else getattr(_example(), field)

    def pick(stored: Configuration) -> object:
        value = stored.service.get(field, default)
        return value * scale if isinstance(value, int | float) and scale != 1.0 else value

    return _stored(pick)


def _example(stored: Configuration | None = None) -> ScaledService:
    """A service with the stored times, if any, to see its defaults."""
    times = {name: value for name, value in (stored.service if stored else {}).items() if name.endswith("_seconds")}
    return ScaledService.of({"capacity_per_minute": 1.0, **times})


def _stored_capacity(stored: Configuration) -> object:
    per_second = stored.service.get("capacity_rps")
    return per_second * MINUTE if isinstance(per_second, float) else stored.service.get("capacity_per_minute")


_DEFAULTS: dict[str, Callable[[DatasetInfo], object]] = {
    **{key: _stored_field(key) for key in SERVICE_FIELDS},
    "capacity": _stored(_stored_capacity),
    "boot": _stored(lambda stored: _example(stored).boot_seconds),
    "slo": _stored(lambda stored: PERCENT * stored.slo.share),
    "replicas": _stored(lambda stored: stored.current_replicas),
    "window": _stored(lambda stored: stored.parameters.get(WINDOW, stored.window_seconds)),
}
AUTOMATIC, NONE = "automatic", "none"
"""In the URL: the model set that fits the data set, and no events or behavior although some are stored."""


def _model_set(text: str) -> str:
    if text != AUTOMATIC:
        Configuration.of({"model_set": text})
    return text


def _events(text: str) -> str:
    events_of_text(text)
    return text


def _behavior(text: str) -> str:
    behavior_in(text)
    return text


def events_of_text(text: str | None) -> tuple[Event, ...]:
    """Return the events of a text of the URL; none for NONE."""
    return () if (text or NONE).strip().lower() == NONE else events_of(text or "")


def behavior_in(text: str | None) -> HpaBehavior | None:
    """Return the behavior of a text of the URL; None for NONE."""
    return None if (text or NONE).strip().lower() == NONE else behavior_of_text(text or "")


_OF_ANY_DATASET = ("slo", "window")

SERVICE_KEYS: tuple[Key, ...] = (
    Key("policy", one_of(*DEPLOYABLE), _stored(lambda stored: stored.policy)),
    Key("model", one_of(*names_of(_STORED["model_type"])), _stored(lambda stored: stored.model_type)),
    *(Key(key, one.reader(key), _DEFAULTS[key], key not in _OF_ANY_DATASET) for key, one in FIELD_KEYS.items()),
    Key("kind", one_of(REQUESTS, MINUTES), _stored(lambda stored: stored.slo.either(REQUESTS, MINUTES))),
    Key("set", _model_set, _stored(lambda stored: stored.model_set or AUTOMATIC), of_dataset=True),
    Key("events", _events, _stored(lambda stored: text_of(stored.schedule) or None), of_dataset=True),
    Key("behavior", _behavior, _stored(lambda stored: text_of_behavior(stored.behavior) or None), of_dataset=True),
    *parameter_keys(lambda info: stored_of(info.name).parameters),
)
