"""The charts of the overview, each with its finding as the title, or the reason why it is empty."""

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
OVERLAY_WORDS = {"hour": "1 h mean", "day": "24 h mean", "week": "Week before"}
HEIGHT, LOW, TALL = 300, 116, 420


def traffic_card(view: View, found: Overview, said: Finding) -> Component:
    """Requests over time."""
    if said.missing:
        return empty_card(said)
    overlays = [OVERLAYS[name] for name in view["overlay"] or ()]
    return chart(
        CHART,
        said.title,
        traffic(found, overlays),
        summary=_marks(found),
        csv_url=csv_url(view),
        height=TALL,
        controls=_overlay_control(view, found),
    )


def csv_url(view: View) -> str:
    """Where all the bins of a view are downloaded."""
    edges = {}
    if view["range"] != "all":
        edges = {name: wall_text(at, view.info.time_zone) for name, at in zip(("start", "end"), view.span, strict=True)}
    query = urlencode({"format": "csv", "timeframe": view.timeframe, **edges})
    return f"/datasets/{quote(view.dataset)}/series?{query}"


def _overlay_control(view: View, found: Overview) -> Component:
    """Which lines are laid over the chart; those that cannot be are off."""
    options = [
        {
            "label": html.Span(OVERLAY_WORDS[name], className=f"overlay overlay-{name}"),
            "value": name,
            "disabled": getattr(found, line) is None,
        }
        for name, line in OVERLAYS.items()
    ]
    choice = dbc.Checklist(
        id=control_id("overlay"), options=options, value=list(view["overlay"] or ()), inline=True, class_name="overlays"
    )
    return html.Fieldset([html.Legend("Lay over the chart", className="visually-hidden"), choice])


def _marks(found: Overview) -> str:
    """What the marks on the chart are."""
    quality = found.quality
    marks = [
        f"Ticks on the axis: {counted(len(found.bursts), 'burst')}." if found.bursts else "",
        f"Coloured: {counted(len(found.events), 'event')}." if found.events else "",
        f"Hatched: {_unknown(len(quality.outages), quality.gap_count)}."
        if quality.outages or quality.gap_count
        else "",
        "Drag over the chart or the strip below it to look closer; a double click shows all again.",
    ]
    return " ".join(filter(None, marks))


def _unknown(outages: int, gaps: int) -> str:
    counts = ((outages, "outage"), (gaps, "gap"))
    return " and ".join(counted(count, thing) for count, thing in counts if count)


def panels(found: Overview, said: Findings) -> list[Component]:
    """What the answer rests on: what explains the traffic, its week, day, distribution and memory."""
    return [
        _panel(
            "overview-explained",
            said.forecastability,
            lambda: figures.explained(found.forecastability),
            "This is of the whole data set, whichever range is shown.",
            height=LOW,
        ),
        html.Div(
            [
                _panel("overview-week", said.week, lambda: figures.week(found.week_hours)),
                _panel(
                    "overview-day",
                    said.day,
                    lambda: figures.days(found.day_profiles),
                    "Line: mean. Band: where 80 % of the bins lie.",
                ),
                _panel("overview-distribution", said.distribution, lambda: figures.distribution(found.distribution)),
                _panel(
                    "overview-autocorrelation",
                    said.autocorrelation,
                    lambda: figures.autocorrelation(found.autocorrelation),
                    "Correlation with the requests so long before; inside the grey band it may be chance.",
                ),
            ],
            className="grid-2",
        ),
    ]


def _panel(
    name: str, said: Finding, figure: Callable[[], dict], key: str | None = None, *, height: int = HEIGHT
) -> Component:
    """A chart with its finding; `key` says how it is read."""
    if said.missing:
        return empty_card(said)
    summary = " ".join(filter(None, [said.sentence, key]))
    return chart(name, said.title, figure(), summary=summary or None, height=height)


def empty_card(said: Finding) -> Component:
    """The place of a chart that cannot be drawn: why."""
    return dbc.Card(empty(said.title, said.missing), class_name="chart chart-empty")
