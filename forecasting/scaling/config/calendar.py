"""The calendar: planned events that need replicas, written with their times or like cron, each with its time zone.

In REST and on the command line the calendar has the name `schedule`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Self

import numpy as np
from cronsim import CronSim, CronSimError
from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.hindcasts.lead_windows import quantile_of_sorted
from forecasting.scaling.config.limits import MAX_REPLICAS
from forecasting.timeseries.clock import moment_of, zone_of
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE, WEEK
from forecasting.validation import INPUT_MODEL, Whole, contradiction, input_error, shortened

MAX_ENTRIES = 100
MAX_DURATION_MINUTES = WEEK // MINUTE
PROFILE_WEEKS = 8
"""Weeks before a span that a learned schedule looks at."""

Text = Annotated[str, Field(strict=True)]

_BY_HOUR: Derived[list[np.ndarray]] = Derived(most=32)


@dataclass(frozen=True, config=INPUT_MODEL)
class CalendarEntry:
    """At least `replicas`: from `start` to `end`, or for `duration_minutes` from each time that `cron` names.

    Times are wall time of `time_zone`, or of the zone of the series if that is None.
    """

    replicas: Whole = Field(
        title="Replicas",
        description="Lower bound on replicas while the entry is active.",
        ge=1,
        le=MAX_REPLICAS,
        json_schema_extra={"unit": "replicas"},
    )
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

    @model_validator(mode="after")
    def _one_pair(self) -> Self:
        pairs = (self.cron, self.duration_minutes), (self.start, self.end)
        given = [pair for pair in pairs if pair != (None, None)]
        if len(given) != 1 or None in given[0]:
            raise contradiction("cron", "cron and duration_minutes, or start and end, must be given: one of the pairs.")
        try:
            zone_of(self.time_zone)
            if self.cron is not None:
                CronSim(self.cron, datetime(2000, 1, 1, tzinfo=UTC))
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
        zone = self.time_zone or time_zone
        if self.cron is None:
            yield self._moment("start", zone), self._moment("end", zone)
            return
        length = (self.duration_minutes or 0) * MINUTE
        began = datetime.fromtimestamp(first - length - MINUTE, UTC).astimezone(zone_of(zone) or UTC)
        for time in CronSim(self.cron, began):
            start = round(time.timestamp())
            if start > last:
                return
            yield start, start + length


Calendar = Annotated[tuple[CalendarEntry, ...], Field(max_length=MAX_ENTRIES)]

_CALENDAR: TypeAdapter[tuple[CalendarEntry, ...]] = TypeAdapter(Calendar)


def calendar_entries_of(given: object, field: str = "schedule") -> tuple[CalendarEntry, ...]:
    """Return the entries of a list as a caller wrote it (None: none); raises InputError naming what is wrong."""
    try:
        return _CALENDAR.validate_python(() if given is None else given)
    except ValidationError as error:
        raise input_error(error, Calendar, field) from error


def floor_of(entries: Sequence[CalendarEntry], series: Series, first: int, end: int, lead: int) -> np.ndarray:
    """The floor (steps,) int32 at the end of each bin of [first, end): what entries ask for in the `lead` bins after.

    0 where no entry is active.
    """
    edges = series.start + series.bin_seconds * np.arange(first, end + 1)
    floor = np.zeros(end - first, np.int32)
    reach = lead * series.bin_seconds
    for entry in entries:
        spans = np.array(list(entry.spans(int(edges[0]), int(edges[-1]) + reach, series.time_zone)), np.int64)
        active = _within_any(edges[1:], spans.reshape(-1, 2) - (reach, 0))
        floor[active] = np.maximum(floor[active], entry.replicas)
    return floor


def _within_any(times: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Whether each of rising times (n,) lies inside any of the spans (k, 2), their edges excluded."""
    begin, end = np.searchsorted(times, spans[:, 0], side="right"), np.searchsorted(times, spans[:, 1])
    changes = np.bincount(begin, minlength=len(times) + 1) - np.bincount(end, minlength=len(times) + 1)
    return changes.cumsum()[:-1] > 0


def learned_demand(series: Series, until: int, first: int, end: int, lead: int, share: float) -> np.ndarray:
    """The highest `share` quantile of demand, by hour of the week, of the hours that the `lead` bins after each bin of
    [first, end) lie in; learned from the bins before `until` (of the last PROFILE_WEEKS), by hour of the day where
    those are fewer than two weeks. NaN where such an hour was never seen.
    """
    by_hour = _sorted_by_hour(series, until)
    profile = np.array([quantile_of_sorted(counts, share) if len(counts) else np.nan for counts in by_hour])
    season = len(by_hour) * HOUR
    wall = series.wall[end - 1] if end else 0
    ahead = np.append(series.wall[first:end], wall + series.bin_seconds * np.arange(1, lead + 1))
    coming = profile[ahead % season // HOUR]
    return np.fmax.reduce([coming[step : step + end - first] for step in range(1, lead + 1)])


def _sorted_by_hour(series: Series, until: int) -> list[np.ndarray]:
    """Known counts before `until` by hour of the week, or of the day if there are less than two weeks; sorted."""

    def compute() -> list[np.ndarray]:
        start = max(0, until - PROFILE_WEEKS * 7 * series.bins_per_day)
        season = WEEK if until - start >= 14 * series.bins_per_day else DAY
        counts = series.requests_count[start:until]
        known = ~np.isnan(counts)
        hours = (series.wall[start:until] % season // HOUR)[known]
        order = np.lexsort((counts[known], hours))
        edges = np.searchsorted(hours[order], np.arange(1, season // HOUR))
        return np.split(counts[known][order], edges)

    return _BY_HOUR.of(series, compute, until)
