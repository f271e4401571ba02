"""Schedules: floors of replicas at times known beforehand, written as events or like cron, each with its time zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from cronsim import CronSim, CronSimError

from forecasting.errors import FieldError, InputError
from forecasting.hindcasts.lead_windows import quantile_of_sorted
from forecasting.scaling.config.scaled_service import MAX_REPLICAS
from forecasting.timeseries.clock import moment_of, zone_of
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE, WEEK

MAX_ENTRIES = 100
MAX_DURATION_MINUTES = WEEK // MINUTE
PROFILE_WEEKS = 8
"""Weeks before a span that a learned schedule looks at."""

_CRON = {"cron", "duration_minutes"}
_EVENT = {"start", "end"}

_BY_HOUR: Derived[list[np.ndarray]] = Derived(most=32)


@dataclass(frozen=True)
class CalendarEntry:
    """At least `replicas`: from `start` to `end`, or for `duration_minutes` from each time that `cron` names.

    `cron` has the five fields minute, hour, day of month, month, day of week. Times are wall time of `time_zone`,
    of the series' zone where that is None.
    """

    replicas: int
    time_zone: str | None = None
    start: str | None = None
    end: str | None = None
    cron: str | None = None
    duration_minutes: int | None = None

    @classmethod
    def of(cls, given: dict, field: str) -> CalendarEntry:
        """An entry as a caller wrote it; raises InputError naming the wrong part below `field`."""
        wrong = _problem(given)
        if wrong is not None:
            part, text = wrong
            raise InputError(f"{field}.{part} {text}.", field=f"{field}.{part}")
        entry = cls(**given)
        try:
            zone_of(entry.time_zone)
            if entry.cron is not None:
                CronSim(entry.cron, datetime(2000, 1, 1, tzinfo=UTC))
            elif moment_of(entry.start, entry.time_zone, field="start") >= moment_of(
                entry.end, entry.time_zone, field="end"
            ):
                raise InputError(f"end is {entry.end!r}; write a time after start, {entry.start!r}.", field="end")
        except CronSimError as error:
            text = f"{field}.cron is {entry.cron!r} ({error}); write five fields such as 0 8 * * MON-FRI."
            raise InputError(text, field=f"{field}.cron") from error
        except InputError as error:
            placed = [FieldError(f"{field}.{one.field}", f"{field}.{one.message}") for one in error.errors]
            raise InputError(placed[0].message, errors=placed) from error
        return entry

    def spans(self, first: int, last: int, time_zone: str | None) -> Iterator[tuple[int, int]]:
        """Absolute seconds [start, end) of each time it is active within [first, last]."""
        zone = self.time_zone or time_zone
        if self.cron is None:
            yield moment_of(self.start, zone), moment_of(self.end, zone)
            return
        length = self.duration_minutes * MINUTE
        began = datetime.fromtimestamp(first - length - MINUTE, UTC).astimezone(zone_of(zone) or UTC)
        for time in CronSim(self.cron, began):
            start = round(time.timestamp())
            if start > last:
                return
            yield start, start + length


def calendar_entries_of(given: object, field: str = "schedule") -> tuple[CalendarEntry, ...]:
    """The entries of a list as a caller wrote it (None: none); raises InputError naming what is wrong."""
    if given is None:
        return ()
    if not isinstance(given, list | tuple) or len(given) > MAX_ENTRIES:
        raise InputError(f"{field} is no list of at most {MAX_ENTRIES} entries.", field=field)
    return tuple(CalendarEntry.of(entry, f"{field}.{place}") for place, entry in enumerate(given))


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
    """Known counts before `until` by hour of the week or, where they are fewer than two weeks, of the day; sorted."""

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


def _problem(given: object) -> tuple[str, str] | None:
    if not isinstance(given, dict):
        return "replicas", "is missing; an entry has replicas and either cron, duration_minutes or start, end"
    unknown = sorted(set(given) - _CRON - _EVENT - {"replicas", "time_zone"})
    if unknown:
        return unknown[0], "is not a known field; there are replicas, time_zone, cron, duration_minutes, start, end"
    replicas = given.get("replicas")
    if isinstance(replicas, bool) or not isinstance(replicas, int) or not 1 <= replicas <= MAX_REPLICAS:
        return "replicas", f"is {replicas!r}; write a whole number from 1 to {MAX_REPLICAS:,}"
    kinds = [names for names in (_CRON, _EVENT) if names & set(given)]
    if len(kinds) != 1 or not kinds[0] <= set(given):
        return "cron", "and duration_minutes, or start and end, are wanted: one pair of the two"
    texts = [name for name in ("cron", "start", "end", "time_zone") if not isinstance(given.get(name, ""), str)]
    if texts:
        return texts[0], f"is {given[texts[0]]!r}; write text"
    minutes = given.get("duration_minutes", 1)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MAX_DURATION_MINUTES:
        return "duration_minutes", f"is {minutes!r}; write a whole number from 1 to {MAX_DURATION_MINUTES:,}"
    return None
