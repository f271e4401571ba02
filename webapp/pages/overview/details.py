"""Details: data quality, and correlation between columns."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.analysis import Findings, Overview, Quality, Repairs, Run
from forecasting.timeseries.formatting import counted, duration, number, percent, whole
from webapp.ui.components.chart import chart
from webapp.ui.figures import overview as figures
from webapp.ui.figures.traffic import longest

MOST_ROWS = 12
"""The most outages and gaps in the table; the import report has all of them."""

HEIGHT = 380


def details(overview: Overview, findings: Findings) -> list[Component]:
    """Return collapsed sections; the heading of each states its finding."""
    return [
        _section(findings.quality.title, _quality(overview, findings.quality.sentence)),
        _section(_correlation_title(findings), _correlations(overview, findings)),
    ]


def _section(title: str, content: Component) -> Component:
    return html.Details([html.Summary(title), content], className="panel details")


def _correlation_title(findings: Findings) -> str:
    return (
        "Correlations: not available"
        if findings.correlations.missing
        else f"Correlations: {findings.correlations.title}"
    )


def _correlations(overview: Overview, findings: Findings) -> Component:
    if findings.correlations.missing:
        return html.P(findings.correlations.missing)
    explanation = "Rank correlation (Spearman): 1 if two always rise together, −1 if one falls as the other rises."
    summary = " ".join(filter(None, [explanation, findings.correlations.sentence]))
    figure = figures.correlations(overview.correlations)
    return chart("overview-correlations", "Correlation between columns", figure, summary=summary, height=HEIGHT)


def _quality(overview: Overview, sentence: str | None) -> Component:
    quality = overview.quality
    return html.Div(
        [
            html.P(sentence),
            html.Div([_stretches(quality), html.Div([_counts(quality), _report(quality.repairs)])], className="grid-2"),
            _needs(quality),
            html.P(["The full import report is on the ", dcc.Link("Data page", href="/data"), "."], className="muted"),
        ]
    )


def _stretches(quality: Quality) -> Component:
    """Return the longest unknown periods."""
    kinds = {id(one): "outage" for one in quality.outages} | {id(one): "gap" for one in quality.gaps}
    every = [*quality.outages, *quality.gaps]
    if not every:
        return html.P("No unknown periods.")
    rows = [(kinds[id(one)], one.start[:16], one.end[:16], duration(one.seconds)) for one in longest(every, MOST_ROWS)]
    more = len(quality.outages) + quality.gap_count - len(rows)
    note = html.P(f"And {counted(more, 'shorter one')}.", className="muted") if more else ""
    return html.Div([_table(("Unknown", "From", "Until", "Length"), rows), note])


def _counts(quality: Quality) -> Component:
    zeros = NO_BINS if quality.zero_share is None else f"{whole(quality.zero_bins)} ({percent(quality.zero_share)})"
    return _definitions(
        [
            ("Bins", whole(quality.bins)),
            ("Unknown bins", f"{whole(quality.unknown_bins)} ({percent(1 - quality.known_share)})"),
            ("Bins without requests", zeros),
            ("Longest run of one value", _run(quality.longest_equal)),
            ("Longest run of zeros", _run(quality.longest_zero)),
        ]
    )


NO_BINS = "no known bins"


def _run(run: Run | None) -> str:
    if run is None:
        return "none"
    value = f" of {number(run.requests_per_bin)}" if run.requests_per_bin else ""
    return f"{counted(run.bins, 'bin')}{value} ({duration(run.seconds)}) from {run.start[:16]}"


def _report(repairs: Repairs | None) -> Component:
    if repairs is None:
        return html.P("There is no import report, because this data set was not imported.", className="muted")
    dropped = [f"{whole(count)} {name.replace('_', ' ')}" for name, count in repairs.dropped.items() if count]
    entries = [
        ("Read from", f"{repairs.format or 'points'}, {counted(repairs.lines, 'line')}"),
        ("Malformed lines", whole(repairs.malformed)),
        ("Filtered lines", whole(repairs.filtered)),
        ("Duplicates", _duplicates(repairs)),
        ("Out of order", whole(repairs.out_of_order)),
        ("Dropped", ", ".join(dropped)),
        ("Columns ignored", ", ".join(repairs.columns_kept_aside)),
        ("Grid", repairs.unaligned or ""),
        ("Notes", " ".join(repairs.notes)),
    ]
    return _definitions([(name, text) for name, text in entries if text])


def _duplicates(repairs: Repairs) -> str:
    rule = f", rule: {repairs.duplicates_rule}" if repairs.duplicates and repairs.duplicates_rule else ""
    return whole(repairs.duplicates) + rule


def _needs(quality: Quality) -> Component:
    rows = [
        (
            need.what,
            f"{number(need.needed_days)} days",
            f"{number(need.known_days)} days",
            "yes" if need.is_met else "no",
        )
        for need in quality.needs
    ]
    return _table(("Feature", "Needs", "Known", "Enough"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Component:
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in heads]))
    body = html.Tbody([html.Tr([html.Td(text) for text in row]) for row in rows])
    return dbc.Table([head, body], size="sm", responsive=True)


def _definitions(entries: Sequence[tuple[str, str]]) -> Component:
    return html.Dl([part for name, text in entries for part in (html.Dt(name), html.Dd(text))], className="facts")
