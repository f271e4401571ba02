"""How the points of a data set are stored, read and checked.

Its arrays are cut into `chunks` of `CHUNK_VALUES` bins, as plain bytes: counts as little-endian float64 (NaN for
unknown), flags as one byte each. The latest appends are entries of the `journal`, each the positions (int64) and the
counts of one append; they hold over the chunks in their order. So an append writes one small row, however long the
history is, and once in a while the entries are written into the chunks. The row of the data set says what there must
be: `chunked` bins in chunks, of the counts and of the `flags`, and `journaled` entries. Chunks and entries carry a
checksum of their content and of the place where they belong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypedDict

import numpy as np
import sqlalchemy as sa

from forecasting.catalog.tables import chunks, datasets, journal
from forecasting.database.engines import BINARY
from forecasting.timeseries.series import Series

CHUNK_VALUES = 2_048
"""The number of bins in a chunk: a day and a half of minutes, 16 kB."""
PLACES_AT_ONCE = 1_000
"""The most chunks that one statement names; databases limit its parameters."""
COUNTS = "requests_count"
DTYPES = {COUNTS: np.dtype("<f8"), "is_burst": np.dtype("?"), "is_event": np.dtype("?")}
UNSET = {COUNTS: np.nan, "is_burst": False, "is_event": False}
ENTRY = np.dtype([("position", "<i8"), ("count", "<f8")])


class DamagedPoints(Exception):
    """What is stored of a data set is not what was written; the message says what is wrong."""

    def __init__(self, row: sa.Row[Any], reason: str):
        super().__init__(reason)
        self.name: str = row.name
        self.reason = reason


class ChunkRow(TypedDict):
    """One row of `chunks`."""

    dataset_id: str
    array: str
    position: int
    payload: bytes
    checksum: bytes


def checksum_of(dataset_id: str, array: str, position: int, payload: bytes) -> bytes:
    """Return the checksum of a chunk or, for the array `journal`, of an entry: of its place, length and content."""
    sealed = hashlib.blake2b(f"{dataset_id} {array} {position} {len(payload)} ".encode(), digest_size=8)
    sealed.update(payload)
    return sealed.digest()


def chunk_row(dataset_id: str, array: str, position: int, payload: bytes) -> ChunkRow:
    """Return a row of `chunks`."""
    checksum = checksum_of(dataset_id, array, position, payload)
    return {
        "dataset_id": dataset_id,
        "array": array,
        "position": position,
        "payload": payload,
        "checksum": checksum,
    }


def chunk_rows(series: Series, dataset_id: str) -> Iterator[ChunkRow]:
    """Yield the rows of `chunks` that store a series."""
    for array in (COUNTS, *flags_of(series).split()):
        values = np.ascontiguousarray(getattr(series, array), dtype=DTYPES[array])
        for position, first in enumerate(range(0, len(values), CHUNK_VALUES)):
            yield chunk_row(dataset_id, array, position, values[first : first + CHUNK_VALUES].tobytes())


def flags_of(series: Series) -> str:
    """Return the flags that a series has, as stored in `datasets.flags`."""
    return " ".join(array for array in DTYPES if array != COUNTS and getattr(series, array) is not None)


def arrays_of(connection: sa.Connection, row: sa.Row[Any]) -> dict[str, np.ndarray]:
    """Return the arrays (bins,) of a data set by name, from its row in `datasets`; raises DamagedPoints."""
    if not 0 <= row.chunked <= row.bins:
        raise DamagedPoints(row, f"it has {row.bins:,} bins, {row.chunked:,} of them in chunks")
    columns = (chunks.c.array, chunks.c.position, chunks.c.payload, chunks.c.checksum)
    statement = sa.select(*columns).where(chunks.c.dataset_id == row.id).order_by(chunks.c.array, chunks.c.position)
    statement = statement.execution_options(**{BINARY: True})
    payloads: dict[str, list[bytes]] = {array: [] for array in (COUNTS, *row.flags.split())}
    for array, position, payload, checksum in connection.execute(statement):
        if array not in payloads:
            raise DamagedPoints(row, f"it has a chunk of {array!r}, which does not belong to it")
        if position != len(payloads[array]):
            raise DamagedPoints(row, _missing(array, len(payloads[array])))
        _verify(row, array, position, payload, checksum)
        payloads[array].append(payload)
    arrays = {}
    for array, parts in payloads.items():
        if len(parts) < -(-row.chunked // CHUNK_VALUES):
            raise DamagedPoints(row, _missing(array, len(parts)))
        arrays[array] = _extended(array, b"".join(parts), row.bins)
    entries = entries_of(connection, [row])[row.id]
    arrays[COUNTS][entries["position"]] = entries["count"]  # of equal positions, numpy takes the last one
    return arrays


def entries_of(connection: sa.Connection, rows: Iterable[sa.Row[Any]]) -> dict[str, np.ndarray]:
    """Return the journal (`ENTRY`) of data sets by id, in its order; raises DamagedPoints."""
    by_id = {row.id: row for row in rows if row.journaled}
    payloads: dict[str, list[bytes]] = {dataset_id: [] for dataset_id in by_id}
    statement = sa.select(journal).where(journal.c.dataset_id.in_(list(by_id)))
    for dataset_id, sequence, payload, checksum in connection.execute(
        statement.order_by(journal.c.dataset_id, journal.c.sequence)
    ):
        if sequence != len(payloads[dataset_id]):
            raise DamagedPoints(by_id[dataset_id], f"append {len(payloads[dataset_id])} of its journal is missing")
        if checksum != checksum_of(dataset_id, "journal", sequence, payload):
            raise DamagedPoints(
                by_id[dataset_id], f"append {sequence} of its journal has other content than was written"
            )
        payloads[dataset_id].append(payload)
    entries = {row.id: np.empty(0, ENTRY) for row in rows}
    for dataset_id, row in by_id.items():
        if len(payloads[dataset_id]) != row.journaled:
            raise DamagedPoints(by_id[dataset_id], f"append {len(payloads[dataset_id])} of its journal is missing")
        values = np.frombuffer(b"".join(payloads[dataset_id]), ENTRY)
        if len(values) and not (0 <= values["position"].min() <= values["position"].max() < row.bins):
            raise DamagedPoints(by_id[dataset_id], "its journal has bins after its end")
        entries[dataset_id] = values
    return entries


def stored_counts(connection: sa.Connection, requests: Sequence[tuple[sa.Row[Any], np.ndarray]]) -> list[np.ndarray]:
    """Return for each row of `datasets` the stored counts at positions (n,), NaN for unknown and past the end.

    Raises DamagedPoints.
    """
    results = [np.full(len(positions), np.nan) for _, positions in requests]
    looked_up = [
        (row, positions, counts)
        for (row, positions), counts in zip(requests, results, strict=True)
        if positions.min() < row.bins
    ]
    if not looked_up:
        return results
    rows = [row for row, _, _ in looked_up]
    places = {(row.id, COUNTS, place) for row, positions, _ in looked_up for place in _places(row, positions)}
    payloads, journals = payloads_of(connection, rows, places), entries_of(connection, rows)
    for row, positions, counts in looked_up:
        for place in _places(row, positions):
            here = (positions < row.chunked) & (positions // CHUNK_VALUES == place)
            values = np.frombuffer(payloads[row.id, COUNTS, place], DTYPES[COUNTS])
            counts[here] = values[positions[here] % CHUNK_VALUES]
        latest_first = journals[row.id][::-1]
        _, here, there = np.intersect1d(positions, latest_first["position"], return_indices=True)
        counts[here] = latest_first["count"][there]
    return results


def payloads_of(
    connection: sa.Connection, rows: Sequence[sa.Row[Any]], places: set[tuple[str, str, int]]
) -> dict[tuple[str, str, int], bytes]:
    """Return the verified chunks at places (id, array, position), all of which must exist; raises DamagedPoints."""
    by_id = {row.id: row for row in rows}
    payloads = {}
    key = sa.tuple_(chunks.c.dataset_id, chunks.c.array, chunks.c.position)
    ordered = sorted(places)
    for first in range(0, len(ordered), PLACES_AT_ONCE):
        wanted = key.in_(ordered[first : first + PLACES_AT_ONCE])
        for row in connection.execute(sa.select(chunks).where(wanted)):
            _verify(by_id[row.dataset_id], row.array, row.position, row.payload, row.checksum)
            payloads[row.dataset_id, row.array, row.position] = row.payload
    for dataset_id, array, position in sorted(places - payloads.keys()):
        raise DamagedPoints(by_id[dataset_id], _missing(array, position))
    return payloads


def write_through(
    connection: sa.Connection, row: sa.Row[Any], bins: int, written: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    """Write the journal and then `written` into the chunks of a data set that will have `bins` bins.

    `written` has positions (n,) and their values (n,) by array. Only chunks that change are written.
    """
    entries = entries_of(connection, [row])[row.id]
    layers: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {array: [change] for array, change in written.items()}
    layers[COUNTS] = [(entries["position"], entries["count"]), *layers.get(COUNTS, [])]
    grown = range(row.chunked // CHUNK_VALUES, -(-bins // CHUNK_VALUES)) if bins > row.chunked else range(0)
    touched = {
        array: {*grown, *(place for positions, _ in layers.get(array, []) for place in _places_of(positions))}
        for array in (COUNTS, *row.flags.split())
    }
    there = -(-row.chunked // CHUNK_VALUES)
    places = {(row.id, array, place) for array in touched for place in touched[array] if place < there}
    payloads = payloads_of(connection, [row], places)
    rows = []
    for array, wanted in touched.items():
        for place in sorted(wanted):
            length = min(CHUNK_VALUES, bins - place * CHUNK_VALUES)
            values = _extended(array, payloads.get((row.id, array, place), b""), length)
            for positions, changed in layers.get(array, []):
                here = positions // CHUNK_VALUES == place
                values[positions[here] % CHUNK_VALUES] = changed[here]
            rows.append(chunk_row(row.id, array, place, values.tobytes()))
    if row.journaled:
        connection.execute(sa.delete(journal).where(journal.c.dataset_id == row.id))
    if places:
        connection.execute(_DELETE_CHUNK, [dict(zip(_PLACE, place, strict=True)) for place in sorted(places)])
    if rows:
        connection.execute(sa.insert(chunks), rows)
    facts = {"chunked": max(bins, row.chunked), "journaled": 0}
    connection.execute(sa.update(datasets).where(datasets.c.id == row.id).values(facts))


_PLACE = ("its_id", "its_array", "its_position")
_DELETE_CHUNK = sa.delete(chunks).where(
    chunks.c.dataset_id == sa.bindparam("its_id"),
    chunks.c.array == sa.bindparam("its_array"),
    chunks.c.position == sa.bindparam("its_position"),
)


def _places(row: sa.Row[Any], positions: np.ndarray) -> list[int]:
    """Return the positions of the stored chunks that hold bins."""
    return _places_of(positions[positions < row.chunked])


def _places_of(positions: np.ndarray) -> list[int]:
    return np.unique(positions // CHUNK_VALUES).tolist()


def _verify(row: sa.Row[Any], array: str, position: int, payload: bytes, checksum: bytes) -> None:
    expected = min(CHUNK_VALUES, row.chunked - position * CHUNK_VALUES) * DTYPES[array].itemsize
    if len(payload) != expected:
        raise DamagedPoints(
            row, f"chunk {position} of its {array} has {len(payload):,} bytes instead of {max(expected, 0):,}"
        )
    if checksum != checksum_of(row.id, array, position, payload):
        raise DamagedPoints(row, f"chunk {position} of its {array} has other content than was written")


def _missing(array: str, position: int) -> str:
    return f"chunk {position} of its {array} is missing"


def _extended(array: str, payload: bytes, length: int) -> np.ndarray:
    """Return stored values, extended to `length`: unknown counts, flags not set."""
    values = np.full(length, UNSET[array], DTYPES[array])
    before = np.frombuffer(payload, DTYPES[array])
    values[: len(before)] = before
    return values
