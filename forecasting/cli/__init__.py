"""The command line: thin commands that parse their options, call the service layer and print the result.

Heavy libraries are imported when a command runs, so `--help` is immediate. `webapp.app.cli` adds `serve` and is the
console script.
"""

from __future__ import annotations

import click

from forecasting.cli.accounts.keys_command import keys
from forecasting.cli.accounts.users_command import users
from forecasting.cli.data import data
from forecasting.cli.forecast_commands import backtest_command, predict_command
from forecasting.cli.install.backup_commands import backup_command, db, restore_command
from forecasting.cli.install.check import check_command
from forecasting.cli.install.migrate_command import migrate_command
from forecasting.cli.models import models_command
from forecasting.cli.runner import INTERRUPTED, PROGRAM, InterruptibleGroup, run
from forecasting.cli.scaling_commands import Report, compare_command, export_command, scale_command, simulate_command
from forecasting.cli.train_command import train_command
from forecasting.version import installed_version

__all__ = ["INTERRUPTED", "command_line", "run"]

_HELP = """Forecast request traffic from access logs and CSV files, and decide how many replicas it needs.

Every command accepts --json (only JSON on standard output) and --quiet. Exit codes: 0 success, 1 failure,
2 usage error, 130 interrupted by Ctrl-C.

\b
Example:
  dataflow data import --name shop access.log
  dataflow predict --dataset shop --model xgboost --timeframe 5m
  dataflow scale --dataset shop --timeframe 5m --capacity-per-minute 60 --current-replicas 4
"""


def command_line(*more: click.Command, report: Report | None = None) -> click.Group:
    """Return the root command with the commands of this package and `more`; `report` writes a comparison as a page."""
    scaling = (scale_command, simulate_command, compare_command(report), export_command)
    forecasting = (data, train_command, predict_command, backtest_command, models_command)
    install = (check_command, migrate_command, backup_command, restore_command, db)
    commands = (*forecasting, *scaling, users, keys, *install, *more)
    root = InterruptibleGroup(
        PROGRAM,
        commands={str(command.name): command for command in commands},
        help=_HELP,
        no_args_is_help=True,
        context_settings={"max_content_width": 110},
    )
    version = click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Show the version and exit.",
    )
    return version(root)


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"{PROGRAM} {installed_version()}")
        context.exit()
