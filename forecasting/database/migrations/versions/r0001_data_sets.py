"""The schema of release 0.4: data sets, their chunks, and stored configurations.

Also finishes what an earlier release left: its first schema had no `choices`, and its tables could be created in part.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables that do not exist yet."""
    op.create_table(
        "catalog_schema",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        if_not_exists=True,
    )
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(63), nullable=False, unique=True),
        sa.Column("bin_seconds", sa.Integer, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("bins", sa.Integer, nullable=False),
        sa.Column("known_bins", sa.Integer, nullable=False),
        sa.Column("requests", sa.Double, nullable=False),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("created_at", sa.String(20), nullable=False),
        sa.Column("report", sa.Text),
        if_not_exists=True,
    )
    op.create_table(
        "chunks",
        sa.Column("dataset_id", sa.String(32), sa.ForeignKey("datasets.id"), primary_key=True),
        sa.Column("array", sa.String(16), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "choices",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("payload", sa.Text, nullable=False),
        if_not_exists=True,
    )
    # An older program refuses a version that it does not know.
    op.execute("DELETE FROM catalog_schema")
    op.execute("INSERT INTO catalog_schema (version) VALUES (3)")
