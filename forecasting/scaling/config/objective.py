"""The service level objective: how much may go unmet."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.errors import FieldError, InputError
from forecasting.timeseries.formatting import percent

MAX_UNMET_SHARE, MAX_MINUTES_UNDER_SHARE = "max_unmet_share", "max_minutes_under_share"
KINDS = (MAX_UNMET_SHARE, MAX_MINUTES_UNDER_SHARE)
DEFAULT_SHARE = 0.01


@dataclass(frozen=True)
class Objective:
    """At most `share` (0-1) of `kind`: of the requests unmet, or of the minutes with fewer replicas than needed."""

    kind: str = MAX_UNMET_SHARE
    share: float = DEFAULT_SHARE

    @classmethod
    def of(cls, **given: float | None) -> Objective:
        """From `max_unmet_share` or `max_minutes_under_share`, None standing for not given; 1 % unmet without either.

        Raises InputError naming the field where both are given, or a share is not above 0 and below 1.
        """
        given = {name: share for name, share in given.items() if share is not None}
        unknown = sorted(set(given) - set(KINDS))
        if unknown:
            raise InputError(f"{unknown[0]} is not a known field; write one of {', '.join(KINDS)}.", field=unknown[0])
        if len(given) > 1:
            text = f"{MAX_UNMET_SHARE} and {MAX_MINUTES_UNDER_SHARE} are both given; write one of them."
            raise InputError(text, errors=[FieldError(name, text) for name in KINDS])
        for name, share in given.items():
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
                raise InputError(f"{name} is {share!r}; write a share above 0 and below 1, such as 0.01.", field=name)
            return cls(name, float(share))
        return cls()

    @property
    def level(self) -> float:
        """The share that must be met: the quantile a policy starts from where nothing else is known."""
        return 1.0 - self.share

    def to_dict(self) -> dict[str, float]:
        """`{kind: share}`, what `of` takes."""
        return {self.kind: self.share}

    def __str__(self) -> str:
        what = "requests unmet" if self.kind == MAX_UNMET_SHARE else "minutes under"
        return f"at most {percent(self.share, 4)} of {what}"
