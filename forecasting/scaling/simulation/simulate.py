"""One simulation: a policy over the days to judge, step by step, with what it cost beside the optimum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from forecasting.scaling.config import policy_names
from forecasting.scaling.kernels.inputs import BINDINGS
from forecasting.scaling.policies.behavior import MAX_WINDOW_SECONDS
from forecasting.scaling.policies.policy import WINDOW, Situation, candidate
from forecasting.scaling.policies.trace import Trace
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_DOWN, SCALE_UP
from forecasting.scaling.simulation.engine import Progress, run
from forecasting.scaling.simulation.optimum import Optimum, optimum_at, optimum_meeting
from forecasting.scaling.simulation.outcome import Outcome, Totals
from forecasting.scaling.simulation.replay import Replay
from forecasting.scaling.simulation.sweep import Parameters, settings_of, sweep


@dataclass(frozen=True, eq=False)
class Simulation:
    """The outcome of one policy with its parameters; what it knew is None for the oracle, which knew everything."""

    policy: str
    parameters: Parameters
    trace: Trace
    outcome: Outcome
    optimum: Optimum
    warnings: tuple[str, ...]
    situation: Situation | None = None

    @cached_property
    def totals(self) -> Totals:
        """The totals, with objective and regret."""
        return self.outcome.totals.judged(self.optimum.lost_request_price, self.optimum.objective)

    def steps(self) -> Iterator[dict[str, object]]:
        """A dict a step: ds (wall time), demand (null where unknown), needed, ready, booting, desired, action,
        binding_term (what decided at its end) and unmet requests.
        """
        trace, run = self.trace, self.outcome.run
        span = trace.series.slice(trace.first, trace.end)
        known = ~np.isnan(trace.demand)
        lost = np.where(known, np.maximum(trace.demand - trace.capacity * run.ready, 0.0), 0.0)
        change = np.sign(run.desired.astype(np.int64) - run.ready - run.booting)
        columns = (span.ds, trace.demand, trace.needed, run.ready, run.booting, run.desired, change, run.binding, lost)
        lists = [column if isinstance(column, list) else column.tolist() for column in columns]
        for ds, demand, needed, ready, booting, desired, sign, binding, unmet in zip(*lists, strict=True):
            yield {
                "ds": ds,
                "demand": demand if demand == demand else None,
                "needed": int(needed) if needed == needed else None,
                "ready": ready,
                "booting": booting,
                "desired": desired,
                "action": (HOLD, SCALE_UP, SCALE_DOWN)[int(sign)],
                "binding_term": "optimum" if self.policy == policy_names.ORACLE else BINDINGS[binding],
                "unmet": unmet,
            }


def simulate(replay: Replay, policy: str, parameters: Parameters | None = None) -> Simulation:
    """Simulate one policy, with its defaults where a parameter is not given.

    Raises InputError for an unknown policy or parameter.
    """
    policy_names.checked_policy(policy)
    optimum, warnings = judged_by(replay)
    trace = replay.test.trace
    if policy == policy_names.ORACLE:
        return Simulation(policy, {}, trace, optimum.outcome, optimum, warnings)
    situation = replay.forecast_test if policy in policy_names.FORECAST_DRIVEN else replay.test
    chosen = candidate(situation, policy, **(parameters or {}))
    return Simulation(policy, chosen.parameters, trace, run(situation, chosen), optimum, warnings, situation)


def simulate_sweep(
    replay: Replay, policy: str, count: int, parameters: Parameters | None = None, progress: Progress | None = None
) -> list[dict[str, object]]:
    """`count` settings of the policy's knob in one call, the other parameters as given: one dict a run.

    A knob of whole numbers may have fewer values; the scale-in window is varied beside it then where there is one.
    Every run was made on the days judged: the best of them is hindsight. Raises InputError for a policy without knob.
    """
    policy_names.checked_policy(policy)
    situation = replay.forecast_test if policy in policy_names.FORECAST_DRIVEN else replay.test
    values = knob_settings(settings_of(situation, policy, count), parameters or {})
    if len(values) < count and WINDOW in values[0] and WINDOW not in (parameters or {}):
        values = over_windows(values, count)
    optimum, _ = judged_by(replay)
    swept = sweep(situation, policy, values, progress)
    return [
        {
            "parameters": setting,
            "totals": asdict(outcome.totals.judged(optimum.lost_request_price, optimum.objective)),
        }
        for setting, outcome in zip(swept.settings, swept.outcomes, strict=True)
    ]


def knob_settings(settings: list[Parameters], given: Parameters) -> list[Parameters]:
    """One setting a value of the knob, the first of each, the further parameters replaced by those given."""
    first: dict[float, Parameters] = {}
    for setting in settings:
        knob = next(iter(setting))
        first.setdefault(setting[knob], {**setting, **given, knob: setting[knob]})
    return list(first.values())


def over_windows(settings: list[Parameters], count: int) -> list[Parameters]:
    """`count` settings: these, then the same with other scale-in windows."""
    asked, needed = settings[0][WINDOW], math.ceil(count / len(settings))
    others = [seconds for seconds in np.linspace(0, MAX_WINDOW_SECONDS, needed).round().tolist() if seconds != asked]
    windows = [asked, *others]
    return [{**setting, WINDOW: seconds} for seconds in windows for setting in settings][:count]


def judged_by(replay: Replay) -> tuple[Optimum, tuple[str, ...]]:
    """The optimum at the user's price of a lost request, else at the smallest at which it meets the objective.

    With what is to be said where no price does.
    """
    price = replay.service.lost_request_price
    if price is not None:
        return optimum_at(replay.test.trace, price), replay.warnings
    found = optimum_meeting(replay.test.trace, replay.slo)
    return found, replay.warnings if found.meets else (*replay.warnings, UNMET_BY_ANY)


UNMET_BY_ANY = (
    "No price of a lost request makes the optimum keep the objective on these days (the replicas at the start or the "
    "largest number allowed do not suffice); regret is measured at a price so high that it loses nothing it could save."
)
