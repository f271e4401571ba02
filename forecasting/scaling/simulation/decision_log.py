"""Decisions: what a replayed policy decided in each bin, from which numbers, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecasting.errors import InputError
from forecasting.scaling.kernels.inputs import BINDINGS, BinRun
from forecasting.scaling.policies.trace import Trace
from forecasting.scaling.recommendation.reasons import bound_words
from forecasting.scaling.recommendation.recommended import HOLD, SCALE_DOWN, SCALE_UP
from forecasting.scaling.simulation.simulate import Simulation, whole_if_whole
from forecasting.timeseries.clock import wall_texts

ACTIONS = (HOLD, SCALE_UP, SCALE_DOWN)
"""By the sign of the change: 0, 1, -1."""

FLAP_SECONDS = 900
"""A change back within a quarter of an hour is a flap."""


class Groups(NamedTuple):
    """Groups of `together` bins: their first ones, and those that stand for them (the first if none is known)."""

    starts: np.ndarray
    positions: np.ndarray
    together: int


@dataclass(frozen=True, eq=False)
class Decisions:
    """The bins (n,) of a replay. `change` is the sign of what a bin changed, `unmet` its unmet requests.

    `forecast` is the forecast demand at the end of each bin, the quantile of the lead window, and `trusted` whether it
    might decide; both are None if the policy does not forecast. `idle_hours` are replica-hours ready beyond what was
    needed, `under_hours` those needed and not ready.
    """

    trace: Trace
    run: BinRun
    change: np.ndarray
    unmet: np.ndarray
    floor: np.ndarray
    idle_hours: float
    under_hours: float
    forecast: np.ndarray | None = None
    trusted: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.change)

    @property
    def capacity(self) -> np.ndarray:
        """Requests that the ready replicas could serve in each bin."""
        return self.trace.capacity * self.run.ready

    @cached_property
    def seconds(self) -> np.ndarray:
        """Left edge of each bin in absolute seconds."""
        trace = self.trace
        return trace.series.start + trace.bin_seconds * np.arange(trace.first, trace.end, dtype=np.int64)

    @property
    def wall(self) -> np.ndarray:
        """Left edge of each bin in wall seconds."""
        return self.trace.series.wall[self.trace.first : self.trace.end]

    @property
    def flaps(self) -> int:
        """Bins that reverse the change of an earlier one within FLAP_SECONDS."""
        at = np.flatnonzero(self.change)
        back = np.diff(self.change[at]) != 0
        return int(np.count_nonzero(back & (np.diff(at) * self.trace.bin_seconds <= FLAP_SECONDS)))

    def bindings(self) -> list[str]:
        """Return what decided at least once, the most frequent first."""
        counts = np.bincount(self.run.binding, minlength=len(BINDINGS))
        return [BINDINGS[code] for code in np.argsort(-counts, kind="stable") if counts[code]]

    def chosen(self, actions: Sequence[str] = ACTIONS, binding: str | None = None) -> np.ndarray:
        """Return positions of the bins with one of these actions and, if given, this binding term."""
        wanted = np.isin(self.change, [(0, 1, -1)[ACTIONS.index(action)] for action in actions])
        if binding is not None:
            wanted &= self.run.binding == BINDINGS.index(binding)
        return np.flatnonzero(wanted)

    def rows(self, positions: np.ndarray) -> list[dict[str, object]]:
        """Return a dict a bin: ds, demand, forecast, ready, `booting`, desired, action, binding_term, reason and
        unmet.
        """
        return [self._row(int(at), ds) for at, ds in zip(positions, self._ds(positions), strict=True)]

    def frame(self, positions: np.ndarray) -> pd.DataFrame:
        """Return the rows as a frame, for CSV."""
        columns = (
            "ds",
            "demand",
            "forecast",
            "ready",
            "booting",
            "desired",
            "action",
            "binding_term",
            "reason",
            "unmet",
        )
        return pd.DataFrame(self.rows(positions), columns=list(columns))

    def busiest(self, first: int, end: int, most: int) -> Groups:
        """Return at most `most` groups of equally many bins of [first, end), each with its bin of least room."""
        together = max(1, -(-(end - first) // most))
        starts = np.arange(first, end, together)
        room = np.full(len(starts) * together, -np.inf)
        lack = (self.trace.demand - self.capacity)[first:end]
        room[: end - first] = np.where(np.isnan(lack), -np.inf, lack)
        return Groups(starts, starts + room.reshape(-1, together).argmax(axis=1), together)

    def between(self, start: str, end: str) -> tuple[int, int] | None:
        """Return the bins [first, end) of two wall times, one more on either side; None if they hold no bin."""
        edges = np.array([start[:19], end[:19]], dtype="datetime64[s]").astype(np.int64)
        first, last = np.searchsorted(self.wall, edges)
        return (max(0, int(first) - 1), min(len(self), int(last) + 1)) if first < last else None

    def _ds(self, positions: np.ndarray) -> list[str]:
        return wall_texts(self.seconds[positions], self.trace.series.time_zone)

    def _row(self, at: int, ds: str) -> dict[str, object]:
        run, demand = self.run, float(self.trace.demand[at])
        binding = BINDINGS[run.binding[at]]
        forecast = None if self.forecast is None else float(self.forecast[at])
        return {
            "ds": ds,
            "demand": demand if demand == demand else None,
            "forecast": forecast if forecast == forecast else None,
            "ready": whole_if_whole(float(run.ready[at])),
            "booting": whole_if_whole(float(run.booting[at])),
            "desired": int(run.desired[at]),
            "action": ACTIONS[int(self.change[at])],
            "binding_term": binding,
            "reason": self._reason(at, binding),
            "unmet": float(self.unmet[at]),
        }

    def _reason(self, at: int, binding: str) -> str:
        run, trace = self.run, self.trace
        seen = float(trace.seen_counts[run.last_count[at]])
        replicas = int(run.proposed[at]), int(run.desired[at])
        text = bound_words(binding, *replicas, seen, int(self.floor[at]), trace.finer)
        untrusted = self.trusted is not None and not self.trusted[at]
        return f"The forecast is not trusted. {text}" if untrusted else text


def decisions_of(simulation: Simulation) -> Decisions:
    """Return the decisions of a simulated policy; raises InputError for the oracle, which decides nothing."""
    scenario = simulation.scenario
    if scenario is None:
        raise InputError(f"policy must be one that decides step by step (got {simulation.policy!r}).", field="policy")
    forecast, trusted = None, None
    if scenario.forecasts is not None:
        quantile = simulation.parameters.get("quantile") or scenario.usual_quantile or scenario.slo.level
        forecast = scenario.forecasts.windows.quantile(quantile)
        if "gated" in simulation.parameters:
            trusted = scenario.trust_check(quantile).trusted if simulation.parameters["gated"] else scenario.always
    return Decisions(
        simulation.trace,
        simulation.run,
        simulation.change,
        simulation.unmet,
        scenario.floor,
        simulation.outcome.idle_hours,
        simulation.outcome.short_hours,
        forecast,
        trusted,
    )
