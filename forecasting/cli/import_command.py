"""`dataflow data import`: import files and print the import report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click

import forecasting
from forecasting.cli.accounts.account_records import audited
from forecasting.cli.shared_options import INPUT_FILES, open_catalog, output_options, read_settings
from forecasting.cli.terminal import Terminal, count, fields
from forecasting.errors import Conflict, ReadOnly
from forecasting.settings import Settings

MAX_LISTED = 10


class ReadingOptions(TypedDict, total=False):
    """The fields of ImportOptions."""

    format: str | None
    pattern: str | None
    time_format: str | None
    time_zone: str | None
    timeframe: str | None
    outages: tuple[str, ...]
    keep_zero_runs: bool
    duplicates: str | None
    time_column: str | None
    count_column: str | None
    sum_columns: tuple[str, ...]
    where: tuple[str, ...]
    unit: str | None
    missing: str | None
    decimal_mark: str | None
    sheet: str | None
    json_time: str | None
    json_status: str | None
    status: str | None
    method: str | None
    path_prefix: str | None
    exclude_bots: bool
    exclude_static: bool


def _columns(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Split the names of columns at commas."""
    return tuple(column.strip() for column in (value or "").split(",") if column.strip())


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=INPUT_FILES, metavar="FILE...")
@click.option("--name", required=True, metavar="NAME", help="Name of the data set.")
@click.option("--format", metavar="FORMAT", help="File format, instead of detecting it: csv, common, combined, ...")
@click.option("--pattern", metavar="REGEX", help="For other logs: a regular expression with a group named time.")
@click.option("--time-format", metavar="FORMAT", help="Format of that group: a strptime format, epoch or iso.")
@click.option("--time-zone", metavar="ZONE", help="Zone of times without one: Europe/Paris or -04:00.")
@click.option("--timeframe", metavar="BIN", help="Bin length. Default: 1m for logs, that of the file for CSV.")
@click.option("--outage", "outages", multiple=True, metavar="START/END", help="A span that is unknown, not zero.")
@click.option("--keep-zero-runs", is_flag=True, help="Keep long runs of zeros instead of masking them as outages.")
@click.option("--duplicates", type=click.Choice(["last", "sum"]), help="Table rows with equal times. Default: last.")
@click.option("--time-column", metavar="NAME", help="Time column of a table, by name or number.")
@click.option("--count-column", metavar="NAME", help="Count column of a table, by name or number.")
@click.option("--sum-columns", metavar="A,B,...", callback=_columns, help="Count columns of a table that are added up.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Read only these rows of a table.")
@click.option(
    "--unit",
    type=click.Choice(["count", "per-second", "per-minute", "counter"]),
    help="Unit of the numbers in a table. Default: count.",
)
@click.option(
    "--missing", type=click.Choice(["unknown", "zero"]), help="Bins without a row in a table. Default: unknown."
)
@click.option("--decimal-mark", type=click.Choice([".", ","]), help="Decimal mark, if it cannot be detected.")
@click.option("--sheet", metavar="NAME", help="Sheet of an Excel workbook, by name or number.")
@click.option("--json-time", metavar="KEY", help="Key of the time in JSON records, if it is not detected.")
@click.option("--json-status", metavar="KEY", help="Key of the status in JSON records, if it is not detected.")
@click.option("--status", metavar="CLASS", help="Only these response codes: 2xx, 404 or 2xx,3xx.")
@click.option("--method", metavar="METHOD", help="Only these methods: GET or GET,POST.")
@click.option("--path-prefix", metavar="PATH", help="Only paths with this prefix.")
@click.option("--exclude-bots", is_flag=True, help="Skip crawlers, by user agent.")
@click.option("--exclude-static", is_flag=True, help="Skip images, style sheets and scripts, by path.")
@click.option("--replace", is_flag=True, help="Replace an existing data set of this name.")
@click.option("--append", is_flag=True, help="Append a later span to the data set of this name.")
@click.option(
    "--overlap",
    type=click.Choice(["replace", "keep", "add"]),
    help="With --append, bins that have a count already: take the new one, keep the stored one, or add both.",
)
@click.option("--dry-run", is_flag=True, help="Only print the import report; store nothing.")
@output_options
def import_command(
    files: tuple[Path, ...],
    name: str,
    replace: bool,
    append: bool,
    overlap: str | None,
    dry_run: bool,
    terminal: Terminal,
    **options: Unpack[ReadingOptions],
) -> None:
    """Import access logs or CSV files as one data set.

    Files, folders, archives (gz, bz2, xz, zst, zip, tar) and - for standard input; several files, in any order, form
    one series. Malformed lines are skipped and counted.

    \b
    Examples:
      dataflow data import --name shop access.log access.log.1.gz
      dataflow data import --name shop --status 2xx,3xx --exclude-bots access.log
      dataflow data import --name sales --time-zone Europe/Paris requests.csv
      dataflow data import --name shop --append access.log.today
    """
    settings = read_settings()
    if append or overlap:
        append_to_catalog(
            files, name, options, overlap=overlap, replace=replace, append=append, dry_run=dry_run, terminal=terminal
        )
        return
    import_into_catalog(files, name, options, replace=replace, dry_run=dry_run, settings=settings, terminal=terminal)


