"""The store: statements in transactions, on whichever database the settings name, and its failures as our errors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forecasting.database.engines import WRITES, engine_of, file_identity
from forecasting.database.location import is_embedded, name_of, way_out
from forecasting.database.schema import create_embedded, refuse_empty_file, refuse_other_schema
from forecasting.database.space import give_back, release_reserve
from forecasting.errors import Busy, Conflict, NotReady
from forecasting.settings import Settings

CHANGED_MEANWHILE = "Another process changed the data set at the same time. Try again."
RETRY_SECONDS = (0.02, 0.1, 0.3)
"""The pauses before a transaction is repeated that lost to another one."""

_BUSY_STATES = {"55P03": "a lock was not free in time", "57014": "it took too long", "53300": "too many connections"}
"""PostgreSQL's error codes of what may succeed in a moment, in words."""
_LOST_STATES = {"40001", "40P01"}
"""PostgreSQL's error codes of a transaction that lost to another one and may be repeated."""

Result = TypeVar("Result")


class Store:
    """One database. Threads share it; a fork opens its own connections.

    Methods raise Busy if others kept the database for too long (see `engines`), and NotReady with the reason if it
    cannot be used. A `patient` store waits longer: for commands and jobs.
    """

    def __init__(self, settings: Settings, *, patient: bool = False):
        self._settings = settings
        self._patient = patient
        self._usable: object = None

    @property
    def settings(self) -> Settings:
        """The settings that name the database."""
        return self._settings

    def read(self, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> Sequence[sa.Row[Any]]:
        """Return all rows of one statement, which sees one state of the database; none if there is no database yet."""
        return self.snapshot(lambda connection: connection.execute(statement).all(), missing=list)

    def snapshot(self, work: Callable[[sa.Connection], Result], *, missing: Callable[[], Result]) -> Result:
        """Return what `work` reads in one transaction, whose statements all see one state of the database.

        Returns `missing()` if there is no database yet, as in a new home.
        """
        if is_embedded(self._settings) and not self._settings.catalog_path.exists():
            return missing()

        def attempt() -> Result:
            with self._engine().connect() as connection:
                if connection.dialect.name == "postgresql":
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    self._check_schema(connection)
                    return work(connection)

        return self._with_retries(attempt)

    def write(
        self, change: Callable[[sa.Connection], Result], *, conflict: str = CHANGED_MEANWHILE, repeat: bool = False
    ) -> Result:
        """Run `change` in one transaction, which may be repeated if it loses to another one.

        Raises Conflict with the message `conflict` if the change violates a constraint; with `repeat`, only if it does
        so again, for a change that inserts what it does not find.
        """
        if is_embedded(self._settings):
            create_embedded(self._settings)

        def attempt() -> Result:
            with self._engine().connect() as connection:
                connection = connection.execution_options(**{WRITES: True})
                with connection.begin():
                    self._check_schema(connection)
                    return change(connection)

        try:
            return self._with_retries(attempt)
        except IntegrityError as error:
            if repeat:
                return self.write(change, conflict=conflict)
            raise Conflict(conflict) from error

    def free(self, change: Callable[[sa.Connection], Result]) -> Result:
        """Run a change that deletes, on a full disk too, and give the space back."""
        try:
            result = self.write(change)
        except NotReady:
            if not is_embedded(self._settings) or not release_reserve(self._settings):
                raise
            result = self.write(change)
        if is_embedded(self._settings):
            give_back(self._settings)
        return result

    def _engine(self) -> sa.Engine:
        refuse_empty_file(self._settings)
        return engine_of(self._settings, patient=self._patient)

    def _check_schema(self, connection: sa.Connection) -> None:
        """Refuse a database of another schema; what was usable stays so, unless its file is replaced."""
        database = file_identity(self._settings.catalog_path) if is_embedded(self._settings) else connection.engine
        if database != self._usable:
            refuse_other_schema(connection, self._settings)
            self._usable = database

    def _with_retries(self, attempt: Callable[[], Result]) -> Result:
        for pause in (*RETRY_SECONDS, None):
            try:
                return attempt()
            except IntegrityError:
                raise
            except PoolTimeout as error:
                raise Busy(f"The {name_of(self._settings)} is busy: all connections are in use. Try again.") from error
            except DatabaseError as error:
                if pause is None or getattr(error.orig, "sqlstate", None) not in _LOST_STATES:
                    raise self._failure(error) from error
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        raise AssertionError("the last attempt returns or raises")

    def _failure(self, error: DatabaseError) -> NotReady:
        """Return what a failure of the driver means; its text has no password, but may have several lines."""
        state = getattr(error.orig, "sqlstate", None)
        reason = " ".join(str(error.orig).split()).rstrip(".")
        name = name_of(self._settings)
        if state in _BUSY_STATES:
            return Busy(f"The {name} is busy: {_BUSY_STATES[state]}. Try again.")
        if "database is locked" in reason or "database table is locked" in reason:
            return Busy(f"The {name} is busy: another program is writing. Try again.")
        if "disk is full" in reason:
            return NotReady(f"The {name} cannot be changed: the disk is full. Remove data sets, or free some space.")
        return NotReady(f"The {name} cannot be used: {reason}. {way_out(self._settings)}")
