"""The charts of the overview, each with its finding as the title, or the reason why it is missing."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.analysis import Finding, Findings, Overview
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import counted
from webapp.pages.overview.requests import OVERLAYS
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.components.notices import empty
from webapp.ui.figures import overview as figures
from webapp.ui.figures.traffic import traffic
from webapp.ui.page_frame import control_id

CHART = "overview-requests"
OVERLAY_LABELS = {"hour": "1 h mean", "day": "24 h mean", "week": "Week before"}
HEIGHT, LOW, TALL = 300, 116, 420


def traffic_card(view: View, overview: Overview, finding: Finding) -> Component:
    """Return the chart of requests over time."""
    if finding.missing:
        return empty_card(finding)
    overlays = [OVERLAYS[name] for name in view["overlay"] or ()]
    return chart(
        CHART,
        finding.title,
        traffic(overview, overlays),
        summary=_marks(overview),
        csv_url=csv_url(view),
        height=TALL,
        controls=_overlay_control(view, overview),
    )


def csv_url(view: View) -> str:
    """Return the address from which all bins of a view are downloaded."""
    edges = {}
    if view["range"] != "all":
        edges = {name: wall_text(at, view.info.time_zone) for name, at in zip(("start", "end"), view.span, strict=True)}
    query = urlencode({"format": "csv", "timeframe": view.timeframe, **edges})
    return f"/datasets/{quote(view.dataset)}/series?{query}"


def _overlay_control(view: View, overview: Overview) -> Component:
    """Return the choice of overlays; unavailable ones are disabled."""
    options = [
        {
            "label": html.Span(OVERLAY_LABELS[name], className=f"overlay overlay-{name}"),
            "value": name,
            "disabled": getattr(overview, line) is None,
        }
        for name, line in OVERLAYS.items()
    ]
    choice = dbc.Checklist(
        id=control_id("overlay"), options=options, value=list(view["overlay"] or ()), inline=True, class_name="overlays"
    )
    return html.Fieldset([html.Legend("Overlays", className="visually-hidden"), choice])


def _marks(overview: Overview) -> str:
    """Return the legend of the marks on the chart."""
    quality = overview.quality
    marks = [
        f"Ticks on the axis: {counted(len(overview.bursts), 'burst')}." if overview.bursts else "",
        f"Coloured: {counted(len(overview.events), 'event')}." if overview.events else "",
        f"Hatched: {_unknown(len(quality.outages), quality.gap_count)}."
        if quality.outages or quality.gap_count
        else "",
        "Drag over the chart or the strip below it to look closer; a double click shows all again.",
    ]
    return " ".join(filter(None, marks))


def _unknown(outages: int, gaps: int) -> str:
    counts = ((outages, "outage"), (gaps, "gap"))
    return " and ".join(counted(count, thing) for count, thing in counts if count)


def panels(overview: Overview, findings: Findings) -> list[Component]:
    """Return the charts of forecastability, week, day, distribution and autocorrelation."""
    return [
        _panel(
            "overview-explained",
            findings.forecastability,
            lambda: figures.explained(overview.forecastability),
            "For the whole data set, whatever the range.",
            height=LOW,
        ),
        html.Div(
            [
                _panel("overview-week", findings.week, lambda: figures.week(overview.week_hours)),
                _panel(
                    "overview-day",
                    findings.day,
                    lambda: figures.days(overview.day_profiles),
                    "Line: mean. Band: 80 % of the bins.",
                ),
                _panel(
                    "overview-distribution", findings.distribution, lambda: figures.distribution(overview.distribution)
                ),
                _panel(
                    "overview-autocorrelation",
                    findings.autocorrelation,
                    lambda: figures.autocorrelation(overview.autocorrelation),
                    "Correlation with earlier requests, by lag; values inside the grey band may be chance.",
                ),
            ],
            className="grid-2",
        ),
    ]


def _panel(
    name: str, finding: Finding, figure: Callable[[], dict], key: str | None = None, *, height: int = HEIGHT
) -> Component:
    """Return a chart with its finding; `key` explains how to read it."""
    if finding.missing:
        return empty_card(finding)
    summary = " ".join(filter(None, [finding.sentence, key]))
    return chart(name, finding.title, figure(), summary=summary or None, height=height)


def empty_card(finding: Finding) -> Component:
    """Return a card with the reason why there is no chart."""
    return dbc.Card(empty(finding.title, finding.missing or ""), class_name="chart chart-empty")
