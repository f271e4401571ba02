"""The summary sentence, links to the next pages, and the cards with key figures."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from forecasting.analysis import Facts, Overview
from forecasting.timeseries.formatting import UNKNOWN, change, counted, duration, moment, number, percent, whole
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.kpi import kpi


def answer(overview: Overview) -> Component:
    """Return the summary of the traffic and its forecastability."""
    return html.P(overview.summary.replace(" %", "\u00a0%"), className="answer")


def next_steps(view: View) -> Component:
    """Return links to the next pages for the same data."""
    return html.Nav(
        [
            dcc.Link([text, html.Span(" →", **{"aria-hidden": "true"})], href=view.link(path), className="next-step")
            for text, path in (("See the forecast", "/forecasts"), ("How many replicas?", "/scaling"))
        ],
        className="next-steps",
        **{"aria-label": "Next steps"},
    )


def cards(overview: Overview) -> Component:
    """Return the cards: mean, peak, peak-to-mean ratio, bursts, and change from the week before."""
    facts = overview.facts
    shown = [
        kpi("Mean, requests/min", number(facts.mean_requests_per_minute), _total(facts, overview.bin_seconds)),
        kpi("Peak, requests/min", number(facts.peak_requests_per_minute), _when(overview)),
        kpi("Peak to mean", _times(facts.peak_to_mean), "capacity that a fixed size must provide"),
        kpi([term("burst", "Bursts")], percent(facts.burst_share, 2), _bursts(facts)),
        _week_card(facts),
    ]
    if facts.events:
        shown.append(kpi("Events", whole(facts.events), f"{percent(facts.event_share, 2)} of the time"))
    return html.Div(shown, className="cards")


def _times(ratio: float | None) -> str:
    return UNKNOWN if ratio is None else f"{number(ratio)} x"


def _total(facts: Facts, bin_seconds: int) -> str:
    return f"{number(facts.requests)} requests in {duration(facts.known_bins * bin_seconds)}"


def _when(overview: Overview) -> str:
    second = overview.facts.peak_second
    return "no known bin" if second is None else moment(second, overview.time_zone, with_year=True)


def _bursts(facts: Facts) -> str:
    origin = "marked by the source" if facts.are_bursts_given else "detected by height"
    return f"of the time: {counted(facts.bursts, 'burst')}, {origin}"


def _week_card(facts: Facts) -> Component:
    week = facts.week_change
    if week is None:
        return kpi("Change from the week before", UNKNOWN, "needs two weeks, each at least half known")
    size, days = change(week.change, "", "").strip(), f"in the 7 days from {week.from_time[:10]}"
    if not size.endswith("%"):
        return kpi("Change from the week before", size, days)
    arrow, word = ("▲", "more") if week.change > 0 else ("▼", "fewer")
    return kpi("Change from the week before", f"{arrow} {size}", f"{word} requests {days}")
