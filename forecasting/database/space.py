"""Space on the disk of the embedded database: a reserve for removing when it is full, and giving back what is free."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from forecasting.settings import Settings

log = logging.getLogger(__name__)

RESERVE_BYTES = 4 << 20
PAGES_AT_ONCE = 512
"""The free pages that one transaction gives back: it needs room for them in the write-ahead log, half the reserve."""


def reserve_path(settings: Settings) -> Path:
    """Return the path of the reserve: a file that only takes up room."""
    return settings.home / "catalog.reserve"


def keep_reserve(settings: Settings) -> None:
    """Take up the room that removing something will need on a full disk, if there is any now."""
    path = reserve_path(settings)
    if path.exists():
        return
    try:
        with path.open("xb") as file:
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
    except FileExistsError:
        return  # another process was first
    except OSError as error:
        path.unlink(missing_ok=True)
        log.warning("No room for the reserve %s (%s). Free some space on this disk.", path, error.strerror)


def release_reserve(settings: Settings) -> bool:
    """Free the room of the reserve; return whether there was one."""
    try:
        reserve_path(settings).unlink()
    except FileNotFoundError:
        return False
    return True


def give_back(settings: Settings) -> None:
    """Shrink the file by its free pages, in small transactions; a lock of another program puts it off."""
    uri = settings.catalog_path.absolute().as_uri()
    try:
        with closing(sqlite3.connect(f"{uri}?mode=rw", uri=True, isolation_level=None, timeout=0.2)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            free = _free_pages(connection)
            while free:
                connection.execute(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})").fetchall()
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                before, free = free, _free_pages(connection)
                if free >= before:
                    break
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        log.warning("The free space of %s is not given back yet: %s.", settings.catalog_path, error)
        return
    keep_reserve(settings)


def _free_pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])
