"""The console script `dataflow`: the commands of `forecasting.cli`, with `serve` and the report of a comparison."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from forecasting.cli import INTERRUPTED, command_line, run
from forecasting.settings import Settings
from webapp.app import serve
from webapp.jobs.commands import jobs_group, scheduler_command, schedules_group, worker_command

if TYPE_CHECKING:  # numpy, pandas and numba take seconds to import
    from forecasting.scaling.comparison.results import CompareResult


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="Address to listen on. Default: HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Default: PORT, else 8000.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Default: WEB_CONCURRENCY, else 2.")
def serve_command(host: str | None, port: int | None, workers: int | None) -> int:
    """Serve the dashboard and the JSON API until Ctrl-C.

    \b
    Examples:
      dataflow serve
      dataflow serve --host 0.0.0.0 --port 8080 --workers 1
    """
    settings = Settings.from_environment()
    return serve.run(
        settings,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers or settings.web_concurrency,
    )


def root_command() -> click.Group:
    """Return all commands."""
    jobs = (jobs_group, schedules_group, worker_command, scheduler_command)
    return command_line(serve_command, *jobs, report=_report)


def _report(study: CompareResult) -> str:
    # It brings plotly, which takes half a second.
    from webapp.ui.report.comparison_report import report_html

    return report_html(study)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with `arguments` (the process's own if None) and return its exit code."""
    code = run(root_command(), arguments)
    if code == INTERRUPTED:
        # All is restored and reported by now. A numeric library that was interrupted in a call may crash the
        # interpreter's orderly end, which would change the exit code.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
