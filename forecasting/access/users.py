"""Users with passwords (`DATAFLOW_AUTH=local`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from forecasting.access.access_tables import NAME_LENGTH, sessions, users
from forecasting.access.moments import now
from forecasting.access.passwords import check_password, is_password, password_hash
from forecasting.access.roles import Role
from forecasting.access.secret_text import checked_name, new_id
from forecasting.database.store import Store
from forecasting.errors import Conflict, NotFound

LAST_ADMIN = "{name!r} is the last admin who can log in; make another user an admin first."


@dataclass(frozen=True)
class User:
    """One user, without the password."""

    id: str
    name: str
    role: Role
    enabled: bool
    created_at: int
    last_login_at: int | None

    def to_dict(self) -> dict[str, object]:
        """Return what anybody who manages users may see, as JSON values."""
        return {name: value for name, value in asdict(self).items() if name != "id"}


class Users:
    """The users in a database. What a user may no longer do ends at once: their sessions are removed."""

    def __init__(self, store: Store):
        self._store = store

    def all(self) -> list[User]:
        """Return every user by name."""
        return [_user(row) for row in self._store.read(sa.select(users).order_by(users.c.name))]

    def get(self, name: str) -> User:
        """Return a user. Raises NotFound."""
        rows = self._store.read(sa.select(users).where(users.c.name == name))
        if not rows:
            raise NotFound(f"User {name[:NAME_LENGTH]!r} not found.")
        return _user(rows[0])

    def add(self, name: str, password: str, role: Role) -> User:
        """Add a user. Raises InputError for a name or password against the rules, Conflict for a name in use."""
        name = checked_name(name)
        check_password(password, name)
        row = {"id": new_id(), "name": name, "role": role, "enabled": True, "created_at": now()}
        values = {**row, "password": password_hash(password)}
        self._store.write(
            lambda connection: connection.execute(sa.insert(users).values(values)),
            conflict=f"User {name!r} exists already.",
        )
        return self.get(name)

    def authenticate(self, name: str, password: str) -> User | None:
        """Return the user of a name and password, else None; it takes as long for a name that does not exist."""
        rows = self._store.read(sa.select(users).where(users.c.name == name))
        correct = is_password(password, rows[0].password if rows else None)
        if not correct or not rows[0].enabled:
            return None
        stamp = sa.update(users).where(users.c.id == rows[0].id).values(last_login_at=now())
        self._store.write(lambda connection: connection.execute(stamp))
        return _user(rows[0])

    def set_password(self, name: str, password: str) -> None:
        """Set another password and end the user's sessions. Raises NotFound, InputError."""
        user = self.get(name)
        check_password(password, name)
        self._change(user, {"password": password_hash(password)})

    def set_role(self, name: str, role: Role) -> User:
        """Give a user another role and end their sessions. Raises NotFound, Conflict for the last admin."""
        return self._change(self.get(name), {"role": role})

    def set_enabled(self, name: str, enabled: bool) -> User:
        """Allow or forbid a user to log in. Raises NotFound, Conflict for the last admin."""
        return self._change(self.get(name), {"enabled": enabled})

    def remove(self, name: str) -> None:
        """Remove a user and their sessions. Raises NotFound, Conflict for the last admin."""
        user = self.get(name)

        def change(connection: sa.Connection) -> None:
            _lock_admins(connection)
            connection.execute(sa.delete(sessions).where(sessions.c.user_id == user.id))
            connection.execute(sa.delete(users).where(users.c.id == user.id))
            _refuse_without_admin(connection, user)

        self._store.write(change)

    def _change(self, user: User, values: Mapping[str, object]) -> User:
        def change(connection: sa.Connection) -> None:
            _lock_admins(connection)
            connection.execute(sa.update(users).where(users.c.id == user.id).values(dict(values)))
            connection.execute(sa.delete(sessions).where(sessions.c.user_id == user.id))
            _refuse_without_admin(connection, user)

        self._store.write(change)
        return self.get(user.name)


def _lock_admins(connection: sa.Connection) -> None:
    """Let one change of an admin wait for another, so that both together cannot take the last one."""
    connection.execute(sa.select(users.c.id).where(users.c.role == Role.ADMIN).order_by(users.c.id).with_for_update())


def _refuse_without_admin(connection: sa.Connection, user: User) -> None:
    """Raise Conflict, which undoes the change, if it took the last admin who can log in."""
    if user.role != Role.ADMIN or not user.enabled:
        return
    left = sa.select(sa.func.count()).select_from(users).where(users.c.role == Role.ADMIN, users.c.enabled)
    if connection.execute(left).scalar() == 0:
        raise Conflict(LAST_ADMIN.format(name=user.name))


def _user(row: sa.Row[Any]) -> User:
    return User(row.id, row.name, Role(row.role), bool(row.enabled), row.created_at, row.last_login_at)
