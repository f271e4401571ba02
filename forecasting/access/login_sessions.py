"""Sessions of people in the database, so that a logout or a changed role ends them whatever a browser holds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from forecasting.access.access_tables import sessions, users
from forecasting.access.moments import now
from forecasting.access.roles import Role
from forecasting.access.secret_text import digest_of
from forecasting.access.users import User
from forecasting.database.store import Store

SECRET_BYTES = 32


@dataclass(frozen=True)
class Session:
    """Who is logged in. `user_id` is None for a user of an identity provider."""

    name: str
    role: Role
    user_id: str | None


class Sessions:
    """The sessions in a database; each ends `hours` after its login."""

    def __init__(self, store: Store, hours: int):
        self._store = store
        self._seconds = hours * 3600

    def open(self, name: str, role: Role, user: User | None = None) -> str:
        """Return the secret of a new session, of which only a hash is stored; remove those that have ended."""
        secret, start = secrets.token_urlsafe(SECRET_BYTES), now()
        row = {
            "digest": digest_of(secret),
            "user_id": user.id if user else None,
            "name": name,
            "role": role,
            "created_at": start,
            "expires_at": start + self._seconds,
        }

        def change(connection: sa.Connection) -> None:
            connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= start))
            connection.execute(sa.insert(sessions).values(row))

        self._store.write(change)
        return secret

    def find(self, secret: str) -> Session | None:
        """Return the session of a secret; None if it has ended or its user may not log in any more."""
        columns = (sessions.c.name, sessions.c.role, sessions.c.user_id, users.c.role.label("now"), users.c.enabled)
        statement = (
            sa.select(*columns)
            .join_from(sessions, users, isouter=True)
            .where(sessions.c.digest == digest_of(secret), sessions.c.expires_at > now())
        )
        rows = self._store.read(statement)
        if not rows:
            return None
        (row,) = rows
        if row.user_id is None:
            return Session(row.name, Role(row.role), None)
        return Session(row.name, Role(row.now), row.user_id) if row.enabled else None

    def close(self, secret: str) -> None:
        """End a session."""
        gone = sa.delete(sessions).where(sessions.c.digest == digest_of(secret))
        self._store.write(lambda connection: connection.execute(gone))
