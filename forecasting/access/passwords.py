"""Passwords: the rules for new ones, and their Argon2 hashes."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from forecasting.errors import InputError

LEAST_LENGTH, MOST_LENGTH = 12, 256

_HASHER = PasswordHasher()

_TWO_AT_A_TIME = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB and two or more cores for some hundredths of a second."""


def check_password(password: str, name: str) -> None:
    """Raise InputError unless this may be the password of the user `name`: long, and not the name itself."""
    length = len(password)
    if not LEAST_LENGTH <= length <= MOST_LENGTH:
        raise InputError(
            f"password must have from {LEAST_LENGTH} to {MOST_LENGTH} characters (got {length}).", field="password"
        )
    if name and password.casefold() in (name.casefold(), name.casefold() * 2):
        raise InputError("password must not be the user's name.", field="password")
    if len(set(password)) == 1:
        raise InputError("password must not repeat one character.", field="password")


def password_hash(password: str) -> str:
    """Return the hash to store, with its salt and parameters in it."""
    with _TWO_AT_A_TIME:
        return _HASHER.hash(_normalized(password))


def is_password(password: str, stored: str | None) -> bool:
    """Return whether a password is the one of a stored hash; without a hash it takes as long, and is not."""
    with _TWO_AT_A_TIME:
        try:
            matches = _HASHER.verify(stored or _of_nobody(), _normalized(password[: MOST_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


@cache
def _of_nobody() -> str:
    return _HASHER.hash("the password of no user")


def warm_up() -> None:
    """Compute what the first failed login would wait for, so that it takes as long as any other."""
    _of_nobody()


def _normalized(password: str) -> str:
    """Return one form of texts that look equal, however a keyboard composes their accents."""
    return unicodedata.normalize("NFKC", password)
