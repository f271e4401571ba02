"""The recommendation: how many replicas to run now, why, and the plan for the next bins."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from forecasting import prediction
from forecasting.errors import HistoryTooShort, InputError
from forecasting.forecasters.base import MAX_HORIZON, QUANTILES
from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.simple_source import SimpleSource
from forecasting.hindcasts.source import Source, source_of
from forecasting.hindcasts.step_forecasts import StepSource
from forecasting.hindcasts.window_forecasts import WindowForecasts, window_forecasts_at
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.calendar import floor_of
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.advice import advise
from forecasting.scaling.kernels.inputs import BINDINGS, BY_MIN, BY_TOLERANCE
from forecasting.scaling.policies.behavior import earlier_steps
from forecasting.scaling.policies.policy import ADAPTIVE, TOLERANCE, ConfiguredPolicy, stated_quantile
from forecasting.scaling.policies.policy_registry import POLICIES, configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.target_tracking import IN_SECONDS
from forecasting.scaling.policies.trace import Trace, usual_replicas
from forecasting.scaling.policies.trust_check import CHECKS_A_DAY, SURPRISE_BINS
from forecasting.scaling.recommendation.budget_state import ErrorBudget, outlook_of, period_of, shadow_before
from forecasting.scaling.recommendation.reasons import reason_of
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_DOWN, SCALE_UP, PlannedBin, Recommendation
from forecasting.scaling.worth.outlook import Outlook
from forecasting.scaling.worth.period import period_start
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

LEAST_PLAN = 12
MOST_OUTLOOKS = 8
"""Cached with a series."""

IN_SAMPLE = (
    "In-sample: model set {!r} was trained on these days. Its forecast of them looks better than it is and does not "
    "decide here."
)

_WINDOWS: Derived[WindowForecasts] = Derived(MOST_OUTLOOKS)
_OUTLOOKS: Derived[Outlook] = Derived(MOST_OUTLOOKS)


def recommend(request: ScalingRequest) -> Recommendation:
    """Recommend replicas from the end of the request's series, or from its `end`.

    Raises InputError for a policy that knows the future or a horizon shorter than the lead time, and HistoryTooShort
    if no bin is known.
    """
    policy_names.checked_policy(request.policy, policy_names.DEPLOYABLE)
    binned = request.binned if request.end is None else request.binned.between(None, request.end)
    series, service, settings = _up_to_last_known(binned), request.scaled_service, request.settings
    fitted, trained_bins = prediction.chosen(series, request.model_type, request.model_set, settings)
    source = source_of(series, fitted, trained_bins, settings)
    lead = service.boot_steps(series.bin_seconds) + 1
    horizon = _checked_horizon(request.horizon, lead, service)
    warnings = [*([] if trained_bins else prediction.zero_shot(fitted)), *fitted.warnings(series, len(series) - 1)]
    in_sample = len(series) <= source.first_origin
    if in_sample:
        source = source_of(series, fitted, 0, settings)
        warnings.append(IN_SAMPLE.format(fitted.model_set))
    current = request.current_replicas
    if current is None:
        current = usual_replicas(series, service, len(series) - 1)
        warnings.append(f"The number of running replicas is not given; {current} are assumed, as for an HPA at 70 %.")
    scenario = _scenario(request, source, current, in_sample=in_sample)
    chosen, budget = _configured(request, scenario, SimpleSource(series) if in_sample else source)
    proposed, desired, code = advise(chosen.known, scenario.trace.world, chosen.kernel)
    binding = BINDINGS[BY_MIN if code == BY_TOLERANCE and current == 0 else code]
    decided = Decided(current, int(proposed), int(desired), binding)
    recommendation = _recommendation(source, scenario, chosen, decided, horizon, warnings, budget)
    return replace(recommendation, warnings=[*recommendation.warnings, *request.assumptions])


def _configured(
    request: ScalingRequest, scenario: Scenario, source: StepSource
) -> tuple[ConfiguredPolicy, ErrorBudget | None]:
    """Return the policy at the level that its error budget has reached, and that budget; None if it has none."""
    parameters = dict(request.parameters)
    priced = request.policy in policy_names.PRICED
    if not priced and not parameters.get(ADAPTIVE):
        return configured(scenario, request.policy, **parameters), None
    outlook = _OUTLOOKS.of(scenario.trace.series, lambda: outlook_of(request, source), *_identity(request, source))
    period = period_of(request, outlook, parameters)
    own = outlook if priced else None
    if period is None:
        start = period_start(source, len(source.series) - 1)
        shadow = shadow_before(request, outlook, source.series, start)
        scenario = replace(scenario, outlook=own, shadow=shadow)
        return configured(scenario, request.policy, **parameters), None
    knob = POLICIES[request.policy].knob
    scenario = replace(scenario, outlook=own, debt=period.budget.debt, simple_share=period.simple_share)
    return configured(scenario, request.policy, **{knob: period.knob, **parameters}), period.budget


def _identity(request: ScalingRequest, source: StepSource) -> tuple[object, ...]:
    return str(request.scaled_service), str(request.slo), source.key


def _up_to_last_known(series: Series) -> Series:
    known = np.flatnonzero(np.isfinite(series.requests_count))
    if not len(known):
        raise HistoryTooShort("There is no known value to recommend from: every y is null.", field="data")
    return series if known[-1] == len(series) - 1 else series.slice(0, int(known[-1]) + 1)


def _checked_horizon(horizon: int | None, lead: int, service: ScaledService) -> int:
    if horizon is None:
        return min(max(LEAST_PLAN, lead), MAX_HORIZON)
    if horizon < lead:
        raise InputError(
            f"horizon must be at least {lead} (got {horizon}): a replica ordered now is ready after {lead} bins "
            f"(boot_seconds is {service.boot_seconds:g}).",
            field="horizon",
        )
    return horizon


def _scenario(request: ScalingRequest, source: Source, current: int, *, in_sample: bool) -> Scenario:
    """The last steps that a policy looks back on, their forecasts and, for the trust check, those of the day before.

    `in_sample`: the model was trained on these steps.
    """
    series, service, slo = source.series, request.scaled_service, request.slo
    window_seconds = request.scale_in_window_seconds
    lead, step = service.boot_steps(series.bin_seconds) + 1, series.bin_seconds
    # The window of the last step of 15 s reaches into one more bin, at whose start the recommendation of the bin
    # before it was in force.
    recent = earlier_steps(window_seconds, step) + 2
    back = max(recent, earlier_steps(IN_SECONDS, step) + 1)
    outlook = _outlook(source, lead, _wanted(source, lead, recent)).scaled(service.demand_multiplier)
    outlook = replace(outlook, in_sample=in_sample)
    first = max(len(series) - back, int(outlook.origins[0]), 0 if in_sample else source.first_origin)
    trace = Trace(series, service, first, len(series), max(1, current), request.finer)
    return Scenario(
        trace,
        slo,
        outlook.since(first, len(series)),
        _pause(source, service, len(trace)),
        request.schedule,
        len(series),
        window_seconds,
        slo.usual_quantile(outlook.windows),
        looked_back=outlook,
    )


def _pause(source: Source, service: ScaledService, steps: int) -> LeadWindows | None:
    """The break-even window after the last of these steps, if it is longer than the lead time."""
    length = service.break_even_steps(source.series.bin_seconds, MAX_HORIZON)
    if length <= service.boot_steps(source.series.bin_seconds) + 1:
        return None
    wanted = np.arange(steps) == steps - 1
    return _outlook(source, length, wanted).scaled(service.demand_multiplier).windows


def _outlook(source: Source, length: int, wanted: np.ndarray) -> WindowForecasts:
    """The forecasts from the wanted ones of the last origins, cached with the series."""
    series = source.series

    def compute() -> WindowForecasts:
        return window_forecasts_at(source, len(series) - 1, length, wanted)

    return _WINDOWS.of(series, compute, source.fitted, source.seen, length, wanted.tobytes())


def _wanted(source: Source, lead: int, recent: int) -> np.ndarray:
    """Which of the origins of the last day are forecast: those of the trust check, and those of the last steps."""
    series = source.series
    first = max(0, source.first_origin, len(series) - series.bins_per_day - lead - recent)
    origins = np.arange(first, len(series))
    stride = max(lead, series.bins_per_day // CHECKS_A_DAY)
    wanted = origins % stride == 0
    wanted[-(recent + SURPRISE_BINS) :] = True
    return wanted


class Decided(NamedTuple):
    """Replicas that run, those that the policy proposed, those to run, and what decided in the end."""

    current: int
    proposed: int
    desired: int
    binding: str


def _recommendation(
    source: Source,
    scenario: Scenario,
    chosen: ConfiguredPolicy,
    decided: Decided,
    horizon: int,
    warnings: list[str],
    budget: ErrorBudget | None,
) -> Recommendation:
    service = scenario.trace.service
    current, proposed, desired, binding = decided
    share = stated_quantile(scenario, chosen) if chosen.policy in policy_names.FORECAST_DRIVEN else None
    gate = scenario.trust_check(share) if share is not None else None
    action = SCALE_UP if desired > current else SCALE_DOWN if desired < current else HOLD
    plan = _plan(source, scenario, decided, scenario.slo.level if share is None else share, horizon)
    top = max(scenario.lead, 1)
    expected = max(bin.demand_yhat for bin in plan[:top])
    outlook = scenario.forecasts
    quantile = float(outlook.windows.quantile(share)[-1]) if outlook is not None and share is not None else None
    ignored = 0 < current != desired and 1 - TOLERANCE.down <= desired / current <= 1 + TOLERANCE.up
    shortfall = proposed > service.max_replicas
    if shortfall:
        warnings.append(f"The policy proposes {proposed} replicas, but max_replicas is {service.max_replicas}.")
    recommendation = Recommendation(
        policy=chosen.policy,
        model=source.fitted.name,
        model_set=source.fitted.model_set,
        origin=source.series.end - source.series.bin_seconds,
        bin_seconds=source.series.bin_seconds,
        current_replicas=current,
        replicas=desired,
        proposed=proposed,
        action=action,
        binding_term=binding,
        reason="",
        gate_open=bool(gate.trusted[-1]) if gate else False,
        gate_reasons=gate.reasons() if gate else [f"policy {chosen.policy} does not forecast"],
        hpa_would_ignore=bool(ignored),
        capacity_shortfall=shortfall,
        lead_seconds=scenario.lead * source.series.bin_seconds,
        demand=expected,
        share=share,
        quantile=quantile,
        plan=plan,
        warnings=warnings,
        has_quantile="quantile" in chosen.parameters,
        error_budget=budget,
    )
    return reason_of(recommendation, scenario)


def _plan(source: Source, scenario: Scenario, decided: Decided, share: float, horizon: int) -> list[PlannedBin]:
    """The demand expected in each of the next bins, and the replicas that serve it if the plan is followed.

    Until a replica ordered now is ready, only the present ones can serve. Later each bin has what its own quantile
    needs, within the limits and at least what the calendar asks for.
    """
    series, trace = source.series, scenario.trace
    steps, last = np.arange(1, horizon + 1), np.array([len(series) - 1])
    factor = trace.service.demand_multiplier
    made = source.fitted.forecasts(series, last, steps)
    levels = np.array(QUANTILES)
    demand = factor * np.array([np.interp(share, levels, row) for row in made.quantiles[0]])
    needed = trace.service.replicas_needed(demand, series.bin_seconds)
    floors = floor_of(scenario.calendar, series, len(series), len(series) + horizon, 1)
    replicas = [trace.service.within_limits(max(n, floor)) for n, floor in zip(needed, floors, strict=True)]
    early = min(decided.desired, decided.current)
    replicas[: scenario.lead] = [early] * (scenario.lead - 1) + [decided.desired]
    seconds = series.end - series.bin_seconds + steps * series.bin_seconds
    rows = zip(wall_texts(seconds, series.time_zone), seconds, replicas, factor * made.means[0], demand, strict=True)
    return [PlannedBin(ds, int(s), int(n), float(mean), float(high)) for ds, s, n, mean, high in rows]
