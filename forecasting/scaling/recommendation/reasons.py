"""Reasons as text: what a recommendation rests on, in two or three sentences."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from forecasting.scaling.config.objective import Objective
from forecasting.scaling.policies.policy import REACTIVE_PERCENT
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_UP, ErrorBudget, Recommendation
from forecasting.scaling.worth.period import PERIOD_DAYS
from forecasting.timeseries.formatting import percent
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import timeframe_of

CAP_WORTH_SAYING = 0.01
"""The share of the time at the highest price from which it is said."""

_BOUND = {
    "plan": "The policy's own plan needs {proposed}.",
    "reactive": "The reactive rule needs {proposed}: the last {counted} had {seen:,.0f} requests.",
    "predictive": "The forecast needs {proposed}.",
    "floor": "The calendar needs at least {floor}.",
    "tolerance": "The metric is within 10 % of its target, so nothing changes.",
    "break-even": "Scaling in now would cost more than it saves: the replicas would be needed again too soon.",
    "stabilization": "{proposed} would suffice, but the stabilization window holds a higher recent recommendation.",
    "scale-up limit": "{proposed} are needed; the scale-out policies of the HPA allow {replicas} at once.",
    "scale-down limit": "{proposed} would suffice; the scale-in policies of the HPA allow {replicas} at once.",
    "max replicas": "{proposed} are needed; max_replicas allows {replicas}.",
    "min replicas": "{proposed} would suffice; min_replicas keeps {replicas}.",
    "thresholds": "Utilisation decides: the last {counted} had {seen:,.0f} requests.",
    "cooldown": "The cooldown after the last change is not over.",
    "expected worth": "The expected worth of a replica decides: {replicas} earn their cost.",
    "evidence bound": "{replicas} are the most that the last weeks support: one odd bin is no evidence.",
    "outage guard": "No requests arrive: outage suspected. The replicas are held for an hour.",
    "level guard": "Demand keeps exceeding its forecast, so the recent level decides: {replicas}.",
    "unknown demand": "Demand is unknown, so nothing changes.",
}


def reason_of(recommendation: Recommendation, scenario: Scenario) -> Recommendation:
    """Return the recommendation with its reason as text."""
    sentences = [_verb(recommendation), _demand(recommendation, scenario)]
    if recommendation.has_quantile and not recommendation.gate_open:
        reasons = "; ".join(recommendation.gate_reasons)
        sentences.append(
            f"The forecast is not trusted now ({reasons}): an HPA with a target of {REACTIVE_PERCENT} % decides."
        )
    seen, floor = scenario.trace.seen_counts[-1], int(scenario.floor[-1])
    binding, proposed = recommendation.binding_term, recommendation.proposed
    sentences.append(bound_words(binding, proposed, recommendation.replicas, seen, floor, scenario.trace.finer))
    budget = recommendation.error_budget
    if budget is not None and budget.at_cap_share > CAP_WORTH_SAYING:
        sentences.append(f"{cap_words(budget)}.")
    return replace(recommendation, reason=" ".join(sentence for sentence in sentences if sentence))


def budget_words(budget: ErrorBudget | None, slo: Objective) -> str | None:
    """Return what is left of an error budget as a sentence without its full stop; None without one."""
    if budget is None:
        return None
    left = f"{budget.left_days:.1f} of {PERIOD_DAYS} days left" if budget.left_days >= 0 else "overspent"
    words = f"{left} ({budget.used:,.0f} of {budget.allowed:,.0f} {slo.unit} used)"
    if budget.price_of_unmet is not None:
        words += f", an unmet request is treated as worth {budget.price_of_unmet:.3g}"
    return f"{words}. {cap_words(budget)}" if budget.at_cap_share > CAP_WORTH_SAYING else words


def cap_words(budget: ErrorBudget) -> str:
    """Return that the objective cannot be had, and for what share of the time."""
    return (
        f"For {percent(budget.at_cap_share)} of the time the price stood at its highest: there the objective cannot be "
        "had at a reasonable cost"
    )


def bound_words(
    binding: str, proposed: int, replicas: int, seen: float, floor: int, finer: Series | None = None
) -> str:
    """Return what decided as a sentence: replicas proposed and in the end, requests of the last bin and the floor.

    `finer` is the series whose last count had these requests, if it is not the bin.
    """
    counts = {"proposed": _replicas(proposed), "replicas": _replicas(replicas)}
    counted = "bin" if finer is None else f"count of {finer.timeframe}"
    return _BOUND[binding].format(**counts, seen=seen, floor=floor, counted=counted)


def coming_words(recommendation: Recommendation) -> str:
    """Return what the plan changes later: `17 by 09:35`; empty if nothing."""
    most = max(recommendation.plan, key=lambda bin: bin.replicas)
    least = min(recommendation.plan, key=lambda bin: bin.replicas)
    turn = most if most.replicas > recommendation.replicas else least
    later = turn.second > recommendation.origin + recommendation.lead_seconds
    changes = turn.replicas != recommendation.replicas and later
    return f"{turn.replicas:,} by {turn.ds[11:16]}" if changes else ""


def _verb(recommendation: Recommendation) -> str:
    if recommendation.action == HOLD:
        return f"Keep {_replicas(recommendation.replicas)}."
    verb = "Scale out" if recommendation.action == SCALE_UP else "Scale in"
    return f"{verb} from {recommendation.current_replicas:,} to {_replicas(recommendation.replicas)}."


def _demand(recommendation: Recommendation, scenario: Scenario) -> str:
    quantile, share = recommendation.quantile, recommendation.share
    if quantile is None or share is None or not isfinite(quantile):
        return ""
    bin_name = timeframe_of(recommendation.bin_seconds)
    bins = f"the next {scenario.lead} bins of {bin_name}" if scenario.lead > 1 else f"the next bin of {bin_name}"
    verb = "have" if scenario.lead > 1 else "has"
    return (
        f"With {100 * share:.4g} % certainty {bins} {verb} at most {quantile:,.0f} requests each "
        f"({recommendation.demand:,.0f} expected); a replica can serve {scenario.trace.usable:,.4g}."
    )


def _replicas(count: int) -> str:
    return f"{count:,} replica{'' if count == 1 else 's'}"
