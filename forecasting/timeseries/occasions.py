"""When something planned happens: between two times, repeated like cron, or on the public holidays of a country."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

from cronsim import CronSim, CronSimError
from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.timeseries.clock import moment_of, zone_of
from forecasting.timeseries.timeframes import MINUTE, WEEK
from forecasting.validation import INPUT_MODEL, Whole, contradiction, shortened

MAX_DURATION_MINUTES = WEEK // MINUTE
ONE_OF_THEM = "cron and duration_minutes, or start and end, or country must be given: one of the three."

Text = Annotated[str, Field(strict=True)]


class Occurrence(NamedTuple):
    """One time that an occasion is active, in absolute seconds [start, end); `label` is the name of a holiday."""

    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, config=INPUT_MODEL, kw_only=True)
class Occasion:
    """From `start` to `end`, or for `duration_minutes` from each time of `cron`, or the public holidays of `country`.

    Times are wall time of `time_zone`, or of the zone of the series if that is None; a holiday is a whole day.
    """

    time_zone: Text | None = Field(
        default=None,
        title="Time zone",
        description="IANA name or offset of the times. Default: the zone of the data set.",
        examples=["Europe/Paris"],
    )
    start: Text | None = Field(
        default=None, title="Start", description="Start of a single event.", examples=["2026-03-20 09:00"]
    )
    end: Text | None = Field(
        default=None, title="End", description="End of a single event, excluded.", examples=["2026-03-20 18:00"]
    )
    cron: Text | None = Field(
        default=None,
        title="Cron",
        description="Starts of a repeated event: minute, hour, day of month, month, day of week.",
        examples=["0 8 * * MON-FRI"],
    )
    duration_minutes: Whole | None = Field(
        default=None,
        title="Duration",
        description="Length of a repeated event.",
        ge=1,
        le=MAX_DURATION_MINUTES,
        json_schema_extra={"unit": "min"},
    )
    country: Text | None = Field(
        default=None,
        title="Country",
        description="Public holidays of a country, as whole days: its ISO code.",
        examples=["FR"],
    )
    subdivision: Text | None = Field(
        default=None,
        title="Subdivision",
        description="Part of the country with holidays of its own: its ISO code without the country.",
        examples=["BY"],
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.cron, self.duration_minutes), (self.start, self.end), (self.country,)
        given = [way for way in ways if any(part is not None for part in way)]
        if len(given) != 1 or None in given[0] or (self.subdivision is not None and self.country is None):
            raise contradiction("cron", ONE_OF_THEM)
        try:
            zone_of(self.time_zone)
            if self.cron is not None:
                CronSim(self.cron, datetime(2000, 1, 1, tzinfo=UTC))
            elif self.country is not None:
                _holidays(self.country, self.subdivision, 2024)
            elif self._moment("start", self.time_zone) >= self._moment("end", self.time_zone):
                raise InputError(f"end must be after start, {self.start} (got {self.end!r}).", field="end")
        except CronSimError as error:
            text = f"cron must have five fields such as 0 8 * * MON-FRI (got {shortened(repr(self.cron))}: {error})."
            raise contradiction("cron", text) from error
        except InputError as error:
            raise contradiction(error.errors[0].field, error.errors[0].message) from error
        return self

    def _moment(self, field: str, time_zone: str | None) -> int:
        return moment_of(getattr(self, field), time_zone, field=field)

    def spans(self, first: int, last: int, time_zone: str | None) -> Iterator[tuple[int, int]]:
        """Yield the absolute seconds [start, end) of each time that it is active within [first, last]."""
        return ((one.start, one.end) for one in self.occurrences(first, last, time_zone))

    def occurrences(self, first: int, last: int, time_zone: str | None) -> Iterator[Occurrence]:
        """Yield each time that it is active within [first, last] (absolute seconds), in order."""
        zone = self.time_zone or time_zone
        if self.country is not None:
            yield from self._whole_days(first, last, zone)
            return
        if self.cron is None:
            yield Occurrence(self._moment("start", zone), self._moment("end", zone))
            return
        length = (self.duration_minutes or 0) * MINUTE
        began = datetime.fromtimestamp(first - length - MINUTE, UTC).astimezone(zone_of(zone) or UTC)
        for time in CronSim(self.cron, began):
            start = round(time.timestamp())
            if start > last:
                return
            yield Occurrence(start, start + length)

    def _whole_days(self, first: int, last: int, zone: str | None) -> Iterator[Occurrence]:
        years = (datetime.fromtimestamp(second, UTC).year for second in (first - WEEK, last + WEEK))
        for year in range(next(years), next(years) + 1):
            for day, name in _holidays(self.country or "", self.subdivision, year):
                start, end = (
                    moment_of(f"{one} 00:00", zone) for one in (day.isoformat(), (day + timedelta(1)).isoformat())
                )
                if start <= last and end > first:
                    yield Occurrence(start, end, name)


@lru_cache(maxsize=1024)
def _holidays(country: str, subdivision: str | None, year: int) -> tuple[tuple[date, str], ...]:
    """Return the public holidays of a year, in order; raises InputError for an unknown country or subdivision."""
    import holidays  # a fifth of a second to import; needed only for a calendar with a country

    if country not in holidays.list_supported_countries(include_aliases=True):
        raise InputError(f"country must be an ISO code such as FR (got {shortened(repr(country))}).", field="country")
    try:
        days = holidays.country_holidays(country, subdiv=subdivision, years=year, language="en_US")
    except NotImplementedError as error:
        known = ", ".join(holidays.list_supported_countries(include_aliases=True)[country]) or "none"
        raise InputError(
            f"subdivision must be one of those of {country}: {known} (got {shortened(repr(subdivision))}).",
            field="subdivision",
        ) from error
    return tuple(sorted(days.items()))
