"""The command line: thin commands that parse, call the service layer and print.

Nothing heavy is imported before a command runs, so `--help` answers at once. `webapp.app.cli` adds `serve` and is the
console script.
"""

from __future__ import annotations

import click

from forecasting.cli.check import check_command
from forecasting.cli.data import data
from forecasting.cli.forecast_commands import backtest_command, predict_command
from forecasting.cli.models import models_command
from forecasting.cli.runner import INTERRUPTED, PROGRAM, InterruptibleGroup, run
from forecasting.cli.scaling_commands import Report, compare_command, scale_command, simulate_command
from forecasting.cli.train_command import train_command

__all__ = ["INTERRUPTED", "command_line", "run"]

_HELP = """Forecast request traffic from access logs and CSV files, and decide how many replicas it needs.

Every command takes --json (only JSON on standard output) and --quiet. Exit codes: 0 done, 1 the work failed,
2 wrong use, 130 stopped by Ctrl-C.

\b
Example:
  dataflow data import --name shop access.log
  dataflow predict --dataset shop --model xgboost --timeframe 5m
  dataflow scale --dataset shop --timeframe 5m --capacity-per-minute 60 --current-replicas 4
"""


def command_line(*more: click.Command, report: Report | None = None) -> click.Group:
    """The root command with every command of this package, and `more`; `report` makes the page of a comparison."""
    deciding = (scale_command, simulate_command, compare_command(report))
    forecasting = (data, train_command, predict_command, backtest_command, models_command)
    commands = (*forecasting, *deciding, check_command, *more)
    root = InterruptibleGroup(
        PROGRAM,
        commands={command.name: command for command in commands},
        help=_HELP,
        no_args_is_help=True,
        context_settings={"max_content_width": 110},
    )
    shown = {"is_flag": True, "is_eager": True, "expose_value": False, "callback": _show_version}
    return click.option("--version", help="Show the version and exit.", **shown)(root)


def _show_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from forecasting.version import installed_version

        click.echo(f"{PROGRAM} {installed_version()}")
        context.exit()
