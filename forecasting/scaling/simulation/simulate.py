"""One simulation: a policy over the evaluation days, bin by bin, with its cost beside the optimum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from forecasting.progress import Progress
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS
from forecasting.scaling.kernels.inputs import BINDINGS, BinRun
from forecasting.scaling.policies.policy import WINDOW, Parameters
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import Trace
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_DOWN, SCALE_UP
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.optimum import Optimum, optimum_at, optimum_meeting
from forecasting.scaling.simulation.outcome import RunOutcome, Totals
from forecasting.scaling.simulation.replay import Replay
from forecasting.scaling.simulation.sweep import settings_of, sweep
from forecasting.timeseries.timeframes import MINUTE


@dataclass(frozen=True, eq=False)
class Simulation:
    """The outcome of one policy with its parameters; `scenario` is None for the oracle, which knows all demand."""

    policy: str
    parameters: Parameters
    trace: Trace
    outcome: RunOutcome
    optimum: Optimum
    warnings: tuple[str, ...]
    scenario: Scenario | None = None

    @property
    def run(self) -> BinRun:
        """The bins of the run."""
        return self.outcome.run

    @cached_property
    def change(self) -> np.ndarray:
        """The sign of what each bin changed in the desired replicas (bins,): 1 to scale out, -1 to scale in."""
        before = np.append(self.trace.current_replicas, self.run.desired[:-1])
        return np.sign(self.run.desired - before)

    @property
    def unmet(self) -> np.ndarray:
        """Unmet requests of each bin (bins,), 0 if demand is unknown."""
        return self.run.unmet

    @cached_property
    def totals(self) -> Totals:
        """The totals, with objective and regret."""
        return self.outcome.totals.with_objective(self.optimum.lost_request_price, self.optimum.objective)

    def steps(self) -> Iterator[dict[str, object]]:
        """Yield a dict a bin: ds (wall time), demand (null if unknown), needed, `ready` and `booting` on average,
        desired, action, binding_term, `changes`, `minutes_under` and unmet requests.

        `desired` is decided by the end of the bin; `action` is what that changes since the bin before, `binding_term`
        what decided the last change in it (if there is none, the decision at its end).
        """
        trace, run = self.trace, self.run
        ds = trace.series.slice(trace.first, trace.end).ds
        minutes = run.under * trace.bin_seconds / MINUTE
        replicas = (trace.needed, run.ready, run.booting, run.desired)
        columns = (ds, trace.demand, *replicas, self.change, run.binding, run.changes, minutes, self.unmet)
        lists = [column if isinstance(column, list) else column.tolist() for column in columns]
        for ds, demand, needed, ready, booting, desired, sign, binding, changes, under, unmet in zip(
            *lists, strict=True
        ):
            yield {
                "ds": ds,
                "demand": demand if demand == demand else None,
                "needed": int(needed) if needed == needed else None,
                "ready": whole_if_whole(ready),
                "booting": whole_if_whole(booting),
                "desired": desired,
                "action": (HOLD, SCALE_UP, SCALE_DOWN)[int(sign)],
                "binding_term": "optimum" if self.policy == policy_names.ORACLE else BINDINGS[binding],
                "changes": changes,
                "minutes_under": under,
                "unmet": unmet,
            }


def whole_if_whole(value: float) -> float | int:
    """Return an average without its rounding error: a whole number as such, else to six digits after the point."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def simulate(replay: Replay, policy: str, parameters: Parameters | None = None) -> Simulation:
    """Simulate one policy, with its defaults for parameters that are not given.

    Raises InputError for an unknown policy or parameter.
    """
    policy_names.checked_policy(policy)
    optimum, warnings = optimum_and_warnings(replay)
    trace = replay.test.trace
    if policy == policy_names.ORACLE:
        return Simulation(policy, {}, trace, optimum.outcome, optimum, warnings)
    scenario = replay.scenarios(policy).evaluation
    chosen = configured(scenario, policy, **(parameters or {}))
    return Simulation(policy, chosen.parameters, trace, run(scenario, chosen), optimum, warnings, scenario)


def simulate_sweep(
    replay: Replay, policy: str, count: int, parameters: Parameters | None = None, progress: Progress | None = None
) -> list[dict[str, object]]:
    """Simulate `count` settings of the policy's knob, the other parameters as given; return one dict a run.

    A knob of whole numbers may have fewer values; the stabilization window, if there is one, is varied too then. Every
    run is on the evaluation days: the best of them is hindsight. Raises InputError for a policy without knob.
    """
    policy_names.checked_policy(policy)
    scenario = replay.scenarios(policy).evaluation
    values = knob_settings(settings_of(scenario, policy, count), parameters or {})
    if len(values) < count and WINDOW in values[0] and WINDOW not in (parameters or {}):
        values = over_windows(values, count)
    optimum, _ = optimum_and_warnings(replay)
    swept = sweep(scenario, policy, values, progress)
    return [
        {
            "parameters": setting,
            "totals": asdict(outcome.totals.with_objective(optimum.lost_request_price, optimum.objective)),
        }
        for setting, outcome in zip(swept.settings, swept.outcomes, strict=True)
    ]


def knob_settings(settings: list[Parameters], given: Parameters) -> list[Parameters]:
    """Return one setting a value of the knob, the first of each, the other parameters replaced by those given."""
    first: dict[float, Parameters] = {}
    for setting in settings:
        knob = next(iter(setting))
        first.setdefault(setting[knob], {**setting, **given, knob: setting[knob]})
    return list(first.values())


def over_windows(settings: list[Parameters], count: int) -> list[Parameters]:
    """Return `count` settings: these, then the same with other stabilization windows."""
    given, needed = settings[0][WINDOW], math.ceil(count / len(settings))
    others = [seconds for seconds in np.linspace(0, MAX_WINDOW_SECONDS, needed).round().tolist() if seconds != given]
    windows = [given, *others]
    return [{**setting, WINDOW: seconds} for seconds in windows for setting in settings][:count]


def optimum_and_warnings(replay: Replay) -> tuple[Optimum, tuple[str, ...]]:
    """Return the optimum at the user's price of an unmet request, else at the smallest at which it meets the objective.

    And the warnings, with one more if no price does.
    """
    price = replay.service.lost_request_price
    if price is not None:
        return optimum_at(replay.test.trace, price), replay.warnings
    optimum = optimum_meeting(replay.test.trace, replay.slo)
    return optimum, replay.warnings if optimum.meets else (*replay.warnings, UNMET_BY_ANY)


UNMET_BY_ANY = (
    "At no price of an unmet request does the optimum keep the objective on these days: the replicas at the start or "
    "max_replicas are too few. Regret is measured at a price at which the optimum serves all that it can."
)
