"""An import report as a page shows it: what was read, what was repaired or dropped, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from dash import html
from dash.development.base_component import Component

from forecasting.errors import InputError
from forecasting.readers.report import ImportReport
from forecasting.timeseries.formatting import counted, number, whole

MOST_LISTED = 20


def report_of(values: Mapping[str, object]) -> ImportReport:
    """A report from its plain values, from the catalog or from a browser; raises InputError for what is none."""
    try:
        return msgspec.convert(values, ImportReport)
    except msgspec.ValidationError as error:
        raise InputError(f"This is no import report: {error}. Reload the page.") from error


def account(report: ImportReport) -> Component:
    """All of a report: a sentence, the repairs, and what can be opened."""
    repairs = _repairs(report)
    what = html.Ul([html.Li(text) for text in repairs]) if repairs else html.P("Nothing had to be repaired or dropped.")
    gaps = [f"{span['start']} to {span['end']}" for span in report.gaps]
    outages = [f"{span['start']} to {span['end']} ({span['source']})" for span in report.outages]
    bad = f"Examples of what could not be read ({len(report.malformed_examples)})"
    return html.Div(
        [
            html.P(summary(report), className="data-report-summary"),
            what,
            _listed(f"{counted(len(gaps), 'gap').capitalize()} without data", gaps),
            _listed(f"{counted(len(outages), 'outage').capitalize()}, taken as unknown and not as quiet", outages),
            _listed(bad, report.malformed_examples),
        ],
        className="data-report",
    )


def summary(report: ImportReport) -> str:
    """What was read and what became of it."""
    rows = "rows" if report.format == "csv" else "lines"
    zone = report.time_zone or "time zone unknown"
    return (
        f"{whole(report.lines)} {rows} of the format {report.format} make {whole(report.bins)} bins of "
        f"{report.timeframe} from {report.start} to {report.end} ({zone}), {number(report.requests, 4)} requests."
    )


def _repairs(report: ImportReport) -> list[str]:
    rule = {"last": "the last one of each time counts", "sum": "they are summed"}.get(report.duplicates_rule, "")
    counts = [
        (report.malformed, "{} could not be read and are left out"),
        (report.filtered, "{} were left out by the filters"),
        (report.duplicates, f"{{}} had the time of another row: {rule}"),
        (report.out_of_order, "{} were out of order and put in order"),
        *((count, f"{{}} dropped: {reason}") for reason, count in report.dropped.items()),
    ]
    told = [words.format(whole(count)) for count, words in counts if count]
    if report.columns_kept_aside:
        told.append(f"Columns left aside: {', '.join(report.columns_kept_aside)}")
    return [*told, *([report.unaligned] if report.unaligned else []), *report.notes]


def _listed(title: str, items: Sequence[str]) -> Component | str:
    if not items:
        return ""
    more = [html.Li(f"and {len(items) - MOST_LISTED:,} more")] if len(items) > MOST_LISTED else []
    listed = html.Ul([*(html.Li(item) for item in items[:MOST_LISTED]), *more])
    return html.Details([html.Summary(title), listed])
