"""`dataflow data import`: bring traffic in, and tell what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from forecasting.cli.shared_options import INPUT_FILES, open_catalog, read_settings, talking
from forecasting.cli.terminal import Terminal, count, fields
from forecasting.errors import Conflict, ReadOnly
from forecasting.settings import Settings

MOST_LISTED = 10


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=INPUT_FILES, metavar="FILE...")
@click.option("--name", required=True, metavar="NAME", help="What to call the data set.")
@click.option("--format", metavar="FORMAT", help="Force the format instead of detecting it: csv, common, combined, ...")
@click.option("--pattern", metavar="REGEX", help="Any other log: a regular expression with a group named time.")
@click.option("--time-format", metavar="FORMAT", help="How that group is written: a strptime format, epoch or iso.")
@click.option("--time-zone", metavar="ZONE", help="Europe/Paris or -04:00: the zone of times written without one.")
@click.option("--timeframe", metavar="BIN", help="Bin length. Default: 1m for logs, the file's own for CSV.")
@click.option("--outage", "outages", multiple=True, metavar="START/END", help="A span that is unknown, not quiet.")
@click.option("--keep-zero-runs", is_flag=True, help="Believe long runs of zeros instead of masking them as outages.")
@click.option("--duplicates", type=click.Choice(["last", "sum"]), help="Rows of a table with one time. Default: last.")
@click.option("--time-column", metavar="NAME", help="The column of a table that holds the time, by name or number.")
@click.option("--count-column", metavar="NAME", help="The column of a table that holds the count, by name or number.")
@click.option("--sum-columns", metavar="A,B,...", help="Several count columns of a table, to be added up.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Read only these rows of a table.")
@click.option(
    "--unit",
    type=click.Choice(["count", "per-second", "per-minute", "counter"]),
    help="What the numbers of a table are. Default: count.",
)
@click.option(
    "--missing", type=click.Choice(["unknown", "zero"]), help="Bins without a row in a table. Default: unknown."
)
@click.option("--decimal-mark", type=click.Choice([".", ","]), help="How fractions are written, if it is not certain.")
@click.option("--status", metavar="CLASS", help="Only these answers: 2xx, 404 or 2xx,3xx.")
@click.option("--method", metavar="METHOD", help="Only these methods: GET or GET,POST.")
@click.option("--path-prefix", metavar="PATH", help="Only paths that start so.")
@click.option("--exclude-bots", is_flag=True, help="Leave out crawlers, by user agent.")
@click.option("--exclude-static", is_flag=True, help="Leave out images, styles and scripts, by path.")
@click.option("--replace", is_flag=True, help="Put the new data in the place of a data set of this name.")
@click.option("--dry-run", is_flag=True, help="Only read and report; keep nothing.")
@talking
def import_command(
    files: tuple[Path, ...], name: str, replace: bool, dry_run: bool, terminal: Terminal, **options: object
) -> None:
    """Import access logs or CSV files as one data set.

    Files, folders, archives (gz, bz2, xz, zst, zip, tar) and - for standard input; several files become one series, in
    any order. Lines that cannot be read are counted.

    \b
    Examples:
      dataflow data import --name shop access.log access.log.1.gz
      dataflow data import --name shop --status 2xx,3xx --exclude-bots access.log
      dataflow data import --name sales --time-zone Europe/Paris requests.csv
    """
    sums = str(options.pop("sum_columns") or "")
    options["sum_columns"] = tuple(column.strip() for column in sums.split(",") if column.strip())
    settings = read_settings()
    import_into_catalog(files, name, options, replace=replace, dry_run=dry_run, settings=settings, terminal=terminal)


def import_into_catalog(
    files: Sequence[Path],
    name: str,
    options: Mapping[str, Any],
    *,
    replace: bool,
    settings: Settings,
    terminal: Terminal,
    dry_run: bool = False,
) -> None:
    """Read `files` into the catalog as `name` and print the report; raises Conflict for a taken name before reading.

    `options` are the fields of ImportOptions.
    """
    from forecasting.readers import ImportOptions, import_files

    choices = ImportOptions(**options)
    if not dry_run:
        refuse_early(name, replace, settings)
    with terminal.byte_progress("reading") as progress:
        series, report = import_files(files, name=name, options=choices, settings=settings, progress=progress)
    told = report.to_dict()
    if not dry_run:
        open_catalog(settings).add(series, told, replace=replace)
    terminal.result(told, report_text(told))


def refuse_early(name: str, replace: bool, settings: Settings) -> None:
    """Refuse what the catalog would refuse too, but before all the reading. Raises ReadOnly or Conflict."""
    if settings.read_only:
        raise ReadOnly(f"Cannot add {name}: this install is read-only (DATAFLOW_READ_ONLY=1).")
    if not replace and name in {info.name for info in open_catalog(settings).list()}:
        raise Conflict(f"A data set {name} exists; choose another name, or replace it with --replace.")


def report_text(report: Mapping[str, Any]) -> str:
    """An import report for reading: what came in, and everything that was repaired, dropped or left out."""
    duplicates = f"{count(report['duplicates'])} (rule: {report['duplicates_rule']})" if report["duplicates"] else None
    head = fields(
        [
            ("data set", report["name"]),
            ("format", report["format"]),
            ("period", f"{report['start']} to {report['end']} ({report['time_zone'] or 'unknown zone'})"),
            ("bins", f"{count(report['bins'])} of {report['timeframe']}"),
            ("requests", count(report["requests"])),
            ("lines", count(report["lines"])),
            ("malformed", count(report["malformed"])),
            ("filtered out", count(report["filtered"]) if report["filtered"] else None),
            ("duplicates", duplicates),
            ("out of order", count(report["out_of_order"]) if report["out_of_order"] else None),
            ("dropped", ", ".join(f"{count(n)} {reason}" for reason, n in report["dropped"].items())),
            ("kept aside", ", ".join(report["columns_kept_aside"])),
        ]
    )
    lists = [
        ("gap", [f"{span['start']} to {span['end']}" for span in report["gaps"]]),
        ("outage", [f"{span['start']} to {span['end']} ({span['source']})" for span in report["outages"]]),
        ("malformed", report["malformed_examples"]),
        ("note", [note for note in (report["unaligned"], *report["notes"]) if note]),
    ]
    return "\n".join([head, *(line for word, items in lists for line in _listed(word, items))])


def _listed(word: str, items: Sequence[str]) -> list[str]:
    more = [f"{word}: {count(len(items) - MOST_LISTED)} more, see --json"] if len(items) > MOST_LISTED else []
    return [*(f"{word}: {item}" for item in items[:MOST_LISTED]), *more]
