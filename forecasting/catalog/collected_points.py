"""Points sent by a collector, as text and counts: appended to a data set, or stored as a new one on request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecasting.catalog.appended_points import AppendReport, placed, refuse
from forecasting.catalog.dataset_info import DatasetInfo
from forecasting.catalog.datasets import Catalog
from forecasting.errors import Conflict, FieldError, ForecastingError, InputError, NotFound, TooLarge
from forecasting.readers.times.times import FIRST_YEAR, LAST_YEAR
from forecasting.timeseries.clock import moment_of, wall_seconds, zone_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

Points = Sequence[tuple[str, float | None]]

_OFFSET = re.compile(r"\d:\d\d\S*?(Z|[+-]\d\d:?\d\d)$")
_FIRST, _LAST = moment_of(f"{FIRST_YEAR}-01-01", None) + DAY, moment_of(f"{LAST_YEAR}-12-31", None)
"""The range of years that every reader accepts, in any zone."""


def collect(
    catalog: Catalog,
    name: str,
    points: Points,
    *,
    create: bool = False,
    timeframe: str | None = None,
    time_zone: str | None = None,
) -> AppendReport:
    """Append points (ds, y) to a data set; with `create`, create it in bins of `timeframe` if it does not exist.

    A `ds` is wall time in the data set's zone or has an offset (a wall time that occurs twice means its first
    occurrence); a `y` of None is unknown. An existing data set must have the given timeframe and time zone; a new one
    without a given zone takes the offset of the last `ds`. Raises InputError for a `ds` that is not a time, TooLarge
    for more points than one request may have, and the errors of `Catalog.append` and, for a new data set, of
    `Catalog.add`.
    """
    limit = catalog.settings.max_points
    if len(points) > limit:
        text = f"data must have at most {limit} points (DATAFLOW_MAX_POINTS), got {len(points)}. Send them in batches."
        raise TooLarge(text, field="data")
    try:
        info = catalog.info(name)
    except NotFound as error:
        if not create:
            text = f"{error.message} Import it first, or send create: true and a timeframe to create it from points."
            raise NotFound(text) from error
        try:
            return _start(catalog, name, points, timeframe, time_zone)
        except Conflict:
            info = catalog.info(name)  # another collector was first
    refuse_other_grid(info, timeframe, time_zone)
    return catalog.append(name, _times(points, info.time_zone), _counts(points))


def collect_many(catalog: Catalog, points: Mapping[str, Points]) -> dict[str, AppendReport | ForecastingError]:
    """Append points (ds, y) to many data sets at once, as `collect` does to one that exists.

    Returns the report of each, or the error for which it was left out. Raises InputError without any data set, TooLarge
    for more points than one request may have.
    """
    limit, count = catalog.settings.max_points, sum(map(len, points.values()))
    if not points:
        raise InputError("data must have at least one data set (got none).", field="data")
    if count > limit:
        text = f"data must have at most {limit} points (DATAFLOW_MAX_POINTS), got {count}. Send them in batches."
        raise TooLarge(text, field="data")
    zones = catalog.zones(list(points))
    outcome: dict[str, AppendReport | ForecastingError] = {}
    valid = {}
    for name, own in points.items():
        try:
            valid[name] = (_times(own, zones.get(name)), _counts(own))
        except InputError as error:
            outcome[name] = error
    return outcome | catalog.append_many(valid)


def _start(catalog: Catalog, name: str, points: Points, timeframe: str | None, time_zone: str | None) -> AppendReport:
    """Create a data set from these points, in bins aligned with wall time, such as full five minutes."""
    if timeframe is None:
        raise InputError("timeframe is required: the bin of the new data set, such as 5m.", field="timeframe")
    bin_seconds = bin_seconds_of(timeframe)
    time_zone = time_zone or _written_zone(points)
    times = _times(points, time_zone)
    blank = Series(name, bin_seconds, _bin_start(times, bin_seconds, time_zone), np.empty(0), time_zone)
    grid_points = placed(times, _counts(points), blank, bins=0, max_bins=catalog.settings.max_bins)
    if np.isnan(grid_points.counts).all():
        raise InputError("data must have at least one known y (got none).", field="data")
    counts = np.full(int(grid_points.positions[-1]) + 1, np.nan)
    counts[grid_points.positions] = grid_points.counts
    series = replace(blank, requests_count=counts)
    catalog.add(series)
    return AppendReport(len(grid_points.positions), changed=0, unchanged=0, late=0, bins=len(series), end=series.end)


def refuse_other_grid(info: DatasetInfo, timeframe: str | None, time_zone: str | None) -> None:
    """Raise InputError for a given timeframe or zone that is not that of the data set."""
    if timeframe is not None and bin_seconds_of(timeframe) != info.bin_seconds:
        text = f"timeframe must be {info.timeframe}, the bin of {info.name}, or omitted (got {timeframe!r})."
        raise InputError(text, field="timeframe")
    if time_zone is not None and zone_of(time_zone) != zone_of(info.time_zone):
        rule = f"{info.time_zone}, that of {info.name}, or omitted" if info.time_zone else f"omitted for {info.name}"
        text = f"time_zone must be {rule} (got {time_zone!r})."
        raise InputError(text, field="time_zone")


def _written_zone(points: Points) -> str | None:
    match = _OFFSET.search(points[-1][0]) if points else None
    return match and ("UTC" if match[1] == "Z" else match[1])


def _bin_start(times: np.ndarray, bin_seconds: int, time_zone: str | None) -> int:
    """Return the start of the bin of the earliest time."""
    earliest = times.min(initial=_LAST, keepdims=True)
    return int((earliest - wall_seconds(earliest, time_zone) % bin_seconds)[0])


def _times(points: Points, time_zone: str | None) -> np.ndarray:
    """Return the absolute seconds (n,) of the points."""
    seconds = np.zeros(len(points), np.int64)
    errors: list[FieldError] = []
    for i, (ds, _) in enumerate(points):
        field = f"data.{i}.ds"
        try:
            seconds[i] = moment_of(ds, time_zone, field=field)
        except InputError as error:
            errors += error.errors
            continue
        if not _FIRST <= seconds[i] < _LAST:
            errors.append(FieldError(field, f"{field} must have a year from {FIRST_YEAR} to {LAST_YEAR} (got {ds!r})."))
    if errors:
        refuse(errors)
    return seconds


def _counts(points: Points) -> np.ndarray:
    return np.array([np.nan if y is None else y for _, y in points], dtype=np.float64)
