"""The state of an error budget at one moment: what was allowed and used since its period began, and the price it set.

It follows from the counts, the service and the policy alone: the policy is replayed from the start of the period. What
really ran is not known here, so what is charged is what the replayed replicas would have left unmet.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from forecasting.file_cache import FileCache
from forecasting.hindcasts.step_forecasts import StepSource
from forecasting.memory import Memory
from forecasting.scaling.config.policy_names import PRICED
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.kernels.inputs import BinRun
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.run_sums import by_bin
from forecasting.scaling.policies.error_budget import AIM, FEWEST_DAYS, SHADOW_DAYS, levels_reached
from forecasting.scaling.policies.expected_worth import simple_share
from forecasting.scaling.policies.policy import ADAPTIVE, ConfiguredPolicy
from forecasting.scaling.policies.policy_registry import POLICIES, configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import trace_of
from forecasting.scaling.recommendation.recommended import ErrorBudget
from forecasting.scaling.worth.outlook import Outlook
from forecasting.scaling.worth.period import days_left, period_start
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE
from forecasting.version import installed_version

log = logging.getLogger(__name__)

LOOKS_BACK_SECONDS, LOOKS_BACK_BINS = 7_200, 8
"""Before a period: what guards, alarms and stabilization windows may look back on."""


MOST_STARTS, MAX_BYTES = 256, 2**22
FOLDER = "error-budgets"
"""Of the cache: where periods started."""


@dataclass(frozen=True)
class Start:
    """Where a period's policy started: the value of its knob (None: its default), and the simple forecast's share."""

    knob: float | None = None
    simple_share: float = 0.0


_starts: Memory[str, Start] = Memory(MOST_STARTS)


@dataclass(frozen=True, eq=False)
class Period:
    """Where a period stands: what the recommendation needs of it. `budget` is None if none moves the policy."""

    start: Start
    outlook: Outlook | None
    budget: ErrorBudget | None
    knob: float | None


def period_of(request: ScalingRequest, source: StepSource) -> Period:
    """Return the period that the last bin of a source's series is in, for the request's policy."""
    series, service = source.series, request.scaled_service
    first, end = period_start(source, len(series) - 1), len(series)
    start = start_of(request, source, first)
    outlook = _outlook(request, source, first, end)
    known = np.isfinite(series.requests_count[first:]).any()
    if end - first <= service.boot_steps(series.bin_seconds) or not known:
        return Period(start, outlook, None, start.knob)
    scenario = replace(_scenario(request, series, first, end, outlook), simple_share=start.simple_share)
    knob = POLICIES[request.policy].knob
    own = {} if start.knob is None else {knob: start.knob}
    made = configured(scenario, request.policy, **{**own, **request.parameters})
    if not made.parameters.get(ADAPTIVE):
        return Period(start, outlook, None, None)
    trace = scenario.trace
    run = simulate(made.known, made.world(trace), made.kernel)
    changes = run.desired - run.ready - run.booting
    bins = by_bin(trace.arriving, trace.needed_counts, run, changes, trace.world)
    budget = budget_of_run(scenario, made, bins, days_left(series, first, end - 1))
    return Period(start, outlook, budget, made.parameters[knob])


def _scenario(request: ScalingRequest, series: Series, first: int, end: int, outlook: Outlook | None) -> Scenario:
    """What a policy meets in the bins [first, end) of a series."""
    return Scenario(
        trace_of(series, request.scaled_service, first, end, finer=request.finer),
        request.slo,
        calendar=request.schedule,
        learned_until=first,
        scale_in_window_seconds=request.scale_in_window_seconds,
        outlook=outlook,
    )


def _outlook(request: ScalingRequest, source: StepSource, first: int, end: int) -> Outlook | None:
    """What the expected-worth rule knows of a period, and of what its guards and windows look back on."""
    if request.policy not in PRICED:
        return None
    back = LOOKS_BACK_SECONDS // source.series.bin_seconds + LOOKS_BACK_BINS
    begin = max(min(first, end - 1) - back, source.first_origin, 0)
    return Outlook(source, request.scaled_service, request.slo, begin, end)


def start_of(request: ScalingRequest, source: StepSource, first: int) -> Start:
    """Return where the policy of the period that begins at the bin `first` started.

    It is chosen by shadow runs on the days before, once for the same counts before it; cached on disk, so that a
    restart costs nothing, and chosen again, the same, if it is not there.
    """
    key = _key(request, source, first)
    start = _starts.get(key)
    if start is not None:
        return start
    files = _opened(request.settings.cache_path / FOLDER)
    data = files.read(key) if files is not None else None
    if data is not None and files is not None:
        try:
            return _starts.put(key, Start(**json.loads(data)))
        except (ValueError, TypeError) as error:  # half a file, or one of another version
            files.discard_damaged(key, error)
    start = _chosen(request, source, first)
    if files is not None:
        files.write(key, json.dumps(asdict(start)).encode())
    return _starts.put(key, start)


def _key(request: ScalingRequest, source: StepSource, first: int) -> str:
    series = source.series
    content = hashlib.blake2b(series.requests_count[:first].tobytes(), digest_size=20)
    own = request.policy, sorted(request.parameters.items()), request.schedule, request.scale_in_window_seconds
    finer = request.finer
    if finer is not None:
        content.update(finer.requests_count[: finer.position(series.start + first * series.bin_seconds)].tobytes())
    grid = series.start, series.bin_seconds, series.time_zone, first
    content.update(repr((installed_version(), source.key, grid, request.scaled_service, request.slo, own)).encode())
    return content.hexdigest()


def _chosen(request: ScalingRequest, source: StepSource, first: int) -> Start:
    series, service = source.series, request.scaled_service
    begin = max(first - SHADOW_DAYS * series.bins_per_day, source.first_origin, 0)
    known = np.isfinite(series.requests_count[begin:first]).sum()
    if known < FEWEST_DAYS * series.bins_per_day or first - begin <= service.boot_steps(series.bin_seconds) + 1:
        return Start()
    outlook = Outlook(source, service, request.slo, begin, first) if request.policy in PRICED else None
    shadow = _scenario(request, series, begin, first, outlook)
    scenario = replace(shadow, shadow=shadow)
    made = configured(scenario, request.policy, **request.parameters)
    share = simple_share(scenario) if outlook else 0.0
    knob = made.parameters[POLICIES[request.policy].knob] if made.parameters.get(ADAPTIVE) else None
    return Start(knob, share)


def _opened(folder: Path) -> FileCache | None:
    """Return the files of a folder; None if it cannot be used: only this process caches the starts then."""
    try:
        return FileCache(folder, MAX_BYTES, ".json")
    except OSError as error:
        log.warning("%s cannot be used (%s): only this process caches where error budgets started.", folder, error)
        return None


def budget_of_run(
    scenario: Scenario, made: ConfiguredPolicy, run: BinRun, later_days: float = 0.0
) -> ErrorBudget | None:
    """Return what a run has left of its error budget; None if no budget moves the policy.

    `later_days` are the days of the period that are still to come, with a budget of their own.
    """
    if not made.parameters.get(ADAPTIVE):
        return None
    trace, slo, budget = scenario.trace, scenario.slo, made.kernel.budget
    unit = 1.0 if slo.limits_requests else trace.bin_seconds / MINUTE
    used, total = run.unmet.sum(), np.nansum(trace.arriving)
    if not slo.limits_requests:
        used, total = run.under.sum(), np.isfinite(trace.demand).sum()
    level = levels_reached(run.debt, made.known.levels.day_budget, budget)
    a_day = made.known.levels.day_budget[-1] / AIM
    left = slo.share * total - used
    price = None
    if made.policy in PRICED and trace.usable > 0:
        price = float(made.values[level[-1]] * trace.price / trace.usable)
    return ErrorBudget(
        objective=slo.share,
        allowed=float(unit * slo.share * total),
        used=float(unit * used),
        left_days=float(left / a_day + later_days) if a_day > 0 else later_days,
        price_of_unmet=price,
        at_cap_share=float(np.mean(level >= budget.highest)),
        since=int(trace.series.start + trace.first * trace.bin_seconds),
        debt=float(run.debt[-1]),
    )
