"""`dataflow models`: which model sets there are."""

from __future__ import annotations

import click

from forecasting.cli.shared_options import read_settings, talking
from forecasting.cli.terminal import Terminal, decimals, percent, table


@click.command("models")
@talking
def models_command(terminal: Terminal) -> None:
    """List the model sets, the shipped one and those trained here.

    Scores are over all steps, 1 to 12 bins ahead, in requests per bin.

    \b
    Example:
      dataflow models
    """
    from forecasting import prediction

    rows = prediction.model_sets(read_settings())
    columns = {
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
