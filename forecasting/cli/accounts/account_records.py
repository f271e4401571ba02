"""What the commands about access share: the accounts of this installation, and the audit of what a command changes."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import forecasting
from forecasting.cli.shared_options import read_settings
from forecasting.errors import ForecastingError

VIA = "command line"


def open_accounts() -> forecasting.Accounts:
    """Return the accounts of the installation that the environment names."""
    return forecasting.Accounts(read_settings())


def who() -> str:
    """Return the user of the operating system, as the audit names them."""
    try:
        return f"{getpass.getuser()} ({VIA})"
    except (KeyError, OSError):
        return VIA


def utc_text(seconds: int | None) -> str:
    """Return a time in UTC to the second; a dash for none."""
    return "–" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def audited(
    accounts: forecasting.Accounts, action: str, subject: str, before: object = None
) -> Iterator[dict[str, object]]:
    """Record what the block changes, or that it was refused; put what is stored then into the dictionary it yields."""
    after: dict[str, object] = {}
    write, host = accounts.audit.record_command, socket.gethostname()
    try:
        yield after
    except ForecastingError as error:
        write(action, subject, who(), host, before=before, refusal=error.message)
        raise
    write(action, subject, who(), host, before=before, after=after or None)
