"""An import report on a page: what was read, repaired, dropped, and is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from dash import html
from dash.development.base_component import Component

from forecasting.errors import InputError
from forecasting.readers.report import ImportReport, Sample
from forecasting.timeseries.formatting import counted, number, quantity, whole

MOST_LISTED = 20


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
            _listed("First records as they were read", [_sample(sample) for sample in report.samples]),
        ],
        className="data-report",
    )


def summary(report: ImportReport) -> str:
    """Return what was read and the resulting series, as a sentence."""
    rows = "rows" if report.format == "csv" else "lines"
    zone = report.time_zone or "time zone unknown"
    return (
        f"{whole(report.lines)} {rows} (format {report.format}) give {whole(report.bins)} bins of "
        f"{report.timeframe} from {report.start} to {report.end} ({zone}), {number(report.requests, 4)} requests."
    )


def _repairs(report: ImportReport) -> list[str]:
    rule = {"last": "the last one per time is used", "sum": "their counts are added"}.get(report.duplicates_rule, "")
    counts = [
        (report.malformed, "{} could not be read and were skipped"),
        (report.filtered, "{} were excluded by filters"),
        (report.duplicates, f"{{}} had the same time as another row: {rule}"),
        (report.out_of_order, "{} were out of order and have been sorted"),
        *((count, f"{{}} dropped: {reason}") for reason, count in report.dropped.items()),
    ]
    repairs = [text.format(whole(count)) for count, text in counts if count]
    if report.columns_kept_aside:
        repairs.append(f"Columns ignored: {', '.join(report.columns_kept_aside)}")
    return [*repairs, *([report.unaligned] if report.unaligned else []), *report.notes]


def _sample(sample: Sample) -> str:
    requests = "unknown" if sample["count"] is None else quantity(sample["count"], "request")
    return f"{sample['time'].replace('Z', ' UTC')}, {requests}: {sample['line']}"


def _listed(title: str, items: Sequence[str]) -> Component | str:
    if not items:
        return ""
    more = [html.Li(f"and {len(items) - MOST_LISTED:,} more")] if len(items) > MOST_LISTED else []
    listed = html.Ul([*(html.Li(item) for item in items[:MOST_LISTED]), *more])
    return html.Details([html.Summary(title), listed])
