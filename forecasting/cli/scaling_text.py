"""What `dataflow scale`, `simulate` and `compare` print for reading: sentences first, then a table with its units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forecasting.cli.terminal import Format, count, decimals, fields, percent, table
from forecasting.scaling.comparison.results import CompareResult
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.recommendation.recommended import Recommendation

_COSTS: dict[str, tuple[str, Format]] = {
    "cost": ("cost", decimals(2)),
    "mean_replicas": ("replicas", decimals(2)),
    "unmet_share": ("unmet", lambda share: _share(share)),
    "minutes_under_share": ("min. under", lambda share: _share(share)),
}
_REGRET: dict[str, tuple[str, Format]] = {"regret": ("regret", percent)}

UNITS = (
    "cost: in the currency of the price, over all days judged; replicas: ready ones, on average; unmet: share of "
    "requests; min. under: share of minutes with fewer replicas than needed; regret: above the optimum in hindsight."
)


def recommendation_text(question: ScalingRequest, found: Recommendation) -> str:
    """What to run now, why, and the plan."""
    gate = "is trusted" if found.gate_open else f"is not used: {'; '.join(found.gate_reasons)}"
    ignored = "it is within the 10 % tolerance" if found.hpa_would_ignore else None
    facts = fields(
        [
            ("replicas", f"{count(found.replicas)} ({_action(found)}; {count(found.current_replicas)} run now)"),
            ("decided by", found.binding_term),
            ("forecast", gate),
            ("an HPA would ignore this", ignored),
            ("service", service_words(question.scaled_service)),
            ("serves after", f"{found.lead_seconds} s, where a replica is ordered now"),
        ]
    )
    titles = {
        "ds": ("time", str),
        "replicas": ("replicas", count),
        "demand_yhat": ("requests expected", decimals(1)),
        "demand_quantile": (_at_most(question, found), decimals(1)),
    }
    plan = table([bin.to_dict() for bin in found.plan], titles)
    head = f"{question.series.name}: {found.policy} with {found.model}, bins of {question.binned.timeframe}"
    return f"{head}\n\n{found.reason}\n\n{facts}\n\n{plan}"


def simulation_text(answer: Mapping[str, Any]) -> str:
    """The totals of one policy, and its steps where they were asked for."""
    totals, service = answer["totals"], answer["service"]
    price = f"at {service['price_per_hour']:g} an hour a replica"
    under = f"{count(totals['minutes_under'])} ({_share(totals['minutes_under_share'])})"
    text = _head(answer) + fields(
        [
            ("parameters", parameter_words(answer["parameters"])),
            ("cost", f"{totals['cost']:,.2f} ({price})"),
            ("replica hours", f"{totals['replica_hours']:,.1f} billed"),
            ("replicas", f"{totals['mean_replicas']:.2f} ready on average"),
            ("requests", count(totals["requests"])),
            ("unmet", f"{count(totals['unmet_requests'])} requests ({_share(totals['unmet_share'])})"),
            ("minutes under", f"{under} with fewer replicas than needed"),
            ("launches", count(totals["launches"])),
            ("changes", f"{count(totals['scale_events'])} of the number of replicas"),
            ("regret", f"{percent(totals['regret'])} above the optimum in hindsight"),
        ]
    )
    return f"{text}\n\n{_steps_table(answer['steps'])}" if "steps" in answer else text


def sweep_text(answer: Mapping[str, Any]) -> str:
    """A row a setting of the knob."""
    runs = [{**run["parameters"], **run["totals"]} for run in answer["runs"]]
    knobs = {name: (name, lambda value: f"{value:.5g}") for name in answer["runs"][0]["parameters"]}
    note = "The best of these is hindsight: they were run on the days judged."
    return f"{_head(answer)}{table(runs, {**knobs, **_COSTS, **_REGRET})}\n\n{UNITS}\n{note}"


def comparison_text(study: CompareResult, written: Sequence[Path] = ()) -> str:
    """The verdict, sentence by sentence, the table of policies, and the files that were written."""
    comparison, verdict = study.comparison, study.verdict
    said = [verdict.headline, verdict.availability, verdict.cost, *verdict.what_would_change_it]
    month = f"{verdict.pick} costs {verdict.cost_a_month:,.2f} a month. {verdict.assumption}"
    columns = {
        "policy": ("policy", str),
        **_COSTS,
        "meets_slo": ("objective", lambda kept: "kept" if kept else "missed"),
        "saving": ("saving", percent),
        "saving_low": ("95 % from", percent),
        "saving_high": ("to", percent),
        **_REGRET,
        "remark": ("", str),
    }
    rows = [{**row.to_dict(), "remark": _remark(row.to_dict(), comparison.reference)} for row in comparison.rows]
    explained = (
        f"{UNITS} saving: against {comparison.reference} at the same share missed, with its 95 % interval; hindsight "
        "rows knew the days judged and have none."
    )
    sentences = _head(study.to_dict()) + "\n".join([*said, month])
    files = [f"{path} is written" for path in written]
    return "\n\n".join([sentences, table(rows, columns), "\n".join([explained, *files])])


def service_words(service: ScaledService | Mapping[str, Any]) -> str:
    """A service in one line."""
    facts = service if isinstance(service, Mapping) else service.to_dict()
    capacity, boot = f"{facts['capacity_per_minute']:,.5g} requests a minute", f"{facts['boot_seconds']:g} s"
    limits, price = f"{facts['min_replicas']:,} to {facts['max_replicas']:,}", f"{facts['price_per_hour']:g}"
    return f"a replica serves {capacity} and boots {boot}; {limits} replicas at {price} an hour each"


def parameter_words(parameters: Mapping[str, float]) -> str:
    """Parameters as `quantile=0.95, gated=1`."""
    return ", ".join(f"{name}={value:.5g}" for name, value in parameters.items())


def _head(answer: Mapping[str, Any]) -> str:
    """What was replayed: series, days, service and objective."""
    policy = f"{answer['policy']}, " if "policy" in answer else ""
    periods = {name: f"{answer[name]['start']} to {answer[name]['end']}" for name in ("judged", "tuned_on")}
    facts = [
        ("judged", periods["judged"]),
        ("tuned on", None if policy else periods["tuned_on"]),
        ("forecasts", f"{answer['model_type']}, model set {answer['model_set']}"),
        ("service", service_words(answer["service"])),
        ("objective", str(Objective.of(**answer["slo"]))),
    ]
    return f"{answer['series']}: {policy}steps of {answer['timeframe']}\n\n{fields(facts)}\n\n"


def _steps_table(steps: Sequence[Mapping[str, Any]]) -> str:
    columns = {
        "ds": ("time", str),
        "demand": ("requests", decimals(1)),
        "needed": ("needed", count),
        "ready": ("ready", count),
        "booting": ("booting", count),
        "desired": ("desired", count),
        "unmet": ("unmet", decimals(1)),
        "action": ("action", str),
        "binding_term": ("decided by", str),
    }
    return table(steps, columns)


def _action(found: Recommendation) -> str:
    return found.action.replace("_", " ")


def _at_most(question: ScalingRequest, found: Recommendation) -> str:
    share = question.slo.level if found.share is None else found.share
    return f"at most, with {100 * share:.4g} %"


def _share(share: float) -> str:
    """A share that may be small, with two decimals."""
    return f"{100 * share:.2f} %"


def _remark(row: Mapping[str, Any], reference: str) -> str:
    if row["hindsight"]:
        return "hindsight"
    if row["policy"] == reference:
        return "the reference"
    if row["saving"] is None:
        return "not comparable"
    return "no clear difference" if row["clear_difference"] is False else ""
