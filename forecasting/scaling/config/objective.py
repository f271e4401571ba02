"""The objective: how much may go unmet. Whether it limits requests or minutes is known here only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol, Self, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.timeseries.formatting import percent
from forecasting.validation import INPUT_MODEL, Number, contradiction, input_error

DEFAULT_SHARE = 0.01

Either = TypeVar("Either")


class Totals(Protocol):
    """What an objective is measured by: both shares, 0 to 1."""

    @property
    def unmet_share(self) -> float:
        """Share of the requests unmet."""

    @property
    def minutes_under_share(self) -> float:
        """Share of the minutes under-provisioned."""


@dataclass(frozen=True, config=INPUT_MODEL)
class Objective:
    """At most this share of the requests unmet, or at most this share of the minutes under-provisioned.

    One of the two is given; without either it is 1 % of the requests.
    """

    max_unmet_share: Number | None = Field(
        default=None,
        title="Unmet requests",
        description=f"Objective: largest share of the requests that may go unmet. Default: {DEFAULT_SHARE}.",
        gt=0,
        lt=1,
        examples=[0.01],
        json_schema_extra={"unit": "share"},
    )
    max_minutes_under_share: Number | None = Field(
        default=None,
        title="Under-provisioned minutes",
        description="Objective instead: largest share of the minutes with fewer replicas than needed.",
        gt=0,
        lt=1,
        json_schema_extra={"unit": "share"},
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.max_unmet_share is None and self.max_minutes_under_share is None:
            object.__setattr__(self, "max_unmet_share", DEFAULT_SHARE)
        if self.max_unmet_share is not None and self.max_minutes_under_share is not None:
            raise contradiction(",".join(KINDS), f"Give {' or '.join(KINDS)}, not both.")
        return self

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Objective:
        """Return the objective of fields as a caller wrote them (None: not given); raises InputError naming them."""
        try:
            return _OBJECTIVE.validate_python(dict(given))
        except ValidationError as error:
            raise input_error(error, cls) from error

    @classmethod
    def of_share(cls, share: float, *, of_requests: bool = True) -> Objective:
        """Return the objective of a share of the requests, or else of the minutes."""
        return cls(max_unmet_share=share) if of_requests else cls(max_minutes_under_share=share)

    @property
    def limits_requests(self) -> bool:
        """Whether it limits the requests unmet, and not the minutes."""
        return self.max_unmet_share is not None

    @property
    def share(self) -> float:
        """The share allowed, above 0 and below 1."""
        return self.max_unmet_share or self.max_minutes_under_share or DEFAULT_SHARE

    @property
    def level(self) -> float:
        """The share that must be met: the quantile that a policy starts from if nothing else is known."""
        return 1.0 - self.share

    def at(self, share: float) -> Objective:
        """Return the same objective with another share."""
        return Objective.of_share(share, of_requests=self.limits_requests)

    def either(self, of_requests: Either, of_minutes: Either) -> Either:
        """Return the first if it limits the requests unmet, the second if it limits the minutes."""
        return of_requests if self.limits_requests else of_minutes

    @property
    def measure(self) -> str:
        """The name, in totals, of the share that it limits."""
        return self.either("unmet_share", "minutes_under_share")

    def of_totals(self, totals: Totals) -> float:
        """Return the share of a run that it limits."""
        return self.either(totals.unmet_share, totals.minutes_under_share)

    def is_met_by(self, totals: Totals) -> bool:
        """Return whether a run keeps it."""
        return self.of_totals(totals) <= self.share

    def usual_quantile(self, windows: LeadWindows) -> float | None:
        """Return the quantile whose forecasts leave just the share allowed unmet; None if it limits minutes."""
        return windows.losing(self.share) if self.limits_requests else None

    @property
    def unit(self) -> str:
        """What the share is of."""
        return self.either("requests", "minutes")

    @property
    def limited(self) -> str:
        """What it limits, for a label."""
        return self.either("unmet requests", "under-provisioned minutes")

    @property
    def missed(self) -> str:
        """What a share of a run is, after it: `1.2 % of requests unmet`."""
        return self.either("of requests unmet", "of minutes under-provisioned")

    def to_dict(self) -> dict[str, float]:
        """Return the one field that is given; `of` makes the same objective of it."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def __str__(self) -> str:
        return f"at most {percent(self.share, 4)} {self.missed}"


KINDS = tuple(field.name for field in fields(Objective))

_OBJECTIVE = TypeAdapter(Objective)
