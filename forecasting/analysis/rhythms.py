"""Daily and weekly rhythm by wall time: a heat map, two daily profiles, and a clause that sums them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from forecasting.analysis.ranges import bin_minutes, day_slot_seconds, shown
from forecasting.timeseries.formatting import number
from forecasting.timeseries.profile import seasonal_profile
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR

FLAT_BELOW = 1.15
"""Parts of the day whose ratio is below this are not distinguished in text."""

PARTS = {"night": range(6), "morning": range(6, 12), "afternoon": range(12, 18), "evening": range(18, 24)}
"""Parts of the day and their hours."""

_MONDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday
_HOURS = 24

K = TypeVar("K", int, str)
Extreme = tuple[K | None, float | None]


@dataclass(frozen=True, eq=False)
class WeekHours:
    """Mean requests per minute by weekday (Monday first) and hour of the wall day, both arrays (7, 24).

    A bin (of `bin_seconds`) of up to an hour counts in the hour in which it begins, a longer one in every hour that it
    overlaps; `known_bins` counts the known ones, and the mean is NaN if there is none.
    """

    bin_seconds: int
    mean_requests_per_minute: np.ndarray
    known_bins: np.ndarray


@dataclass(frozen=True, eq=False)
class DayProfile:
    """Requests per minute by time of day: arrays (slots,), NaN if no bin is known.

    `q10` and `q90` bound the middle 80 % of the bins in a slot, `known_bins` counts them.
    """

    mean_requests_per_minute: np.ndarray
    median_requests_per_minute: np.ndarray
    q10_requests_per_minute: np.ndarray
    q90_requests_per_minute: np.ndarray
    known_bins: np.ndarray


@dataclass(frozen=True, eq=False)
class DayProfiles:
    """Weekdays and weekends separately, on slots with left edges `slot_seconds` (slots,) after midnight."""

    slot_seconds: np.ndarray
    weekdays: DayProfile
    weekends: DayProfile


@dataclass(frozen=True)
class Rhythm:
    """The rhythm as figures; None if too little is known, a ratio also if its divisor is 0.

    The mean day of `kind` (weekdays, or weekends if no weekday is known) has a busiest and a quietest hour (0 to
    23, in bins of up to an hour) and a busiest and quietest of the four `PARTS` (in bins of up to six), which
    are robust to a single burst. `weekend_to_weekday` compares days of 24 known hours.
    """

    kind: str
    busiest_hour: int | None
    busiest_requests_per_minute: float | None
    quietest_hour: int | None
    quietest_requests_per_minute: float | None
    busiest_to_quietest: float | None
    busiest_part: str | None
    quietest_part: str | None
    part_ratio: float | None
    weekday_requests_per_minute: float | None
    weekend_requests_per_minute: float | None
    weekend_to_weekday: float | None

    @property
    def clause(self) -> str | None:
        """A clause such as `weekday afternoons are 3.1 x the nights`; None if too little is known."""
        if self.busiest_part is None or self.busiest_requests_per_minute == 0:
            return None
        kind = self.kind.removesuffix("s")
        if self.part_ratio is None:
            return f"{kind} {self.quietest_part}s have no requests, {self.busiest_part}s are busiest"
        if self.part_ratio < FLAT_BELOW:
            return f"no part of a {kind} stands out"
        return f"{kind} {self.busiest_part}s are {number(self.part_ratio, 2)} x the {self.quietest_part}s"


def week_hours(series: Series, first: int = 0, end: int | None = None) -> WeekHours:
    """Return the week by hour over the bins in range."""
    bins = shown(series, first, end)
    counts, wall = series.requests_count[bins], series.wall[bins]
    known = ~np.isnan(counts)
    counts, wall = counts[known], wall[known]
    first_hour = wall // HOUR
    last_hour = (wall + series.bin_seconds - 1) // HOUR if series.bin_seconds > HOUR else first_hour
    in_cell, total = np.zeros(7 * _HOURS, dtype=np.int64), np.zeros(7 * _HOURS)
    for further in range(int((last_hour - first_hour).max(initial=0)) + 1):
        inside = first_hour + further <= last_hour
        cell = (first_hour[inside] + further + _MONDAY_OF_EPOCH * _HOURS) % (7 * _HOURS)
        in_cell += np.bincount(cell, minlength=7 * _HOURS)
        total += np.bincount(cell, weights=counts[inside], minlength=7 * _HOURS)
    mean = np.where(in_cell > 0, total / np.maximum(in_cell, 1), np.nan) / bin_minutes(series)
    return WeekHours(series.bin_seconds, mean.reshape(7, _HOURS), in_cell.reshape(7, _HOURS))


def day_profiles(series: Series, first: int = 0, end: int | None = None) -> DayProfiles:
    """Return the daily profiles over the bins in range, with at most 96 points a day."""
    bins = shown(series, first, end)
    slot_seconds = day_slot_seconds(series)
    inside = np.zeros(len(series), dtype=bool)
    inside[bins] = True
    weekend = (series.wall // DAY + _MONDAY_OF_EPOCH) % 7 >= 5

    def profile(where: np.ndarray) -> DayProfile:
        day, minutes = seasonal_profile(series, "day", slot_seconds=slot_seconds, where=where), bin_minutes(series)
        return DayProfile(day.mean / minutes, day.median / minutes, day.q10 / minutes, day.q90 / minutes, day.known)

    slots = slot_seconds * np.arange(DAY // slot_seconds)
    return DayProfiles(slots, profile(inside & ~weekend), profile(inside & weekend))


def rhythm_of(week: WeekHours) -> Rhythm:
    """Return the rhythm of a week by hour."""
    weekdays, weekends = _mean_day(week, slice(0, 5)), _mean_day(week, slice(5, 7))
    kind, day = ("weekends", weekends) if np.isnan(weekdays).all() else ("weekdays", weekdays)
    has_hours, has_parts = week.bin_seconds <= HOUR, week.bin_seconds <= 6 * HOUR
    hours = {hour: float(rate) for hour, rate in enumerate(day) if has_hours}
    parts = {name: float(day[list(within)].mean()) for name, within in PARTS.items() if has_parts}
    (high, high_rate), (low, low_rate), ratio = _extremes(hours)
    (high_part, _), (low_part, _), part_ratio = _extremes(parts)
    weekday, weekend = _known(weekdays.mean()), _known(weekends.mean())
    return Rhythm(
        kind=kind,
        busiest_hour=high,
        busiest_requests_per_minute=high_rate,
        quietest_hour=low,
        quietest_requests_per_minute=low_rate,
        busiest_to_quietest=ratio,
        busiest_part=high_part,
        quietest_part=low_part,
        part_ratio=part_ratio,
        weekday_requests_per_minute=weekday,
        weekend_requests_per_minute=weekend,
        weekend_to_weekday=weekend / weekday if weekday and weekend is not None else None,
    )


def _mean_day(week: WeekHours, days: slice) -> np.ndarray:
    """Return requests per minute (24,) over some weekdays; every known bin of an hour has the same weight."""
    known = week.known_bins[days].sum(axis=0)
    total = (np.nan_to_num(week.mean_requests_per_minute[days]) * week.known_bins[days]).sum(axis=0)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)


def _extremes(rates: dict[K, float]) -> tuple[Extreme[K], Extreme[K], float | None]:
    """Return key and rate of the highest and of the lowest known rate, and their ratio."""
    known = {key: rate for key, rate in rates.items() if not np.isnan(rate)}
    if len(known) < 2:
        return (None, None), (None, None), None
    high, low = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    return (high, known[high]), (low, known[low]), known[high] / known[low] if known[low] > 0 else None


def _known(rate: float) -> float | None:
    return None if np.isnan(rate) else float(rate)
