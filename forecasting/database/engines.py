"""Engines: one per database and patience in a process, with kept connections that threads share and forks leave alone.

SQLite: write-ahead log, so that a reader never blocks a writer nor the reverse; a commit is on the disk when it
returns. PostgreSQL: a small pool that tests a connection before it is used.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

from forecasting.database.location import is_embedded, url_of
from forecasting.settings import Settings

REQUEST_SECONDS = 1.5
"""How long a request waits for a lock."""
BACKGROUND_SECONDS = 20.0
"""How long a command or a job waits for a lock."""
STATEMENT_SECONDS = 20
"""The longest statement of a request, on PostgreSQL."""
CONNECT_SECONDS = 3
MAX_OPEN = 8
"""Databases of which a process keeps connections open; the least recently used one is closed."""

LOG_BYTES = 4 << 20
"""What the write-ahead log shrinks to after a long reader has made it longer."""

BINARY = "binary"
"""The execution option of a statement whose values PostgreSQL sends as they are; as text, bytes take twice the room."""

WRITES = "writes"
"""The execution option of a connection that is about to write."""

_engines: OrderedDict[tuple[sa.URL, bool], sa.Engine] = OrderedDict()
_lock = threading.Lock()
_inherited: list[Pool] = []
"""Pools of the parent process. Closing their connections here would end them, or their locks, there."""


def engine_of(settings: Settings, *, patient: bool = False) -> sa.Engine:
    """Return the engine of the database in these settings, the same one in the whole process."""
    key = (url_of(settings), patient)
    with _lock:
        engine = _engines.get(key)
        if engine is None:
            engine = _engines[key] = new_engine(settings, patient=patient)
        _engines.move_to_end(key)
        oldest = _engines.popitem(last=False)[1] if len(_engines) > MAX_OPEN else None
    if oldest is not None:
        oldest.dispose()
    return engine


def new_engine(settings: Settings, *, patient: bool) -> sa.Engine:
    """Return a new engine; a caller that is done with it disposes of it."""
    seconds = BACKGROUND_SECONDS if patient else REQUEST_SECONDS
    return _sqlite_engine(settings, seconds) if is_embedded(settings) else _postgresql_engine(settings, seconds)


def close_all() -> None:
    """Close the idle connections of this process, as before a file is replaced or a fork."""
    with _lock:
        engines = list(_engines.values())
        _engines.clear()
    for engine in engines:
        engine.dispose()


def _forget_inherited() -> None:
    global _lock
    _lock = threading.Lock()
    for engine in _engines.values():
        _inherited.append(engine.pool)
        engine.dispose(close=False)
    _engines.clear()


os.register_at_fork(after_in_child=_forget_inherited)
atexit.register(close_all)


def _sqlite_engine(settings: Settings, seconds: float) -> sa.Engine:
    path = settings.catalog_path
    engine = sa.create_engine(
        url_of(settings),
        creator=lambda: _connection(path, seconds),
        pool_size=settings.database_pool,
        max_overflow=-1,
        pool_use_lifo=True,
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where `begin` says, for DDL too
        set_pragmas(connection)
        entry.info["file"] = file_identity(path)

    @sa.event.listens_for(engine, "checkout")
    def same_file(_: Any, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        if entry.info["file"] != file_identity(path):
            raise DisconnectionError("the file was replaced")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that began by reading could lose the write lock to another one.
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN DEFERRED"
        )

    return engine


def _connection(path: Path, seconds: float) -> sqlite3.Connection:
    """Open the file; on a read-only disk, which has no place for the log of a reader, as one that never changes."""
    log = path.with_name(f"{path.name}-wal")
    is_fixed = not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    uri = f"{path.absolute().as_uri()}?{'immutable=1' if is_fixed else 'mode=rw'}"
    return sqlite3.connect(uri, uri=True, timeout=seconds, check_same_thread=False)


def set_pragmas(connection: Any) -> None:
    """Prepare a new SQLite connection of the driver; the write-ahead log is a property of the file (see `schema`).

    Debian's SQLite would fill every page that is freed with zeros, which takes room in the log.
    """
    for pragma in (
        "secure_delete = FAST",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -8000",
        f"journal_size_limit = {LOG_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return what distinguishes a file from one that replaced it; None without a file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _postgresql_engine(settings: Settings, seconds: float) -> sa.Engine:
    url = url_of(settings)
    engine = sa.create_engine(
        url,
        connect_args={} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS},
        pool_size=settings.database_pool,
        max_overflow=2,
        pool_timeout=seconds,
        pool_pre_ping=True,
        pool_use_lifo=True,
        pool_recycle=1800,
    )
    patient = seconds > REQUEST_SECONDS
    statement_seconds = 0 if patient else STATEMENT_SECONDS

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.execute(f"SET lock_timeout = {int(1000 * seconds)}")
        connection.execute(f"SET statement_timeout = {1000 * statement_seconds}")
        connection.commit()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def receive(_: Any, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if context.execution_options.get(BINARY):
            cursor.format = 1

    return engine
