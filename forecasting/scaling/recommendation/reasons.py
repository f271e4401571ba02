"""Reasons in words: what a recommendation rests on, in two or three sentences."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from forecasting.scaling.policies.policy import GUARD_PERCENT, REACTIVE_PERCENT
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_UP, Recommendation
from forecasting.timeseries.timeframes import timeframe_of

_BOUND = {
    "plan": "The policy's own plan asks for {proposed}.",
    "reactive": "The reactive rule asks for {proposed}: the last bin brought {seen:,.0f} requests.",
    "predictive": "The forecast asks for {proposed}.",
    "floor": "The schedule asks for at least {floor}.",
    "tolerance": "The metric is within 10 % of its target, so nothing changes.",
    "break-even": "Fewer would do now, but they would be launched again before that pays.",
    "stabilization": "{proposed} would do now, but more were asked for within the scale-in window.",
    "scale-up limit": "{proposed} are asked for; the behavior's scale-up policies allow {replicas} at once.",
    "scale-down limit": "{proposed} would do; the behavior's scale-down policies allow {replicas} at once.",
    "max replicas": "{proposed} are asked for; max_replicas allows {replicas}.",
    "min replicas": "{proposed} would do; min_replicas keeps {replicas}.",
    "thresholds": "Utilisation decides: the last bin brought {seen:,.0f} requests.",
    "cooldown": "The cooldown after the last change is not over.",
    "unknown demand": "Demand is unknown, so nothing changes.",
}


def reason_of(found: Recommendation, scenario: Scenario) -> Recommendation:
    """The recommendation with its reason in words."""
    sentences, share = [_verb(found), _demand(found, scenario)], found.share
    if share is not None and not found.gate_open:
        target = f"a target of {REACTIVE_PERCENT} %"
        sentences.append(
            f"The forecast is not trusted now ({'; '.join(found.gate_reasons)}): the HPA at {target} rules."
        )
    seen, floor = scenario.trace.seen[-1], int(scenario.floor[-1])
    sentences.append(bound_words(found.binding_term, found.proposed, found.replicas, seen, floor))
    if found.binding_term == "reactive" and share is not None and found.gate_open:
        sentences.append(f"It is the guard beside the forecast, with a target of {GUARD_PERCENT} %.")
    return replace(found, reason=" ".join(sentence for sentence in sentences if sentence))


def bound_words(binding: str, proposed: int, replicas: int, seen: float, floor: int) -> str:
    """What decided, in a sentence of replicas asked for and in the end, requests of the last bin and the floor."""
    asked = {"proposed": _replicas(proposed), "replicas": _replicas(replicas)}
    return _BOUND[binding].format(**asked, seen=seen, floor=floor)


def coming_words(found: Recommendation) -> str:
    """What the plan changes after now: `17 by 09:35`, empty where it stays."""
    most = max(found.plan, key=lambda bin: bin.replicas)
    least = min(found.plan, key=lambda bin: bin.replicas)
    turn = most if most.replicas > found.replicas else least
    later = turn.second > found.origin + found.lead_seconds
    return f"{turn.replicas:,} by {turn.ds[11:16]}" if turn.replicas != found.replicas and later else ""


def _verb(found: Recommendation) -> str:
    change = abs(found.replicas - found.current_replicas)
    if found.action == HOLD:
        return f"Keep {_replicas(found.replicas)}."
    verb = "Start" if found.action == SCALE_UP else "Stop"
    return f"{verb} {_replicas(change)}: {found.current_replicas:,} now, {found.replicas:,} then."


def _demand(found: Recommendation, scenario: Scenario) -> str:
    if found.quantile is None or not isfinite(found.quantile):
        return ""
    trace, bin_name = scenario.trace, timeframe_of(found.bin_seconds)
    bins = f"the coming {scenario.lead} bins" if scenario.lead > 1 else "the coming bin"
    return (
        f"With {100 * found.share:.4g} % certainty {bins} of {bin_name} bring at most {found.quantile:,.0f} requests "
        f"each ({found.demand:,.0f} expected); a replica takes {trace.usable:,.4g}."
    )


def _replicas(count: int) -> str:
    return f"{count:,} replica{'' if count == 1 else 's'}"
