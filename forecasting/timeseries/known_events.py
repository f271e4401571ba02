"""Known events: what a service expects at times that are planned, as callers give them and data sets store them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from forecasting.timeseries.occasions import Occasion, Text
from forecasting.validation import INPUT_MODEL, Number, input_error

MAX_EVENTS = 100
MAX_FACTOR = 100.0


@dataclass(frozen=True, config=INPUT_MODEL, kw_only=True)
class KnownEvent(Occasion):
    """An occasion on which the traffic is `factor` times the usual one; without a factor, as it was in the past."""

    name: Annotated[Text, Field(max_length=60)] = Field(
        default="", title="Name", description="Name of the event.", examples=["spring sale"]
    )
    factor: Number | None = Field(
        default=None,
        title="Factor",
        description="Expected traffic as a multiple of the usual one. Default: learned from past occurrences.",
        ge=0.0,
        le=MAX_FACTOR,
        examples=[1.8],
    )

    @property
    def title(self) -> str:
        """The event in a sentence: its name, else when it is."""
        return self.name or self.cron or (f"holidays in {self.country}" if self.country else f"event at {self.start}")


KnownEvents = Annotated[tuple[KnownEvent, ...], Field(max_length=MAX_EVENTS)]

_EVENTS: TypeAdapter[tuple[KnownEvent, ...]] = TypeAdapter(KnownEvents)


def known_events_of(given: object, field: str = "calendar") -> tuple[KnownEvent, ...]:
    """Return the events of a list as a caller wrote it (None: none); raises InputError naming what is wrong."""
    try:
        return _EVENTS.validate_python(() if given is None else given)
    except ValidationError as error:
        raise input_error(error, KnownEvents, field) from error


def to_json(events: Sequence[KnownEvent]) -> list[dict[str, Any]]:
    """Return the given fields of events as JSON values; `known_events_of` makes the same events of them."""
    return [{key: value for key, value in vars(event).items() if value not in (None, "")} for event in events]
