"""The answer first: the verdict, what it is in money, and how every saving is computed."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from forecasting.backtests.day_blocks import DRAWS
from forecasting.scaling.comparison.headline import PEAK
from forecasting.timeseries.formatting import change, duration, money, number, percent, whole
from forecasting.timeseries.timeframes import MINUTE
from webapp.pages.cost.requests import Kept
from webapp.pages.cost.row_text import (
    interval_words,
    objective_words,
    row_of,
    saving_words,
    span_words,
    swatch,
    unbroken,
)
from webapp.ui.components.glossary import term

COARSE = (
    "First look: every policy was tuned at a few settings only. The whole comparison follows and replaces this by "
    "itself."
)
NOT_MODELLED = (
    "Not modelled: a replica serves up to its capacity at once and what exceeds it is lost, so there are no queues, no "
    "slow requests and no failing replicas. Prices of traffic, load balancers and clusters are left out."
)
PICK = "On the tuning days {pick} was the one to choose; at this price it costs {cost} a month."


def answer(kept: Kept) -> Component:
    """The verdict in one sentence, and what to know before relying on it."""
    verdict = kept.digest["verdict"]
    before, finding, after = (unbroken(kept.digest["brief"][part]) for part in ("before", "finding", "after"))
    pick = PICK.format(pick=verdict["pick"], cost=money(verdict["cost_a_month"]))
    notes = [html.P(COARSE, className="muted")] if not kept.tuned else []
    warnings = [html.Li(text) for text in kept.digest["warnings"]]
    return html.Div(
        [
            html.P([before, html.Strong(finding), after], className="answer"),
            html.P([pick, " ", f"All {span_words(kept.digest)}."], className="muted"),
            *notes,
            html.Ul(warnings, className="muted warnings") if warnings else "",
        ]
    )


def cards(digest: Mapping, first: str, second: str) -> Component:
    """Cost, saving and service of the policy looked at, beside the one that it is held against."""
    mine, other = row_of(digest, first), row_of(digest, second)
    saving, interval = saving_words(mine, digest["reference"])
    kept = f"objective {'kept' if mine['meets_slo'] else 'missed'}: {objective_words(digest)}"
    of_minutes = "max_unmet_share" not in digest["slo"]
    monthly = digest["monthly"]
    return html.Div(
        [
            _card(
                [swatch(mine["family"]), f"Cost of {first}"],
                f"{money(monthly * mine['cost'])} a month",
                f"{second}: {money(monthly * other['cost'])}",
            ),
            _card(["Saving at equal service"], saving, interval),
            _card(
                [term("unmet requests", "Requests unmet")],
                percent(mine["unmet_share"]),
                _service_note(kept, not of_minutes, f"{second}: {percent(other['unmet_share'])}"),
            ),
            _card(
                ["Time with too few replicas"],
                percent(mine["minutes_under_share"]),
                _service_note(
                    kept if of_minutes else duration(MINUTE * mine["minutes_under"]),
                    True,
                    f"{second}: {percent(other['minutes_under_share'])}",
                ),
            ),
        ],
        className="cards",
    )


def _service_note(first: str, shown: bool, other: str) -> list:
    return [first, html.Br(), other] if shown else [other]


def _card(name: list, value: str, note: object) -> Component:
    parts = (name, "kpi-name"), (value, "kpi-value"), (note, "kpi-note")
    return html.Div([html.Div(text, className=style) for text, style in parts], className="kpi")


def extrapolation(digest: Mapping, first: str, second: str) -> Component:
    """What two policies and fixed replicas cost on the days judged, a month and a year, with the assumption."""
    names = [name for name in dict.fromkeys((first, second, PEAK, "oracle")) if name in digest["runs"]]
    rows = [row_of(digest, name) for name in names]
    factors = 1.0, digest["monthly"], digest["yearly"]
    days = number(digest["brief"]["days"])
    heads = ("", f"{days} days judged", "a month", "a year", f"beside {first}")
    lines = [
        html.Tr(
            [
                html.Th([swatch(row["family"]), _yardstick(row)], scope="row"),
                *(html.Td(money(factor * row["cost"]), className="number") for factor in factors),
                html.Td(_beside(row, rows[0]), className="number"),
            ]
        )
        for row in rows
    ]
    head = html.Thead(html.Tr([html.Th(text, scope="col", className="number") for text in heads]))
    table = html.Div(
        html.Table([head, html.Tbody(lines)], className="table table-sm"),
        className="table-scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": "What it comes to"},
    )
    note = html.P(f"{digest['verdict']['assumption']} Costs alone: what each missed differs.", className="muted small")
    return html.Div(
        [html.H3("What it comes to", className="chart-title"), table, note, *_changes(digest)], className="panel"
    )


def _changes(digest: Mapping) -> list[Component]:
    """What the same comparison says with one thing changed; nothing where that was not tried."""
    sentences = digest["verdict"]["what_would_change_it"]
    if not sentences:
        return []
    return [html.H4("What would change it", className="small-title"), html.Ul([html.Li(text) for text in sentences])]


def _yardstick(row: Mapping) -> str:
    return {PEAK: "fixed at peak", "oracle": "optimum with hindsight"}.get(row["policy"], row["policy"])


def _beside(row: Mapping, mine: Mapping) -> str:
    return "–" if row is mine or not mine["cost"] else change(row["cost"] / mine["cost"] - 1.0)


def method(digest: Mapping, first: str) -> Component:
    """How savings, regret and the yardsticks are computed, with the numbers of the policy looked at put in."""
    row, reference = row_of(digest, first), digest["reference"]
    lost = digest["lost_request_price"]
    said = [
        ("Saving", _formula(row, reference)),
        ("Interval", f"From {DRAWS:,} draws of whole days with replacement, policy and reference from the same draw."),
        ("Window", f"All policies are {span_words(digest)}; no model was trained on either."),
        (
            "Tuning",
            "The cheapest setting that keeps the objective on the tuning days. “default” is the setting that nobody "
            "touched, “hindsight” the best one on the days judged, which nobody could have known.",
        ),
        (
            "Optimum",
            f"The cheapest plan for somebody who knew all demand, with a lost request at ${lost:.3g}. Regret is the "
            "excess of cost + lost requests over it. Of a forecast-driven policy, what a perfect forecast would still "
            "cost too much is the policy's part, the rest the forecast's.",
        ),
        ("Cost", "Price × hours of ready and booting replicas, at least the billed minimum each, and each launch."),
        ("Left out", NOT_MODELLED),
    ]
    terms = [part for name, text in said for part in (html.Dt(name), html.Dd(text))]
    return html.Details([html.Summary("How these numbers are made"), html.Dl(terms)], className="panel details")


def _formula(row: Mapping, reference: str) -> str:
    formula = "saving = 1 − cost of the policy / cost of the reference at the same share missed. "
    where = f"The latter is read off the frontier of {reference}, the best reactive rule of the tuning days."
    if row["equal_service_cost"] is None or row["policy"] == reference:
        return formula + where
    mine, equal = (f"${row[name]:,.2f}" for name in ("cost", "equal_service_cost"))
    interval = "" if row["saving_low"] is None else f" ({interval_words(row)})"
    saving = f"{100 * row['saving']:.1f}".replace("-", "−")
    filled = f"For {row['policy']} on the days judged: 1 − {mine} / {equal} = {saving} %{interval}. "
    return f"{formula}{filled}{where} {whole(row['unmet_requests'])} of {whole(row['requests'])} requests were unmet."
