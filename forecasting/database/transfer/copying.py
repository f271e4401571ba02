"""An install copied into another, empty database: `dataflow db copy`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from forecasting.database.location import name_of, url_of
from forecasting.database.schema import migrate
from forecasting.database.store import Store
from forecasting.database.transfer.rows import (
    Checksum,
    continue_numbers,
    count_of,
    insert_rows,
    rows_of,
    tables_of,
    text_of_row,
    verify,
)
from forecasting.errors import Conflict, InputError, NotFound
from forecasting.progress import Progress, silent
from forecasting.settings import Settings

EMBEDDED = "embedded"
"""The name of the file in the home, as a target."""
COPIED, VERIFIED = 0.8, 1.0
"""The shares of the time at which rows are copied, and verified."""


@dataclass(frozen=True)
class Copied:
    """What was copied: the databases, and the number of rows of each table."""

    source: str
    target: str
    tables: dict[str, int]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(self.tables.values())


def copy_database(settings: Settings, to: str, report: Progress = silent) -> Copied:
    """Copy every table into the database `to` (a URL, or `embedded` for the file in the home) and verify the copy.

    The source may be written meanwhile: what is copied is one state of it. Killed at any moment, the target is as
    before or complete. Raises InputError for a target that is the source, Conflict for one that is not empty, NotFound
    if there is nothing to copy, and NotReady.
    """
    target = replace(settings, database_url="" if to == EMBEDDED else to, read_only=False)
    if url_of(target) == url_of(settings):
        raise InputError("to must be another database than the one in use.", field="to")
    migrate(target)
    source = Store(settings, patient=True)

    def from_source(into: sa.Connection) -> dict[str, int]:
        return source.snapshot(lambda connection: _copy(connection, into, target, report), missing=dict)

    counts = Store(target, patient=True).write(from_source)
    if not counts:
        raise NotFound(f"The {name_of(settings)} does not exist: there is nothing to copy.")
    report(VERIFIED, "verified")
    return Copied(name_of(settings), name_of(target), counts)


def _copy(source: sa.Connection, into: sa.Connection, target: Settings, report: Progress) -> dict[str, int]:
    tables, targets = tables_of(source), {table.name: table for table in tables_of(into)}
    refuse_data(into, targets.values(), target)
    total = max(count_of(source, tables), 1)
    sums: dict[str, Checksum] = {}
    done = 0
    for table in tables:
        checksum = sums[table.name] = Checksum()
        with rows_of(source, table) as batches:
            for batch in batches:
                insert_rows(into, targets[table.name], batch)
                for row in batch:
                    checksum.add(text_of_row(row))
                done += len(batch)
                report(COPIED * done / total, f"copying {table.name}")
    for number, (name, checksum) in enumerate(sums.items(), start=1):
        verify(into, targets[name], checksum)
        report(COPIED + (VERIFIED - COPIED) * number / len(sums), f"verifying {name}")
    continue_numbers(into, targets.values())
    return {name: checksum.rows for name, checksum in sums.items()}


def refuse_data(connection: sa.Connection, tables: Iterable[sa.Table], settings: Settings, way_out: str = "") -> None:
    """Raise Conflict if any of these tables has rows."""
    names = [table.name for table in tables if count_of(connection, [table])]
    if names:
        raise Conflict(f"The {name_of(settings)} is not empty (it has rows in {', '.join(names)}).{way_out}")
