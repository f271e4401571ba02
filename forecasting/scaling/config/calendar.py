"""The calendar: planned events and holidays that need replicas, each with its times and their zone.

In REST and on the command line the calendar has the name `schedule`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from forecasting.hindcasts.lead_windows import quantile_of_sorted
from forecasting.scaling.config.limits import MAX_REPLICAS
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.occasions import Occasion
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, WEEK
from forecasting.validation import INPUT_MODEL, Whole, input_error

MAX_ENTRIES = 100
PROFILE_WEEKS = 8
"""Weeks before a span that a learned schedule looks at."""

_BY_HOUR: Derived[list[np.ndarray]] = Derived(most=32)


@dataclass(frozen=True, config=INPUT_MODEL, kw_only=True)
class CalendarEntry(Occasion):
    """An occasion with at least `replicas`."""

    replicas: Whole = Field(
        title="Replicas",
        description="Lower bound on replicas while the entry is active.",
        ge=1,
        le=MAX_REPLICAS,
        json_schema_extra={"unit": "replicas"},
    )


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
