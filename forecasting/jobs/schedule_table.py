"""The table of schedules."""

from __future__ import annotations

import sqlalchemy as sa

from forecasting.database import metadata

schedules = sa.Table(
    "schedules",
    metadata,
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
