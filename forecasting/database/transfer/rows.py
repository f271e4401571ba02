"""All rows of all tables, read in one snapshot and written in one transaction, with a checksum per table.

The tables are those that the database has, not those that this program has imported. A checksum is a sum over the
rows, so it does not depend on their order, which databases see differently in text.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from forecasting.errors import NotReady

FIXED = {"alembic_version", "catalog_schema"}
"""Tables that a migration fills: they are about the schema, and no data."""
BATCH_ROWS = 100
MODULUS = 1 << 256

Row = dict[str, Any]


@dataclass
class Checksum:
    """The number of rows of a table, and the sum of their hashes."""

    rows: int = 0
    total: int = 0

    def add(self, text: str) -> None:
        """Add one row, as `text_of_row` writes it."""
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(text.encode()).digest())) % MODULUS

    @property
    def hexadecimal(self) -> str:
        """The sum as text."""
        return f"{self.total:064x}"


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """Return the tables of a database, each after those that it refers to."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in FIXED]


@contextmanager
def rows_of(connection: sa.Connection, table: sa.Table) -> Iterator[Iterator[list[Row]]]:
    """Yield an iterator over the rows of a table in batches, so that a large table needs no memory."""
    ordered = sa.select(table).order_by(*table.primary_key.columns)
    with connection.execute(ordered.execution_options(yield_per=BATCH_ROWS)) as result:
        yield ([dict(row) for row in batch] for batch in result.mappings().partitions())


def count_of(connection: sa.Connection, tables: Iterable[sa.Table]) -> int:
    """Return the number of rows of all tables together."""
    return sum(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables)


def text_of_row(row: Mapping[str, Any]) -> str:
    """Return a row as one line of JSON, the same for equal rows of any database."""
    return json.dumps({name: _plain(value) for name, value in row.items()}, sort_keys=True, separators=(",", ":"))


def row_of_text(text: str) -> Row:
    """Return the row that `text_of_row` wrote. Raises ValueError."""
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("a row must be an object")
    return {name: _value(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, float):
        return {"float": repr(value)} if not math.isfinite(value) else value
    if isinstance(value, (datetime, date)):
        return {"time": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, (dict, list)):
        return {"json": value}
    return value


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    readers: dict[str, Any] = {
        "base64": base64.b64decode,
        "float": float,
        "time": datetime.fromisoformat,
        "decimal": Decimal,
        "json": lambda one: one,
    }
    if kind not in readers:
        raise ValueError(f"unknown kind of value {kind!r}")
    return readers[kind](content)


def insert_rows(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
    """Insert a batch of rows."""
    if rows:
        connection.execute(sa.insert(table), rows)


def empty_tables(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Delete every row of these tables, those that refer to others first."""
    for table in reversed(list(tables)):
        connection.execute(sa.delete(table))


def checksum_of(connection: sa.Connection, table: sa.Table) -> Checksum:
    """Return the checksum of a table as it is in the database."""
    checksum = Checksum()
    with rows_of(connection, table) as batches:
        for row in itertools.chain.from_iterable(batches):
            checksum.add(text_of_row(row))
    return checksum


def verify(connection: sa.Connection, table: sa.Table, wanted: Checksum) -> None:
    """Raise NotReady unless a table has just these rows: the transaction that wrote them is then undone."""
    found = checksum_of(connection, table)
    if found != wanted:
        raise NotReady(
            f"Table {table.name} differs after it was written ({found.rows:,} rows of {wanted.rows:,}). Nothing was "
            "changed; try again, and check the disk."
        )


def continue_numbers(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Let PostgreSQL number new rows after those that were inserted; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            name = f'"{table.name}"'
            sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(name, column.name))).scalar()
            if sequence is not None:
                highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, highest, False)))
