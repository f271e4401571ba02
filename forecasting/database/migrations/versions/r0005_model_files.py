"""Model sets trained here, with their files by SHA-256; leases of work that one process does at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "model_files",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("unused_since", sa.Double),
    )
    op.create_table(
        "model_sets",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("stamp", sa.String(32), nullable=False),
        sa.Column("card", sa.Text, nullable=False),
    )
    op.create_table(
        "model_set_files",
        sa.Column("model_set", sa.String(80), sa.ForeignKey("model_sets.name"), primary_key=True),
        sa.Column("path", sa.String(255), primary_key=True),
        sa.Column("timeframe", sa.String(16), nullable=False),
        sa.Column("model", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("model_files.sha256"), nullable=False, index=True),
    )
    op.create_table(
        "state_versions",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("version", sa.String(32), nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("acquired_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
