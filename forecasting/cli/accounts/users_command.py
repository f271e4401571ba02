"""`dataflow users`: the users of DATAFLOW_AUTH=local."""

from __future__ import annotations

import sys

import click

from forecasting.access.moments import time_text
from forecasting.access.roles import Role, role_named
from forecasting.cli.accounts.account_records import audited, open_accounts
from forecasting.cli.shared_options import output_options
from forecasting.cli.terminal import Columns, Terminal, table

role_option = click.option(
    "--role", type=click.Choice([str(role) for role in Role]), required=True, help="What the user may do."
)
from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")


@click.group("users")
def users() -> None:
    """Add, list and change the users of a server with DATAFLOW_AUTH=local.

    \b
    Example:
      dataflow users add alice --role admin
    """


@users.command("add")
@click.argument("name")
@role_option
@from_stdin
@output_options
def add_command(name: str, role: str, password_stdin: bool, terminal: Terminal) -> None:
    """Add a user; the password is asked for twice, or read from standard input.

    \b
    Examples:
      dataflow users add alice --role admin
      openssl rand -base64 18 | dataflow users add ci --role operator --password-stdin
    """
    accounts = open_accounts()
    password = _password(password_stdin)
    with audited("user.add", name) as after:
        user = accounts.users.add(name, password, role_named(role))
        after |= {"role": user.role, "enabled": user.enabled}
    terminal.result(user.to_dict(), f"{user.name} may log in with the role {user.role}")


@users.command("list")
@output_options
def list_command(terminal: Terminal) -> None:
    """List the users.

    \b
    Example:
      dataflow users list
    """
    rows = [user.to_dict() for user in open_accounts().users.all()]
    columns: Columns = {
        "name": ("name", str),
        "role": ("role", str),
        "enabled": ("may log in", lambda enabled: "yes" if enabled else "no"),
        "last_login_at": ("last login (UTC)", time_text),
    }
    terminal.result(rows, table(rows, columns))


@users.command("role")
@click.argument("name")
@role_option
@output_options
def role_command(name: str, role: str, terminal: Terminal) -> None:
    """Give a user another role; their sessions end.

    \b
    Example:
      dataflow users role alice --role viewer
    """
    accounts = open_accounts()
    before = accounts.users.get(name)
    with audited("user.role", name, {"role": before.role}) as after:
        user = accounts.users.set_role(name, role_named(role))
        after["role"] = user.role
    terminal.result(user.to_dict(), f"{user.name} has the role {user.role}")


@users.command("password")
@click.argument("name")
@from_stdin
@output_options
def password_command(name: str, password_stdin: bool, terminal: Terminal) -> None:
    """Set another password for a user; their sessions end.

    \b
    Example:
      dataflow users password alice
    """
    accounts = open_accounts()
    password = _password(password_stdin)
    with audited("user.password", name):
        accounts.users.set_password(name, password)
    terminal.result({"name": name}, f"the password of {name} is changed")


@users.command("disable")
@click.argument("name")
@output_options
def disable_command(name: str, terminal: Terminal) -> None:
    """Forbid a user to log in; their sessions end.

    \b
    Example:
      dataflow users disable alice
    """
    _set_enabled(name, False, terminal)


@users.command("enable")
@click.argument("name")
@output_options
def enable_command(name: str, terminal: Terminal) -> None:
    """Allow a disabled user to log in again.

    \b
    Example:
      dataflow users enable alice
    """
    _set_enabled(name, True, terminal)


@users.command("remove")
@click.argument("name")
@output_options
def remove_command(name: str, terminal: Terminal) -> None:
    """Remove a user.

    \b
    Example:
      dataflow users remove alice
    """
    accounts = open_accounts()
    with audited("user.remove", name, accounts.users.get(name).to_dict()):
        accounts.users.remove(name)
    terminal.result({"name": name}, f"{name} is removed")


def _set_enabled(name: str, enabled: bool, terminal: Terminal) -> None:
    accounts = open_accounts()
    before = accounts.users.get(name)
    with audited(f"user.{'enable' if enabled else 'disable'}", name, {"enabled": before.enabled}) as after:
        user = accounts.users.set_enabled(name, enabled)
        after["enabled"] = user.enabled
    terminal.result(user.to_dict(), f"{user.name} may {'' if user.enabled else 'not '}log in")


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
