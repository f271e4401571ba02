"""The database under the catalog: connections, schema, and retries when two processes write at once.

All SQL is portable; only the URL and the time to wait for a lock are specific to SQLite.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from forecasting.catalog.tables import SCHEMA_VERSION, metadata, schema
from forecasting.errors import Conflict, NotReady
from forecasting.settings import Settings

LOCK_SECONDS = 20
RETRY_SECONDS = (0.05, 0.2, 0.8)
CHANGED_MEANWHILE = "Another process changed the data set at the same time. Try again."

Result = TypeVar("Result")


class Store:
    """One database file. Every call opens its own connection, so threads may share a store and forks inherit none.

    Both methods raise NotReady with the reason if the database cannot be used.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._path = settings.catalog_path
        url = sa.URL.create("sqlite", database=str(self._path))
        self._engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": LOCK_SECONDS})

    def read(self, statement: sa.Select[Any], *, since: int = 1) -> Sequence[sa.Row[Any]]:
        """Return all rows of one statement, which sees one state of the database.

        Empty if there is no database yet, or its schema is older than `since`, the first version with these tables.
        """
        if not self._path.exists():
            return []

        def work() -> Sequence[sa.Row[Any]]:
            with self._engine.connect() as connection:
                return connection.execute(statement).all() if self._schema_version(connection) >= since else []

        return self._with_retries(work)

    def write(self, change: Callable[[sa.Connection], Result], *, conflict: str = CHANGED_MEANWHILE) -> Result:
        """Run `change` in one transaction, which may be repeated if it loses a lock.

        Raises Conflict with the message `conflict` if the change violates a constraint.
        """
        self._settings.prepare_home()
        self._with_retries(self._create_schema)

        def work() -> Result:
            with self._engine.begin() as connection:
                return change(connection)

        try:
            return self._with_retries(work)
        except IntegrityError as error:
            raise Conflict(conflict) from error

    def _with_retries(self, work: Callable[[], Result]) -> Result:
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
        raise AssertionError("the last attempt returns or raises")

    def _unusable(self, error: DatabaseError) -> NotReady:
        return NotReady(
            f"The catalog {self._path} cannot be used: {error.orig}. Check the disk and the file's permissions, or set "
            "DATAFLOW_HOME to another folder."
        )

    def _schema_version(self, connection: sa.Connection) -> int:
        """Return the schema version, 0 without tables; raises NotReady for a version newer than this program."""
        if not sa.inspect(connection).has_table(schema.name):
            return 0
        version = connection.execute(sa.select(sa.func.max(schema.c.version))).scalar() or 0
        if version > SCHEMA_VERSION:
            raise NotReady(
                f"The catalog {self._path} has schema version {version}; this program reads up to {SCHEMA_VERSION}. "
                "Upgrade it, or set DATAFLOW_HOME to another folder."
            )
        return version

    def _create_schema(self) -> None:
        """Create the missing tables; the version is written last, once all of them exist.

        A database of an older schema gets one more version row: so far each version only added tables.
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
