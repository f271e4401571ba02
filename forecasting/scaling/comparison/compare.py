"""The comparison: every policy on the same days, tuned on earlier ones, beside the optimum and each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from forecasting.errors import InputError, WorkFailed
from forecasting.progress import Progress, silent, within
from forecasting.scaling.comparison.frontier import Frontier, Saving, lower_left
from forecasting.scaling.comparison.keeping import Keeping, allowed_on, best_kept, keeping_of
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.policies.policy import ADAPTIVE as BUDGETED
from forecasting.scaling.policies.policy import ConfiguredPolicy, Parameters
from forecasting.scaling.policies.policy_registry import POLICIES, configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.optimum import Optimum, meets, violation
from forecasting.scaling.simulation.outcome import Outcome, RunOutcome, Totals
from forecasting.scaling.simulation.replay import Replay, Scenarios
from forecasting.scaling.simulation.simulate import optimum_and_warnings
from forecasting.scaling.simulation.sweep import (
    KNOB_VALUES,
    Sweep,
    frontier_settings,
    refined,
    settings_of,
    sweep,
)
from forecasting.timeseries.timeframes import DAY

FAR = 2.0
"""How many times more or less than the objective allows a policy may miss and still count as near it."""

CANNOT_REACH_ZERO = "cannot scale to zero: at least 1 replica"

DEFAULT, TUNED, ADAPTIVE, HINDSIGHT = VARIANTS = ("default", "tuned", "adaptive", "hindsight")
"""`adaptive`: the knob of a tuned policy moved by the error budget; forecast-driven policies are so by default."""


@dataclass(frozen=True, eq=False)
class Row:
    """One policy of the table. `hindsight` rows used the evaluation days: they are yardsticks, without a saving."""

    policy: str
    family: str
    variant: str
    parameters: Parameters
    outcome: RunOutcome
    totals: Totals
    hindsight: bool
    keeping: Keeping
    saving: Saving
    forecast_regret: float | None = None
    policy_regret: float | None = None
    note: str = ""

    @property
    def meets_slo(self) -> bool:
        """Whether it keeps the objective on the evaluation days."""
        return self.keeping.share <= self.keeping.objective

    def bill(self) -> dict[str, float]:
        """Return the parts of the objective: those of the spending, and the unmet requests at their price."""
        parts = {f"{name}_cost": amount for name, amount in asdict(self.outcome.spending).items()}
        return {**parts, "unmet_cost": (self.totals.objective or self.totals.cost) - self.totals.cost}

    def to_dict(self) -> dict[str, Any]:
        """Return the row for JSON and CSV."""
        return {
            "policy": self.policy,
            "parameters": self.parameters,
            **asdict(self.totals),
            **self.bill(),
            "meets_slo": self.meets_slo,
            "tuning_share": self.keeping.share_before,
            "keeps": None if self.hindsight else self.keeping.holds,
            "objective_kept": None if self.hindsight else self.keeping.words,
            "hindsight": self.hindsight,
            "saving": self.saving.saving,
            "saving_low": self.saving.low,
            "saving_high": self.saving.high,
            "clear_difference": self.saving.clear if self.saving.low is not None else None,
            "forecast_regret": self.forecast_regret,
            "policy_regret": self.policy_regret,
            "note": self.note,
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Rows in a fixed order, the optimum, the reference that savings are measured against, and the sweeps behind.

    `best_forecast` is the forecast-driven policy that performed best on the tuning days, `reference` the reactive one.
    """

    replay: Replay
    rows: list[Row]
    optimum: Optimum
    reference: str
    sweeps: dict[str, Sweep]
    best_forecast: str | None
    warnings: tuple[str, ...]

    def row(self, policy: str) -> Row:
        """Return the row of a policy; raises KeyError if there is none."""
        for row in self.rows:
            if row.policy == policy:
                return row
        raise KeyError(policy)

    def edges(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return (shares missed, costs) by swept policy: its settings on the evaluation days that no other of its own
        beats in both, shares rising.
        """
        slo = self.replay.slo
        return {name: lower_left(swept.violations(slo), swept.column("cost")) for name, swept in self.sweeps.items()}

    def frontier(self) -> list[dict[str, object]]:
        """Return every setting of every swept policy on the evaluation days, with its cost and shares missed."""
        return [
            {
                "policy": name,
                "parameters": setting,
                "cost": outcome.totals.cost,
                "mean_replicas": outcome.totals.mean_replicas,
                "unmet_share": outcome.totals.unmet_share,
                "minutes_under_share": outcome.totals.minutes_under_share,
                "hindsight": True,
            }
            for name, swept in self.sweeps.items()
            for setting, outcome in zip(swept.settings, swept.outcomes, strict=True)
        ]


def name_of(family: str, variant: str) -> str:
    """Return `policy:variant`; a tuned policy that is a variant already (`reactive:smoothing`) keeps its own name."""
    if ":" in family:
        return family if variant == TUNED else f"{family}-{variant}"
    return f"{family}:{variant}"


@dataclass(frozen=True, eq=False)
class TunedPolicy:
    """A policy swept over its settings on the tuning days and on the evaluation days.

    `best` is the position (in both sweeps) of the setting that the tuning days speak for. `given`: there is nothing to
    tune, because the user's own calendar stands as it is. `default` is the outcome on the tuning days of the settings
    as delivered, those of the evaluation days.
    """

    policy: str
    scenarios: Scenarios
    tuning: Sweep
    evaluation: Sweep
    best: int
    given: bool
    default: Outcome

    @property
    def tuned_outcome(self) -> Outcome:
        """The outcome of the tuned setting on the tuning days."""
        return self.tuning.outcomes[self.best]

    def keeping(self, variant: str, made: ConfiguredPolicy, outcome: RunOutcome, objective: Objective) -> Keeping:
        """Return the keep test of a variant with these parameters and this outcome on the evaluation days."""
        before = {DEFAULT: self.default, TUNED: self.tuned_outcome}.get(variant)
        has_budget = made.parameters.get(BUDGETED) == 1
        return keeping_of(before, outcome, objective, days_of(self.scenarios.tuning), has_budget=has_budget)


class Reference:
    """The best reactive policy for a service level, by the tuning days: what savings are measured against.

    Near the objective (within FAR of it) that is the tuned reference itself. A policy whose service level is far from
    it is held against the reactive policy that is best there; one tuned for another purpose would flatter it. `policy`
    is the tuned reference, which saves nothing against itself.
    """

    def __init__(self, objective: Objective, tuned: dict[str, TunedPolicy], policy: str) -> None:
        self._objective, self._tuned = objective, tuned
        self.policy, self._near = policy, (policy, tuned[policy].best)
        self._frontiers: dict[tuple[str, int], Frontier] = {}

    def saving(self, outcome: Outcome) -> Saving:
        """Return what a policy saved at its own service level."""
        objective = self._objective
        missed = violation(outcome, objective)
        far = not objective.share / FAR <= missed <= objective.share * FAR
        return self._frontier(*(self._best_at(missed) if far and 0.0 < missed < 1.0 else self._near)).saving(outcome)

    def _best_at(self, missed: float) -> tuple[str, int]:
        objective = self._objective.at(missed)
        choices = [
            (self._tuned[name].tuning.promise(group, objective), name, group[0])
            for name in policy_names.REACTIVE_RULES
            if name in self._tuned
            for group in self._tuned[name].tuning.groups()
        ]
        _, name, position = min(choices)
        return name, position

    def _frontier(self, policy: str, position: int) -> Frontier:
        tuned = self._tuned[policy]
        group = tuned.evaluation.beside(position)
        key = policy, group[0]
        if key not in self._frontiers:
            settings = tuned.evaluation.settings
            dense = frontier_settings([settings[n] for n in group], settings[position], policy)
            self._frontiers[key] = Frontier(sweep(tuned.scenarios.evaluation, policy, dense), self._objective)
        return self._frontiers[key]


def compare(
    replay: Replay,
    *,
    policies: Sequence[str] = policy_names.DEPLOYABLE,
    knob_values: int = KNOB_VALUES,
    progress: Progress | None = None,
) -> Comparison:
    """Run policies by default, tuned on the tuning days and in hindsight, beside perfect forecast and optimum.

    Tuning takes the cheapest setting that passes the keep test on the tuning days. With fewer `knob_values` it is
    coarser and quicker. Raises InputError unless a reactive policy is among `policies`, else as the replay's scenarios.
    """
    names = [policy_names.checked_policy(name, policy_names.DEPLOYABLE) for name in policies]
    reactive = [name for name in policy_names.REACTIVE_RULES if name in names]
    driven = [name for name in policy_names.FORECAST_DRIVEN if name in names]
    if not reactive:
        text = f"policies must include one of {', '.join(policy_names.REACTIVE_RULES)} (got {', '.join(names)})."
        raise InputError(text, field="policies")
    steps = _parts(progress, 2 * len(names))
    tuned = {name: _tuned(replay, name, knob_values, next(steps), next(steps)) for name in names}
    optimum, warnings = optimum_and_warnings(replay)
    best_reactive = _best(reactive, tuned, replay.slo)
    best_forecast = _best(driven, tuned, replay.slo) if driven else None
    table = _Table(replay.slo, optimum, Reference(replay.slo, tuned, best_reactive), replay.service.scales_to_zero)
    rows = [row for one in tuned.values() for row in table.rows(one)] + table.yardsticks(replay)
    if progress:
        progress(1.0)
    return Comparison(
        replay,
        [_split(row, rows) for row in rows],
        optimum,
        name_of(best_reactive, TUNED),
        {name: one.evaluation for name, one in tuned.items()},
        name_of(best_forecast, TUNED) if best_forecast else None,
        warnings,
    )


def is_given(replay: Replay, policy: str) -> bool:
    """Whether there is nothing to tune: the user's own calendar stands as it is."""
    return policy == policy_names.SCHEDULED and bool(replay.schedule)


def days_of(scenario: Scenario) -> float:
    """Return the length of a scenario's trace in days."""
    return len(scenario.trace) * scenario.trace.series.bin_seconds / DAY


def _tuned(replay: Replay, policy: str, count: int, tuning: Progress, evaluating: Progress) -> TunedPolicy:
    scenarios, given = replay.scenarios(policy), is_given(replay, policy)
    days = days_of(scenarios.tuning)
    cautious = replay.slo.at(allowed_on(days, replay.slo))
    settings = [{}] if given else settings_of(replay.usual(scenarios.evaluation), policy, count)
    tuned_on = _refined(scenarios.tuning, policy, settings, count, cautious, tuning)
    evaluated = _refined(scenarios.evaluation, policy, tuned_on.settings, count, replay.slo, evaluating)
    best = best_kept(tuned_on, replay.slo, days)
    default = sweep(scenarios.tuning, policy, [configured(scenarios.evaluation, policy).parameters]).outcomes[0]
    return TunedPolicy(policy, scenarios, tuned_on, evaluated, best, given, default)


def _refined(
    scenario: Scenario, policy: str, settings: list[Parameters], count: int, objective: Objective, progress: Progress
) -> Sweep:
    """Sweep these settings, and as many between those that just keep the objective and their neighbours."""
    coarse = sweep(scenario, policy, settings, progress)
    finer = refined(coarse, objective, count) if len(settings) > 1 else []
    return coarse.joined(sweep(scenario, policy, finer)) if finer else coarse


def variants_of(policy: str) -> tuple[str, ...]:
    """Return the variants that a policy has: `adaptive` only if a budget can move it and does not by default."""
    has_own = POLICIES[policy].ladder is not None and policy not in policy_names.PRICED
    return tuple(variant for variant in VARIANTS if variant != ADAPTIVE or has_own)


def _adaptive_setting(policy: str, tuned: Parameters) -> dict[str, Parameters]:
    """Return the setting whose knob the error budget moves, by its variant; none if that is the policy's default."""
    if ADAPTIVE not in variants_of(policy):
        return {}
    others = {name: value for name, value in tuned.items() if name not in (POLICIES[policy].knob, BUDGETED)}
    return {ADAPTIVE: {**others, BUDGETED: 1}}


def _parts(progress: Progress | None, steps: int) -> Iterator[Progress]:
    """Yield the Progress of each step, an equal part of the whole."""
    for step in range(steps):
        yield within(progress or silent, step / steps, (step + 1) / steps)


def _best(names: Sequence[str], tuned: dict[str, TunedPolicy], objective: Objective) -> str:
    """Return the policy that is cheapest on the tuning days among those that keep the objective there.

    If none does, the one that misses it least.
    """
    swept = {name: tuned[name].tuned_outcome for name in names}
    good = [name for name in swept if meets(swept[name], objective)]
    if good:
        return min(good, key=lambda name: swept[name].totals.cost)
    return min(swept, key=lambda name: violation(swept[name], objective))


@dataclass(frozen=True, eq=False)
class _Table:
    """Makes the rows of a comparison."""

    objective: Objective
    optimum: Optimum
    reference: Reference
    scales_to_zero: bool

    def rows(self, tuned: TunedPolicy) -> Iterator[Row]:
        """The rows of one policy: by default, tuned, in hindsight."""
        scenario, evaluated = tuned.scenarios.evaluation, tuned.evaluation
        settings: dict[str, Parameters] = {DEFAULT: {}}
        if not tuned.given:
            settings[TUNED] = evaluated.settings[tuned.best]
            settings |= _adaptive_setting(tuned.policy, settings[TUNED])
            settings[HINDSIGHT] = evaluated.settings[evaluated.best(self.objective)]
        for variant, setting in settings.items():
            made = configured(scenario, tuned.policy, **setting)
            outcome = run(scenario, made)
            if variant == HINDSIGHT:
                saving = Saving()
            elif variant == TUNED and tuned.policy == self.reference.policy:
                saving = Saving(0.0, 0.0, 0.0)
            else:
                saving = self.reference.saving(outcome)
            yield self._row(made, variant, outcome, tuned.keeping(variant, made, outcome, self.objective), saving)

    def yardsticks(self, replay: Replay) -> list[Row]:
        """The rows of the perfect forecast and of the optimum."""
        perfect = configured(replay.test, policy_names.PERFECT_FORECAST)
        oracle = replace(perfect, policy=policy_names.ORACLE)
        outcomes = run(replay.test, perfect), self.optimum.outcome
        days = days_of(replay.tuning)
        return [
            self._row(made, "", outcome, keeping_of(None, outcome, self.objective, days), Saving())
            for made, outcome in zip((perfect, oracle), outcomes, strict=True)
        ]

    def _row(self, made: ConfiguredPolicy, variant: str, outcome: RunOutcome, keeping: Keeping, saving: Saving) -> Row:
        totals = outcome.totals.with_objective(self.optimum.lost_request_price, self.optimum.objective)
        if not np.isfinite([totals.cost, totals.objective or 0.0]).all():
            raise WorkFailed(f"The cost of {made.policy} is not finite; check price_per_hour and lost_request_price.")
        return Row(
            name_of(made.policy, variant) if variant else made.policy,
            made.policy,
            variant,
            made.parameters,
            outcome,
            totals,
            variant in ("", HINDSIGHT),
            keeping,
            saving,
            note="" if made.from_zero or not self.scales_to_zero else CANNOT_REACH_ZERO,
        )


def _split(row: Row, rows: list[Row]) -> Row:
    """The regret of a forecast-driven row, split into the forecast's part and the policy's."""
    if row.family not in policy_names.FORECAST_DRIVEN or row.totals.regret is None:
        return row
    perfect = next(one for one in rows if one.family == policy_names.PERFECT_FORECAST).totals.regret
    if perfect is None:
        return row
    return replace(row, forecast_regret=row.totals.regret - perfect, policy_regret=perfect)
