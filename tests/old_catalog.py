"""A catalog file as release 0.4.0 wrote it, for tests of the upgrade: its own tables and its own chunks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

TABLES = {
    "catalog_schema": "version INTEGER NOT NULL, PRIMARY KEY (version)",
    "choices": "name VARCHAR(63) NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (name)",
    "datasets": """
        id VARCHAR(32) NOT NULL, name VARCHAR(63) NOT NULL, bin_seconds INTEGER NOT NULL, start BIGINT NOT NULL,
        bins INTEGER NOT NULL, known_bins INTEGER NOT NULL, requests DOUBLE NOT NULL, time_zone VARCHAR(64),
        synthetic BOOLEAN NOT NULL, version VARCHAR(32) NOT NULL, created_at VARCHAR(20) NOT NULL, report TEXT,
        PRIMARY KEY (id), UNIQUE (name)
    """,
    "chunks": """
        dataset_id VARCHAR(32) NOT NULL, array VARCHAR(16) NOT NULL, position INTEGER NOT NULL, payload BLOB NOT NULL,
        PRIMARY KEY (dataset_id, array, position), FOREIGN KEY(dataset_id) REFERENCES datasets (id)
    """,
}
"""Taken from a file that 0.4.0 wrote, in the order in which it creates them."""

OLD_CHUNK = 1 << 16
COUNTS = np.arange(70_000, dtype="<f8")
COUNTS[5] = np.nan
EVENTS = np.arange(70_000) % 7 == 0
VERSION = "998e905e6fecfcd9"
"""The version that 0.4.0 gives this content."""


def write_old_catalog(path: Path, *, schema: int = 2, tables: int = len(TABLES)) -> None:
    """Write the file at `path`: of 0.4.0, of the first release (schema 1), or left with only some tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = [name for name in TABLES if schema > 1 or name != "choices"][:tables]
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in made:
            connection.execute(f"CREATE TABLE {name} ({TABLES[name]})")
        if tables < len(TABLES):
            return
        connection.executemany("INSERT INTO catalog_schema VALUES (?)", [(1,), (2,)][:schema])
        connection.execute(
            "INSERT INTO datasets VALUES ('a1', 'shop', 60, 600, 70000, 69999, 2449964995.0, 'UTC', 0, ?, "
            "'2026-01-01T00:00:00Z', '{\"lines\": 3}')",
            [VERSION],
        )
        for array, values in (("requests_count", COUNTS), ("is_event", EVENTS)):
            for position, first in enumerate(range(0, len(values), OLD_CHUNK)):
                chunk = ("a1", array, position, values[first : first + OLD_CHUNK].tobytes())
                connection.execute("INSERT INTO chunks VALUES (?, ?, ?, ?)", chunk)
        if schema > 1:
            connection.execute("INSERT INTO choices VALUES ('shop', '{\"policy\": \"fixed\"}')")
