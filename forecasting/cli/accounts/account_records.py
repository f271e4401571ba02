"""What the commands about access share: the accounts of this installation, and the audit of what a command changes."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click

import forecasting
from forecasting.cli.shared_options import read_settings
from forecasting.errors import ForecastingError

VIA = "command line"


def open_accounts() -> forecasting.Accounts:
    """Return the accounts of the installation that the environment names."""
    return forecasting.Accounts.migrated(read_settings())


def who() -> str:
    """Return the user of the operating system, as the audit names them."""
    try:
        return f"{getpass.getuser()} ({VIA})"
    except (KeyError, OSError):
        return VIA


@contextmanager
def audited(action: str, subject: str, before: object = None) -> Iterator[dict[str, object]]:
    """Record what the block changes, or that it was refused; put what is stored then into the dictionary it yields.

    A read-only install stores nothing. An audit that cannot be written is a note: the change is made.
    """
    after: dict[str, object] = {}
    try:
        yield after
    except ForecastingError as error:
        _write(action, subject, before, refusal=error.message)
        raise
    _write(action, subject, before, after=after or None)


def _write(action: str, subject: str, before: object, *, after: object = None, refusal: str = "") -> None:
    settings = read_settings()
    if settings.read_only:
        return
    try:
        audit = forecasting.Accounts.migrated(settings).audit
        audit.record_command(action, subject, who(), socket.gethostname(), before=before, after=after, refusal=refusal)
    except ForecastingError as error:
        click.echo(f"note: the audit could not be written: {error.message}", err=True)
