"""`dataflow keys`: the keys with which programs identify themselves."""

from __future__ import annotations

import click

from forecasting.access.moments import time_text
from forecasting.access.roles import Scope, scope_named
from forecasting.cli.accounts.account_records import audited, open_accounts, who
from forecasting.cli.shared_options import output_options
from forecasting.cli.terminal import Columns, Terminal, table


@click.group("keys")
def keys() -> None:
    """Create, list and revoke the keys of programs.

    \b
    Example:
      dataflow keys add keda --scope recommendation --service shop
    """


@keys.command("add")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice([str(scope) for scope in Scope]),
    required=True,
    help="read: everything that a viewer may. write: also changes. recommendation: polls named services, nothing else.",
)
@click.option("--service", "services", multiple=True, metavar="NAME", help="A service of the scope recommendation.")
@click.option("--days", type=int, metavar="N", help="Days until it expires. Default: never.")
@output_options
def add_command(name: str, scope: str, services: tuple[str, ...], days: int | None, terminal: Terminal) -> None:
    """Create a key and print it: it is shown this once, and only a hash is stored.

    \b
    Examples:
      dataflow keys add collector --scope write --days 365
      dataflow keys add keda --scope recommendation --service shop --service search
    """
    accounts = open_accounts()
    with audited("key.add", name) as after:
        text, key = accounts.keys.add(name, scope_named(scope), by=who(), services=services, days=days)
        after |= key.to_dict()
    terminal.result({**key.to_dict(), "key": text}, text)
    terminal.note(["the key is shown this once; send it as Authorization: Bearer KEY, or X-API-Key: KEY"])


@keys.command("list")
@output_options
def list_command(terminal: Terminal) -> None:
    """List the keys, without their secrets.

    \b
    Example:
      dataflow keys list
    """
    rows = [key.to_dict() for key in open_accounts().keys.all()]
    columns: Columns = {
        "prefix": ("prefix", str),
        "name": ("name", str),
        "scope": ("scope", str),
        "services": ("services", lambda names: ", ".join(names)),
        "expires_at": ("expires (UTC)", lambda at: time_text(at) if at else "never"),
        "last_used_at": ("last use (UTC)", time_text),
        "state": ("state", str),
    }
    terminal.result(rows, table(rows, columns))


@keys.command("revoke")
@click.argument("prefix")
@output_options
def revoke_command(prefix: str, terminal: Terminal) -> None:
    """Make a key invalid for good, by its prefix (see: dataflow keys list).

    \b
    Example:
      dataflow keys revoke 0f3a9c41d2
    """
    accounts = open_accounts()
    before = accounts.keys.get(prefix.removeprefix("dfk_"))
    with audited("key.revoke", before.prefix, before.to_dict()) as after:
        key = accounts.keys.revoke(before.prefix)
        after |= key.to_dict()
    terminal.result(key.to_dict(), f"{key.name} ({key.prefix}) is {key.state}")
