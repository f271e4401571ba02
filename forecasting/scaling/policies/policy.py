"""Candidates: one policy with its parameters, made ready for the simulator.

Each rule has one knob, which trades money for service, and a few further parameters. What a rule proposes without
looking at the number of replicas is computed for the whole trace at once and followed by the simulator as a plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from forecasting.errors import InputError
from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.window_forecasts import WindowForecasts, actuals_of
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.calendar import CalendarEntry, floor_of, learned_demand
from forecasting.scaling.config.objective import MAX_UNMET_SHARE, Objective
from forecasting.scaling.kernels.inputs import (
    FORECAST_DRIVEN,
    PLANNED,
    REACTIVE,
    TARGET_TRACKING,
    THRESHOLD,
    Hpa,
    Known,
    Policy,
    Thresholds,
    Tolerance,
    Tracking,
)
from forecasting.scaling.kernels.proposals import recent_max, smoothed
from forecasting.scaling.policies.behavior import MAX_WINDOW_SECONDS, SCALE_IN_WINDOW_SECONDS, behavior_of
from forecasting.scaling.policies.target_utilisation import GUARD_PERCENT, REACTIVE_PERCENT
from forecasting.scaling.policies.trace import Trace
from forecasting.scaling.policies.trust_check import TrustCheck, trust_check_of

TOLERANCE = Tolerance(0.1, 0.1)
WINDOW = "scale_in_window_seconds"
COOLDOWN_SECONDS = 300
OUT_PERCENT, IN_PERCENT = 25, 10
"""What thresholds add above the upper and remove below the lower one, in percent of the replicas; at least one."""

SCALE_IN_RATIO, IN_SECONDS, OUT_SECONDS = 0.9, 900, 180
"""AWS target tracking's alarms: above the target for 3 minutes, below 90 % of it for 15 (not in its contract)."""


@dataclass(frozen=True, eq=False)
class Situation:
    """A trace and what policies may know of it.

    `outlook` has the origins of the trace (None: no forecast wanted), `looked_back` those before them too, where a
    short trace's gate looks back further; `pause` is the outlook of the break-even window where it is longer than the
    lead's. A learned schedule looks at the bins before `learned_until`. `usual_quantile` is where
    a forecast-driven policy begins (None: at the objective's level).
    """

    trace: Trace
    slo: Objective = field(default_factory=Objective)
    outlook: WindowForecasts | None = None
    pause: LeadWindows | None = None
    schedule: tuple[CalendarEntry, ...] = ()
    learned_until: int = 0
    scale_in_window_seconds: int = SCALE_IN_WINDOW_SECONDS
    usual_quantile: float | None = None
    looked_back: WindowForecasts | None = None
    gates: dict[float, TrustCheck] = field(default_factory=dict, repr=False)

    @property
    def lead(self) -> int:
        """Steps after which a replica ordered now serves."""
        return self.trace.boot_steps + 1

    @cached_property
    def nothing(self) -> np.ndarray:
        """Zeros (steps,) int32."""
        return np.zeros(len(self.trace), np.int32)

    @cached_property
    def always(self) -> np.ndarray:
        """Trues (steps,)."""
        return np.ones(len(self.trace), np.bool_)

    @cached_property
    def floor(self) -> np.ndarray:
        """The schedule's floor (steps,) int32."""
        return floor_of(self.schedule, self.trace.series, self.trace.first, self.trace.end, self.lead)

    def gate(self, share: float) -> TrustCheck:
        """The gate of a quantile, computed once; raises InputError where there is no outlook."""
        if share not in self.gates:
            whole = trust_check_of(self.looked_back or self.outlook, share, self.trace.series.bins_per_day)
            self.gates[share] = whole.last(len(self.outlook.origins))
        return self.gates[share]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A policy, its parameters, and what the simulator takes."""

    policy: str
    parameters: dict[str, float]
    kernel: Policy
    known: Known


def candidate(situation: Situation, policy: str, **parameters: float) -> Candidate:
    """The candidate of a simulated policy (not of the oracle), defaults where a parameter is not given.

    Raises InputError for an unknown parameter or one out of range, naming it.
    """
    rule = RULES[policy]
    window = {WINDOW: situation.scale_in_window_seconds} if WINDOW in rule.parameters else {}
    wanted = {**rule.defaults(situation), **window, **parameters}
    for name, value in wanted.items():
        low, high = RANGES.get(name, (None, None)) if name in rule.parameters else (None, None)
        if low is None or isinstance(value, bool) or not low <= value <= high:
            choice = (
                f"write a number from {low:g} to {high:g}" if low is not None else f"{policy} has no such parameter"
            )
            raise InputError(f"{name} is {value!r}; {choice}.", field=f"parameters.{name}")
    built = {name: value for name, value in wanted.items() if name != WINDOW}
    kernel, known = rule.build(situation, **built)
    if WINDOW in wanted:
        behavior = behavior_of(int(wanted[WINDOW]), situation.trace.step_seconds)
        kernel = kernel._replace(behavior=behavior)
    return Candidate(policy, wanted, kernel, known)


RANGES: dict[str, tuple[float, float]] = {
    "target_percent": (1, 100),
    "guard_percent": (1, 100),
    "upper_percent": (1, 100),
    "lower_percent": (0, 100),
    "cooldown_seconds": (0, 86_400),
    "replicas": (1, 10_000),
    "quantile": (0.0, 1.0),
    "headroom": (0.0, 1e9),
    "alpha": (0.001, 1.0),
    "factor": (0.01, 100.0),
    "bins": (1, 1440),
    "gated": (0, 1),
    "scale_in_window_seconds": (0, MAX_WINDOW_SECONDS),
}
"""What each parameter may be."""


@dataclass(frozen=True)
class Rule:
    """How candidates of a policy are made: its knob first among its parameters."""

    parameters: tuple[str, ...]
    defaults: Callable[[Situation], dict[str, float]]
    build: Callable[..., tuple[Policy, Known]]

    @property
    def knob(self) -> str:
        """The parameter that trades money for service; raises IndexError where there is none."""
        return self.parameters[0]


def _policy(situation: Situation, kind: int, **parts: object) -> Policy:
    step = situation.trace.step_seconds
    behavior = behavior_of(situation.scale_in_window_seconds, step)
    blank = {
        "hpa": Hpa(REACTIVE_PERCENT, GUARD_PERCENT, False, TOLERANCE),
        "tracking": Tracking(0.7, SCALE_IN_RATIO, 1, 1, 0),
        "thresholds": Thresholds(0.8, 0.3, 1, 0, 1, 0, 0),
    }
    return Policy(kind, **{**blank, **parts}, behavior=behavior)


def _known(situation: Situation, **arrays: np.ndarray) -> Known:
    nothing = situation.nothing
    blank = {"planned": nothing, "needed": nothing, "trusted": situation.always, "floor": nothing}
    return Known(situation.trace.seen, **{**blank, **arrays})


def _plan(situation: Situation, replicas: np.ndarray) -> tuple[Policy, Known]:
    """A plan (steps,), NaN where it says nothing (one replica then), never under the schedule's floor."""
    planned = np.maximum(_whole(replicas), situation.floor)
    return _policy(situation, PLANNED), _known(situation, planned=planned)


