"""The database under the catalog: opening it, its schema, and patience where two processes meet.

Only portable SQL passes here. What belongs to SQLite alone is its URL and the time it waits for a lock.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from forecasting.catalog.tables import SCHEMA_VERSION, metadata, schema
from forecasting.errors import Conflict, NotReady
from forecasting.settings import Settings

LOCK_SECONDS = 20
RETRY_SECONDS = (0.05, 0.2, 0.8)
CHANGED_MEANWHILE = "The data set was changed by another process at the same moment; try again."

Result = TypeVar("Result")


class Store:
    """One database file. Every call opens a connection of its own: threads may share a store, and forks inherit none.

    Both methods raise NotReady where the database cannot be used, saying why.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._path = settings.catalog_path
        url = sa.URL.create("sqlite", database=str(self._path))
        self._engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": LOCK_SECONDS})

    def read(self, statement: sa.Select, *, since: int = 1) -> Sequence[sa.Row]:
        """All rows of one statement, which sees one state of the database.

        None where there is no database yet, or one with a schema older than `since`, the first that has its tables.
        """
        if not self._path.exists():
            return []

        def work() -> Sequence[sa.Row]:
            with self._engine.connect() as connection:
                return connection.execute(statement).all() if self._schema_version(connection) >= since else []

        return self._patiently(work)

    def write(self, change: Callable[[sa.Connection], Result], *, conflict: str = CHANGED_MEANWHILE) -> Result:
        """Run `change` in one transaction: all of it is kept, or nothing. It may run again after a lost lock.

        Raises Conflict with the message `conflict` where it breaks a constraint.
        """
        self._settings.prepare_home()
        self._patiently(self._create_schema)

        def work() -> Result:
            with self._engine.begin() as connection:
                return change(connection)

        try:
            return self._patiently(work)
        except IntegrityError as error:
            raise Conflict(conflict) from error

    def _patiently(self, work: Callable[[], Result]) -> Result:
        for wait_seconds in (*RETRY_SECONDS, None):
            try:
                return work()
            except IntegrityError:
                raise
            except OperationalError as error:
                if wait_seconds is None:
                    raise self._unusable(error) from error
                time.sleep(wait_seconds * random.uniform(0.5, 1.5))  # noqa: S311
            except DatabaseError as error:
                raise self._unusable(error) from error
        raise AssertionError("the last try returns or raises")

    def _unusable(self, error: DatabaseError) -> NotReady:
        return NotReady(
            f"The catalog {self._path} cannot be used: {error.orig}. Check the disk and the rights of that file, or "
            "set DATAFLOW_HOME to another folder."
        )

    def _schema_version(self, connection: sa.Connection) -> int:
        """The version whose tables are all there, 0 without any; raises NotReady where a later version wrote them."""
        if not sa.inspect(connection).has_table(schema.name):
            return 0
        version = connection.execute(sa.select(sa.func.max(schema.c.version))).scalar() or 0
        if version > SCHEMA_VERSION:
            raise NotReady(
                f"The catalog {self._path} has schema {version}, this version reads up to {SCHEMA_VERSION}; upgrade, "
                "or set DATAFLOW_HOME to another folder."
            )
        return version

    def _create_schema(self) -> None:
        """Create the tables that are missing; the version is written last and says that all are there.

        A database of an older schema gets a row more: so far a newer one only has more tables.
        """
        with self._engine.begin() as connection:
            if self._schema_version(connection) == SCHEMA_VERSION:
                return
            for table in metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.insert(schema).values(version=SCHEMA_VERSION))
        except IntegrityError:
            return  # another process was first
