"""What `dataflow scale`, `simulate` and `compare` print for people: sentences first, then a table with its units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from forecasting.cli.terminal import Format, count, decimals, fields, percent, table
from forecasting.scaling.comparison.compare import Row
from forecasting.scaling.comparison.results import CompareResult
from forecasting.scaling.comparison.saving_text import NOT_COMPARABLE, UNCLEAR, interval_of, less
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.reasons import budget_words
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import duration, points

Columns = dict[str, tuple[str, Format]]

_COSTS: Columns = {
    "cost": ("cost", decimals(2)),
    "mean_replicas": ("replicas", decimals(2)),
    "unmet_share": ("unmet", lambda share: points(share, 2)),
    "minutes_under_share": ("min. under", lambda share: points(share, 2)),
}
_REGRET: Columns = {"regret": ("regret", percent)}

UNITS = (
    "cost: in the currency of the price, over all evaluation days; replicas: ready ones, on average; unmet: share of "
    "requests; min. under: share of minutes with fewer replicas than needed; regret: above the optimum in hindsight."
)


def recommendation_text(request: ScalingRequest, recommendation: Recommendation) -> str:
    """Return the replicas to run now, the reason and the plan."""
    verb = "is not used" if recommendation.has_quantile or recommendation.share is None else "has not been right lately"
    gate = "is trusted" if recommendation.gate_open else f"{verb}: {'; '.join(recommendation.gate_reasons)}"
    ignored = "it is within the 10 % tolerance" if recommendation.hpa_would_ignore else None
    present = f"{count(recommendation.current_replicas)} run now"
    facts = fields(
        [
            ("replicas", f"{count(recommendation.replicas)} ({_action(recommendation)}; {present})"),
            ("decided by", recommendation.binding_term),
            ("forecast", gate),
            ("error budget", budget_words(recommendation.error_budget, request.slo)),
            ("an HPA would ignore this", ignored),
            ("data", data_words(request, recommendation)),
            ("service", service_words(request.scaled_service.to_dict(), request.assumed)),
            ("lead time", f"{recommendation.lead_seconds} s until a replica ordered now is ready"),
        ]
    )
    titles: Columns = {
        "ds": ("time", str),
        "replicas": ("replicas", count),
        "demand_yhat": ("requests expected", decimals(1)),
        "demand_quantile": (_at_most(request, recommendation), decimals(1)),
    }
    plan = table([bin.to_dict() for bin in recommendation.plan], titles)
    model = f"{recommendation.policy} with {recommendation.model}"
    head = f"{request.series.name}: {model}, bins of {request.binned.timeframe}"
    return f"{head}\n\n{recommendation.reason}\n\n{facts}\n\n{plan}"


def simulation_text(answer: Mapping[str, Any]) -> str:
    """Return the totals of one policy, and its steps if the result has them."""
    totals, service = answer["totals"], answer["service"]
    price = f"at {service['price_per_hour']:g} an hour a replica"
    under = f"{count(totals['minutes_under'])} ({points(totals['minutes_under_share'], 2)})"
    text = _head(answer) + fields(
        [
            ("parameters", parameter_words(answer["parameters"])),
            ("cost", f"{totals['cost']:,.2f} ({price})"),
            ("replica hours", f"{totals['replica_hours']:,.1f} billed"),
            ("replicas", f"{totals['mean_replicas']:.2f} ready on average"),
            ("requests", count(totals["requests"])),
            ("unmet", f"{count(totals['unmet_requests'])} requests ({points(totals['unmet_share'], 2)})"),
            ("minutes under", f"{under} with fewer replicas than needed"),
            ("launches", count(totals["launches"])),
            ("changes", f"{count(totals['scale_events'])} of the number of replicas"),
            ("regret", f"{percent(totals['regret'])} above the optimum in hindsight"),
        ]
    )
    return f"{text}\n\n{_steps_table(answer['steps'])}" if "steps" in answer else text


def sweep_text(answer: Mapping[str, Any]) -> str:
    """Return a row for each setting of the main parameter."""
    runs = [{**run["parameters"], **run["totals"]} for run in answer["runs"]]
    knobs: Columns = {name: (name, _five_digits) for name in answer["runs"][0]["parameters"]}
    note = "The best of these is hindsight: they were run on the evaluation days."
    return f"{_head(answer)}{table(runs, {**knobs, **_COSTS, **_REGRET})}\n\n{UNITS}\n{note}"


def comparison_text(study: CompareResult, written: Sequence[Path] = ()) -> str:
    """Return the verdict, sentence by sentence, the table of policies, and the files that were written."""
    comparison, verdict = study.comparison, study.verdict
    money = verdict.cost, verdict.extrapolation, verdict.assumption
    sentences = [verdict.headline, verdict.availability, *money, *verdict.what_would_change_it, verdict.use]
    columns: Columns = {
        "policy": ("policy", str),
        **_COSTS,
        "tuning_share": ("tuning days", lambda share: "" if share is None else points(share, 2)),
        "objective_words": ("objective", str),
        "less": ("at equal service", str),
        "interval": ("95 % interval", str),
        **_REGRET,
        "remark": ("", str),
    }
    rows = [{**row.to_dict(), **_saving_columns(row, comparison.reference)} for row in comparison.rows]
    explained = (
        f"{UNITS} tuning days: the share that the objective limits, there. at equal service: cost beside that of "
        f"{comparison.reference} at the same share unmet, with its 95 % interval in the same direction; hindsight rows "
        "know the evaluation days and have none."
    )
    verdict_text = _head(study.to_dict()) + "\n".join(filter(None, sentences))
    files = [f"{path} is written" for path in written]
    return "\n\n".join([verdict_text, table(rows, columns), "\n".join([explained, *files])])


def _saving_columns(row: Row, reference: str) -> dict[str, str]:
    saving = row.saving
    comparable = saving.saving is not None and row.policy != reference
    return {
        "objective_words": row.keeping.words if not row.hindsight else "met" if row.meets_slo else "missed",
        "less": less(saving.saving) if comparable and saving.saving is not None else "",
        "interval": interval_of(saving) if comparable else "",
        "remark": "; ".join(filter(None, [_remark(row, reference), row.note])),
    }


def data_words(request: ScalingRequest, recommendation: Recommendation) -> str:
    """Return when the last known bin ended, and how long ago."""
    ended = wall_text(recommendation.origin + recommendation.bin_seconds, request.series.time_zone)
    return f"until {ended}, {duration(recommendation.data_age_seconds)} ago"


def service_words(service: Mapping[str, Any], assumed: Collection[str] = ()) -> str:
    """Return a service in one line, with what is `assumed` of it."""
    capacity, start_up = f"{service['capacity_per_minute']:,.5g} requests a minute", f"{service['boot_seconds']:g} s"
    limits, price = f"{service['min_replicas']:,} to {service['max_replicas']:,}", f"{service['price_per_hour']:g}"
    capacity += " (assumed)" if "capacity_per_minute" in assumed else ""
    most = " (the most is assumed)" if "max_replicas" in assumed else ""
    return f"a replica serves {capacity} and starts in {start_up}; {limits} replicas{most} at {price} an hour each"


def parameter_words(parameters: Mapping[str, float]) -> str:
    """Return parameters as `quantile=0.95, gated=1`."""
    return ", ".join(f"{name}={value:.5g}" for name, value in parameters.items())


def _head(answer: Mapping[str, Any]) -> str:
    """Series, days, service and objective of a replay."""
    policy = f"{answer['policy']}, " if "policy" in answer else ""
    periods = {name: f"{answer[name]['start']} to {answer[name]['end']}" for name in ("judged", "tuned_on")}
    facts = [
        ("evaluated", periods["judged"]),
        ("tuned on", None if policy else periods["tuned_on"]),
        ("forecasts", f"{answer['model_type']}, {_set_words(answer['model_set'])}"),
        ("service", service_words(answer["service"])),
        ("objective", str(Objective.of(answer["slo"]))),
    ]
    return f"{answer['series']}: {policy}bins of {answer['timeframe']}\n\n{fields(facts)}\n\n"


def _set_words(model_set: str | None) -> str:
    return "not trained" if model_set is None else f"model set {model_set}"


def _steps_table(steps: Sequence[Mapping[str, Any]]) -> str:
    columns: Columns = {
        "ds": ("time", str),
        "demand": ("requests", decimals(1)),
        "needed": ("needed", count),
        "ready": ("ready", decimals(2)),
        "booting": ("starting", decimals(2)),
        "desired": ("desired", count),
        "unmet": ("unmet", decimals(1)),
        "action": ("action", str),
        "binding_term": ("decided by", str),
    }
    return table(steps, columns)


def _action(recommendation: Recommendation) -> str:
    return recommendation.action.replace("_", " ")


def _at_most(request: ScalingRequest, recommendation: Recommendation) -> str:
    share = request.slo.level if recommendation.share is None else recommendation.share
    return f"at most, with {100 * share:.4g} %"


def _five_digits(value: object) -> str:
    return f"{value:.5g}"


def _remark(row: Row, reference: str) -> str:
    if row.hindsight:
        return "hindsight"
    if row.policy == reference:
        return "the reference"
    if row.saving.saving is None:
        return NOT_COMPARABLE
    return "" if row.saving.interval is None or row.saving.clear else UNCLEAR
