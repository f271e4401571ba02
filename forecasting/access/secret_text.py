"""Random secrets, what is stored of them, and names that people give."""

from __future__ import annotations

import hashlib
import re
import secrets

from forecasting.access.access_tables import NAME_LENGTH
from forecasting.errors import InputError

_NAME = re.compile(r"[^\s\x00-\x1f\x7f,=:](?:[^\x00-\x1f\x7f,=]*[^\s\x00-\x1f\x7f,=])?")


def new_id() -> str:
    """Return a random id of 32 characters."""
    return secrets.token_hex(16)


def digest_of(secret: str) -> str:
    """Return what is stored of a random secret. It is too long to be guessed, so a quick hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def checked_name(name: str, *, field: str = "name") -> str:
    """Return a name without surrounding blanks. Raises InputError."""
    name = name.strip()
    if len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        raise InputError(
            f"{field} must be 1 to {NAME_LENGTH} characters without ',', '=' and control characters "
            f"(got {name[:40]!r}).",
            field=field,
        )
    return name
