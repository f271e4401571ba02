"""The answer in a sentence, where to go from it, and the cards with its figures."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from forecasting.analysis import Facts, Overview
from forecasting.timeseries.formatting import UNKNOWN, change, counted, duration, moment, number, percent, whole
from webapp.ui.address import View
from webapp.ui.components.glossary import term
from webapp.ui.components.kpi import kpi


def answer(found: Overview) -> Component:
    """What the traffic is like and whether it can be forecast."""
    return html.P(found.summary.replace(" %", "\u00a0%"), className="answer")


def next_steps(view: View) -> Component:
    """The questions that come next, for the same data."""
    return html.Nav(
        [
            dcc.Link([text, html.Span(" →", **{"aria-hidden": "true"})], href=view.link(path), className="next-step")
            for text, path in (("See what comes next", "/forecasts"), ("How many replicas?", "/scaling"))
        ],
        className="next-steps",
        **{"aria-label": "Next steps"},
    )


def cards(found: Overview) -> Component:
    """How much, when most, how peaky, how bursty, and more or less than the week before."""
    facts = found.facts
    shown = [
        kpi("Mean, requests/min", number(facts.mean_requests_per_minute), _total(facts, found.bin_seconds)),
        kpi("Peak, requests/min", number(facts.peak_requests_per_minute), _when(found)),
        kpi("Peak to mean", _times(facts.peak_to_mean), "what a fixed size must hold ready"),
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


def _when(found: Overview) -> str:
    second = found.facts.peak_second
    return "nothing is known" if second is None else moment(second, found.time_zone, with_year=True)


def _bursts(facts: Facts) -> str:
    whose = "as the source marks them" if facts.are_bursts_given else "found by their height"
    return f"of the time: {counted(facts.bursts, 'burst')}, {whose}"


def _week_card(facts: Facts) -> Component:
    found = facts.week_change
    if found is None:
        return kpi("Against the week before", UNKNOWN, "takes two weeks, half of each known")
    size, days = change(found.change, "", "").strip(), f"in the 7 days from {found.from_time[:10]}"
    if not size.endswith("%"):
        return kpi("Against the week before", size, days)
    arrow, word = ("▲", "more") if found.change > 0 else ("▼", "fewer")
    return kpi("Against the week before", f"{arrow} {size}", f"{word} requests {days}")
