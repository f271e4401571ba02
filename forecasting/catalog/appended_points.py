"""Points appended to a data set: their bins on its grid, the changes they make, and the chunks that store them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import numpy as np
import sqlalchemy as sa

from forecasting.catalog.tables import CHUNK_VALUES, DTYPES, chunks, datasets
from forecasting.errors import FieldError, InputError, TooLarge
from forecasting.readers.tables.numbers import MAX_COUNT
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.timeframes import DAY, timeframe_of

MAX_GAP_DAYS = 731
"""The longest gap that an append may leave: a point further ahead has most likely a wrong year."""

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

    def values(self, array: str) -> np.ndarray | None:
        """Return what is written to an array of the data set; None if that stays as it is."""
        return self.counts if array == "requests_count" else self.flags.get(array)


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


def append(connection: sa.Connection, row: sa.Row[Any], points: Placed) -> AppendReport:
    """Write points into the data set of a locked row of `datasets`; only chunks that change are written."""
    stored = stored_counts(connection, row, points.positions)
    is_new = points.positions >= row.bins
    is_known = ~np.isnan(stored)
    same = ~is_new & ((stored == points.counts) | (~is_known & np.isnan(points.counts)))
    added = is_new | (~is_known & ~same)
    bins = max(row.bins, int(points.positions[-1]) + 1)
    if not same.all():
        _write_chunks(connection, row, points.part(~same), bins)
        _write_facts(connection, row, points.part(~same), stored[~same], bins)
    return AppendReport(
        added=int(np.count_nonzero(added)),
        changed=int(np.count_nonzero(~added & ~same)),
        unchanged=int(np.count_nonzero(same)),
        late=int(np.count_nonzero(added & ~is_new)),
        bins=bins,
        end=row.start + bins * row.bin_seconds,
    )


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


def _payloads(connection: sa.Connection, row: sa.Row[Any], wanted: Sequence[int]) -> dict[tuple[str, int], bytes]:
    """Return the stored chunks at these positions by array and position."""
    which = (chunks.c.dataset_id == row.id) & chunks.c.position.in_(wanted)
    rows = connection.execute(sa.select(chunks.c.array, chunks.c.position, chunks.c.payload).where(which))
    return {(chunk.array, chunk.position): chunk.payload for chunk in rows}


def stored_counts(connection: sa.Connection, row: sa.Row[Any], positions: np.ndarray) -> np.ndarray:
    """Return the stored counts of the bins (n,), NaN for unknown bins and for those past the end."""
    counts = np.full(len(positions), np.nan)
    places, inside = positions // CHUNK_VALUES, positions < row.bins
    payloads = _payloads(connection, row, np.unique(places[inside]).tolist())
    for (array, place), payload in payloads.items():
        if array == "requests_count":
            here = inside & (places == place)
            counts[here] = np.frombuffer(payload, DTYPES[array])[positions[here] % CHUNK_VALUES]
    return counts


def _write_chunks(connection: sa.Connection, row: sa.Row[Any], points: Placed, bins: int) -> None:
    """Rewrite the chunks of changed counts and, if bins were added, those from the former end on."""
    last, grown = (row.bins - 1) // CHUNK_VALUES, range(0)
    if bins > row.bins:
        grown = range(row.bins // CHUNK_VALUES, (bins - 1) // CHUNK_VALUES + 1)
    touched = sorted({*(points.positions // CHUNK_VALUES).tolist(), *grown})
    payloads = _payloads(connection, row, [*touched, last])
    rows = []
    for array in {array for array, _ in payloads}:
        written = points.values(array)
        for place in grown if written is None else touched:
            values = _chunk(array, place, payloads.get((array, place), b""), bins)
            if written is not None:
                here = points.positions // CHUNK_VALUES == place
                values[points.positions[here] % CHUNK_VALUES] = written[here]
            key = {"dataset_id": row.id, "array": array, "position": place}
            connection.execute(sa.delete(chunks).filter_by(**key))
            rows.append({**key, "payload": values.tobytes()})
    connection.execute(sa.insert(chunks), rows)


def _chunk(array: str, place: int, payload: bytes, bins: int) -> np.ndarray:
    """Return one stored chunk, extended to a total of `bins` bins: unknown counts, flags not set."""
    unset = np.nan if array == "requests_count" else False
    values = np.full(min(CHUNK_VALUES, bins - place * CHUNK_VALUES), unset, DTYPES[array])
    before = np.frombuffer(payload, DTYPES[array])
    values[: len(before)] = before
    return values


def _write_facts(connection: sa.Connection, row: sa.Row[Any], points: Placed, stored: np.ndarray, bins: int) -> None:
    with np.errstate(over="ignore"):
        requests = float(row.requests + np.nansum(points.counts) - np.nansum(stored))
    known = int(np.count_nonzero(~np.isnan(points.counts)) - np.count_nonzero(~np.isnan(stored)))
    facts = {
        "bins": bins,
        "known_bins": row.known_bins + known,
        "requests": max(0.0, float(np.nan_to_num(requests))),
        "version": _next_version(row.version, points, bins),
    }
    connection.execute(sa.update(datasets).where(datasets.c.id == row.id).values(**facts))


def _next_version(version: str, points: Placed, bins: int) -> str:
    """Return a hash of the former version and the change; hashing the whole content would mean reading all of it."""
    change = points.positions.astype("<i8").tobytes() + points.counts.astype("<f8").tobytes()
    change += b"".join(points.flags[name].tobytes() for name in sorted(points.flags))
    return hashlib.blake2b(f"{version} {bins} ".encode() + change, digest_size=8).hexdigest()
