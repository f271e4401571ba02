"""The tables of the model sets: cards, the files of each set by SHA-256, and which state of them is current.

`state_versions` has one row for all of it, with a random text that every change replaces: so a process sees by one
row whether what it has loaded is current.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from forecasting.database import metadata

STATE = "model_sets"

model_files = sa.Table(
    "model_files",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("unused_since", sa.Double),
)
"""`payload` is compressed by zstandard; `size` and `sha256` are of what it was made of. A file that no set has any more
stays for a while (`unused_since`, seconds), for processes that load a set while it is replaced."""

model_sets = sa.Table(
    "model_sets",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("stamp", sa.String(32), nullable=False),
    sa.Column("card", sa.Text, nullable=False),
)
"""`stamp` is a random text that changes with the set."""

model_set_files = sa.Table(
    "model_set_files",
    metadata,
    sa.Column("model_set", sa.ForeignKey(model_sets.c.name), primary_key=True),
    sa.Column("path", sa.String(255), primary_key=True),
    sa.Column("timeframe", sa.String(16), nullable=False),
    sa.Column("model", sa.String(32), nullable=False),
    sa.Column("sha256", sa.ForeignKey(model_files.c.sha256), nullable=False, index=True),
)

state_versions = sa.Table(
    "state_versions",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("version", sa.String(32), nullable=False),
)


def version_statement() -> sa.Select[Any]:
    """Return the statement that reads the version of all sets."""
    return sa.select(state_versions.c.version).where(state_versions.c.name == STATE)


def new_stamp() -> str:
    """Return a text that no other state has."""
    return secrets.token_hex(16)


def mark_changed(connection: sa.Connection, now: float, keep_seconds: float) -> None:
    """Give the sets a new version, and remove the files that no set has had for a while."""
    connection.execute(sa.delete(state_versions).where(state_versions.c.name == STATE))
    connection.execute(sa.insert(state_versions).values(name=STATE, version=new_stamp()))
    used = sa.select(model_set_files.c.sha256)
    files = model_files.c
    connection.execute(sa.delete(model_files).where(files.sha256.not_in(used), files.unused_since < now - keep_seconds))
    unmarked = files.sha256.not_in(used) & files.unused_since.is_(None)
    connection.execute(sa.update(model_files).where(unmarked).values(unused_since=now))
    returned = files.sha256.in_(used) & files.unused_since.is_not(None)
    connection.execute(sa.update(model_files).where(returned).values(unused_since=None))


def remove_set(connection: sa.Connection, name: str) -> int:
    """Delete the rows of a set, but not its files; return the number of sets deleted (0 or 1)."""
    connection.execute(sa.delete(model_set_files).where(model_set_files.c.model_set == name))
    return connection.execute(sa.delete(model_sets).where(model_sets.c.name == name)).rowcount
