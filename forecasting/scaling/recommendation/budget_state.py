"""The state of an error budget at one moment: what was allowed and used since its period began, and the price it set.

It follows from the counts, the service and the policy alone: the policy is replayed from the start of the period. What
really ran is not known here, so what is charged is what the replayed replicas would have left unmet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.hindcasts.step_forecasts import StepSource
from forecasting.scaling.config.policy_names import PRICED
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.kernels.budget import level_at
from forecasting.scaling.policies.error_budget import AIM, FEWEST_DAYS, SHADOW_DAYS
from forecasting.scaling.policies.expected_worth import simple_share
from forecasting.scaling.policies.policy import ADAPTIVE, ConfiguredPolicy, Parameters
from forecasting.scaling.policies.policy_registry import POLICIES, configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import trace_of
from forecasting.scaling.recommendation.recommended import ErrorBudget
from forecasting.scaling.simulation.engine import run as run_of
from forecasting.scaling.worth.outlook import Outlook
from forecasting.scaling.worth.period import days_left, period_start
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE


@dataclass(frozen=True, eq=False)
class Period:
    """Where a budget's period stands: what the recommendation needs of it."""

    budget: ErrorBudget
    knob: float
    simple_share: float


def outlook_of(request: ScalingRequest, source: StepSource) -> Outlook:
    """Return what the expected-worth rule knows of the period of the last bin, and of the days before it."""
    series = source.series
    start = period_start(source, len(series) - 1)
    first = max(start - SHADOW_DAYS * series.bins_per_day, source.first_origin, 0)
    return Outlook(source, request.scaled_service, request.slo, min(first, len(series) - 1), len(series))


def period_of(request: ScalingRequest, outlook: Outlook, parameters: Parameters) -> Period | None:
    """Return the period of the last bin for the request's policy; None if no budget moves it, or it has just begun."""
    series, service = outlook.source.series, outlook.service
    start, end = period_start(outlook.source, len(series) - 1), len(series)
    if end - start <= service.boot_steps(series.bin_seconds) or not np.isfinite(series.requests_count[start:]).any():
        return None
    trace = trace_of(series, service, start, end, finer=request.finer)
    own = outlook if request.policy in PRICED else None
    scenario = Scenario(
        trace,
        request.slo,
        None,
        None,
        request.schedule,
        start,
        request.scale_in_window_seconds,
        outlook=own,
        shadow=shadow_before(request, outlook, series, start),
    )
    made = configured(scenario, request.policy, **parameters)
    if not made.parameters.get(ADAPTIVE):
        return None
    share = simple_share(scenario) if own else 0.0
    return Period(_budget(scenario, made), made.parameters[POLICIES[request.policy].knob], share)


def shadow_before(request: ScalingRequest, outlook: Outlook, series: Series, start: int) -> Scenario | None:
    """Return the days before the period, on which the policy chooses where to start; None if there are too few."""
    known = np.isfinite(series.requests_count[outlook.first : start]).sum()
    if known < FEWEST_DAYS * series.bins_per_day or start - outlook.first <= outlook.lead:
        return None
    trace = trace_of(series, outlook.service, outlook.first, start, finer=request.finer)
    own = outlook if request.policy in PRICED else None
    window = request.scale_in_window_seconds
    return Scenario(trace, request.slo, None, None, request.schedule, outlook.first, window, outlook=own)


def _budget(scenario: Scenario, made: ConfiguredPolicy) -> ErrorBudget:
    trace, slo = scenario.trace, scenario.slo
    budget, levels = made.kernel.budget, made.known.levels
    outcome = run_of(scenario, made)
    run, totals = outcome.run, outcome.totals
    requests, bins = (totals.unmet_requests, totals.requests), (run.under.sum(), len(trace))
    used, total = requests if slo.limits_requests else bins
    level = np.array([level_at(debt, day, budget) for debt, day in zip(run.debt, levels.day_budget, strict=True)])
    a_day = levels.day_budget[-1] / AIM
    left = slo.share * total - used
    unit = 1.0 if slo.limits_requests else trace.bin_seconds / MINUTE
    later = days_left(trace.series, trace.first, trace.end - 1)
    price = None
    if made.policy in PRICED and trace.usable > 0:
        price = float(made.values[level[-1]] * trace.price / trace.usable)
    return ErrorBudget(
        objective=slo.share,
        allowed=float(unit * slo.share * total),
        used=float(unit * used),
        left_days=float(left / a_day + later) if a_day > 0 else later,
        price_of_unmet=price,
        at_cap_share=float(np.mean(level >= budget.highest)),
        since=int(trace.series.start + trace.first * trace.bin_seconds),
        debt=float(run.debt[-1]),
    )
