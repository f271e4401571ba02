"""Savings maps: what forecasting saves for other start-up times and other prices of an unmet request.

With a price in place of an objective every policy is tuned to the least cost + price x unmet requests on the tuning
days, and compared with the others by the same sum on the evaluation days. A sweep has both parts of that sum, so a
column costs nothing: only another start-up time is simulated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.errors import InputError
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.progress import Progress
from forecasting.scaling.comparison.compare import is_given
from forecasting.scaling.comparison.frontier import COST, UNMET, Saving
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.scaled_service import BOOT_PARTS
from forecasting.scaling.simulation.replay import Replay
from forecasting.scaling.simulation.sweep import Sweep, settings_of, sweep

BOOTS = (0.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
"""Start-up times that are tried, in seconds: of those with the same number of steps the first one."""

MOST_BOOTS = 6
MULTIPLES = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
"""Prices of an unmet request that are tried, as multiples of what it costs to serve one at full capacity."""

KNOB_VALUES = 12


@dataclass(frozen=True)
class Cell:
    """One start-up time at one price: the best reactive and the best forecast-driven policy of the tuning days.

    `saving` is how much less the latter's objective is on the evaluation days, `best` the policy that performed
    best on the tuning days among all that can be deployed.
    """

    rule: str
    driven: str
    best: str
    saving: Saving

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        saving = {"saving": self.saving.saving, "saving_low": self.saving.low, "saving_high": self.saving.high}
        return {"rule": self.rule, "driven": self.driven, "best": self.best, **saving, "clear": self.saving.clear}


@dataclass(frozen=True)
class SavingsMap:
    """Cells by start-up time (rows) and price of an unmet request (columns); `serving_price` is of a served one."""

    boot_seconds: tuple[float, ...]
    lost_request_prices: tuple[float, ...]
    serving_price: float
    cells: tuple[tuple[Cell, ...], ...]

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "cells": [[cell.to_dict() for cell in row] for row in self.cells]}


@dataclass(frozen=True)
class _Swept:
    """A policy over its knob on the tuning days and on the evaluation days, the same settings in the same order."""

    tuned_on: Sweep
    evaluated_on: Sweep

    def best(self, price: float) -> tuple[float, int]:
        """Return the least objective on the tuning days, and its setting."""
        objective = self.tuned_on.column("cost") + price * self.tuned_on.column("unmet_requests")
        return float(objective.min()), int(objective.argmin())

    def daily(self, price: float) -> np.ndarray:
        """Return the objective of each evaluation day (days,) with that setting."""
        daily = self.evaluated_on.outcomes[self.best(price)[1]].daily
        return daily[:, COST] + price * daily[:, UNMET]


def savings_map_of(
    replay: Replay,
    *,
    start_ups: Sequence[float] | None = None,
    multiples: Sequence[float] = MULTIPLES,
    policies: Sequence[str] = policy_names.DEPLOYABLE,
    knob_values: int = KNOB_VALUES,
    progress: Progress | None = None,
) -> SavingsMap:
    """Tune every policy coarsely for each start-up time (seconds) and price (in `multiples` of serving a request).

    At least one reactive and one forecast-driven policy must be among `policies`. A start-up time that the trace or
    the horizon of the forecasts does not allow is left out. Raises InputError if a replica costs nothing: then no
    price of an unmet request is too low to run as many as there may be.
    """
    service, step = replay.service, replay.series.bin_seconds
    serving = service.price_per_step(step) / service.capacity_per_step(step)
    if not serving > 0:
        raise InputError(
            f"price_per_hour must be a number above 0 (got {service.price_per_hour:g}).", field="service.price_per_hour"
        )
    prices = tuple(float(f"{serving * multiple:.6g}") for multiple in multiples)
    tried = start_up_times(replay) if start_ups is None else tuple(start_ups)
    rows: dict[float, tuple[Cell, ...]] = {}
    for done, seconds in enumerate(tried):
        try:
            swept = _swept(_starting_in(replay, seconds), policies, knob_values)
        except InputError:  # a start-up time that this trace or horizon does not allow says nothing
            continue
        rows[seconds] = tuple(_cell(swept, price) for price in prices)
        if progress:
            progress((done + 1) / len(tried))
    return SavingsMap(tuple(rows), prices, serving, tuple(rows.values()))


def start_up_times(replay: Replay) -> tuple[float, ...]:
    """Return the start-up times to try, rising, the service's own among them, each with another number of steps."""
    service, step = replay.service, replay.series.bin_seconds
    by_steps: dict[int, float] = {}
    for seconds in (service.boot_seconds or 0.0, *BOOTS):
        by_steps.setdefault(-int(-seconds // step), seconds)
    allowed = [seconds for steps, seconds in sorted(by_steps.items()) if steps + 1 <= MAX_HORIZON]
    surplus = [seconds for seconds in reversed(allowed) if seconds != service.boot_seconds]
    dropped = surplus[: max(len(allowed) - MOST_BOOTS, 0)]
    return tuple(seconds for seconds in allowed if seconds not in dropped)


def _starting_in(replay: Replay, seconds: float) -> Replay:
    """Return the replay with another start-up time, without a price of unmet requests or a given number of replicas."""
    parts: dict[str, Any] = dict.fromkeys(BOOT_PARTS)
    service = replace(replay.service, **parts, boot_seconds=seconds, lost_request_price=None)
    return replace(replay, service=service, start_replicas=None)


def _swept(replay: Replay, policies: Sequence[str], knob_values: int) -> dict[str, _Swept]:
    swept = {}
    for name in policies:
        tuning, evaluation = replay.scenarios(name)
        settings = [{}] if is_given(replay, name) else settings_of(evaluation, name, knob_values)
        swept[name] = _Swept(sweep(tuning, name, settings), sweep(evaluation, name, settings))
    return swept


def _cell(swept: dict[str, _Swept], price: float) -> Cell:
    def best(among: Sequence[str]) -> str:
        return min((name for name in among if name in swept), key=lambda name: swept[name].best(price)[0])

    rule, driven = best(policy_names.REACTIVE_RULES), best(policy_names.FORECAST_DRIVEN)
    saving = _saving(swept[driven].daily(price), swept[rule].daily(price))
    return Cell(rule, driven, best(tuple(swept)), saving)


def _saving(mine: np.ndarray, theirs: np.ndarray) -> Saving:
    """Return how much less the sum of one is than the other's, by days drawn for both at once."""
    weights = day_weights(len(mine))
    sums = np.maximum(weights @ theirs, 1e-12)
    saved = 1.0 - weights @ mine / sums
    return Saving(float(saved[0]), *(interval_95(saved[1:], len(mine)) or (None, None)))