def import_into_catalog(
    files: Sequence[Path],
    name: str,
    options: ReadingOptions,
    *,
    replace: bool,
    settings: Settings,
    terminal: Terminal,
    dry_run: bool = False,
) -> None:
    """Import `files` as `name` and print the import report; raises Conflict for a taken name before reading."""
    if not dry_run:
        refuse_early(name, replace, settings)
    with terminal.byte_progress("reading") as progress:
        series, report = forecasting.import_files(
            files, name=name, options=forecasting.ImportOptions(**options), settings=settings, progress=progress
        )
    result = report.to_dict()
    if not dry_run:
        with audited("dataset.import", name) as after:
            after |= open_catalog(settings).add(series, result, replace=replace).to_dict()
    terminal.result(result, report_text(result))


def append_to_catalog(
    files: Sequence[Path],
    name: str,
    options: ReadingOptions,
    *,
    overlap: str | None,
    replace: bool,
    append: bool,
    dry_run: bool,
    terminal: Terminal,
) -> None:
    """Append `files` to the data set `name` and print the import report."""
    from forecasting.catalog.appended_files import check_overlap  # SQLAlchemy and pandas take a second to import

    check_overlap(overlap, append=append, replace=replace)
    settings = read_settings()
    if settings.read_only and not dry_run:
        raise ReadOnly(f"Cannot append to {name}: this install is read-only (DATAFLOW_READ_ONLY=1).")
    change: AbstractContextManager[dict[str, object]] = nullcontext({})
    if not dry_run:
        change = audited("dataset.append", name)
    with change as after, terminal.byte_progress("reading") as progress:
        appended = forecasting.append_files(
            open_catalog(settings),
            files,
            name=name,
            options=forecasting.ImportOptions(**options),
            overlap=overlap,
            dry_run=dry_run,
            progress=progress,
        )
        after |= appended.info.to_dict() if appended.info else {}
    terminal.result(appended.report, report_text(appended.report))


def refuse_early(name: str, replace: bool, settings: Settings) -> None:
    """Refuse a name that the catalog would refuse, but before reading. Raises ReadOnly or Conflict."""
    if settings.read_only:
        raise ReadOnly(f"Cannot add {name}: this install is read-only (DATAFLOW_READ_ONLY=1).")
    if not replace and name in {info.name for info in open_catalog(settings).list()}:
        raise Conflict(f"Data set {name!r} already exists. Choose another name, or replace it with --replace.")


def report_text(report: Mapping[str, Any]) -> str:
    """Format an import report: what was imported, and everything repaired, dropped or filtered out."""
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
            ("unused columns", ", ".join(report["columns_kept_aside"])),
            ("appended", _outcome(report.get("append"))),
        ]
    )
    later = report.get("appended", [])
    lists = [
        ("gap", [f"{span['start']} to {span['end']}" for span in report["gaps"]]),
        ("outage", [f"{span['start']} to {span['end']} ({span['source']})" for span in report["outages"]]),
        ("record", [_sample(sample) for sample in report["samples"]]),
        ("malformed", report["malformed_examples"]),
        ("note", [note for note in (report["unaligned"], *report["notes"]) if note]),
        ("appended", [f"{part['start']} to {part['end']}, {count(part['requests'])} requests" for part in later]),
    ]
    return "\n".join([head, *(line for word, items in lists for line in _listed(word, items))])


def _outcome(append: Mapping[str, Any] | None) -> str | None:
    if not append:
        return None
    return f"{count(append['added'])} bins; {append['dataset']} now has {count(append['bins'])} up to {append['end']}"


def _sample(sample: Mapping[str, Any]) -> str:
    return f"{sample['time'].replace('Z', ' UTC')}, {_number(sample['count'])}: {sample['line']}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,g} request{'' if value == 1 else 's'}"


def _listed(word: str, items: Sequence[str]) -> list[str]:
    more = [f"{word}: {count(len(items) - MAX_LISTED)} more, see --json"] if len(items) > MAX_LISTED else []
    return [*(f"{word}: {item}" for item in items[:MAX_LISTED]), *more]
