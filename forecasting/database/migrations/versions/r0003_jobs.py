"""Jobs and the schedules on which they are submitted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(63), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(200)),
        sa.Column("lease_until", sa.Double),
        sa.Column("heartbeat", sa.Double),
        sa.Column("share", sa.Double, nullable=False),
        sa.Column("stage", sa.String(200), nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("ended", sa.Double),
        sa.Column("error", sa.Text),
        sa.Column("result_key", sa.String(64)),
        sa.Column("result_hash", sa.String(64)),
        sa.Column("result_bytes", sa.Integer),
        sa.Column("active_key", sa.String(64), unique=True),
        sa.Column("sent", sa.Double),
        sa.Column("result", sa.LargeBinary),
    )
    op.create_index("jobs_by_state", "jobs", ["state", "created"])
    op.create_index("jobs_by_result", "jobs", ["result_key"])
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("kind", sa.String(63), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("cron", sa.String(200), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("next_run", sa.Double, nullable=False),
        sa.Column("last_run", sa.Double),
        sa.Column("last_job", sa.String(32)),
        sa.Column("last_error", sa.Text),
    )
