"""Posted points, pairs of time text and count as the API takes them, into a Series that answers in the same form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecasting.errors import FieldError, HistoryTooShort, InputError
from forecasting.readers.point_times import PointForm, read_times
from forecasting.readers.report import printable
from forecasting.readers.tables.numbers import MAX_COUNT
from forecasting.readers.times.grid import commonest, distance_of, in_words
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

MAX_SPAN_BINS = 1_000_000
"""Bins from the first posted point to the last."""

MAX_ERRORS = 20
"""Wrong points named in one error."""


def import_points(
    points: Sequence[tuple[str, float | None]], *, timeframe: str, time_zone: str | None = None, name: str = "posted"
) -> tuple[Series, PointForm, list[str]]:
    """A series in bins of `timeframe` from points (ds, y), the form of its times, and warnings for what was repaired.

    `time_zone` is the zone of the wall clock that the service lives by; times without an offset are wall time of it.

    Unsorted points are sorted, of equal times the last wins, points finer than the timeframe are summed and incomplete
    bins at the ends left out, each with a warning; a y of None is unknown. Points keep their distance from the grid:
    the bin after a last point at 00:04 is at 00:09.

    Raises InputError naming fields (`data.2.ds`, `data.2.y`) for times that cannot be read or have offsets that no
    clock change explains, for y that is negative, no number, NaN or infinite, for points coarser than the timeframe or
    on no grid, and for an unknown zone.
    """
    bin_seconds = bin_seconds_of(timeframe)
    if not points:
        raise InputError("data is empty; give at least one point.", field="data")
    texts, values = zip(*points, strict=True)
    counts, wrong = _counts(values)
    times = read_times(texts, time_zone)
    wrong = sorted(wrong + times.errors, key=lambda error: int(error.field.split(".")[1]))
    if wrong:
        more = f" ({len(wrong)} points are wrong)" if len(wrong) > 1 else ""
        raise InputError(f"{wrong[0].field}: {wrong[0].message}{more}", errors=wrong[:MAX_ERRORS])
    if np.isnan(counts).all():
        raise InputError("data has no known y; give at least one count.", field="data")
    seconds, counts, warnings = _in_order(times.seconds, counts[times.exists] if times.skipped else counts)
    if not len(seconds) or np.isnan(counts).all():
        raise InputError("data has no known y at a time that exists; give at least one count.", field="data")
    series, more_warnings = _on_grid(seconds, counts, bin_seconds, name, times.form.time_zone)
    return series, times.form, [*times.warnings, *warnings, *more_warnings]


def _counts(values: Sequence[float | None]) -> tuple[np.ndarray, list[FieldError]]:
    """Counts (n,), NaN for None, and what is wrong with which."""
    try:
        counts = np.array(values, dtype=np.float64)
        is_fine = set(map(type, values)) <= {float, int, type(None)}
        is_fine &= np.count_nonzero(np.isnan(counts)) == values.count(None)
        if is_fine and not (counts < 0).any() and not (counts > MAX_COUNT).any():
            return counts, []
    except (TypeError, ValueError, OverflowError):
        counts = np.zeros(len(values))
    reasons = ((i, _wrong_count(value)) for i, value in enumerate(values))
    return counts, [FieldError(f"data.{i}.y", reason) for i, reason in reasons if reason]


def _wrong_count(value: Any) -> str | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    is_huge = isinstance(value, int) and value.bit_length() > 1_000
    shown = "a number of hundreds of digits" if is_huge else printable(repr(value), 40)
    if not is_number:
        return f"y must be a count of requests, or null for unknown (got {shown})."
    if value < 0:
        return f"y must be a count of requests from 0, or null for unknown (got {shown})."
    return f"y must be at most {MAX_COUNT:,.0f} (got {shown})." if value > MAX_COUNT else None


def _in_order(seconds: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Distinct times in order with their counts; of equal times the last given wins."""
    steps = _gaps(seconds)
    if (steps > 0).all():
        return seconds, counts, []
    warnings = []
    backward = int(np.count_nonzero(steps < 0))
    if backward:
        warnings.append("data is not in order of time; the points were sorted by ds.")
    order = np.argsort(seconds, kind="stable")
    seconds, counts = seconds[order], counts[order]
    is_last = np.append(np.diff(seconds) > 0, True)
    repeated = len(seconds) - int(np.count_nonzero(is_last))
    if repeated:
        warnings.append(f"data gives a ds more than once ({repeated} points too many); the last of each wins.")
    return seconds[is_last], counts[is_last], warnings


