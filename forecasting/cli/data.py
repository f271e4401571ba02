"""`dataflow data`: the catalog of data sets."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import click

import forecasting
from forecasting.cli.accounts.account_records import audited
from forecasting.cli.fetch_command import fetch_command
from forecasting.cli.files import replacing, write_csv
from forecasting.cli.import_command import import_command, report_text
from forecasting.cli.shared_options import (
    INPUT_FILE,
    OUTPUT_FILE,
    open_catalog,
    output_options,
    read_events,
    read_series,
    read_settings,
)
from forecasting.cli.terminal import Columns, Terminal, count, fields, table
from forecasting.timeseries.csv_export import export_frame
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
@output_options
def list_command(terminal: Terminal) -> None:
    """List the data sets, including the built-in ones.

    \b
    Example:
      dataflow data list
    """
    rows = [info.to_dict() for info in open_catalog().list()]
    columns: Columns = {
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
@output_options
def show_command(name: str, terminal: Terminal) -> None:
    """Show one data set and its import report.

    \b
    Example:
      dataflow data show shop
    """
    catalog = open_catalog()
    info, report = catalog.info(name), catalog.report(name)
    facts = info.to_dict()
    known = f"{count(info.known_bins)} of {count(info.bins)} bins known"
    text = fields(
        [
            ("data set", info.name + (" (synthetic)" if info.synthetic else "")),
            ("period", f"{facts['start']} to {facts['end']} ({info.time_zone or 'unknown zone'})"),
            ("bins", f"{info.timeframe}, {known}"),
            ("requests", count(info.requests)),
        ]
    )
    if report:
        text += "\n\nImport report\n" + report_text(report)
    terminal.result({**facts, "report": report}, text)


@data.command("export")
@click.argument("name")
@click.option("--timeframe", metavar="BIN", help="Resample to coarser bins: 5m, 15m, 1h, ...")
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE",
    type=OUTPUT_FILE,
    help="The CSV file; gzipped if it ends in .gz; - for standard output.",
)
@output_options
def export_command(name: str, timeframe: str | None, out: Path, terminal: Terminal) -> None:
    """Write a data set as CSV.

    Columns: timestamp (wall time), requests_count (empty if unknown), and any flags.

    \b
    Examples:
      dataflow data export sample --timeframe 15m -o sample.csv.gz
      dataflow data export sample -o - | head
    """
    series = read_series(name, read_settings())
    if timeframe is not None:
        series = forecasting.resample(series, bin_seconds_of(timeframe))
    to_stdout = str(out) == "-"
    with (
        nullcontext(sys.stdout.buffer) if to_stdout else replacing(out) as stream,
        terminal.share_progress("writing") as progress,
    ):
        write_csv(stream, [export_frame(series)], lambda rows: progress(rows / len(series)))
        stream.flush()
    if to_stdout:
        return
    result = {"name": name, "timeframe": series.timeframe, "rows": len(series), "file": str(out)}
    terminal.result(result, f"{out}: {count(len(series))} rows of {series.timeframe}")


@data.command("calendar")
@click.argument("name")
@click.option("--set", "file", type=INPUT_FILE, metavar="FILE.json", help="Store the events of a file instead.")
@click.option("--clear", is_flag=True, help="Store no events.")
@output_options
def calendar_command(name: str, file: Path | None, clear: bool, terminal: Terminal) -> None:
    """Show or store the known events and holidays of a data set.

    Each multiplies the forecasts of its own times by `factor`, or by what past occurrences were. FILE.json is a list
    such as [{"name": "sale", "start": "2026-03-20 09:00", "end": "2026-03-20 18:00", "factor": 1.8}, {"name":
    "newsletter", "cron": "0 9 * * TUE", "duration_minutes": 120}, {"country": "FR"}].

    \b
    Examples:
      dataflow data calendar shop
      dataflow data calendar shop --set events.json
    """
    from forecasting.timeseries.known_events import to_json  # pydantic takes a while to import

    catalog = open_catalog()
    if file is not None or clear:
        chosen = read_events(file) if file is not None and not clear else ()
        with audited("calendar.store", name, to_json(catalog.calendar(name))) as after:
            catalog.keep_calendar(name, chosen)
            after["calendar"] = to_json(chosen)
    events = catalog.calendar(name)
    lines = [f"{event.title}: {_factor_text(event.factor)}" for event in events]
    terminal.result({"name": name, "calendar": to_json(events)}, "\n".join(lines) or f"{name} has no known events")


def _factor_text(factor: float | None) -> str:
    return "learned from past occurrences" if factor is None else f"× {factor:g}"


@data.command("rename")
@click.argument("name")
@click.argument("new_name")
@output_options
def rename_command(name: str, new_name: str, terminal: Terminal) -> None:
    """Rename a data set.

    \b
    Example:
      dataflow data rename shop shop-2024
    """
    with audited("dataset.rename", name, {"name": name}) as after:
        info = open_catalog().rename(name, new_name)
        after["name"] = new_name
    terminal.result(info.to_dict(), f"{name} renamed to {new_name}")


@data.command("remove")
@click.argument("name")
@output_options
def remove_command(name: str, terminal: Terminal) -> None:
    """Remove a data set, but not the model sets trained on it.

    \b
    Example:
      dataflow data remove shop
    """
    with audited("dataset.remove", name):
        open_catalog().remove(name)
    terminal.result({"removed": name}, f"{name} removed")


@data.command("generate")
@click.argument("name")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Random seed; equal seeds give equal series.")
@click.option("--days", type=click.IntRange(min=1), metavar="N", help="Length in days. Default: 62.")
@click.option("--replace", is_flag=True, help="Replace an existing data set of this name.")
@output_options
def generate_command(name: str, replace: bool, terminal: Terminal, seed: int | None, days: int | None) -> None:
    """Generate a synthetic data set.

    It has daily and weekly cycles, bursts, events and an outage, for trials and stress tests.

    \b
    Example:
      dataflow data generate rehearsal --seed 7 --days 90
    """
    from forecasting.timeseries.synthetic import DEFAULT_DAYS, SAMPLE_SEED  # numpy and pandas take a second to import

    seed, days = SAMPLE_SEED if seed is None else seed, DEFAULT_DAYS if days is None else days
    series = forecasting.generate(name, seed=seed, days=days)
    with audited("dataset.create", name) as after:
        info = open_catalog().add(series, replace=replace)
        after |= info.to_dict()
    terminal.result(info.to_dict(), f"{name}: {count(info.bins)} synthetic bins of {info.timeframe}")
