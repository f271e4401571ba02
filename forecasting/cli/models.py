"""`dataflow models`: which model sets there are."""

from __future__ import annotations

import click

from forecasting.cli.options import read_settings, talking
from forecasting.cli.terminal import Terminal, table


@click.command("models")
@talking
def models_command(terminal: Terminal) -> None:
    """List the model sets, the shipped one and those trained here.

    \b
    Example:
      dataflow models
    """
    from forecasting import service

    rows = service.model_sets(read_settings())
    columns = {
        "model_set": ("model set", str),
        "model": ("model", str),
        "timeframe": ("bin", str),
        "trained_until": ("trained until", str),
    }
    terminal.result(rows, table(rows, columns))
