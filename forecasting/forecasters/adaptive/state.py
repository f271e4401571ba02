"""All forecasts of one series by the experts, their mix and its spread: the state that every forecast is read from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.experts import (
    EXPERTS,
    FAR,
    NEAR,
    PRIORS,
    ExpertRun,
    expert_means,
    run_experts,
)
from forecasting.forecasters.adaptive.midnights import parts_by_block
from forecasting.forecasters.adaptive.mixing import Losses, losses_of, mixed
from forecasting.forecasters.adaptive.regressors import Rows, rows_of
from forecasting.forecasters.adaptive.root_expert import root_means
from forecasting.forecasters.adaptive.spread import ErrorHistory, SpreadRun, run_spread, spread_of
from forecasting.memory import Memory
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

CHUNK = 4_096
"""Origins at a time: bounds the memory of rows."""

EQUAL = 1e-9
"""A mean this close to the last count, relative to it, is that count: a constant series is forecast exactly."""

LATEST = 4
"""States kept to go on from, whatever became of their series."""

_LATEST: Memory[tuple[int, int, str | None], AdaptiveState] = Memory(LATEST)
_STATES: Derived[AdaptiveState] = Derived()
_PRIORS = np.array(list(PRIORS.values()))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Forecasts from origins (n,) at steps (h,): what the quantile heads see, and the mix with its spread.

    `means` and `weights` (experts, h, n), `mix` and `spread` (h, n), `columns` (h, n, p) of the spread's regression,
    all but the weights in requests per bin.
    """

    rows: Rows
    means: np.ndarray
    weights: np.ndarray
    mix: np.ndarray
    spread: np.ndarray
    columns: np.ndarray


class Family:
    """The knots whose regressions are computed together: `mix` and `spread` (knots, n), `shape` by block and knot."""

    def __init__(self, bank: Bank, knots: np.ndarray, near: Family | None = None, earlier: Family | None = None):
        self.bank, self.knots = bank, knots
        n, done = len(bank.counts), 0 if earlier is None else earlier.run.resumes_at
        self.run: ExpertRun = run_experts(bank, knots, None if earlier is None else earlier.run)
        first_loss = None if near is None else near.losses.recent[:, 0]
        self.losses: Losses = losses_of(bank, self.run, first_loss, None if earlier is None else earlier.losses)
        self.mix = np.empty((len(knots), n))
        if earlier is not None:
            self.mix[:, :done] = earlier.mix[:, :done]
        for part in split(np.arange(done, n)):
            weights = self.losses.weights(bank, _PRIORS, part, knots)
            mix, _ = mixed(self.run.means[:, :, part - self.run.first], weights)
            self.mix[:, part] = _snapped(mix, bank.counts[part])
        self.history: ErrorHistory = ErrorHistory(bank, knots, self.mix, None if near is None else near.history.first)
        self.spreads: SpreadRun = run_spread(
            bank, self.run, self.mix, self.history, None if earlier is None else earlier.spreads
        )
        self.run.forget()

    @property
    def spread(self) -> np.ndarray:
        """The usual absolute error (knots, n) of the mix, in requests per bin."""
        return self.spreads.spread

    def evaluate(self, origins: np.ndarray, steps: np.ndarray, knots: np.ndarray) -> Evaluation:
        """Forecast from rising origins (n,) at steps (h,), each with the regressions of a knot (h,) given by place."""
        rows = rows_of(self.bank, origins, steps)
        parts = list(parts_by_block(self.run.edges, origins))
        means = np.empty((len(EXPERTS), len(steps), len(origins)))
        for number, part in parts:
            regressions = {name: each[knots] for name, each in self.run.weights[number].items()}
            root = tuple(each[knots] for each in self.run.roots[number])
            means[:, :, part] = expert_means(rows, regressions, root_means(self.bank, root, origins[part], steps), part)
        weights = self.losses.weights(self.bank, _PRIORS, origins, steps)
        mix, share = mixed(means, weights)
        mix = _snapped(mix, self.bank.counts[origins])
        columns = self.history.columns(origins, steps, knots, means, mix)
        spread = np.empty(mix.shape)
        known = self.history.known[knots][:, origins]
        for number, part in parts:
            regression = self.spreads.weights[number][knots]
            spread[:, part] = spread_of(columns[:, part], regression, rows.scale[:, part], known[:, part])
        return Evaluation(rows, means, share, mix, spread, columns)

    def shape_at(self, origins: np.ndarray) -> np.ndarray:
        """Return the shape of the errors (n, knots, levels) in force at origins (n,)."""
        return self.spreads.shape[np.searchsorted(self.run.edges, origins, side="right") - 1]


