"""Results of scaling requests, in the one form that pages, calls, commands and exports share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TypedDict

import pandas as pd

from forecasting.errors import TooLarge
from forecasting.progress import Progress, silent, within
from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.sensitivity import Variation, sensitivity
from forecasting.scaling.comparison.verdict import Verdict, verdict_of
from forecasting.scaling.config.prices import Price, currency_at, rows_at
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.scaling.simulation.replay import Replay, Span, replay_of
from forecasting.scaling.simulation.simulate import Simulation, simulate, simulate_sweep
from forecasting.scaling.simulation.sweep import KNOB_VALUES
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import CURRENCY


class CompareOptions(TypedDict, total=False):
    """How thorough a comparison is."""

    knob_values: int
    vary: bool


QUICK: CompareOptions = {"knob_values": 8, "vary": False}
"""Options of a comparison that takes a few seconds: coarser tuning, no sensitivity."""

_COMPARING = 0.6
"""The comparison's share of the time; the sensitivity takes the rest."""


@dataclass(frozen=True, eq=False)
class CompareResult:
    """A comparison with its sensitivity and its verdict; `prices` are the rows of the list that have its price."""

    comparison: Comparison
    variations: list[Variation]
    verdict: Verdict
    prices: tuple[Price, ...] = ()
    currency: str = CURRENCY

    def to_dict(self, *, frontier: bool = False) -> dict[str, Any]:
        """Return everything for JSON; the settings behind the frontier only on request."""
        comparison, replay = self.comparison, self.comparison.replay
        result = {
            "message": self.verdict.headline,
            **context_of(replay),
            "policies": [row.to_dict() for row in comparison.rows],
            "reference": comparison.reference,
            "lost_request_price": comparison.optimum.lost_request_price,
            "verdict": {**asdict(self.verdict), "text": self.verdict.text},
            "sensitivity": [variation.to_dict() for variation in self.variations],
            "warnings": list(comparison.warnings),
        }
        return {**result, "frontier": comparison.frontier()} if frontier else result

    def frame(self) -> pd.DataFrame:
        """Return the table of policies, a row each, for CSV."""
        rows = [row.to_dict() for row in self.comparison.rows]
        texts = [", ".join(f"{name}={value:.6g}" for name, value in row["parameters"].items()) for row in rows]
        return pd.DataFrame(rows).assign(parameters=texts)


def compare_result(
    request: ScalingRequest,
    *,
    knob_values: int = KNOB_VALUES,
    vary: bool = True,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare every policy on the evaluation days; `vary` also computes what would change the verdict."""
    part = _COMPARING if vary else 1.0
    first, second = (within(progress or silent, *ends) for ends in ((0.0, part), (part, 1.0)))
    comparison = compare(replay_of(request), knob_values=knob_values, progress=first)
    variations = sensitivity(comparison, second) if vary else []
    price_per_hour, settings = request.scaled_service.price_per_hour, request.settings
    prices, currency = rows_at(price_per_hour, settings), currency_at(price_per_hour, settings)
    return CompareResult(comparison, variations, verdict_of(comparison, variations), prices, currency)


def simulation_result(request: ScalingRequest, *, steps: bool = True) -> dict[str, Any]:
    """Return one policy on the evaluation days: totals, and its steps if wanted.

    Raises TooLarge if there are more steps than the settings' `max_points`.
    """
    replay = replay_of(request)
    simulation: Simulation = simulate(replay, request.policy, dict(request.parameters))
    context = context_of(replay)
    result = {
        "message": f"{simulation.policy} simulated from {context['judged']['start']} to {context['judged']['end']}.",
        **context,
        "policy": simulation.policy,
        "parameters": simulation.parameters,
        "lost_request_price": simulation.optimum.lost_request_price,
        "totals": asdict(simulation.totals),
        "warnings": list(simulation.warnings),
    }
    return {**result, "steps": _steps(simulation, request.settings.max_points)} if steps else result


def _steps(simulation: Simulation, most: int) -> list[dict[str, object]]:
    if len(simulation.trace) > most:
        raise TooLarge(
            f"steps must be at most {most} in one result, see DATAFLOW_MAX_POINTS (got {len(simulation.trace)}). "
            "Give start and end, or leave the steps out.",
            field="steps",
        )
    return list(simulation.steps())


def sweep_result(request: ScalingRequest, count: int, progress: Progress | None = None) -> dict[str, Any]:
    """Return `count` settings of the policy's knob on the evaluation days: `runs` of parameters and totals."""
    replay = replay_of(request)
    runs = simulate_sweep(replay, request.policy, count, dict(request.parameters), progress)
    fewer = [FEWER.format(count, request.policy, len(runs))] if len(runs) < count else []
    return {
        "message": f"{len(runs)} settings of {request.policy} simulated.",
        **context_of(replay),
        "policy": request.policy,
        "runs": runs,
        "warnings": [*replay.warnings, *fewer],
    }


FEWER = "{} settings were requested, but the knob of {} has only {} on this data."


def recommendation_result(recommendation: Recommendation) -> dict[str, Any]:
    """Return a recommendation in the names of the REST call."""
    count = recommendation.replicas
    return {
        "message": f"{recommendation.action}: {count} replica{'' if count == 1 else 's'}.",
        "policy": recommendation.policy,
        "model_type": recommendation.model,
        "model_set": recommendation.model_set,
        "action": recommendation.action,
        "replicas": count,
        "current_replicas": recommendation.current_replicas,
        "proposed": recommendation.proposed,
        "plan": [bin.to_dict() for bin in recommendation.plan],
        "reason": recommendation.reason,
        "binding_term": recommendation.binding_term,
        "gate": {"open": recommendation.gate_open, "reasons": recommendation.gate_reasons},
        "hpa_would_ignore": recommendation.hpa_would_ignore,
        "capacity_shortfall": recommendation.capacity_shortfall,
        "lead_seconds": recommendation.lead_seconds,
        "error_budget": recommendation.error_budget.to_dict() if recommendation.error_budget else None,
        "warnings": recommendation.warnings,
    }


def context_of(replay: Replay) -> dict[str, Any]:
    """Return what a replay was made of: series, model, service, objective, evaluation and tuning days."""
    return {
        "series": replay.series.name,
        "timeframe": replay.series.timeframe,
        "model_type": replay.source.fitted.name,
        "model_set": replay.source.fitted.model_set,
        "service": replay.service.to_dict(),
        "slo": replay.slo.to_dict(),
        "scale_in_window_seconds": replay.scale_in_window_seconds,
        "judged": _period(replay, replay.test_span),
        "tuned_on": _period(replay, replay.tuning_span),
        "start_replicas": replay.test.trace.current_replicas,
    }


def _period(replay: Replay, span: Span) -> dict[str, str]:
    series = replay.series
    edges = (series.start + bin * series.bin_seconds for bin in (span.first, span.end))
    return dict(zip(("start", "end"), (wall_text(edge, series.time_zone) for edge in edges), strict=True))
