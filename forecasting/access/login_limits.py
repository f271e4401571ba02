"""How often a login may fail: by account and address, by address, and by account, in a quarter of an hour.

An attempt is stored before the password is checked, so attempts at the same time cannot pass together.
"""

from __future__ import annotations

import sqlalchemy as sa

from forecasting.access.access_tables import NAME_LENGTH, login_attempts
from forecasting.access.moments import now
from forecasting.access.secret_text import new_id
from forecasting.database.store import Store
from forecasting.errors import ForecastingError

WINDOW_SECONDS = 900
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 30, 100
"""Most failures of one account from one address, of one address with any account, and of one account from anywhere.

The last is high: who knows a name could otherwise keep its owner out.
"""


class TooManyAttempts(ForecastingError):
    """Too many failed logins; `retry_after` seconds later another is allowed."""

    status = 429

    def __init__(self, retry_after: int):
        super().__init__(f"Too many failed logins. Try again in {-(-retry_after // 60)} minutes.")
        self.retry_after = retry_after


class LoginLimits:
    """The failed logins of the last quarter of an hour."""

    def __init__(self, store: Store):
        self._store = store

    def begin(self, account: str, address: str) -> None:
        """Count an attempt as failed. Raises TooManyAttempts if there were too many; then it is not counted."""
        at, account, address = now(), account[:NAME_LENGTH], address[:64]
        is_account, is_address = login_attempts.c.account == account, login_attempts.c.address == address
        limits = ((is_account & is_address, PER_PAIR), (is_address, PER_ADDRESS), (is_account, PER_ACCOUNT))

        row = {"id": new_id(), "account": account, "address": address, "at": at}

        def insert(connection: sa.Connection) -> None:
            connection.execute(sa.delete(login_attempts).where(login_attempts.c.at <= at - WINDOW_SECONDS))
            connection.execute(sa.insert(login_attempts).values(row))

        def remove(connection: sa.Connection) -> None:
            connection.execute(sa.delete(login_attempts).where(login_attempts.c.id == row["id"]))

        # Stored first and counted then, in a transaction of its own: each attempt sees those at the same time.
        self._store.write(insert)
        for condition, most in limits:
            times = sa.select(login_attempts.c.at).where(condition).order_by(login_attempts.c.at.desc())
            latest = self._store.read(times.limit(most + 1))
            if len(latest) > most:
                self._store.write(remove)
                raise TooManyAttempts(max(1, latest[-1].at + WINDOW_SECONDS - at))

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of an account from an address: this login was correct."""
        is_pair = (login_attempts.c.account == account) & (login_attempts.c.address == address)
        self._store.write(lambda connection: connection.execute(sa.delete(login_attempts).where(is_pair)))
