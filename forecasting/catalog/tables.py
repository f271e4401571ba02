"""The catalog's tables.

A data set is one row in `datasets`; its points are in `chunks` and `journal` (see `stored_points`). The id is random
and never reused, so a reader can never mix the points of a data set with those of its replacement. The scaling
configuration of a data set is in `choices` under its name: it survives a replacement, and a built-in data set, which
has no row, can have one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from forecasting.database import metadata

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
    sa.Column("chunked", sa.Integer, nullable=False, server_default="0"),
    sa.Column("flags", sa.String(32), nullable=False, server_default=""),
    sa.Column("journaled", sa.Integer, nullable=False, server_default="0"),
    sa.Column("damage", sa.Text),
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("dataset_id", sa.ForeignKey(datasets.c.id), primary_key=True),
    sa.Column("array", sa.String(16), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("checksum", sa.LargeBinary(8), nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("dataset_id", sa.ForeignKey(datasets.c.id), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("checksum", sa.LargeBinary(8), nullable=False),
    sqlite_with_rowid=False,
)

choices = sa.Table(
    "choices",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("payload", sa.Text, nullable=False),
)

_STORAGE = ("id", "report", "chunked", "flags", "journaled")
INFO = [column for column in datasets.c if column.name not in _STORAGE]
"""The columns with the facts about a data set."""
NAMES_AT_ONCE = 1_000
"""The most names in one statement; databases limit its parameters."""
ROW = [column for column in datasets.c if column.name != "report"]
"""The columns that reading and writing points needs."""


def named(name: str) -> sa.Select[Any]:
    """Return the statement that reads the row of a data set, without its report."""
    return sa.select(*ROW).where(datasets.c.name == name)


def put(connection: sa.Connection, row: dict[str, Any], *, replace: bool) -> None:
    """Insert a row of `datasets`; with `replace`, turn that of its name into it and delete the former chunks.

    The row stays one row: who waits for its lock then sees the new one, not that it is gone.
    """
    former = lock_named(connection, row["name"]) if replace else None
    if former is None:
        connection.execute(sa.insert(datasets), row)
    else:
        delete_points(connection, former.id)
        connection.execute(sa.update(datasets).where(datasets.c.id == former.id), row)


def rename(connection: sa.Connection, name: str, new: str) -> int:
    """Rename a data set and its configuration; return the number of data sets renamed (0 or 1)."""
    renamed = connection.execute(sa.update(datasets).where(datasets.c.name == name).values(name=new)).rowcount
    connection.execute(sa.update(choices).where(choices.c.name == name).values(name=new))
    return renamed


def delete_named(connection: sa.Connection, name: str) -> int:
    """Delete a data set and its points but not its configuration; return the number of data sets deleted (0 or 1)."""
    row = lock_named(connection, name)
    if row is None:
        return 0
    delete_points(connection, row.id)
    return connection.execute(sa.delete(datasets).where(datasets.c.id == row.id)).rowcount


def delete_points(connection: sa.Connection, dataset_id: str) -> None:
    """Delete the points of a data set."""
    for table in (chunks, journal):
        connection.execute(sa.delete(table).where(table.c.dataset_id == dataset_id))


def lock_named(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    """Return the row of a data set, locked until this transaction ends; None if there is no such data set.

    SQLite locks the whole database when a transaction that writes begins.
    """
    return connection.execute(named(name).with_for_update()).first()


def parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield names in parts that one statement takes."""
    return (names[first : first + NAMES_AT_ONCE] for first in range(0, len(names), NAMES_AT_ONCE))


def lock_all(connection: sa.Connection, names: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """Return the rows of data sets by name, locked until this transaction ends; those that exist.

    Locks are taken in the order of the names: two transactions that lock many never wait for each other.
    """
    rows: dict[str, sa.Row[Any]] = {}
    for part in parts(sorted(names)):
        statement = sa.select(*ROW).where(datasets.c.name.in_(part)).order_by(datasets.c.name).with_for_update()
        rows |= {row.name: row for row in connection.execute(statement)}
    return rows


def get_choices(connection: sa.Connection, name: str) -> str | None:
    """Return the text stored as the configuration of a name, locked until this transaction ends; None without one."""
    statement = sa.select(choices.c.payload).where(choices.c.name == name).with_for_update()
    return connection.execute(statement).scalar()


def put_choices(connection: sa.Connection, name: str, payload: str) -> None:
    """Store this text as the configuration of a name, replacing any previous one."""
    changed = connection.execute(sa.update(choices).where(choices.c.name == name).values(payload=payload)).rowcount
    if not changed:
        connection.execute(sa.insert(choices).values(name=name, payload=payload))


def delete_choices(connection: sa.Connection, name: str) -> None:
    """Delete the configuration of a name."""
    connection.execute(sa.delete(choices).where(choices.c.name == name))
