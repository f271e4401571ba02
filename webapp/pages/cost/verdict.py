"""The verdict in one sentence, its key figures, what it costs per month and year, and how savings are computed."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from forecasting.backtests.day_blocks import DRAWS
from forecasting.scaling.comparison.headline import PEAK
from forecasting.scaling.comparison.saving_text import interval_words, less
from forecasting.scaling.config.objective import Objective
from forecasting.timeseries.formatting import (
    UNKNOWN,
    change,
    currency_sign,
    duration,
    fixed,
    money,
    percent,
    points,
    price,
    whole,
)
from forecasting.timeseries.timeframes import DAY, MINUTE
from webapp.pages.cost.requests import CachedComparison
from webapp.pages.cost.row_text import (
    objective_words,
    row_of,
    saving_card,
    saving_of,
    span_words,
    swatch,
    unbroken,
)
from webapp.pages.cost.use import use_link
from webapp.ui.components.glossary import term
from webapp.ui.components.kpi import kpi
from webapp.ui.figures.cost import currency_of
from webapp.ui.report.report_facts import NOT_MODELLED

COARSE = (
    "Preliminary result: each policy was tuned with only a few settings. The full comparison replaces it automatically."
)
PICK = "{pick} costs {cost}. "


def answer(cached: CachedComparison) -> Component:
    """Return the verdict in one sentence, and what to know before relying on it."""
    verdict = cached.payload["verdict"]
    before, finding, after = (unbroken(cached.payload["brief"][part]) for part in ("before", "finding", "after"))
    result = cached.payload
    cost = money(result["monthly"] * row_of(result, verdict["pick"])["cost"], currency_of(result))
    pick = PICK.format(pick=verdict["pick"], cost=f"{cost} {result['per']}")
    notes = [html.P(COARSE, className="muted")] if not cached.tuned else []
    warnings = [html.Li(text) for text in cached.payload["warnings"]]
    return html.Div(
        [
            html.P([before, html.Strong(finding), after], className="answer"),
            html.P(f"{pick}{_uncertain(result)}All policies were {span_words(result)}.", className="muted"),
            html.P(use_link(cached.payload), className="muted"),
            *notes,
            html.Ul(warnings, className="muted warnings") if warnings else "",
        ]
    )


def _uncertain(result: Mapping) -> str:
    """Return the range of a month's cost if the days are few."""
    low, high = (result["verdict"][f"cost_a_month_{end}"] for end in ("low", "high"))
    if low is None or high is None:
        return ""
    currency = currency_of(result)
    return f"By the cheapest and the dearest day it is {money(low, currency)} to {money(high, currency)} a month. "


def cards(result: Mapping, first: str, second: str) -> Component:
    """Return cost, saving and service level of the selected policy, compared with the other one."""
    mine, other = row_of(result, first), row_of(result, second)
    saving, interval = saving_card(mine, result["reference"])
    objective = f"objective {'met' if mine['meets_slo'] else 'missed'}: {objective_words(result)}"
    of_minutes = not Objective.of(result["slo"]).limits_requests
    costs = [money(result["monthly"] * row["cost"], currency_of(result)) for row in (mine, other)]
    unmet = f"{second}: {percent(other['unmet_share'])}"
    under = duration(MINUTE * mine["minutes_under"])
    return html.Div(
        [
            kpi([swatch(mine["family"]), f"Cost of {first}"], f"{costs[0]} {result['per']}", f"{second}: {costs[1]}"),
            kpi("Saving at equal service", saving, interval),
            kpi(
                term("unmet requests", "Unmet requests"),
                percent(mine["unmet_share"]),
                unmet if of_minutes else [objective, html.Br(), unmet],
            ),
            kpi(
                "Under-provisioned time",
                percent(mine["minutes_under_share"]),
                [
                    objective if of_minutes else under,
                    html.Br(),
                    f"{second}: {percent(other['minutes_under_share'])}",
                ],
            ),
        ],
        className="cards",
    )


