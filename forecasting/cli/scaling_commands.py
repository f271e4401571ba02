"""`dataflow scale`, `simulate` and `compare`: replicas now, what a policy would have cost, and which one to choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecasting.cli.files import replacing
from forecasting.cli.scaling_options import (
    ScalingCommand,
    ScalingOptions,
    end_option,
    parameter_option,
    start_option,
)
from forecasting.cli.shared_options import Command, output_options
from forecasting.cli.terminal import Terminal

if TYPE_CHECKING:  # numpy, pandas and numba take seconds to import
    from forecasting.scaling.comparison.results import CompareResult

Report = Callable[["CompareResult"], str]

RESULT_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("scale", cls=ScalingCommand)
@click.option(
    "--policy", metavar="POLICY", help="hybrid, predictive, reactive, ... Default: the stored one, else hybrid."
)
@parameter_option
@click.option("--horizon", type=int, metavar="N", help="Bins to plan, at least the lead time.")
@click.option("--as-of", metavar="TIME", help="Moment of the past to decide at. Default: the end of the series.")
@output_options
def scale_command(
    options: ScalingOptions,
    policy: str | None,
    parameters: tuple[tuple[str, float], ...],
    horizon: int | None,
    as_of: str | None,
    terminal: Terminal,
) -> None:
    """Recommend replicas, with the reason and a plan.

    Options that are not given default to what is stored for the data set, else to a proposal from its traffic.

    \b
    Examples:
      dataflow scale --dataset sample --timeframe 5m --capacity-per-minute 40 --current-replicas 6
      dataflow scale --dataset sample --timeframe 15m --policy predictive --as-of "2026-04-20 12:00" --json
    """
    from forecasting.cli.scaling_work import recommended  # brings numpy and pandas

    _print(terminal, *recommended(options.request(policy, parameters, horizon), as_of))


@click.command("simulate", cls=ScalingCommand)
@click.option("--policy", metavar="POLICY", help="Any policy. Default: the stored one, else hybrid.")
@parameter_option
@start_option
@end_option
@click.option(
    "--sweep",
    type=int,
    metavar="K",
    help="Number of settings of the policy's main parameter to try, from safe to cheap.",
)
@click.option("--steps/--no-steps", default=None, help="Print every bin too. Default: with --json only.")
@output_options
def simulate_command(
    options: ScalingOptions,
    policy: str | None,
    parameters: tuple[tuple[str, float], ...],
    start: str | None,
    end: str | None,
    sweep: int | None,
    steps: bool | None,
    terminal: Terminal,
) -> None:
    """Replay one policy over days that no model was trained on: its cost and its unmet requests.

    \b
    Examples:
      dataflow simulate --dataset sample --timeframe 15m --policy hybrid --capacity-per-minute 40
      dataflow simulate --dataset sample --timeframe 15m --policy reactive --parameter target_percent=80 --steps
      dataflow simulate --dataset sample --timeframe 15m --policy reactive --sweep 20
    """
    from forecasting.cli.scaling_work import simulated, swept  # brings numpy and pandas

    request = options.request(policy, parameters)
    with terminal.share_progress("simulating") as progress:
        if sweep is not None:
            result, text = swept(request, start, end, sweep, progress)
        else:
            result, text = simulated(request, start, end, steps=terminal.json if steps is None else steps)
    _print(terminal, result, text)


_COMPARE_HELP = """Compare every policy on days that no model was trained on, tuned on earlier ones.

    Says whether forecasting pays at equal service, and what would change that.

    \b
    Examples:
      dataflow compare --dataset sample --timeframe 15m --quick
      dataflow compare --dataset sample --timeframe 15m --capacity-per-minute 40 --csv comparison.csv
    """


def compare_command(report: Report | None = None) -> click.Command:
    """Return `dataflow compare`, with `--html` if `report` makes the page of a study."""

    @click.command("compare", cls=ScalingCommand, help=_COMPARE_HELP)
    @start_option
    @end_option
    @click.option("--quick", is_flag=True, help="Coarser tuning and no sensitivity: a few seconds.")
    @click.option("--csv", type=RESULT_FILE, metavar="FILE", help="Also write the table of policies as CSV.")
    @_html_option(report)
    @output_options
    def compare(
        options: ScalingOptions,
        start: str | None,
        end: str | None,
        quick: bool,
        terminal: Terminal,
        csv: Path | None,
        html: Path | None = None,
    ) -> None:
        from forecasting.cli.scaling_work import compared, comparison_text  # brings numpy and pandas

        writers: list[tuple[Path, Report]] = [(csv, _csv)] if csv else []
        writers += [(html, report)] if html and report else []
        with ExitStack() as stack:
            # Opened before the work, so that a missing folder is reported at once.
            files = [(stack.enter_context(replacing(path)), write) for path, write in writers]
            with terminal.share_progress("comparing") as progress:
                study = compared(options.request(), start, end, quick, progress)
            for stream, write in files:
                stream.write(write(study).encode())
        _print(terminal, study.to_dict(), comparison_text(study, [path for path, _ in writers]))

    return compare


def _csv(study: CompareResult) -> str:
    return study.frame().to_csv(index=False)


def _html_option(report: Report | None) -> Callable[[Command], Command]:
    if report is None:
        return lambda command: command
    text = "Also write a report that needs no network: verdict, charts and every assumption."
    return click.option("--html", type=RESULT_FILE, metavar="FILE", help=text)


def _print(terminal: Terminal, result: Mapping[str, Any], text: str) -> None:
    """Print a result; its warnings go to stderr, for the JSON has them itself."""
    if not terminal.json:
        terminal.note(result["warnings"])
    terminal.result({"success": True, **result}, text)
