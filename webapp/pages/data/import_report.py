"""An import report on a page: what was read, repaired, dropped, and is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from dash import html
from dash.development.base_component import Component

from forecasting.errors import InputError
from forecasting.readers.report import ImportReport, Sample
from forecasting.timeseries.formatting import counted, number, whole
from webapp.pages.data.files.ways_out import on_page

MOST_LISTED = 20
TABLE_FORMATS = ("csv", "parquet", "excel")


def report_of(values: Mapping[str, object]) -> ImportReport:
    """Return a report from its plain values (catalog or browser); raises InputError if they are not a report."""
    try:
        return msgspec.convert(values, ImportReport)
    except msgspec.ValidationError as error:
        raise InputError(f"Invalid import report: {error}. Reload the page.") from error


def account(report: ImportReport) -> Component:
    """Return a report: a sentence, the repairs, and lists that can be opened."""
    repairs = _repairs(report)
    repair_list = (
        html.Ul([html.Li(text) for text in repairs]) if repairs else html.P("Nothing was repaired or dropped.")
    )
    gaps = [f"{span['start']} to {span['end']}" for span in report.gaps]
    outages = [f"{span['start']} to {span['end']} ({span['source']})" for span in report.outages]
    bad = f"Examples of unreadable lines ({len(report.malformed_examples)})"
    return html.Div(
        [
            html.P(summary(report), className="data-report-summary"),
            repair_list,
            _listed(f"{counted(len(gaps), 'gap').capitalize()} without data", gaps),
            _listed(
                f"{counted(len(outages), 'outage').capitalize()}, treated as unknown, not as zero traffic", outages
            ),
            _listed(bad, report.malformed_examples),
            _records(report.samples),
            _listed("Later appended", [_appended(part) for part in report.appended]),
        ],
        className="data-report",
    )


def summary(report: ImportReport) -> str:
    """Return what was read and the resulting series, as a sentence."""
    rows = "rows" if report.format in TABLE_FORMATS else "lines"
    zone = report.time_zone or "time zone unknown"
    return (
        f"{whole(report.lines)} {rows} (format {report.format}) give {whole(report.bins)} bins of "
        f"{report.timeframe} from {report.start} to {report.end} ({zone}), {number(report.requests, 4)} requests."
    )


def _added(report: ImportReport) -> int:
    added = (report.append or {}).get("added")
    return added if isinstance(added, int) else 0


def _repairs(report: ImportReport) -> list[str]:
    rule = {"last": "the last one per time is used", "sum": "their counts are added"}.get(report.duplicates_rule, "")
    counts = [
        (_added(report), "{} bins are added to what is stored"),
        (report.malformed, "{} could not be read and were skipped"),
        (report.filtered, "{} were excluded by filters"),
        (report.duplicates, f"{{}} had the same time as another row: {rule}"),
        (report.out_of_order, "{} were out of order and have been sorted"),
        *((count, f"{{}} dropped: {reason}") for reason, count in report.dropped.items()),
    ]
    repairs = [text.format(whole(count)) for count, text in counts if count]
    if report.columns_kept_aside:
        repairs.append(f"Columns ignored: {', '.join(report.columns_kept_aside)}")
    return [*repairs, *(on_page(text) for text in (report.unaligned, *report.notes) if text)]


def _records(samples: Sequence[Sample]) -> Component | str:
    """The first records beside what was made of them: the quickest way to see a misreading."""
    if not samples:
        return ""
    rows = [
        html.Tr(
            [
                html.Td(sample["time"].replace("Z", " UTC"), className="data-record-time"),
                html.Td("unknown" if sample["count"] is None else number(sample["count"], 6), className="number"),
                html.Td(html.Code(sample["line"])),
            ]
        )
        for sample in samples
    ]
    sides = {"Time": None, "Requests": "number", "Record as it was read": None}
    head = html.Tr([html.Th(text, scope="col", className=side) for text, side in sides.items()])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="data-records")
    return html.Div(
        table, className="data-first-scroll", tabIndex="0", role="region", **{"aria-label": "First records"}
    )


def _appended(part: Mapping[str, object]) -> str:
    return (
        f"{part.get('start')} to {part.get('end')}: {part.get('lines')} lines or rows, {part.get('requests')} requests"
    )


def _listed(title: str, items: Sequence[str]) -> Component | str:
    if not items:
        return ""
    more = [html.Li(f"and {len(items) - MOST_LISTED:,} more")] if len(items) > MOST_LISTED else []
    listed = html.Ul([*(html.Li(item) for item in items[:MOST_LISTED]), *more])
    return html.Details([html.Summary(title), listed])
