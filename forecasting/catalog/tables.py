"""The catalog's tables, and how a Series is stored in them.

A data set is one row in `datasets`; its arrays are in `chunks` as plain bytes: counts as little-endian float64 (NaN for
unknown), flags as one byte each. The id is random and never reused, so a reader can never mix the chunks of a data set
with those of its replacement. The scaling configuration of a data set is in `choices` under its name: it survives a
replacement, and a built-in data set, which has no row, can have one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import numpy as np
import sqlalchemy as sa

from forecasting.database import metadata
from forecasting.timeseries.series import Series

CHUNK_VALUES = 1 << 16

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(63), nullable=False, unique=True),
    sa.Column("bin_seconds", sa.Integer, nullable=False),
    sa.Column("start", sa.BigInteger, nullable=False),
    sa.Column("bins", sa.Integer, nullable=False),
    sa.Column("known_bins", sa.Integer, nullable=False),
    sa.Column("requests", sa.Double, nullable=False),
    sa.Column("time_zone", sa.String(64)),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("created_at", sa.String(20), nullable=False),
    sa.Column("report", sa.Text),
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("dataset_id", sa.ForeignKey(datasets.c.id), primary_key=True),
    sa.Column("array", sa.String(16), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)

choices = sa.Table(
    "choices",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("payload", sa.Text, nullable=False),
)

INFO = [column for column in datasets.c if column.name not in ("id", "report")]

GRID = (datasets.c.bin_seconds, datasets.c.start, datasets.c.time_zone, datasets.c.synthetic)


class ChunkRow(TypedDict):
    """One row of `chunks`."""

    dataset_id: str
    array: str
    position: int
    payload: bytes


DTYPES = {"requests_count": np.dtype("<f8"), "is_burst": np.dtype("?"), "is_event": np.dtype("?")}


def points_of(name: str) -> sa.Select[Any]:
    """Return the statement that reads a whole data set: one row per chunk, with the columns that the Series needs."""
    columns = (*GRID, datasets.c.version)
    return (
        sa.select(*columns, chunks.c.array, chunks.c.payload)
        .join_from(datasets, chunks)
        .where(datasets.c.name == name)
        .order_by(chunks.c.array, chunks.c.position)
    )


def put(connection: sa.Connection, row: dict[str, Any], *, replace: bool) -> None:
    """Insert a row of `datasets`; with `replace`, turn that of its name into it and delete the former chunks.

    The row stays one row: who waits for its lock then sees the new one, not that it is gone.
    """
    former = lock_named(connection, row["name"]) if replace else None
    if former is None:
        connection.execute(sa.insert(datasets), row)
    else:
        connection.execute(sa.delete(chunks).where(chunks.c.dataset_id == former.id))
        connection.execute(sa.update(datasets).where(datasets.c.id == former.id), row)


def rename(connection: sa.Connection, name: str, new: str) -> int:
    """Rename a data set and its configuration; return the number of data sets renamed (0 or 1)."""
    renamed = connection.execute(sa.update(datasets).where(datasets.c.name == name).values(name=new)).rowcount
    connection.execute(sa.update(choices).where(choices.c.name == name).values(name=new))
    return renamed


def delete_named(connection: sa.Connection, name: str) -> int:
    """Delete a data set and its chunks but not its configuration; return the number of data sets deleted (0 or 1)."""
    ids = sa.select(datasets.c.id).where(datasets.c.name == name).scalar_subquery()
    connection.execute(sa.delete(chunks).where(chunks.c.dataset_id == ids))
    return connection.execute(sa.delete(datasets).where(datasets.c.name == name)).rowcount


def lock_named(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    """Return the row of a data set, locked until this transaction ends; None if there is no such data set.

    SQLite locks the whole database when a transaction that writes begins.
    """
    return connection.execute(sa.select(datasets).where(datasets.c.name == name).with_for_update()).first()


def get_choices(connection: sa.Connection, name: str) -> str | None:
    """Return the text stored as the configuration of a name; None if there is none."""
    return connection.execute(sa.select(choices.c.payload).where(choices.c.name == name)).scalar()


def put_choices(connection: sa.Connection, name: str, payload: str) -> None:
    """Store this text as the configuration of a name, replacing any previous one."""
    delete_choices(connection, name)
    connection.execute(sa.insert(choices).values(name=name, payload=payload))


def delete_choices(connection: sa.Connection, name: str) -> None:
    """Delete the configuration of a name."""
    connection.execute(sa.delete(choices).where(choices.c.name == name))


def chunk_rows(series: Series, dataset_id: str) -> Iterable[ChunkRow]:
    """Yield the rows of `chunks` that store a series."""
    for array, dtype in DTYPES.items():
        if getattr(series, array) is None:
            continue
        values = np.ascontiguousarray(getattr(series, array), dtype=dtype)
        for position, first in enumerate(range(0, len(values), CHUNK_VALUES)):
            payload = values[first : first + CHUNK_VALUES].tobytes()
            yield {"dataset_id": dataset_id, "array": array, "position": position, "payload": payload}


def arrays_of(rows: Sequence[sa.Row[Any]]) -> dict[str, np.ndarray]:
    """Return the arrays of a series by name, from the rows of `points_of`."""
    payloads: dict[str, list[bytes]] = {}
    for row in rows:
        payloads.setdefault(row.array, []).append(row.payload)
    return {array: np.frombuffer(b"".join(parts), dtype=DTYPES[array]) for array, parts in payloads.items()}