def _on_grid(
    seconds: np.ndarray, counts: np.ndarray, bin_seconds: int, name: str, time_zone: str | None
) -> tuple[Series, list[str]]:
    """A series in bins of `bin_seconds` from distinct times in order."""
    distance = distance_of(_fewest_alike(seconds)) or bin_seconds
    wanted = in_words(bin_seconds)
    if distance > bin_seconds:
        raise InputError(
            f"timeframe is {wanted}, but the points are mostly {in_words(distance)} apart; post points that are "
            f"{wanted} apart or less, or ask for a coarser timeframe.",
            field="timeframe",
        )
    if bin_seconds % distance:
        raise InputError(
            f"data has points mostly {in_words(distance)} apart, which do not add up to {wanted}; post points whose "
            f"distance divides {wanted}.",
            field="data",
        )
    fine = _regular(seconds, counts, distance, name, time_zone)
    if distance == bin_seconds:
        return fine, []
    return _summed(fine, bin_seconds)


def _fewest_alike(seconds: np.ndarray) -> np.ndarray:
    """Times with the same commonest distance: two where all have the same, as nearly always."""
    gaps = _gaps(seconds)
    return seconds[:2] if (gaps == gaps[:1]).all() else seconds


def _gaps(seconds: np.ndarray) -> np.ndarray:
    return seconds[1:] - seconds[:-1]


def _regular(seconds: np.ndarray, counts: np.ndarray, distance: int, name: str, time_zone: str | None) -> Series:
    """A series whose bins are `distance` apart, in step with most of the times; bins without a point are unknown."""
    if len(seconds) <= MAX_SPAN_BINS and (_gaps(seconds) == distance).all():
        return Series(name, distance, int(seconds[0]), counts, time_zone)
    phase = commonest(seconds % distance)
    slots = (seconds - phase + distance // 2) // distance
    crowded = np.flatnonzero(np.diff(slots) == 0)
    if len(crowded):
        times = wall_texts(seconds[crowded[0] : crowded[0] + 2], time_zone)
        raise InputError(
            f"data has points at {times[0]} and {times[1]}, but most are {in_words(distance)} apart; post one point a "
            "bin.",
            field="data",
        )
    bins = int(slots[-1] - slots[0]) + 1
    if bins > MAX_SPAN_BINS:
        raise InputError(
            f"data spans {bins:,} bins of {in_words(distance)}; post points within {MAX_SPAN_BINS:,} bins.",
            field="data",
        )
    values = np.full(bins, np.nan)
    values[slots - slots[0]] = counts
    return Series(name, distance, int(slots[0]) * distance + phase, values, time_zone)


def _summed(fine: Series, bin_seconds: int) -> tuple[Series, list[str]]:
    wanted = in_words(bin_seconds)
    try:
        series = resample(fine, bin_seconds)
    except HistoryTooShort as error:
        raise HistoryTooShort(
            f"data has {len(fine)} points {in_words(fine.bin_seconds)} apart, not one whole bin of {wanted}; post at "
            f"least {2 * bin_seconds // fine.bin_seconds - 1} of them.",
            field="data",
        ) from error
    warnings = [f"data has points {in_words(fine.bin_seconds)} apart; they were summed to {wanted}."]
    if series.start > fine.start:
        warnings.append("The first bin was incomplete and is left out.")
    if series.end < fine.end:
        warnings.append("The last bin was incomplete and is left out.")
    return series, warnings
