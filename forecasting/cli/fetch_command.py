"""`dataflow data fetch`: download and import a public data set."""

from __future__ import annotations

from pathlib import Path

import click

from forecasting.cli.import_command import import_into_catalog, refuse_early
from forecasting.cli.shared_options import INPUT_FILE, output_options, read_settings
from forecasting.cli.terminal import Terminal

NASA_HTTP = "nasa-http"
NAME = "nasa-http-logs"
"""What the data set is called by default; `nasa-http` is the built-in one."""


@click.command("fetch")
@click.argument("recording", type=click.Choice([NASA_HTTP]))
@click.argument("more", nargs=-1, type=INPUT_FILE, metavar="")
@click.option(
    "--from", "files", multiple=True, type=INPUT_FILE, metavar="FILE...", help="Use these local files instead."
)
@click.option("--mirror", metavar="URL", help="A server that has both logs in one folder.")
@click.option("--name", default=NAME, show_default=True, metavar="NAME", help="Name of the data set.")
@click.option("--replace", is_flag=True, help="Replace an existing data set of this name.")
@output_options
def fetch_command(
    recording: str,
    more: tuple[Path, ...],
    files: tuple[Path, ...],
    mirror: str | None,
    name: str,
    replace: bool,
    terminal: Terminal,
) -> None:
    """Fetch NASA-HTTP and import it as one data set.

    Two monthly logs of 1995 from the Internet Traffic Archive, cached in the home after a check of their line counts.

    \b
    Examples:
      dataflow data fetch nasa-http
      dataflow data fetch nasa-http --from NASA_access_log_Jul95.gz NASA_access_log_Aug95.gz
    """
    from forecasting.readers import nasa_http  # pandas takes half a second to import

    if more and not files:
        raise click.UsageError(f"Files must follow --from: --from {more[0]}.")
    settings = read_settings()
    refuse_early(name, replace, settings)
    settings.prepare_home()
    with terminal.byte_progress("fetching") as progress:
        logs = nasa_http.fetch_nasa_http(
            settings.cache_path / recording,
            mirror=mirror or nasa_http.MIRROR,
            files=[*files, *more] or None,
            progress=progress,
        )
    import_into_catalog(logs, name, {}, replace=replace, settings=settings, terminal=terminal)
