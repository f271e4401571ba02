"""Fresh points for a data set: where they lie on its grid, what they change, and the chunks that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

import numpy as np
import sqlalchemy as sa

from forecasting.catalog.tables import CHUNK_VALUES, DTYPES, chunks, datasets
from forecasting.errors import FieldError, InputError, TooLarge
from forecasting.readers.tables.numbers import MAX_COUNT
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.timeframes import timeframe_of

MAX_ERRORS = 20
"""Wrong points named in one error."""


@dataclass(frozen=True)
class AppendReport:
    """What became of points, each time counted once.

    `added` bins had no count before: they are new, or were unknown; `late` of them lie before the former end. `changed`
    bins had another count, `unchanged` ones the same. The data set now has `bins`, up to `end` (absolute seconds).
    """

    added: int
    changed: int
    unchanged: int
    late: int
    bins: int
    end: int


class SavingsMap(Protocol):
    """The grid of a data set: a DatasetInfo, or a row of `datasets`."""

    name: str
    bin_seconds: int
    start: int
    time_zone: str | None


@dataclass(frozen=True, eq=False)
class Placed:
    """Points on a grid: distinct bins in order, as `positions` (n,) from 0, and their `counts` (n,)."""

    positions: np.ndarray
    counts: np.ndarray

    def part(self, chosen: np.ndarray) -> Placed:
        """The points that a bool array (n,) marks."""
        return Placed(self.positions[chosen], self.counts[chosen])


def placed(times: np.ndarray, counts: np.ndarray, grid: SavingsMap, max_bins: int) -> Placed:
    """Points on a grid from absolute seconds (n,) and counts (n,), NaN for unknown; of equal times the last wins.

    Raises InputError naming `data.N.ds` and `data.N.y`: times before the grid or between its bins, counts that are
    negative, infinite or too large. Raises TooLarge where a point lies beyond `max_bins`.
    """
    times, counts = np.asarray(times, dtype=np.int64), np.asarray(counts, dtype=np.float64)
    if len(times) == 0:
        raise InputError("data is empty; give at least one point.", field="data")
    positions, beside = np.divmod(times - grid.start, grid.bin_seconds)
    wrong = [
        *_named(positions < 0, "ds", lambda i: f"{_moment(times[i], grid)}, {_is_before(grid)}"),
        *_named(
            (positions >= 0) & (beside != 0), "ds", lambda i: f"{_moment(times[i], grid)}, {_lies(times[i], grid)}"
        ),
        *_named((counts < 0) | (counts > MAX_COUNT), "y", lambda i: f"{counts[i]:g}; write 0 to {MAX_COUNT:g}."),
    ]
    if wrong:
        refuse(sorted(wrong, key=lambda error: int(error.field.split(".")[1])))
    _refuse_bins(positions, times, grid, max_bins)
    last_first = np.unique(positions[::-1], return_index=True)[1]
    kept = len(positions) - 1 - last_first
    return Placed(positions[kept], counts[kept])


def refuse(wrong: Sequence[FieldError]) -> NoReturn:
    """Raise the InputError that names what is wrong with points, at least one, the first ones of many."""
    more = f" ({len(wrong)} points are wrong)" if len(wrong) > 1 else ""
    raise InputError(wrong[0].message + more, errors=wrong[:MAX_ERRORS])


def append(connection: sa.Connection, row: sa.Row, points: Placed) -> AppendReport:
    """Write points into the data set of a locked row of `datasets`: only the chunks that change."""
    stored = _stored(connection, row, points.positions)
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


def _named(wrong: np.ndarray, part: str, said: Callable[[int], str]) -> list[FieldError]:
    fields = ((i, f"data.{i}.{part}") for i in np.flatnonzero(wrong).tolist())
    return [FieldError(field, f"{field} is {said(i)}") for i, field in fields]


def _moment(second: int, grid: SavingsMap) -> str:
    return wall_text(int(second), grid.time_zone)


def _is_before(grid: SavingsMap) -> str:
    return f"but {grid.name} begins at {_moment(grid.start, grid)}; write a later time, or import the earlier ones."


def _lies(second: int, grid: SavingsMap) -> str:
    before = int(second) - (int(second) - grid.start) % grid.bin_seconds
    bins = f"{_moment(before, grid)} or {_moment(before + grid.bin_seconds, grid)}"
    return f"between two bins of {timeframe_of(grid.bin_seconds)}; write {bins}."


def _refuse_bins(positions: np.ndarray, times: np.ndarray, grid: SavingsMap, max_bins: int) -> None:
    beyond = np.flatnonzero(positions >= max_bins)
    if len(beyond):
        field = f"data.{beyond[0]}.ds"
        raise TooLarge(
            f"{field} is {_moment(times[beyond[0]], grid)}, bin {int(positions[beyond[0]]) + 1:,} of {grid.name}; a "
            f"data set has at most {max_bins:,} (DATAFLOW_MAX_BINS sets it).",
            field=field,
        )


def _payloads(connection: sa.Connection, row: sa.Row, wanted: Sequence[int]) -> dict[tuple[str, int], bytes]:
    """The stored chunks at these positions by array and position."""
    which = (chunks.c.dataset_id == row.id) & chunks.c.position.in_(wanted)
    found = connection.execute(sa.select(chunks.c.array, chunks.c.position, chunks.c.payload).where(which))
    return {(chunk.array, chunk.position): chunk.payload for chunk in found}


def _stored(connection: sa.Connection, row: sa.Row, positions: np.ndarray) -> np.ndarray:
    """The counts that the bins have now (n,), NaN for unknown and for those that are not there yet."""
    counts = np.full(len(positions), np.nan)
    places, inside = positions // CHUNK_VALUES, positions < row.bins
    payloads = _payloads(connection, row, np.unique(places[inside]).tolist())
    for (array, place), payload in payloads.items():
        if array == "requests_count":
            here = inside & (places == place)
            counts[here] = np.frombuffer(payload, DTYPES[array])[positions[here] % CHUNK_VALUES]
    return counts


def _write_chunks(connection: sa.Connection, row: sa.Row, points: Placed, bins: int) -> None:
    """Rewrite the chunks of changed counts and, where bins were added, those from the former end on."""
    last, grown = (row.bins - 1) // CHUNK_VALUES, []
    if bins > row.bins:
        grown = range(row.bins // CHUNK_VALUES, (bins - 1) // CHUNK_VALUES + 1)
    touched = sorted({*(points.positions // CHUNK_VALUES).tolist(), *grown})
    payloads = _payloads(connection, row, [*touched, last])
    rows = []
    for array in {array for array, _ in payloads}:
        for place in touched if array == "requests_count" else grown:
            values = _chunk(array, place, payloads.get((array, place), b""), bins)
            if array == "requests_count":
                here = points.positions // CHUNK_VALUES == place
                values[points.positions[here] % CHUNK_VALUES] = points.counts[here]
            key = {"dataset_id": row.id, "array": array, "position": place}
            connection.execute(sa.delete(chunks).filter_by(**key))
            rows.append({**key, "payload": values.tobytes()})
    connection.execute(sa.insert(chunks), rows)


def _chunk(array: str, place: int, payload: bytes, bins: int) -> np.ndarray:
    """One chunk as it stands, lengthened to `bins` in all: counts by unknown ones, flags by none."""
    unset = np.nan if array == "requests_count" else False
    values = np.full(min(CHUNK_VALUES, bins - place * CHUNK_VALUES), unset, DTYPES[array])
    before = np.frombuffer(payload, DTYPES[array])
    values[: len(before)] = before
    return values


def _write_facts(connection: sa.Connection, row: sa.Row, points: Placed, stored: np.ndarray, bins: int) -> None:
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
    """A hash of the former version and what changed: hashing the whole content would mean to read it all."""
    change = points.positions.astype("<i8").tobytes() + points.counts.astype("<f8").tobytes()
    return hashlib.blake2b(f"{version} {bins} ".encode() + change, digest_size=8).hexdigest()
