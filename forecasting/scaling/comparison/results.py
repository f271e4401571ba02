"""Studies: the answers to questions in the one form that pages, calls, commands and exports share."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from forecasting.errors import TooLarge
from forecasting.progress import Progress, silent, within
from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.sensitivity import Variation, sensitivity
from forecasting.scaling.comparison.verdict import Verdict, verdict_of
from forecasting.scaling.config.prices import Price, currency_at, rows_at
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.scaling.simulation.replay import Replay, Span
from forecasting.scaling.simulation.simulate import Simulation, simulate, simulate_sweep
from forecasting.scaling.simulation.sweep import KNOB_VALUES
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import CURRENCY

QUICK = {"knob_values": 8, "vary": False}
"""Options of a study that answers in a few seconds: coarser tuning, no sensitivity."""

_COMPARING = 0.6
"""The comparison's share of a study's time; the sensitivity takes the rest."""


@dataclass(frozen=True, eq=False)
class Study:
    """A comparison with its sensitivity and its verdict; `prices` are the rows of the list that have its price."""

    comparison: Comparison
    variations: list[Variation]
    verdict: Verdict
    prices: tuple[Price, ...] = ()
    currency: str = CURRENCY

    def to_dict(self, *, frontier: bool = False) -> dict[str, object]:
        """Everything for JSON; the settings behind the frontier only on request."""
        comparison, replay = self.comparison, self.comparison.replay
        answer = {
            "message": self.verdict.headline,
            **context_of(replay),
            "policies": [row.to_dict() for row in comparison.rows],
            "reference": comparison.reference,
            "lost_request_price": comparison.optimum.lost_request_price,
            "verdict": {**asdict(self.verdict), "text": self.verdict.text},
            "sensitivity": [variation.to_dict() for variation in self.variations],
            "warnings": list(comparison.warnings),
        }
        return {**answer, "frontier": comparison.frontier()} if frontier else answer

    def frame(self) -> pd.DataFrame:
        """The table of policies, a row each, for CSV."""
        rows = [row.to_dict() for row in self.comparison.rows]
        words = [", ".join(f"{name}={value:.6g}" for name, value in row["parameters"].items()) for row in rows]
        return pd.DataFrame(rows).assign(parameters=words)


def study(
    question: ScalingRequest,
    *,
    knob_values: int = KNOB_VALUES,
    vary: bool = True,
    progress: Progress | None = None,
) -> Study:
    """Compare every policy on the question's days; `vary` also asks what would change the verdict (about as long)."""
    part = _COMPARING if vary else 1.0
    first, second = (within(progress or silent, *ends) for ends in ((0.0, part), (part, 1.0)))
    comparison = compare(question.replay(), knob_values=knob_values, progress=first)
    variations = sensitivity(comparison, second) if vary else []
    price_per_hour, settings = question.scaled_service.price_per_hour, question.settings
    prices, currency = rows_at(price_per_hour, settings), currency_at(price_per_hour, settings)
    return Study(comparison, variations, verdict_of(comparison, variations), prices, currency)


def simulation_answer(question: ScalingRequest, *, steps: bool = True) -> dict[str, object]:
    """One policy on the question's days: totals, and its steps where wanted.

    Raises TooLarge where there are more steps than the settings' `max_points`.
    """
    replay = question.replay()
    found: Simulation = simulate(replay, question.policy, question.parameters)
    context = context_of(replay)
    answer = {
        "message": f"{found.policy} simulated from {context['judged']['start']} to {context['judged']['end']}.",
        **context,
        "policy": found.policy,
        "parameters": found.parameters,
        "lost_request_price": found.optimum.lost_request_price,
        "totals": asdict(found.totals),
        "warnings": list(found.warnings),
    }
    return {**answer, "steps": _steps(found, question.settings.max_points)} if steps else answer


def _steps(found: Simulation, most: int) -> list[dict[str, object]]:
    if len(found.trace) > most:
        raise TooLarge(
            f"These are {len(found.trace)} steps; one answer has at most {most} (DATAFLOW_MAX_POINTS sets it). Give "
            "start and end, or ask without steps.",
            field="steps",
        )
    return list(found.steps())


def sweep_answer(question: ScalingRequest, count: int, progress: Progress | None = None) -> dict[str, object]:
    """`count` settings of the policy's knob on the question's days: `runs` of parameters and totals."""
    replay = question.replay()
    runs = simulate_sweep(replay, question.policy, count, question.parameters, progress)
    fewer = [FEWER.format(count, question.policy, len(runs))] if len(runs) < count else []
    return {
        "message": f"{len(runs)} settings of {question.policy} simulated.",
        **context_of(replay),
        "policy": question.policy,
        "runs": runs,
        "warnings": [*replay.warnings, *fewer],
    }


FEWER = "{} settings were asked for; the knob of {} has only {} on this data."


def recommendation_answer(found: Recommendation) -> dict[str, object]:
    """A recommendation in the names of the REST call."""
    return {
        "message": f"{found.action}: {found.replicas} replica{'' if found.replicas == 1 else 's'}.",
        "policy": found.policy,
        "model_type": found.model,
        "model_set": found.model_set,
        "action": found.action,
        "replicas": found.replicas,
        "current_replicas": found.current_replicas,
        "proposed": found.proposed,
        "plan": [bin.to_dict() for bin in found.plan],
        "reason": found.reason,
        "binding_term": found.binding_term,
        "gate": {"open": found.gate_open, "reasons": found.gate_reasons},
        "hpa_would_ignore": found.hpa_would_ignore,
        "capacity_shortfall": found.capacity_shortfall,
        "lead_seconds": found.lead_seconds,
        "warnings": found.warnings,
    }


def context_of(replay: Replay) -> dict[str, object]:
    """What a replay was made of: series, model, service, objective, and the days for judging and tuning."""
    return {
        "series": replay.series.name,
        "timeframe": replay.series.timeframe,
        "model_type": replay.source.fitted.forecaster.name,
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