class AdaptiveState:
    """The families of one series; the far one is computed when a step beyond the near one is asked for."""

    def __init__(self, series: Series, earlier: AdaptiveState | None = None):
        self.bank = Bank.of(series)
        self.near: Family = Family(self.bank, NEAR, earlier=None if earlier is None else earlier.near)
        self._earlier_far = None if earlier is None else vars(earlier).get("far")

    @classmethod
    def of(cls, series: Series) -> AdaptiveState:
        """Return the state of a series, computed once and cached with it.

        A series that continues one of the last ones used, such as a live one with a new bin, goes on from that one's
        last midnight; the result is the same.
        """
        return _STATES.of(series, lambda: _continued(series))

    @cached_property
    def far(self) -> Family:
        """The knots beyond step 12."""
        return Family(self.bank, FAR, self.near, self._earlier_far)

    def continues_in(self, series: Series) -> bool:
        """Return whether a series has the same bins up to the last midnight of this one."""
        start = self.near.run.resumes_at
        mine = self.bank.series
        return len(series) > start > 0 and np.array_equal(
            mine.requests_count[:start], series.requests_count[:start], equal_nan=True
        )

    def step(self, origins: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return mean (n,), spread (n,) and shape (n, levels) from origins (n,) at one step.

        Between two knots the forecast is that of both knots' regressions at this step, mixed by the step's logarithm.
        """
        for family in (self.near, self.far) if step > NEAR[-1] else (self.near,):
            if step in family.knots:
                place = int(np.searchsorted(family.knots, step))
                return family.mix[place, origins], family.spread[place, origins], family.shape_at(origins)[:, place]
        knots = np.concatenate([NEAR[-1:], FAR])
        right = int(np.searchsorted(knots, step))
        share = float(np.log(step / knots[right - 1]) / np.log(knots[right] / knots[right - 1]))
        parts = []
        for knot in (right - 1, right):
            family, place = (self.near, len(NEAR) - 1) if knot == 0 else (self.far, knot - 1)
            made = [family.evaluate(o, np.array([step]), np.array([place])) for o in split(origins)]
            mean, spread = (np.concatenate([getattr(each, name)[0] for each in made]) for name in ("mix", "spread"))
            parts.append((mean, spread, family.shape_at(origins)[:, place]))
        mean, spread, shape = ((1.0 - share) * left + share * right for left, right in zip(*parts, strict=True))
        return mean, spread, shape


def _continued(series: Series) -> AdaptiveState:
    key = (series.start, series.bin_seconds, series.time_zone)
    earlier = _LATEST.get(key)
    if earlier is not None and not earlier.continues_in(series):
        earlier = None
    state = AdaptiveState(series, earlier)
    _LATEST.replace(key, state)
    return state


def split(origins: np.ndarray) -> list[np.ndarray]:
    """Return origins in parts of at most `CHUNK`."""
    return [origins[first : first + CHUNK] for first in range(0, len(origins), CHUNK)]


def _snapped(mix: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mix (h, n), set to the last count where it equals it but for rounding."""
    return np.where(np.abs(mix - counts) <= EQUAL * np.abs(counts), counts, mix)
