"""Points that carry checksums: small chunks, a journal of the latest appends, and what a data set must consist of.

Every chunk of 65,536 values becomes chunks of 2,048. One that is short or not whole stays as it is, and its data set is
marked as damaged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CHUNK = 2_048
BYTES = {"requests_count": 8, "is_burst": 1, "is_event": 1}

_sets = sa.table("datasets", *map(sa.column, ("id", "bins", "chunked", "flags", "damage")))
_chunks = sa.table("chunks", *map(sa.column, ("dataset_id", "array", "position", "payload", "checksum")))
_old = sa.table("chunks_04", *map(sa.column, ("dataset_id", "array", "position", "payload")))


def upgrade() -> None:
    """Create the new tables and columns, and move the chunks."""
    for column in (
        sa.Column("chunked", sa.Integer, nullable=False, server_default="0"),
        sa.Column("flags", sa.String(32), nullable=False, server_default=""),
        sa.Column("journaled", sa.Integer, nullable=False, server_default="0"),
        sa.Column("damage", sa.Text),
    ):
        op.add_column("datasets", column)
    op.rename_table("chunks", "chunks_04")
    op.create_table(
        "chunks",
        sa.Column("dataset_id", sa.String(32), sa.ForeignKey("datasets.id"), primary_key=True),
        sa.Column("array", sa.String(16), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.LargeBinary(8), nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("dataset_id", sa.String(32), sa.ForeignKey("datasets.id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.LargeBinary(8), nullable=False),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE chunks ALTER COLUMN payload SET STORAGE EXTERNAL")  # counts do not compress by its way
    for dataset_id, bins in connection.execute(sa.select(_sets.c.id, _sets.c.bins)).all():
        _move(connection, dataset_id, bins)
    op.drop_table("chunks_04")


def _move(connection: sa.Connection, dataset_id: str, bins: int) -> None:
    statement = sa.select(_old.c.array, _old.c.payload).where(_old.c.dataset_id == dataset_id)
    parts: dict[str, list[bytes]] = {}
    for array, payload in connection.execute(statement.order_by(_old.c.array, _old.c.position)):
        parts.setdefault(array, []).append(payload)
    flags = " ".join(array for array in BYTES if array in parts and array != "requests_count")
    facts: dict[str, Any] = {"chunked": bins, "flags": flags}
    for array in ["requests_count", *flags.split()]:
        values = b"".join(parts.get(array, []))
        stored = len(values) / BYTES[array]
        if stored != bins:
            facts["damage"] = f"it has {bins:,} bins, but {stored:,.0f} values of {array}"
        rows = list(_rows(dataset_id, array, values))
        if rows:
            connection.execute(sa.insert(_chunks), rows)
    connection.execute(sa.update(_sets).where(_sets.c.id == dataset_id).values(facts))


def _rows(dataset_id: str, array: str, values: bytes) -> Iterator[dict[str, Any]]:
    size = CHUNK * BYTES[array]
    for position, first in enumerate(range(0, len(values), size)):
        payload = values[first : first + size]
        sealed = hashlib.blake2b(f"{dataset_id} {array} {position} {len(payload)} ".encode(), digest_size=8)
        sealed.update(payload)
        yield {
            "dataset_id": dataset_id,
            "array": array,
            "position": position,
            "payload": payload,
            "checksum": sealed.digest(),
        }
