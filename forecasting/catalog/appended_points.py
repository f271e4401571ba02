"""Points appended to a data set: their bins on its grid, the changes they make, and how these are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import numpy as np
import sqlalchemy as sa

from forecasting.catalog.stored_points import COUNTS, ENTRY, checksum_of, stored_counts, write_through
from forecasting.catalog.tables import datasets, journal, lock_all
from forecasting.errors import FieldError, ForecastingError, InputError, NotFound, TooLarge
from forecasting.readers.tables.numbers import MAX_COUNT
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.timeframes import DAY, timeframe_of

MAX_GAP_DAYS = 731
"""The longest gap that an append may leave: a point further ahead has most likely a wrong year."""

JOURNAL_ENTRIES = 64
"""The appends that the journal of a data set holds at least before they are written into its chunks."""

JOURNAL_POINTS = 64
"""The most points of an append that goes to the journal."""

SETS_AT_ONCE = 1_000
"""The data sets that are read and written together in a batch."""

MAX_ERRORS = 20
"""The number of invalid points listed in one error."""


@dataclass(frozen=True)
class AppendReport:
    """The outcome of an append; points of equal time count once.

    `added` bins had no count before (new, or unknown until now); `late` of them lie before the former end. `changed`
    bins had another count, `unchanged` ones the same. The data set now has `bins` bins, up to `end` (absolute seconds).
    """

    added: int
    changed: int
    unchanged: int
    late: int
    bins: int
    end: int


class Grid(Protocol):
    """The grid of a data set: a Series, a DatasetInfo or a row of `datasets`."""

    @property
    def name(self) -> str: ...
    @property
    def bin_seconds(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def time_zone(self) -> str | None: ...


@dataclass(frozen=True, eq=False)
class Placed:
    """Points on a grid: distinct bins in time order, as `positions` (n,) from 0, and their `counts` (n,).

    `flags` are bool (n,) by name; they are written if the data set has flags of that name.
    """

    positions: np.ndarray
    counts: np.ndarray
    flags: Mapping[str, np.ndarray] = field(default_factory=dict)

    def part(self, selected: np.ndarray) -> Placed:
        """Return the points selected by a bool array (n,)."""
        flags = {name: values[selected] for name, values in self.flags.items()}
        return Placed(self.positions[selected], self.counts[selected], flags)

    def written_flags(self, row: sa.Row[Any]) -> dict[str, np.ndarray]:
        """Return the flags that are written to the data set of a row: those that it has."""
        return {name: values for name, values in self.flags.items() if name in row.flags.split()}


def placed(times: np.ndarray, counts: np.ndarray, grid: Grid, *, bins: int, max_bins: int) -> Placed:
    """Place points, given as absolute seconds (n,) and counts (n,), NaN for unknown, on a grid that has `bins` bins.

    Of points with equal times the last one wins. Raises InputError for `data.N.ds` and `data.N.y`: times before the
    grid, between its bins or more than `MAX_GAP_DAYS` after the point before them, and counts that are negative,
    infinite or too large. Raises TooLarge if a point lies beyond `max_bins`.
    """
    times, counts = np.asarray(times, dtype=np.int64), np.asarray(counts, dtype=np.float64)
    if len(times) == 0:
        raise InputError("data must have at least one point (got none).", field="data")
    positions, remainder = np.divmod(times - grid.start, grid.bin_seconds)
    errors = [
        *_errors(positions < 0, "ds", lambda i: _before_start(times[i], grid)),
        *_errors((positions >= 0) & (remainder != 0), "ds", lambda i: _between_bins(times[i], grid)),
        *_errors(
            (counts < 0) | (counts > MAX_COUNT),
            "y",
            lambda i: f"must be from 0 to {MAX_COUNT:,.0f} (got {counts[i]:g}).",
        ),
    ]
    if errors:
        refuse(sorted(errors, key=lambda error: int(error.field.split(".")[1])))
    _refuse_bins(positions, times, grid, max_bins)
    last_first = np.unique(positions[::-1], return_index=True)[1]
    last_of_each = len(positions) - 1 - last_first
    _refuse_gaps(positions[last_of_each], last_of_each, grid, bins)
    return Placed(positions[last_of_each], counts[last_of_each])


def refuse(errors: Sequence[FieldError]) -> NoReturn:
    """Raise one InputError for the errors of points (at least one); it lists the first `MAX_ERRORS`."""
    more = f" {len(errors)} points are invalid." if len(errors) > 1 else ""
    raise InputError(errors[0].message + more, errors=errors[:MAX_ERRORS])


@dataclass(frozen=True, eq=False)
class Change:
    """What an append does to a data set: its report and, if anything changes, the points and facts to write."""

    report: AppendReport
    points: Placed | None
    facts: dict[str, Any]


def change_of(row: sa.Row[Any], points: Placed, stored: np.ndarray) -> Change:
    """Return what appending points to the data set of a row does, given the stored counts (n,) at their positions."""
    is_new = points.positions >= row.bins
    is_known = ~np.isnan(stored)
    same = ~is_new & ((stored == points.counts) | (~is_known & np.isnan(points.counts)))
    added = is_new | (~is_known & ~same)
    bins = max(row.bins, int(points.positions[-1]) + 1)
    report = AppendReport(
        added=int(np.count_nonzero(added)),
        changed=int(np.count_nonzero(~added & ~same)),
        unchanged=int(np.count_nonzero(same)),
        late=int(np.count_nonzero(added & ~is_new)),
        bins=bins,
        end=row.start + bins * row.bin_seconds,
    )
    if same.all():
        return Change(report, None, {})
    changed = points.part(~same)
    return Change(report, changed, _facts(row, changed, stored[~same], bins))


def append(connection: sa.Connection, row: sa.Row[Any], points: Placed) -> AppendReport:
    """Write points into the data set of a locked row of `datasets`."""
    change = change_of(row, points, stored_counts(connection, [(row, points.positions)])[0])
    write_changes(connection, [(row, change)])
    return change.report


def append_all(
    connection: sa.Connection, points: Mapping[str, tuple[np.ndarray, np.ndarray]], max_bins: int
) -> dict[str, AppendReport | ForecastingError]:
    """Append times (n,) and counts (n,) to data sets by name; return the report of each, or the error about it."""
    rows = lock_all(connection, sorted(points))
    outcome: dict[str, AppendReport | ForecastingError] = {}
    valid: list[tuple[sa.Row[Any], Placed]] = []
    changes: list[tuple[sa.Row[Any], Change]] = []
    for name, (times, counts) in points.items():
        row = rows.get(name)
        if row is None:
            outcome[name] = NotFound(f"Data set {name!r} not found.")
            continue
        if len(times) == 1 and (change := _one_new_bin(row, float(times[0]), float(counts[0]), max_bins)):
            changes.append((row, change))
            continue
        try:
            valid.append((row, placed(times, counts, row, bins=row.bins, max_bins=max(max_bins, row.bins))))
        except InputError as error:
            outcome[name] = error
    for first in range(0, len(valid), SETS_AT_ONCE):
        group = valid[first : first + SETS_AT_ONCE]
        stored = stored_counts(connection, [(row, new.positions) for row, new in group])
        changes += [(row, change_of(row, new, counts)) for (row, new), counts in zip(group, stored, strict=True)]
    write_changes(connection, changes)
    return outcome | {row.name: change.report for row, change in changes}


def _one_new_bin(row: sa.Row[Any], time: float, count: float, max_bins: int) -> Change | None:
    """Return what `change_of` returns for one bin right after the end, without arrays; None for any other point.

    That is what a collector sends of each of thousands of data sets, a minute at a time.
    """
    bins = row.bins + 1
    if time != row.start + row.bins * row.bin_seconds or not 0 <= count <= MAX_COUNT or bins > max(max_bins, row.bins):
        return None
    points = Placed(np.array([row.bins], np.int64), np.array([count]))
    facts = {
        "bins": bins,
        "known_bins": row.known_bins + 1,
        "requests": row.requests + count,
        "version": _next_version(row.version, points, bins),
    }
    report = AppendReport(1, 0, 0, 0, bins=bins, end=row.start + bins * row.bin_seconds)
    return Change(report, points, facts)


def write_changes(connection: sa.Connection, changes: Sequence[tuple[sa.Row[Any], Change]]) -> None:
    """Write what appends do to the data sets of locked rows: a row of the journal each, now and then the chunks."""
    entries, facts = [], []
    for row, change in changes:
        points = change.points
        if points is None:
            continue
        bins = change.facts["bins"]
        if len(points.positions) > JOURNAL_POINTS or points.written_flags(row) or row.journaled >= _most_entries(row):
            arrays = {COUNTS: points.counts, **points.written_flags(row)}
            changed = {array: (points.positions, values) for array, values in arrays.items()}
            write_through(connection, row, bins, changed)
            journaled = 0
        else:
            payload = _entry(points)
            checksum = checksum_of(row.id, "journal", row.journaled, payload)
            key = {"dataset_id": row.id, "sequence": row.journaled}
            entries.append({**key, "payload": payload, "checksum": checksum})
            journaled = row.journaled + 1
        facts.append({"its_id": row.id, **change.facts, "journaled": journaled})
    if entries:
        connection.execute(sa.insert(journal), entries)
    if facts:
        connection.execute(_WRITE_FACTS, facts)


def _entry(points: Placed) -> bytes:
    """Return points as an entry of the journal."""
    entry = np.empty(len(points.positions), ENTRY)
    entry["position"], entry["count"] = points.positions, points.counts
    return entry.tobytes()


_WRITE_FACTS = (
    sa.update(datasets)
    .where(datasets.c.id == sa.bindparam("its_id"))
    .values({name: sa.bindparam(name) for name in ("bins", "known_bins", "requests", "version", "journaled")})
)


def _most_entries(row: sa.Row[Any]) -> int:
    """Return how long the journal of a data set gets; it differs, so that those of a fleet do not end at once."""
    return JOURNAL_ENTRIES + int(row.id[:4], 16) % JOURNAL_ENTRIES


def _errors(invalid: np.ndarray, part: str, rule: Callable[[int], str]) -> list[FieldError]:
    fields = ((i, f"data.{i}.{part}") for i in np.flatnonzero(invalid).tolist())
    return [FieldError(field, f"{field} {rule(i)}") for i, field in fields]


def _moment(second: int, grid: Grid) -> str:
    return wall_text(int(second), grid.time_zone)


def _before_start(second: int, grid: Grid) -> str:
    start = _moment(grid.start, grid)
    return f"must not be before {start}, where {grid.name} begins (got {_moment(second, grid)})."


def _between_bins(second: int, grid: Grid) -> str:
    before = int(second) - (int(second) - grid.start) % grid.bin_seconds
    bins = f"{_moment(before, grid)} or {_moment(before + grid.bin_seconds, grid)}"
    return f"must be the start of a {timeframe_of(grid.bin_seconds)} bin: {bins} (got {_moment(second, grid)})."


def _refuse_bins(positions: np.ndarray, times: np.ndarray, grid: Grid, max_bins: int) -> None:
    beyond = np.flatnonzero(positions >= max_bins)
    if len(beyond):
        field = f"data.{beyond[0]}.ds"
        raise TooLarge(
            f"{field} would be bin {int(positions[beyond[0]]) + 1:,} of {grid.name}; the limit is {max_bins:,} bins "
            f"(DATAFLOW_MAX_BINS), got {_moment(times[beyond[0]], grid)}.",
            field=field,
        )


def _refuse_gaps(positions: np.ndarray, indices: np.ndarray, grid: Grid, bins: int) -> None:
    """Refuse a gap longer than `MAX_GAP_DAYS` after the present end or between rising positions (n,) past it."""
    gaps = np.diff(np.maximum(positions, bins - 1), prepend=max(bins - 1, 0))
    too_far = np.flatnonzero(gaps * grid.bin_seconds > MAX_GAP_DAYS * DAY)
    if len(too_far):
        k = int(too_far[0])
        before = int(max(bins - 1, positions[k - 1] if k else 0))
        last, point = (_moment(grid.start + place * grid.bin_seconds, grid) for place in (before, int(positions[k])))
        field = f"data.{indices[k]}.ds"
        raise InputError(
            f"{field} must be within {MAX_GAP_DAYS} days of {last}, the bin before it in {grid.name} (got {point}). "
            "Check the year; to leave a longer gap, import the data as a file.",
            field=field,
        )


def _facts(row: sa.Row[Any], points: Placed, stored: np.ndarray, bins: int) -> dict[str, Any]:
    with np.errstate(over="ignore"):
        requests = float(row.requests + np.nansum(points.counts) - np.nansum(stored))
    known = int(np.count_nonzero(~np.isnan(points.counts)) - np.count_nonzero(~np.isnan(stored)))
    return {
        "bins": bins,
        "known_bins": row.known_bins + known,
        "requests": max(0.0, float(np.nan_to_num(requests))),
        "version": _next_version(row.version, points, bins),
    }


def _next_version(version: str, points: Placed, bins: int) -> str:
    """Return a hash of the former version and the change; hashing the whole content would mean reading all of it."""
    change = points.positions.astype("<i8").tobytes() + points.counts.astype("<f8").tobytes()
    change += b"".join(points.flags[name].tobytes() for name in sorted(points.flags))
    return hashlib.blake2b(f"{version} {bins} ".encode() + change, digest_size=8).hexdigest()
