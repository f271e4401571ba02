"""`dataflow migrate`: create the tables of the database, or bring them up to date."""

from __future__ import annotations

import click

import forecasting
from forecasting.cli.shared_options import output_options, read_settings, take_in_model_sets
from forecasting.cli.terminal import Terminal


@click.command("migrate")
@output_options
def migrate_command(terminal: Terminal) -> None:
    """Create the tables of the database, or bring them up to date.

    For release scripts, before the new version serves. Running it again changes nothing. Make a backup first: an
    earlier version cannot read an upgraded database. `dataflow serve` does the same for the embedded database. Model
    sets that release 0.4 wrote into the folder `models` of the home are taken into the database.

    \b
    Example:
      DATABASE_URL=postgresql://dataflow@localhost/dataflow dataflow migrate
    """
    settings = read_settings()
    done = forecasting.migrate(settings)
    taken = take_in_model_sets(settings)
    changed = done.before != done.after
    text = f"now has schema revision {done.after}." if changed else "is up to date."
    sets = f" Model sets taken in: {', '.join(taken)}." if taken else ""
    terminal.result({**vars(done), "model_sets": taken}, f"The {done.database} {text}{sets}")
