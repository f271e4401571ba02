"""`dataflow models`: list the model sets."""

from __future__ import annotations

import click

from forecasting.cli.shared_options import output_options, read_settings
from forecasting.cli.terminal import Columns, Terminal, decimals, percent, table


@click.command("models")
@output_options
def models_command(terminal: Terminal) -> None:
    """List the model sets: the shipped one and those trained here.

    Scores are over steps 1 to 12, in requests per bin.

    \b
    Example:
      dataflow models
    """
    from forecasting import prediction  # numpy and pandas take a second to import

    rows = prediction.model_sets(read_settings())
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