def _whole(replicas: np.ndarray) -> np.ndarray:
    return np.clip(np.nan_to_num(np.ceil(replicas), nan=1.0), 1, 2**31 - 1).astype(np.int32)


def _hpa(situation: Situation, target_percent: float) -> tuple[Policy, Known]:
    return _policy(situation, REACTIVE, hpa=Hpa(int(target_percent), GUARD_PERCENT, False, TOLERANCE)), _known(
        situation
    )


def _smoothing(situation: Situation, headroom: float, alpha: float) -> tuple[Policy, Known]:
    trace = situation.trace
    level = smoothed(trace.history, alpha)[trace.first :]
    return _plan(situation, (level + headroom * np.sqrt(level)) / trace.usable)


def _recent_max(situation: Situation, factor: float, bins: float) -> tuple[Policy, Known]:
    trace = situation.trace
    highest = recent_max(trace.history, int(bins))[trace.first :]
    return _plan(situation, factor * np.where(np.isnan(highest), trace.seen, highest) / trace.usable)


def _target_tracking(situation: Situation, target_percent: float, cooldown_seconds: float) -> tuple[Policy, Known]:
    step = situation.trace.step_seconds
    out, into, cooldown = (math.ceil(seconds / step) for seconds in (OUT_SECONDS, IN_SECONDS, cooldown_seconds))
    rule = Tracking(target_percent / 100.0, SCALE_IN_RATIO, out, into, cooldown)
    return _policy(situation, TARGET_TRACKING, tracking=rule), _known(situation)


def _thresholds(
    situation: Situation, upper_percent: float, lower_percent: float, cooldown_seconds: float
) -> tuple[Policy, Known]:
    if lower_percent >= upper_percent:
        text = f"lower_percent is {lower_percent:g}; write less than upper_percent, {upper_percent:g}."
        raise InputError(text, field="parameters.lower_percent")
    cooldown = math.ceil(cooldown_seconds / situation.trace.step_seconds)
    rule = Thresholds(upper_percent / 100.0, lower_percent / 100.0, 1, OUT_PERCENT, 1, IN_PERCENT, cooldown)
    return _policy(situation, THRESHOLD, thresholds=rule), _known(situation)


def _fixed(situation: Situation, replicas: float) -> tuple[Policy, Known]:
    return _plan(situation, np.full(len(situation.trace), float(replicas)))


def _scheduled(situation: Situation, quantile: float) -> tuple[Policy, Known]:
    trace = situation.trace
    if situation.schedule:
        return _plan(situation, np.ones(len(trace)))
    span = situation.learned_until, trace.first, trace.end, situation.lead
    demand = learned_demand(trace.series, *span, quantile) * trace.service.demand_multiplier
    return _plan(situation, demand / trace.usable)


