"""The tables of users, their sessions and failed logins, keys of programs, and the audit.

Times are seconds since 1970. Of a secret only a hash is stored: Argon2 of a password, which people choose; SHA-256 of a
key or a session, which are random.
"""

from __future__ import annotations

import sqlalchemy as sa

from forecasting.database.metadata import metadata

NAME_LENGTH = 128
"""Longest name of a user, a group's user or a key."""

users = sa.Table(
    "access_users",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(NAME_LENGTH), nullable=False, unique=True),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("last_login_at", sa.BigInteger),
)

sessions = sa.Table(
    "access_sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    # A user of an identity provider has no row; then name and role are those of the login.
    sa.Column("user_id", sa.ForeignKey(users.c.id, ondelete="CASCADE"), index=True),
    sa.Column("name", sa.String(NAME_LENGTH), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)

login_attempts = sa.Table(
    "access_login_attempts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(NAME_LENGTH), nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False, index=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
)

keys = sa.Table(
    "access_keys",
    metadata,
    sa.Column("prefix", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("name", sa.String(NAME_LENGTH), nullable=False),
    sa.Column("scope", sa.String(16), nullable=False),
    sa.Column("services", sa.Text, nullable=False),
    sa.Column("created_by", sa.String(NAME_LENGTH), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("last_used_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
)

audit = sa.Table(
    "access_audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("who", sa.String(NAME_LENGTH), nullable=False),
    sa.Column("via", sa.String(16), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(NAME_LENGTH), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
)
