"""The comparison: every policy on the same days, tuned on earlier ones, held against the optimum and each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from forecasting.errors import WorkFailed
from forecasting.scaling.comparison.frontier import Frontier, Saving, lower_left
from forecasting.scaling.config import policy_names
from forecasting.scaling.policies.policy import Situation, candidate
from forecasting.scaling.simulation.engine import Progress, run
from forecasting.scaling.simulation.optimum import Optimum, meets, violation
from forecasting.scaling.simulation.outcome import Outcome, Totals
from forecasting.scaling.simulation.replay import Replay
from forecasting.scaling.simulation.simulate import judged_by
from forecasting.scaling.simulation.sweep import (
    KNOB_VALUES,
    Parameters,
    Sweep,
    frontier_settings,
    refined,
    settings_of,
    sweep,
)

FAR = 2.0
"""How many times more or less than the objective allows a policy may miss and still be near it."""

DEFAULT, TUNED, HINDSIGHT = VARIANTS = ("default", "tuned", "hindsight")


@dataclass(frozen=True, eq=False)
class Row:
    """One policy of the table. `hindsight` ones knew the days judged: they are yardsticks, without a saving."""

    policy: str
    family: str
    variant: str
    parameters: Parameters
    outcome: Outcome
    totals: Totals
    hindsight: bool
    meets_slo: bool
    saving: Saving
    forecast_regret: float | None = None
    policy_regret: float | None = None

    def bill(self) -> dict[str, float]:
        """What the objective consists of: the parts of the spending, and the unmet requests at their price."""
        parts = {f"{name}_cost": amount for name, amount in asdict(self.outcome.spending).items()}
        return {**parts, "unmet_cost": self.totals.objective - self.totals.cost}

    def to_dict(self) -> dict[str, object]:
        """The row for JSON and CSV."""
        return {
            "policy": self.policy,
            "parameters": self.parameters,
            **asdict(self.totals),
            **self.bill(),
            "meets_slo": self.meets_slo,
            "hindsight": self.hindsight,
            "saving": self.saving.saving,
            "saving_low": self.saving.low,
            "saving_high": self.saving.high,
            "clear_difference": self.saving.clear if self.saving.low is not None else None,
            "forecast_regret": self.forecast_regret,
            "policy_regret": self.policy_regret,
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Rows in a fixed order, the optimum, the reference that savings are measured against, and the sweeps behind.

    `best_forecast` is the forecast-driven policy that was best on the tuning days, as `reference` is of reactive ones.
    """

    replay: Replay
    rows: list[Row]
    optimum: Optimum
    reference: str
    sweeps: dict[str, Sweep]
    best_forecast: str | None
    warnings: tuple[str, ...]

    def row(self, policy: str) -> Row:
        """The row of a policy; raises KeyError where there is none."""
        for row in self.rows:
            if row.policy == policy:
                return row
        raise KeyError(policy)

    def edges(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """(shares missed, costs) by swept policy: its settings on the days judged that no other of its own beats in
        both, shares rising.
        """
        slo = self.replay.slo
        return {name: lower_left(swept.violations(slo), swept.column("cost")) for name, swept in self.sweeps.items()}

    def frontier(self) -> list[dict[str, object]]:
        """Every setting of every swept policy on the days judged: policy, parameters, cost, shares missed."""
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
    """`family:variant`; of rules that are variants already (`reactive:smoothing`) the tuned one keeps that name."""
    if ":" in family:
        return family if variant == TUNED else f"{family}-{variant}"
    return f"{family}:{variant}"


class Reference:
    """The best reactive rule for a service level, by the tuning days: what savings are measured against.

    Near the objective (within FAR of it) that is the tuned reference itself. A policy that gives a service far from it
    is held against the rule that is best there, or a rule tuned for another purpose would make it look good. `rule` is
    the tuned reference, which saves nothing against itself.
    """

    def __init__(self, replay: Replay, tuned_on: dict[str, Sweep], judged_on: dict[str, Sweep], rule: str, tuned: int):
        self._replay, self._tuned_on, self._judged_on = replay, tuned_on, judged_on
        self.rule, self._near = rule, (rule, tuned)
        self._frontiers: dict[tuple[str, int], Frontier] = {}

    def saving(self, outcome: Outcome) -> Saving:
        """What a policy saved at the service that it gave."""
        slo = self._replay.slo
        missed = violation(outcome, slo)
        far = not slo.share / FAR <= missed <= slo.share * FAR
        return self._frontier(*(self._best_at(missed) if far and 0.0 < missed < 1.0 else self._near)).saving(outcome)

    def _best_at(self, missed: float) -> tuple[str, int]:
        slo = replace(self._replay.slo, share=missed)
        choices = [
            (self._tuned_on[name].promise(group, slo), name, group[0])
            for name in policy_names.REACTIVE_RULES
            if name in self._tuned_on
            for group in self._tuned_on[name].groups()
        ]
        _, name, position = min(choices)
        return name, position

    def _frontier(self, rule: str, position: int) -> Frontier:
        settings = self._judged_on[rule].settings
        group = self._judged_on[rule].beside(position)
        key = rule, group[0]
        if key not in self._frontiers:
            _, test = situations(self._replay, rule)
            dense = frontier_settings([settings[n] for n in group], settings[position], rule)
            self._frontiers[key] = Frontier(sweep(test, rule, dense), self._replay.slo)
        return self._frontiers[key]


def compare(
    replay: Replay,
    *,
    policies: Sequence[str] = policy_names.DEPLOYABLE,
    knob_values: int = KNOB_VALUES,
    progress: Progress | None = None,
) -> Comparison:
    """Run policies by default, tuned on the tuning days and in hindsight, beside perfect forecast and optimum.

    Tuning takes the cheapest setting that keeps the objective on the tuning days. With fewer `knob_values` it is
    coarser and quicker. At least one reactive rule must be among `policies`. Raises as the replay's situations do.
    """
    swept = [policy_names.checked_policy(name, policy_names.DEPLOYABLE) for name in policies]
    steps = _shares(progress, 2 * len(swept))
    tuned_on, judged_on, tuned = {}, {}, {}
    for name in swept:
        tuning, test = situations(replay, name)
        settings = [{}] if _is_given(replay, name) else settings_of(test, name, knob_values)
        tuned_on[name] = _tuned(tuning, name, settings, knob_values, replay, next(steps))
        judged_on[name] = _tuned(test, name, tuned_on[name].settings, knob_values, replay, next(steps))
        tuned[name] = tuned_on[name].best(replay.slo)
    optimum, warnings = judged_by(replay)
    reference = _best(policy_names.REACTIVE_RULES, tuned_on, tuned, replay)
    driven = _best(policy_names.FORECAST_DRIVEN, tuned_on, tuned, replay)
    yardstick = Reference(replay, tuned_on, judged_on, reference, tuned[reference])
    rows = []
    for name in swept:
        rows += _rows(replay, name, judged_on[name], tuned[name], optimum, yardstick)
    rows += _yardsticks(replay, optimum)
    rows = [_split(row, rows) for row in rows]
    if progress:
        progress(1.0)
    best_forecast = driven and name_of(driven, TUNED)
    return Comparison(replay, rows, optimum, name_of(reference, TUNED), judged_on, best_forecast, warnings)


def _tuned(
    situation: Situation, name: str, settings: list[Parameters], count: int, replay: Replay, progress: Progress
) -> Sweep:
    """These settings, and as many between those that just keep the objective and their neighbours."""
    coarse = sweep(situation, name, settings, progress)
    finer = refined(coarse, replay.slo, count) if len(settings) > 1 else []
    return coarse.joined(sweep(situation, name, finer)) if finer else coarse


def situations(replay: Replay, policy: str) -> tuple[Situation, Situation]:
    """What a policy is tuned in and what it is judged in, each with what that policy may know."""
    if policy in policy_names.FORECAST_DRIVEN:
        return replay.forecast_tuning, replay.forecast_test
    if policy == policy_names.SCHEDULED:
        return replay.schedule_tuning, replay.test
    return replay.tuning, replay.test


def _is_given(replay: Replay, policy: str) -> bool:
    """Whether there is nothing to tune: the user's own schedule stands as it is."""
    return policy == policy_names.SCHEDULED and bool(replay.schedule)


def _shares(progress: Progress | None, steps: int) -> Iterator[Progress]:
    """One progress function a step, each filling its part of the whole."""
    for step in range(steps):
        yield lambda share, step=step: progress((step + share) / steps) if progress else None


def _best(among: Sequence[str], swept: dict[str, Sweep], tuned: dict[str, int], replay: Replay) -> str | None:
    """The policy that is cheapest on the tuning days among those that keep the objective there.

    Where none does, the one that misses it least; None where none was swept.
    """
    rules = [name for name in among if name in swept]
    best = {name: swept[name].outcomes[tuned[name]] for name in rules}
    good = [name for name in rules if meets(best[name], replay.slo)]
    if good:
        return min(good, key=lambda name: best[name].totals.cost)
    return min(rules, key=lambda name: swept[name].violations(replay.slo)[tuned[name]], default=None)


def _rows(
    replay: Replay, family: str, judged: Sweep, tuned: int, optimum: Optimum, yardstick: Reference
) -> Iterator[Row]:
    _, test = situations(replay, family)
    chosen = {DEFAULT: {}}
    if not _is_given(replay, family):
        chosen |= {TUNED: judged.settings[tuned], HINDSIGHT: judged.settings[judged.best(replay.slo)]}
    for variant, setting in chosen.items():
        made = candidate(test, family, **setting)
        outcome = run(test, made)
        if variant == HINDSIGHT:
            saving = Saving()
        elif variant == TUNED and family == yardstick.rule:
            saving = Saving(0.0, 0.0, 0.0)
        else:
            saving = yardstick.saving(outcome)
        yield _row(replay, family, variant, made.parameters, outcome, optimum, saving)


def _yardsticks(replay: Replay, optimum: Optimum) -> Iterator[Row]:
    perfect = candidate(replay.test, policy_names.PERFECT_FORECAST)
    for family, outcome in (
        (policy_names.PERFECT_FORECAST, run(replay.test, perfect)),
        (policy_names.ORACLE, optimum.outcome),
    ):
        yield _row(replay, family, "", {}, outcome, optimum, Saving())


def _row(
    replay: Replay,
    family: str,
    variant: str,
    parameters: Parameters,
    outcome: Outcome,
    optimum: Optimum,
    saving: Saving,
) -> Row:
    totals = outcome.totals.judged(optimum.lost_request_price, optimum.objective)
    if not np.isfinite([totals.cost, totals.objective]).all():
        raise WorkFailed(f"The cost of {family} is not finite; check price_per_hour and lost_request_price.")
    return Row(
        name_of(family, variant) if variant else family,
        family,
        variant,
        parameters,
        outcome,
        totals,
        variant in ("", HINDSIGHT),
        meets(outcome, replay.slo),
        saving,
    )


def _split(row: Row, rows: list[Row]) -> Row:
    """The regret of a forecast-driven row, split into the forecast's part and the rule's."""
    if row.family not in policy_names.FORECAST_DRIVEN or row.totals.regret is None:
        return row
    perfect = next(one for one in rows if one.family == policy_names.PERFECT_FORECAST).totals.regret
    return replace(row, forecast_regret=row.totals.regret - perfect, policy_regret=perfect)