def _predictive(situation: Situation, quantile: float, gated: float) -> tuple[Policy, Known]:
    hpa = Hpa(REACTIVE_PERCENT, GUARD_PERCENT, False, TOLERANCE)
    return _forecast_driven(situation, quantile, gated, hpa)


def _hybrid(situation: Situation, quantile: float, guard_percent: float, gated: float) -> tuple[Policy, Known]:
    return _forecast_driven(situation, quantile, gated, Hpa(REACTIVE_PERCENT, int(guard_percent), True, TOLERANCE))


def _forecast_driven(situation: Situation, quantile: float, gated: float, hpa: Hpa) -> tuple[Policy, Known]:
    asked = [_asked(situation, windows, quantile) for windows in (situation.outlook.windows, situation.pause)]
    trusted = situation.gate(quantile).trusted if gated else situation.always
    arrays = {"planned": asked[0], "needed": asked[1], "trusted": trusted, "floor": situation.floor}
    return _policy(situation, FORECAST_DRIVEN, hpa=hpa), _known(situation, **arrays)


def _asked(situation: Situation, windows: LeadWindows | None, quantile: float) -> np.ndarray:
    if windows is None:
        return situation.nothing
    exact = situation.slo.kind == MAX_UNMET_SHARE
    return _whole(windows.replicas(quantile, situation.trace.usable, exact=exact))


def _perfect(situation: Situation) -> tuple[Policy, Known]:
    trace = situation.trace
    origins = np.arange(trace.first, trace.end)
    asked = [
        _whole(actuals_of(trace.history, origins, length).level / trace.usable)
        for length in (situation.lead, situation.pause.length if situation.pause else situation.lead)
    ]
    arrays = {"planned": asked[0], "needed": asked[1], "floor": situation.floor}
    return _policy(situation, FORECAST_DRIVEN), _known(situation, **arrays)


def _default_quantile(situation: Situation) -> dict[str, float]:
    """The newsvendor's critical ratio at the price of a lost request, else what the objective asks for."""
    service, trace = situation.trace.service, situation.trace
    if service.lost_request_price is None:
        return {"quantile": situation.usual_quantile or situation.slo.level}
    worth = service.lost_request_price * trace.usable
    return {"quantile": max(0.0, 1.0 - trace.price / worth) if worth > 0 else 0.0}


def _default_headroom(situation: Situation) -> dict[str, float]:
    """Two standard deviations of the noise: half the mean squared difference of neighbours is its variance."""
    before = situation.trace.history[: situation.trace.first + 1]
    jumps, mean = np.diff(before), np.nanmean(before) if np.isfinite(before).any() else 0.0
    known = jumps[np.isfinite(jumps)]
    dispersion = float(np.mean(known**2)) / (2.0 * mean) if len(known) and mean > 0 else 1.0
    return {"headroom": 2.0 * math.sqrt(dispersion), "alpha": 0.2}


def _default_replicas(situation: Situation) -> dict[str, float]:
    """What the highest known demand before the trace needs; one where nothing is known."""
    trace = situation.trace
    before = trace.history[: trace.first]
    peak = before[~np.isnan(before)].max(initial=0.0)
    return {"replicas": float(trace.service.within_limits(max(1.0, np.ceil(peak / trace.usable))))}


def _always(**defaults: float) -> Callable[[Situation], dict[str, float]]:
    return lambda _: defaults


RULES: dict[str, Rule] = {
    policy_names.REACTIVE: Rule(("target_percent", WINDOW), _always(target_percent=REACTIVE_PERCENT), _hpa),
    policy_names.SMOOTHING: Rule(("headroom", "alpha"), _default_headroom, _smoothing),
    policy_names.RECENT_MAX: Rule(("factor", "bins"), _always(factor=1.0, bins=5), _recent_max),
    policy_names.TARGET_TRACKING: Rule(
        ("target_percent", "cooldown_seconds"),
        _always(target_percent=REACTIVE_PERCENT, cooldown_seconds=COOLDOWN_SECONDS),
        _target_tracking,
    ),
    policy_names.THRESHOLD: Rule(
        ("upper_percent", "lower_percent", "cooldown_seconds"),
        _always(upper_percent=80.0, lower_percent=40.0, cooldown_seconds=COOLDOWN_SECONDS),
        _thresholds,
    ),
    policy_names.FIXED: Rule(("replicas",), _default_replicas, _fixed),
    policy_names.SCHEDULED: Rule(("quantile",), lambda situation: {"quantile": situation.slo.level}, _scheduled),
    policy_names.PREDICTIVE: Rule(
        ("quantile", "gated", WINDOW), lambda situation: {**_default_quantile(situation), "gated": 1}, _predictive
    ),
    policy_names.HYBRID: Rule(
        ("quantile", "guard_percent", "gated", WINDOW),
        lambda situation: {**_default_quantile(situation), "guard_percent": GUARD_PERCENT, "gated": 1},
        _hybrid,
    ),
    policy_names.PERFECT_FORECAST: Rule((), _always(), _perfect),
}
"""Every policy but the oracle, which is no rule."""
