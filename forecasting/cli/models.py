"""`dataflow models`: list the model sets."""

from __future__ import annotations

import click

from forecasting.cli.shared_options import output_options, read_settings, take_in_model_sets
from forecasting.cli.terminal import Columns, Terminal, decimals, percent, table


@click.command("models")
@click.option("--remove", metavar="SET", help="Remove a model set that was trained here, or its candidate.")
@output_options
def models_command(remove: str | None, terminal: Terminal) -> None:
    """List the model sets: the shipped one and those trained here.

    Scores are over steps 1 to 12, in requests per bin. Damaged sets are named on the error output.

    \b
    Examples:
      dataflow models
      dataflow models --remove shop
    """
    from forecasting import model_sets, prediction  # numpy and pandas take a second to import

    settings = read_settings()
    take_in_model_sets(settings)
    if remove is not None:
        model_sets.remove(remove, settings)
        terminal.result({"removed": remove}, f"removed model set {remove}")
        return
    terminal.note(model_sets.broken_sets(settings).values())
    rows = prediction.model_sets(settings)
    columns: Columns = {
        "model_set": ("model set", str),
        "model": ("model", str),
        "timeframe": ("bin", str),
        "trained_until": ("trained until", str),
        "metrics_on": ("scored on", str),
        "rmse": ("RMSE", decimals(2)),
        "mase": ("MASE", decimals(3)),
        "coverage_80": ("in 80 %", percent),
    }
    terminal.result(rows, table(rows, columns))
