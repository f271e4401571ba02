"""`dataflow check`: would this install serve?"""

from __future__ import annotations

import click

from forecasting.cli.options import talking
from forecasting.cli.terminal import Terminal


@click.command("check")
@talking
def check_command(terminal: Terminal) -> None:
    """Check that settings, home, catalog and models load.

    For a release step: exit 1 where one does not.

    \b
    Example:
      dataflow check
    """
