"""The recommendation: how many replicas now, why, and what is planned for the bins to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from forecasting import prediction
from forecasting.errors import HistoryTooShort, InputError
from forecasting.forecasters.base import MAX_HORIZON, QUANTILES
from forecasting.forecasters.registry import DEFAULT_MODEL
from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.source import Source, source_of
from forecasting.hindcasts.window_forecasts import WindowForecasts, window_forecasts_at
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.calendar import CalendarEntry, floor_of
from forecasting.scaling.config.objective import MAX_UNMET_SHARE, Objective
from forecasting.scaling.config.scaled_service import MAX_REPLICAS, ScaledService
from forecasting.scaling.kernels.advice import advise
from forecasting.scaling.kernels.inputs import BINDINGS, BY_MIN, BY_TOLERANCE
from forecasting.scaling.policies.behavior import SCALE_IN_WINDOW_SECONDS, earlier_steps
from forecasting.scaling.policies.policy import TOLERANCE, ConfiguredPolicy
from forecasting.scaling.policies.registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.target_tracking import IN_SECONDS
from forecasting.scaling.policies.trace import Trace, usual_replicas
from forecasting.scaling.policies.trust_check import CHECKS_A_DAY, SURPRISE_BINS
from forecasting.scaling.recommendation.reasons import reason_of
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_DOWN, SCALE_UP, PlannedBin, Recommendation
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

DEFAULT_POLICY = policy_names.HYBRID
LEAST_PLAN = 12
MOST_OUTLOOKS = 8
"""Kept with a series."""

IN_SAMPLE = (
    "In-sample: model set {!r} was trained on these days, so its forecast of them looks better than it is and does not "
    "decide here."
)

_WINDOWS: Derived[WindowForecasts] = Derived(MOST_OUTLOOKS)


def recommend(
    series: Series,
    service: ScaledService,
    *,
    policy: str = DEFAULT_POLICY,
    model: str = DEFAULT_MODEL,
    model_set: str | None = None,
    slo: Objective | None = None,
    current_replicas: int | None = None,
    horizon: int | None = None,
    schedule: Sequence[CalendarEntry] = (),
    scale_in_window_seconds: int = SCALE_IN_WINDOW_SECONDS,
    parameters: dict[str, float] | None = None,
    settings: Settings | None = None,
) -> Recommendation:
    """Recommend replicas from the end of a series in its own timeframe.

    Raises InputError for a policy that knows the future, values out of range or a horizon shorter than the lead, and
    HistoryTooShort where no bin is known.
    """
    policy_names.checked_policy(policy, policy_names.DEPLOYABLE)
    settings = settings or Settings.from_environment()
    series = _up_to_last_known(series)
    fitted, seen = prediction.chosen(series, model, model_set, settings)
    source = source_of(series, fitted, seen, settings)
    lead = service.boot_steps(series.bin_seconds) + 1
    horizon = _checked_horizon(horizon, lead, service)
    warnings = [] if seen else [prediction.zero_shot(fitted)]
    in_sample = len(series) <= source.first_origin
    if in_sample:
        source = source_of(series, fitted, 0, settings)
        warnings.append(IN_SAMPLE.format(fitted.model_set))
    if current_replicas is None:
        current_replicas = usual_replicas(series, service, len(series) - 1)
        warnings.append(f"current_replicas was not given; {current_replicas} are assumed, as a 70 % target would run.")
    _check_current(current_replicas)
    scenario = _scenario(
        source, service, slo or Objective(), current_replicas, tuple(schedule), scale_in_window_seconds, in_sample
    )
    chosen = configured(scenario, policy, **(parameters or {}))
    proposed, desired, code = advise(chosen.known, scenario.trace.world, chosen.kernel)
    binding = BINDINGS[BY_MIN if code == BY_TOLERANCE and current_replicas == 0 else code]
    decided = Decided(current_replicas, int(proposed), int(desired), binding)
    return _answer(source, scenario, chosen, decided, horizon, warnings)


def _up_to_last_known(series: Series) -> Series:
    known = np.flatnonzero(np.isfinite(series.requests_count))
    if not len(known):
        raise HistoryTooShort("There is no known value to recommend from: every y is null.", field="data")
    return series if known[-1] == len(series) - 1 else series.slice(0, int(known[-1]) + 1)


def _checked_horizon(horizon: int | None, lead: int, service: ScaledService) -> int:
    if horizon is None:
        return min(max(LEAST_PLAN, lead), MAX_HORIZON)
    prediction.whole_number(horizon, "horizon", MAX_HORIZON)
    if horizon < lead:
        raise InputError(
            f"horizon is {horizon}, but a replica ordered now serves after {lead} bins (boot_seconds is "
            f"{service.boot_seconds:g}); write at least {lead}.",
            field="horizon",
        )
    return horizon


def _check_current(replicas: object) -> None:
    whole = isinstance(replicas, int | np.integer) and not isinstance(replicas, bool)
    if not whole or not 0 <= replicas <= MAX_REPLICAS:
        raise InputError(
            f"current_replicas is {replicas!r}; write a whole number from 0 to {MAX_REPLICAS:,}.",
            field="current_replicas",
        )


def _scenario(
    source: Source,
    service: ScaledService,
    slo: Objective,
    current: int,
    schedule: tuple[CalendarEntry, ...],
    window_seconds: int,
    in_sample: bool,
) -> Scenario:
    """The last steps that a policy looks back on, with what was forecast from them and, for the gate, the day before.

    `in_sample`: the model was trained on these steps.
    """
    series = source.series
    lead, step = service.boot_steps(series.bin_seconds) + 1, series.bin_seconds
    back = max(earlier_steps(window_seconds, step), earlier_steps(IN_SECONDS, step)) + 1
    recent = earlier_steps(window_seconds, step) + 1
    outlook = _outlook(source, lead, _wanted(source, lead, recent)).scaled(service.demand_multiplier)
    outlook = replace(outlook, in_sample=in_sample)
    first = max(len(series) - back, int(outlook.origins[0]))
    trace = Trace(series, service, first, len(series), max(1, current))
    return Scenario(
        trace,
        slo,
        outlook.since(first, len(series)),
        _pause(source, service, len(trace)),
        schedule,
        len(series),
        window_seconds,
        outlook.windows.losing(slo.share) if slo.kind == MAX_UNMET_SHARE else None,
        looked_back=outlook,
    )


def _pause(source: Source, service: ScaledService, steps: int) -> LeadWindows | None:
    """The break-even window after the last of so many steps, where it is longer than the lead's."""
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
    """Which of the origins of the last day are forecast: what the gate checks, and those of the last steps."""
    series = source.series
    first = max(0, source.first_origin, len(series) - series.bins_per_day - lead - recent)
    origins = np.arange(first, len(series))
    stride = max(lead, series.bins_per_day // CHECKS_A_DAY)
    wanted = origins % stride == 0
    wanted[-(recent + SURPRISE_BINS) :] = True
    return wanted


class Decided(NamedTuple):
    """Replicas that run, those the policy asked for, those to run, and what decided in the end."""

    current: int
    proposed: int
    desired: int
    binding: str


def _answer(
    source: Source, scenario: Scenario, chosen: ConfiguredPolicy, decided: Decided, horizon: int, warnings: list[str]
) -> Recommendation:
    service = scenario.trace.service
    current, proposed, desired, binding = decided
    share = chosen.parameters.get("quantile") if chosen.policy in policy_names.FORECAST_DRIVEN else None
    gate = scenario.trust_check(share) if share is not None else None
    action = SCALE_UP if desired > current else SCALE_DOWN if desired < current else HOLD
    plan = _plan(source, scenario, decided, scenario.slo.level if share is None else share, horizon)
    top = max(scenario.lead, 1)
    expected = max(bin.demand_yhat for bin in plan[:top])
    quantile = float(scenario.forecasts.windows.quantile(share)[-1]) if share is not None else None
    ignored = 0 < current != desired and 1 - TOLERANCE.down <= desired / current <= 1 + TOLERANCE.up
    shortfall = proposed > service.max_replicas
    if shortfall:
        warnings.append(f"{proposed} replicas are asked for, but max_replicas is {service.max_replicas}.")
    recommendation = Recommendation(
        policy=chosen.policy,
        model=source.fitted.forecaster.name,
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
    )
    return reason_of(recommendation, scenario)


def _plan(source: Source, scenario: Scenario, decided: Decided, share: float, horizon: int) -> list[PlannedBin]:
    """What each coming bin is expected to bring, and the replicas that will serve it if the plan is followed.

    Until a replica ordered now serves, no more than the present ones can; later each bin has what its own quantile
    needs, within limits and above the schedule's floor.
    """
    series, trace = source.series, scenario.trace
    steps, last = np.arange(1, horizon + 1), np.array([len(series) - 1])
    factor = trace.service.demand_multiplier
    means = source.fitted.forecaster.means(series, last, steps)
    quantiles = source.fitted.quantiles(series, last, means, steps)
    levels = np.array(QUANTILES)
    demand = factor * np.array([np.interp(share, levels, row) for row in quantiles[0]])
    needed = trace.service.replicas_needed(demand, series.bin_seconds)
    floors = floor_of(scenario.calendar, series, len(series), len(series) + horizon, 1)
    replicas = [trace.service.within_limits(max(n, floor)) for n, floor in zip(needed, floors, strict=True)]
    early = min(decided.desired, decided.current)
    replicas[: scenario.lead] = [early] * (scenario.lead - 1) + [decided.desired]
    seconds = series.end - series.bin_seconds + steps * series.bin_seconds
    rows = zip(wall_texts(seconds, series.time_zone), seconds, replicas, factor * means[0], demand, strict=True)
    return [PlannedBin(ds, int(s), int(n), float(mean), float(high)) for ds, s, n, mean, high in rows]
