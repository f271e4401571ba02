"""Sweeps: a policy over the whole range of its knob, from cheap to safe, with each setting of its other parameters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import InputError
from forecasting.progress import Progress
from forecasting.scaling.config.limits import MAX_WINDOW_SECONDS
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.policies.policy import WINDOW, Parameters
from forecasting.scaling.policies.policy_registry import POLICIES, configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.simulation.engine import run_all
from forecasting.scaling.simulation.outcome import Outcome

KNOB_VALUES = 20
"""Values of a knob over its whole range; as many again are tried around the objective."""

REFINED_SETTINGS = 3
"""Settings of the other parameters whose knob is refined."""

FRONTIER_VALUES = 160
MAX_KNOB_VALUES = 2_000


@dataclass(frozen=True, eq=False)
class Sweep:
    """Outcomes of one policy, one a setting: `settings` and `outcomes` in the same order."""

    policy: str
    settings: list[Parameters]
    outcomes: list[Outcome]

    def column(self, name: str) -> np.ndarray:
        """Return one field of the totals for every setting."""
        return np.array([getattr(outcome.totals, name) for outcome in self.outcomes])

    def violations(self, slo: Objective) -> np.ndarray:
        """Return the share that the objective limits, for every setting."""
        return self.column(slo.measure)

    def best(self, slo: Objective) -> int:
        """Return the cheapest setting that keeps the objective; the one that misses it least if none does."""
        cost, missed = self.column("cost"), self.violations(slo)
        good = missed <= slo.share
        return int(np.argmin(np.where(good, cost, np.inf) if good.any() else missed))

    def beside(self, position: int) -> list[int]:
        """Return the positions of the settings that differ from one in the knob only (and in what moves with it)."""
        fixed = [name for name in POLICIES[self.policy].other_values if name != "lower_percent"]
        mine = self.settings[position]
        return [n for n, one in enumerate(self.settings) if all(one[name] == mine[name] for name in fixed)]

    def groups(self) -> list[list[int]]:
        """Return the positions of the settings by the parameters that they share."""
        left, groups = set(range(len(self.settings))), []
        while left:
            group = self.beside(min(left))
            left -= set(group)
            groups.append(group)
        return groups

    def promise(self, group: list[int], slo: Objective) -> tuple[bool, float]:
        """Return what keeping an objective would cost between the settings of a group, as a key to sort by.

        Groups that cannot keep it come last, by the share they miss.
        """
        cost, missed = self.column("cost")[group], self.violations(slo)[group]
        order = np.lexsort((cost, missed))
        if missed[order[0]] > slo.share:
            return True, float(missed[order[0]])
        cheapest = np.minimum.accumulate(cost[order])
        share = np.log(np.maximum(missed[order], 1e-9))
        return False, float(np.interp(np.log(slo.share), share, cheapest))

    def joined(self, other: Sweep) -> Sweep:
        """Return both sweeps of one policy as one, this one first."""
        return Sweep(self.policy, self.settings + other.settings, self.outcomes + other.outcomes)


def sweep(scenario: Scenario, policy: str, settings: Sequence[Parameters], progress: Progress | None = None) -> Sweep:
    """Simulate a policy with each of these settings."""
    made = [configured(scenario, policy, **setting) for setting in settings]
    return Sweep(policy, [one.parameters for one in made], run_all(scenario, made, progress))


def refined(swept: Sweep, slo: Objective, count: int = KNOB_VALUES) -> list[Parameters]:
    """Return more settings around the objective, for the other parameters that promise most."""
    knob = POLICIES[swept.policy].knob
    groups = sorted(swept.groups(), key=lambda group: swept.promise(group, slo))
    return [setting for group in groups[:REFINED_SETTINGS] for setting in _between(swept, group, knob, slo, count)]


def _between(swept: Sweep, group: list[int], knob: str, slo: Objective, count: int) -> list[Parameters]:
    """Return values of the knob between the neighbours of a group's best setting."""
    cost, missed = swept.column("cost")[group], swept.violations(slo)[group]
    good = missed <= slo.share
    best = group[int(np.argmin(np.where(good, cost, np.inf) if good.any() else missed))]
    values = sorted({swept.settings[position][knob] for position in group})
    place = values.index(swept.settings[best][knob])
    low, high = values[max(place - 1, 0)], values[min(place + 1, len(values) - 1)]
    tried = np.linspace(low, high, count + 2)[1:-1]
    if POLICIES[swept.policy].whole_knob:
        tried = np.unique(tried.round())
    return [_moved(swept.settings[best], knob, value) for value in tried.tolist() if value not in values]


def frontier_settings(settings: Sequence[Parameters], chosen: Parameters, policy: str) -> list[Parameters]:
    """Return the whole range of the knob, densely, with the other parameters as chosen, for a frontier."""
    knob = POLICIES[policy].knob
    values = np.array(sorted({setting[knob] for setting in settings}))
    dense = np.interp(np.linspace(0, len(values) - 1, FRONTIER_VALUES), np.arange(len(values)), values)
    if POLICIES[policy].whole_knob:
        dense = np.unique(dense.round())
    return [_moved(chosen, knob, value) for value in dense.tolist()]


def _moved(setting: Parameters, knob: str, value: float) -> Parameters:
    """Return a setting with another value of the knob; a lower threshold keeps its share of the upper one."""
    moved = {**setting, knob: value}
    if "lower_percent" in setting:
        moved["lower_percent"] = setting["lower_percent"] * value / setting[knob]
    return moved


def settings_of(scenario: Scenario, policy: str, count: int = KNOB_VALUES) -> list[Parameters]:
    """Return `count` values of the knob (fewer if it is a whole number), crossed with the other parameters' values.

    The range comes from the history before the scenario's trace only: give the evaluation days, not the tuning
    days, before which there may be none. Raises InputError for a policy without a knob.
    """
    knob_values = POLICIES[policy].knob_values if policy in POLICIES else None
    if knob_values is None:
        raise InputError(f"policy must be one with a knob to sweep (got {policy!r}).", field="policy")
    if not 1 <= count <= MAX_KNOB_VALUES:
        raise InputError(f"sweep must be an integer from 1 to {MAX_KNOB_VALUES} (got {count}).", field="sweep")
    knob, others = POLICIES[policy].knob, POLICIES[policy].other_values
    settings: list[Parameters] = []
    for value, *rest in itertools.product(knob_values(scenario, count), *others.values()):
        setting = {knob: value, **dict(zip(others, rest, strict=True))}
        if "lower_percent" in setting:
            setting["lower_percent"] *= value
        if WINDOW in setting:
            setting[WINDOW] = min(setting[WINDOW] * scenario.scale_in_window_seconds, MAX_WINDOW_SECONDS)
        if setting not in settings:
            settings.append(setting)
    return settings