def extrapolation(result: Mapping, first: str, second: str) -> Component:
    """Return what both policies and fixed replicas cost on the evaluation days, per month and per year."""
    names = [name for name in dict.fromkeys((first, second, PEAK, "oracle")) if name in result["runs"]]
    rows = [row_of(result, name) for name in names]
    factors, periods = [1.0], []
    if result["yearly"] is not None:
        factors, periods = [1.0, result["monthly"], result["yearly"]], ["Month", "Year"]
    length, currency = duration(DAY * result["brief"]["days"]), currency_of(result)
    heads = ("", f"Evaluation ({length})", *periods, f"Compared with {first}")
    title = "Cost per month and year" if periods else "Cost"
    lines = [
        html.Tr(
            [
                html.Th([swatch(row["family"]), _yardstick(row)], scope="row"),
                *(html.Td(money(factor * row["cost"], currency), className="number") for factor in factors),
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
        **{"aria-label": title},
    )
    caution = "Costs only: the policies do not all serve the same share of requests."
    note = html.P(f"{result['verdict']['assumption']} {caution}", className="muted small")
    return html.Div([html.H3(title, className="chart-title"), table, note, *_changes(result)], className="panel")


def _changes(result: Mapping) -> list[Component]:
    """Return what the comparison says with one thing changed; nothing if that was not tried."""
    sentences = result["verdict"]["what_would_change_it"]
    if not sentences:
        return []
    return [html.H4("What would change this", className="small-title"), html.Ul([html.Li(text) for text in sentences])]


def _yardstick(row: Mapping) -> str:
    return {PEAK: "fixed at peak", "oracle": "optimum in hindsight"}.get(row["policy"], row["policy"])


def _beside(row: Mapping, mine: Mapping) -> str:
    return UNKNOWN if row is mine or not mine["cost"] else change(row["cost"] / mine["cost"] - 1.0)


def method(result: Mapping, first: str) -> Component:
    """Explain how savings, regret and the optimum are computed, with the numbers of the selected policy."""
    row, reference = row_of(result, first), result["reference"]
    lost = price(result["lost_request_price"], currency_of(result))
    parts = [
        ("Saving", _formula(row, reference, currency_of(result))),
        ("Interval", f"From {DRAWS:,} random draws of whole days; policy and reference always share the same draw."),
        ("Days", f"All policies were {span_words(result)}; no model was trained on either period."),
        (
            "Tuning",
            "The cheapest settings that meet the objective on the tuning days, with a margin that is smaller for more "
            "days and without what exceeds twice the height that two days reached. “default” means the settings as "
            "delivered, “hindsight” the best settings for the evaluation days, which nobody could have known.",
        ),
        (
            "Optimum",
            f"The cheapest plan that knows all demand in advance, with an unmet request priced at {lost}. Regret is "
            "how much more a policy costs than this plan, unmet requests included. For a forecast-driven policy, the "
            "regret that would remain with a perfect forecast is due to the policy, the rest is due to the forecast.",
        ),
        ("Cost", "Price × hours of ready and starting replicas (at least the billed minimum each), plus each launch."),
        ("Not modelled", NOT_MODELLED),
    ]
    terms = [part for name, text in parts for part in (html.Dt(name), html.Dd(text))]
    return html.Details([html.Summary("How these numbers are computed"), html.Dl(terms)], className="panel details")


def _formula(row: Mapping, reference: str, currency: str) -> str:
    formula = "saving = 1 − cost of the policy / cost of the reference at the same service level. "
    source = f"The cost of the reference is read from the frontier of {reference}, "
    source += "the best reactive policy on the tuning days."
    if row["equal_service_cost"] is None or row["policy"] == reference:
        return formula + source
    mine, equal = (f"{currency_sign(currency)}{fixed(row[name], 2)}" for name in ("cost", "equal_service_cost"))
    saving = saving_of(row)
    words = f"{points(row['saving'])}, so it costs {less(row['saving'])} ({interval_words(saving)})"
    filled = f"For {row['policy']} on the evaluation days: 1 − {mine} / {equal} = {words}. "
    return f"{formula}{filled}{source} {whole(row['unmet_requests'])} of {whole(row['requests'])} requests were unmet."
