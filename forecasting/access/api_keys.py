"""Keys of programs: `dfk_PREFIX_SECRET`, shown once; stored are the prefix and a hash of the secret."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from forecasting.access.access_tables import keys
from forecasting.access.moments import now
from forecasting.access.roles import Scope
from forecasting.access.secret_text import checked_name, digest_of
from forecasting.database.store import Store
from forecasting.errors import InputError, NotFound

PREFIX_BYTES, SECRET_BYTES = 5, 32
LAST_USE_SECONDS = 60
"""The last use is written at most this often."""

LONGEST_DAYS = 3650
_DAY = 86_400
_FORM = re.compile(r"dfk_([0-9a-f]{10})_([A-Za-z0-9_-]{43})")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True)
class Key:
    """One key, without its secret. `services` are the only ones whose recommendation it may read, for that scope."""

    prefix: str
    name: str
    scope: Scope
    services: tuple[str, ...]
    created_by: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None

    @property
    def state(self) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now() else "valid"

    def to_dict(self) -> dict[str, object]:
        """Return the key as JSON values."""
        return {**asdict(self), "services": list(self.services), "state": self.state}


class Keys:
    """The keys in a database."""

    def __init__(self, store: Store):
        self._store = store

    def all(self) -> list[Key]:
        """Return every key, the newest first."""
        return [_key(row) for row in self._store.read(sa.select(keys).order_by(keys.c.created_at.desc(), keys.c.name))]

    def get(self, prefix: str) -> Key:
        """Return a key. Raises NotFound."""
        rows = self._store.read(sa.select(keys).where(keys.c.prefix == prefix[:16]))
        if not rows:
            raise NotFound(f"Key {prefix[:16]!r} not found.")
        return _key(rows[0])

    def add(
        self, name: str, scope: Scope, *, by: str, services: Sequence[str] = (), days: int | None = None
    ) -> tuple[str, Key]:
        """Return the text of a new key, which is not stored, and the key. Raises InputError.

        `days` until it expires; never if None.
        """
        services = tuple(dict.fromkeys(name.strip() for name in services if name.strip()))
        if (scope is Scope.RECOMMENDATION) != bool(services):
            raise InputError(
                f"services must be given for the scope {Scope.RECOMMENDATION}, and for no other.", field="services"
            )
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InputError(f"days must be an integer from 1 to {LONGEST_DAYS} (got {days}).", field="days")
        prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        row = {
            "prefix": prefix,
            "digest": digest_of(secret),
            "name": checked_name(name),
            "scope": scope,
            "services": json.dumps(services),
            "created_by": by,
            "created_at": now(),
            "expires_at": None if days is None else now() + days * _DAY,
        }
        self._store.write(lambda connection: connection.execute(sa.insert(keys).values(row)))
        return f"dfk_{prefix}_{secret}", self.get(prefix)

    def revoke(self, prefix: str) -> Key:
        """Make a key invalid for good. Raises NotFound."""
        key = self.get(prefix)
        if key.revoked_at is None:
            stamp = sa.update(keys).where(keys.c.prefix == key.prefix).values(revoked_at=now())
            self._store.write(lambda connection: connection.execute(stamp))
        return self.get(key.prefix)

    def find(self, text: str) -> Key | None:
        """Return the valid key of a text, else None; record its use."""
        form = _FORM.fullmatch(text)
        prefix, secret = form.groups() if form else ("", "")
        rows = self._store.read(sa.select(keys).where(keys.c.prefix == prefix))
        if not hmac.compare_digest(rows[0].digest if rows else _NO_DIGEST, digest_of(secret)):
            return None
        key = _key(rows[0])
        if key.state != "valid":
            return None
        self._record_use(key)
        return key

    def _record_use(self, key: Key) -> None:
        at = now()
        if key.last_used_at is not None and at < key.last_used_at + LAST_USE_SECONDS:
            return
        stamp = sa.update(keys).where(keys.c.prefix == key.prefix).values(last_used_at=at)
        self._store.write(lambda connection: connection.execute(stamp))


def _key(row: sa.Row[Any]) -> Key:
    return Key(
        prefix=row.prefix,
        name=row.name,
        scope=Scope(row.scope),
        services=tuple(json.loads(row.services)),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
