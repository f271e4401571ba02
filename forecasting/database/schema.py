"""The schema's revision: which one a database has, whether this program can use it, and how it is upgraded."""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from forecasting.database.engines import WRITES, close_all, new_engine, set_pragmas
from forecasting.database.location import is_embedded, name_of, way_out
from forecasting.database.metadata import metadata
from forecasting.database.space import keep_reserve
from forecasting.errors import NotReady, ReadOnly
from forecasting.settings import Settings

log = logging.getLogger(__name__)

VERSIONS = Path(__file__).parent / "migrations" / "versions"
COMMAND = "dataflow migrate"
LAST_WITHOUT_REVISIONS = 2
"""The last schema version of a release that had no revisions."""
_MIGRATION_LOCK = 7_311_946_620_150_113
"""The number of PostgreSQL's advisory lock: one program upgrades a database at a time."""

_LEFT_SECONDS = 60
"""After this time a file that was about to become the database belongs to a process that died."""

_revision = sa.table("alembic_version", sa.column("version_num", sa.String))
_old_version = sa.Table(
    "catalog_schema", metadata, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False)
)
"""The version by which releases up to 0.4 know whether they can read a database."""


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that this program knows, in their order; the last one is that of its tables."""
    return tuple(sorted(path.stem[1:5] for path in VERSIONS.glob("r[0-9]*.py")))


@dataclass(frozen=True)
class Migration:
    """The revisions of a database before and after; `before` is None for one without tables or from 0.4."""

    database: str
    before: str | None
    after: str


def refuse_other_schema(connection: sa.Connection, settings: Settings) -> None:
    """Raise NotReady unless the database has exactly the schema of this program; the message has the way out."""
    tables = set(sa.inspect(connection).get_table_names())
    revision = _revision_in(connection, tables, settings)
    if revision == revisions()[-1]:
        return
    name = name_of(settings)
    if revision is None and "datasets" not in tables:
        raise NotReady(f"The {name} has no tables yet. Create them with `{COMMAND}`.")
    found = f"schema revision {revision}" if revision else "the schema of an earlier release"
    raise NotReady(f"The {name} has {found}; this program needs {revisions()[-1]}. Run `{COMMAND}`.")


def migrate(settings: Settings) -> Migration:
    """Bring the database up to date, in one transaction: killed at any moment, it is as before or as after.

    Raises ReadOnly, and NotReady if the database cannot be used or is newer than this program.
    """
    if settings.read_only:
        raise ReadOnly("Cannot upgrade the database: this install is read-only (DATAFLOW_READ_ONLY=1).")
    if is_embedded(settings) and create_embedded(settings):
        return Migration(name_of(settings), None, revisions()[-1])
    refuse_empty_file(settings)
    close_all()
    engine = new_engine(settings, patient=True)
    try:
        if is_embedded(settings):
            with engine.connect() as connection:
                connection.connection.execute("PRAGMA journal_mode = WAL")
        with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            before = _revision_in(connection, set(sa.inspect(connection).get_table_names()), settings)
            if before != revisions()[-1]:
                _run_revisions(connection)
    except DatabaseError as error:
        raise NotReady(f"The {name_of(settings)} cannot be upgraded: {error.orig}. {way_out(settings)}") from error
    finally:
        engine.dispose()
    if is_embedded(settings):
        _let_shrink(settings)
        keep_reserve(settings)
    return Migration(name_of(settings), before, revisions()[-1])


def _let_shrink(settings: Settings) -> None:
    """Rewrite a file of an earlier release so that it can give space back; killed, it is as before."""
    with closing(sqlite3.connect(settings.catalog_path, isolation_level=None)) as connection:
        if connection.execute("PRAGMA auto_vacuum").fetchone() == (0,):
            try:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("VACUUM")
            except sqlite3.OperationalError as error:
                log.warning("%s stays one that cannot shrink: %s.", settings.catalog_path, error)


def migrate_embedded(settings: Settings) -> Migration | None:
    """Bring an existing embedded database up to date, if this install may; return None if there was nothing to do.

    For programs that start, such as `dataflow serve` and commands that write: a request never comes here.
    """
    if not is_embedded(settings) or settings.read_only or not settings.catalog_path.exists():
        return None
    engine = new_engine(settings, patient=True)
    try:
        with engine.connect() as connection:
            is_current = (
                _revision_in(connection, set(sa.inspect(connection).get_table_names()), settings) == revisions()[-1]
            )
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            return None  # a disk that is full or away: the command itself says so, or removes something
        raise NotReady(f"The {name_of(settings)} cannot be used: {error.orig}. {way_out(settings)}") from error
    finally:
        engine.dispose()
    return None if is_current else migrate(settings)


def create_embedded(settings: Settings) -> bool:
    """Create the embedded database if there is none; return whether it was created here.

    The file appears with all its tables or not at all, so an empty file is never one that was about to be filled.
    """
    path = settings.catalog_path
    if path.exists():
        return False
    settings.prepare_home()
    try:
        for leftover in path.parent.glob(".catalog-*.new"):
            with suppress(FileNotFoundError):  # another process has just put its file in place
                if time.time() - leftover.stat().st_mtime > _LEFT_SECONDS:
                    leftover.unlink()
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".catalog-", suffix=".new") as file:
            file.write(_new_file())
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first
                os.link(file.name, path)
                _sync_folder(path.parent)
                keep_reserve(settings)
                return True
    except OSError as error:
        raise NotReady(f"The {name_of(settings)} cannot be created: {error.strerror}. {way_out(settings)}") from error
    return False


def _sync_folder(folder: Path) -> None:
    """Have a new name in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_empty_file(settings: Settings) -> None:
    """Raise NotReady for an embedded database whose file has lost its content."""
    if is_embedded(settings) and settings.catalog_path.exists() and settings.catalog_path.stat().st_size == 0:
        raise NotReady(
            f"The {name_of(settings)} is an empty file: what was in it is lost. Restore it from a backup, or remove "
            "the file to start with an empty catalog."
        )


@cache
def _new_file() -> bytes:
    """Return the content of an embedded database with all tables and no rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        set_pragmas(connection)
        engine = sa.create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with engine.begin() as own:
            _run_revisions(own)
        image = bytearray(connection.serialize())
    finally:
        connection.close()
    image[18:20] = b"\2\2"  # the file format's mark of a write-ahead log, which a database in memory cannot have
    return bytes(image)


def _run_revisions(connection: sa.Connection) -> None:
    # Alembic takes a third of a second to import, and only a new or an old database needs it.
    from alembic import command, config

    mine = config.Config(attributes={"connection": connection})
    mine.set_main_option("script_location", "forecasting.database:migrations")
    command.upgrade(mine, "head")


def _revision_in(connection: sa.Connection, tables: set[str], settings: Settings) -> str | None:
    """Return the revision of a database, None without any; raises NotReady for one that this program does not know."""
    old = None
    if "alembic_version" in tables:
        revision = connection.execute(sa.select(_revision.c.version_num)).scalar()
        known = revision is None or revision in revisions()
    else:
        revision = None
        has_old = _old_version.name in tables
        old = connection.execute(sa.select(sa.func.max(_old_version.c.version))).scalar() if has_old else None
        known = (old or 0) <= LAST_WITHOUT_REVISIONS
    if not known:
        raise NotReady(
            f"The {name_of(settings)} has schema revision {revision or old}; this program knows up to "
            f"{revisions()[-1]}. Upgrade the program, or use another database."
        )
    return revision
