"""`dataflow backup`, `dataflow restore` and `dataflow db copy`: an install moved as a whole."""

from __future__ import annotations

from pathlib import Path

import click

import forecasting
from forecasting.cli.shared_options import output_options, read_settings, take_in_model_sets
from forecasting.cli.terminal import Terminal


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@output_options
def backup_command(file: Path, terminal: Terminal) -> None:
    """Write everything in the database to a new zip file.

    A consistent snapshot, made while the server and others write: data sets, configurations, calendars, model sets and
    all else that is stored. Caches are not in it. The file may have secrets; keep it private.

    \b
    Example:
      dataflow backup dataflow-monday.zip
    """
    settings = read_settings()
    take_in_model_sets(settings)
    with terminal.share_progress("backing up") as progress:
        made = forecasting.backup(settings, file, progress)
    size = file.stat().st_size
    result = {"file": str(file), "bytes": size, **made.manifest.model_dump()}
    terminal.result(
        result, f"{file}: {made.manifest.rows:,} rows of {len(made.manifest.tables)} tables, {size:,} bytes"
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Remove what the database has. Without it, the database must be empty.")
@output_options
def restore_command(file: Path, replace: bool, terminal: Terminal) -> None:
    """Write a backup into the database, whichever kind it is.

    All of it or, if that fails at any point, nothing. Checksums are verified. Stop the server first, or let it serve
    what was there until the restore is complete.

    \b
    Examples:
      dataflow restore dataflow-monday.zip
      dataflow restore --replace dataflow-monday.zip
    """
    with terminal.share_progress("restoring") as progress:
        done = forecasting.restore(read_settings(), file, replace=replace, report=progress)
    result = {"file": str(file), **done.manifest.model_dump()}
    terminal.result(result, f"restored {done.manifest.rows:,} rows of {len(done.manifest.tables)} tables from {file}")


@click.group("db")
def db() -> None:
    """Move the database.

    \b
    Example:
      dataflow db copy --to "$DATABASE_URL"
    """


@db.command("copy")
@click.option("--to", required=True, metavar="URL", help="A PostgreSQL URL, or `embedded` for the file in the home.")
@output_options
def copy_command(to: str, terminal: Terminal) -> None:
    """Copy everything into another, empty database and verify the copy.

    The copy is one state of the database, made while others write: what they write later is not in it. So stop the
    server, copy, and start it with the new DATABASE_URL.

    \b
    Example:
      dataflow db copy --to postgresql://dataflow@localhost/dataflow
    """
    settings = read_settings()
    take_in_model_sets(settings)
    with terminal.share_progress("copying") as progress:
        copied = forecasting.copy_database(settings, to, progress)
    text = f"copied {copied.rows:,} rows of {len(copied.tables)} tables from {copied.source} to {copied.target}"
    terminal.result(vars(copied), text)
