"""`dataflow data`: the catalog of data sets."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from forecasting.cli.fetch_command import fetch_command
from forecasting.cli.files import replacing, write_csv
from forecasting.cli.import_command import import_command, report_text
from forecasting.cli.shared_options import OUTPUT_FILE, open_catalog, read_series, read_settings, talking
from forecasting.cli.terminal import Terminal, count, fields, table
from forecasting.timeseries.timeframes import bin_seconds_of


@click.group("data")
def data() -> None:
    """Import, fetch, list, export and remove data sets.

    \b
    Example:
      dataflow data list
    """


data.add_command(import_command)
data.add_command(fetch_command)


@data.command("list")
@talking
def list_command(terminal: Terminal) -> None:
    """List the data sets, the embedded sample included.

    \b
    Example:
      dataflow data list
    """
    rows = [info.to_dict() for info in open_catalog().list()]
    columns = {
        "name": ("name", str),
        "timeframe": ("bin", str),
        "start": ("start", str),
        "end": ("end", str),
        "time_zone": ("time zone", lambda zone: zone or "unknown"),
        "bins": ("bins", count),
        "requests": ("requests", count),
        "synthetic": ("", lambda synthetic: "synthetic" if synthetic else ""),
    }
    terminal.result(rows, table(rows, columns))


@data.command("show")
@click.argument("name")
@talking
def show_command(name: str, terminal: Terminal) -> None:
    """Show one data set, and how its import went.

    \b
    Example:
      dataflow data show shop
    """
    catalog = open_catalog()
    info, report = catalog.info(name).to_dict(), catalog.report(name)
    known = f"{count(info['known_bins'])} of {count(info['bins'])} bins known"
    text = fields(
        [
            ("data set", info["name"] + (" (synthetic)" if info["synthetic"] else "")),
            ("period", f"{info['start']} to {info['end']} ({info['time_zone'] or 'unknown zone'})"),
            ("bins", f"{info['timeframe']}, {known}"),
            ("requests", count(info["requests"])),
        ]
    )
    if report:
        text += "\n\nHow the import went\n" + report_text(report)
    terminal.result({**info, "report": report}, text)


@data.command("export")
@click.argument("name")
@click.option("--timeframe", metavar="BIN", help="A coarser bin than the data set's own: 5m, 15m, 1h, ...")
@click.option(
    "-o", "--out", required=True, metavar="FILE", type=OUTPUT_FILE, help="CSV; gzip with .gz; - is standard output."
)
@talking
def export_command(name: str, timeframe: str | None, out: Path, terminal: Terminal) -> None:
    """Write a data set as CSV.

    Columns: timestamp (wall time), requests_count (empty where unknown), and the flags where known.

    \b
    Examples:
      dataflow data export sample --timeframe 15m -o sample.csv.gz
      dataflow data export sample -o - | head
    """
    from forecasting.timeseries.csv_export import export_frame
    from forecasting.timeseries.resampling import resample

    series = read_series(name, read_settings())
    if timeframe is not None:
        series = resample(series, bin_seconds_of(timeframe))
    to_stdout = str(out) == "-"
    with (
        nullcontext(sys.stdout.buffer) if to_stdout else replacing(out) as stream,
        terminal.share_progress("writing") as progress,
    ):
        write_csv(stream, [export_frame(series)], lambda rows: progress(rows / len(series)))
        stream.flush()
    if to_stdout:
        return
    told = {"name": name, "timeframe": series.timeframe, "rows": len(series), "file": str(out)}
    terminal.result(told, f"{out}: {count(len(series))} rows of {series.timeframe}")


@data.command("rename")
@click.argument("name")
@click.argument("new_name")
@talking
def rename_command(name: str, new_name: str, terminal: Terminal) -> None:
    """Give a data set another name.

    \b
    Example:
      dataflow data rename shop shop-2024
    """
    terminal.result(open_catalog().rename(name, new_name).to_dict(), f"{name} is now called {new_name}")


@data.command("remove")
@click.argument("name")
@talking
def remove_command(name: str, terminal: Terminal) -> None:
    """Remove a data set. Model sets trained on it stay.

    \b
    Example:
      dataflow data remove shop
    """
    open_catalog().remove(name)
    terminal.result({"removed": name}, f"{name} is removed")


@data.command("generate")
@click.argument("name")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="The same seed gives the same series.")
@click.option("--days", type=click.IntRange(min=1), metavar="N", help="Length. Default: 62.")
@click.option("--replace", is_flag=True, help="Put it in the place of a data set of this name.")
@talking
def generate_command(name: str, replace: bool, terminal: Terminal, **given: int | None) -> None:
    """Generate a synthetic data set.

    Day and week cycle, bursts, events and an outage: for trials and stress tests.

    \b
    Example:
      dataflow data generate rehearsal --seed 7 --days 90
    """
    from forecasting.timeseries.synthetic import generate

    series = generate(name, **{option: value for option, value in given.items() if value is not None})
    info = open_catalog().add(series, replace=replace).to_dict()
    terminal.result(info, f"{name}: {count(info['bins'])} synthetic bins of {info['timeframe']}")
