"""All forecasts of one series by the experts, their mix and its spread: the state that every forecast is read from."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank, Lengths, RunningBank
from forecasting.forecasters.adaptive.experts import EXPERTS, FAR, NEAR, PRIORS, ExpertRun, expert_means
from forecasting.forecasters.adaptive.midnights import block_edges, parts_by_block
from forecasting.forecasters.adaptive.mixing import Losses, RunningLosses, mixed
from forecasting.forecasters.adaptive.regressors import Rows, rows_of
from forecasting.forecasters.adaptive.root_columns import RootColumns, RunningRoots
from forecasting.forecasters.adaptive.root_expert import root_means
from forecasting.forecasters.adaptive.spread import ErrorHistory, RunningErrors, SpreadRun, spread_of
from forecasting.forecasters.running_filters import FORK, Tape
from forecasting.memory import Memory
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

CHUNK = 4_096
"""Origins at a time: bounds the memory of rows."""

EQUAL = 1e-9
"""A mean this close to the last count, relative to it, is that count: a constant series is forecast exactly."""

LATEST = 4
"""Lineages kept to go on from, whatever became of their series."""

KEY_BINS = 32
"""The first bins tell services apart whose series begin together."""

_LATEST: Memory[tuple[int, int, str | None, bytes], Lineage] = Memory(LATEST)
_STATES: Derived[AdaptiveState] = Derived()
T = TypeVar("T")
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


@dataclass(frozen=True, eq=False)
class Family:
    """The knots whose regressions are computed together: `mix` and `spread` (knots, n), the rest by block and knot.

    `spread` is the usual absolute error of the mix, in requests per bin; `share` (experts, knots) are the weights at
    the last origin.
    """

    columns: RootColumns
    knots: np.ndarray
    edges: np.ndarray
    weights: list[dict[str, np.ndarray]]
    roots: list[tuple[np.ndarray, np.ndarray]]
    losses: Losses
    mix: np.ndarray
    history: ErrorHistory
    spread: np.ndarray
    spread_weights: list[np.ndarray]
    shape: np.ndarray
    share: np.ndarray

    @property
    def bank(self) -> Bank:
        """The bank that the forecasts rest on."""
        return self.columns.bank

    def evaluate(self, origins: np.ndarray, steps: np.ndarray, knots: np.ndarray) -> Evaluation:
        """Forecast from rising origins (n,) at steps (h,), each with the regressions of a knot (h,) given by place."""
        rows = rows_of(self.bank, origins, steps)
        parts = list(parts_by_block(self.edges, origins))
        means = np.empty((len(EXPERTS), len(steps), len(origins)))
        for number, part in parts:
            regressions = {name: each[knots] for name, each in self.weights[number].items()}
            regression, lift = self.roots[number]
            roots = root_means(self.columns, (regression[knots], lift[knots]), origins[part], steps)
            means[:, :, part] = expert_means(rows, regressions, roots, part)
        weights = self.losses.weights(self.bank, _PRIORS, origins, steps)
        mix, share = mixed(means, weights)
        mix = _snapped(mix, self.bank.counts[origins])
        columns = self.history.columns(origins, steps, knots, means, mix)
        spread = np.empty(mix.shape)
        known = self.history.known[knots][:, origins]
        for number, part in parts:
            regression = self.spread_weights[number][knots]
            spread[:, part] = spread_of(columns[:, part], regression, rows.scale[:, part], known[:, part])
        return Evaluation(rows, means, share, mix, spread, columns)

    def shape_at(self, origins: np.ndarray) -> np.ndarray:
        """Return the shape of the errors (n, knots, levels) in force at origins (n,)."""
        return self.shape[np.searchsorted(self.edges, origins, side="right") - 1]


class RunningFamily:
    """A family of a series that grows at its end; `length` bins are done."""

    def __init__(self, lengths: Lengths, knots: np.ndarray):
        self._knots, self.length = knots, 0
        self._run, self._losses = ExpertRun(knots, hourly=lengths.hour > 0), RunningLosses(lengths, knots)
        self._errors, self._spread, self._mix = RunningErrors(lengths, knots), SpreadRun(knots), Tape(len(knots))

    def extend(self, columns: RootColumns, edges: np.ndarray, near: Family | None = None) -> Family:
        """Return the family of a series that continues the one so far; `near` has the losses and errors at step 1."""
        bank, begin, n, run, spread = columns.bank, self.length, len(columns.bank.counts), self._run, self._spread
        made = run.extend(columns, edges, begin)
        losses = self._losses.extend(bank, made, begin, None if near is None else near.losses.recent[:, 0])
        for part in split(np.arange(begin, n)):
            mix, share = mixed(made.means[:, :, part - made.first], losses.weights(bank, _PRIORS, part, self._knots))
            self._mix.put(int(part[0]), _snapped(mix, bank.counts[part]))
        mix = self._mix.view(n)
        history = self._errors.extend(bank, mix, begin, None if near is None else near.history)
        spread.extend(history, made, run.scale.view(n), mix, edges, begin)
        self.length = n
        return Family(
            columns=columns,
            knots=self._knots,
            edges=edges,
            weights=run.weights,
            roots=run.roots,
            losses=losses,
            mix=mix,
            history=history,
            spread=spread.spread.view(n),
            spread_weights=spread.weights,
            shape=spread.shape,
            share=share[..., -1],
        )


class AdaptiveState:
    """The families of one series; the far one is computed when a step beyond the near one is asked for."""

    def __init__(self, lineage: Lineage, columns: RootColumns, edges: np.ndarray, near: Family):
        self.lineage, self.columns, self.edges, self.near = lineage, columns, edges, near
        self._last: tuple[tuple[bytes, bytes], Evaluation] | None = None

    @classmethod
    def of(cls, series: Series) -> AdaptiveState:
        """Return the state of a series, computed once and cached with it.

        A series that continues one of the last ones used, such as a live one with a new bin, pays for its new bins
        only; the result is the same.
        """
        return _STATES.of(series, lambda: _continued(series))

    @classmethod
    def cached(cls, series: Series, state: AdaptiveState) -> AdaptiveState:
        """Return the state that is cached with a series: this one, unless there is one."""
        return _STATES.of(series, lambda: state)

    @property
    def bank(self) -> Bank:
        """The bank of the series."""
        return self.columns.bank

    def evaluate_near(self, origins: np.ndarray, steps: np.ndarray) -> Evaluation:
        """Return the evaluation from rising origins (n,) at near steps (h,); the last one of one origin is cached."""
        key = origins.tobytes(), steps.tobytes()
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        made = self.near.evaluate(origins, steps, steps - 1)
        if len(origins) == 1:
            self._last = key, made
        return made

    @cached_property
    def far(self) -> Family:
        """The knots beyond step 12."""
        return self.lineage.far_of(self)

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


@dataclass(eq=False)
class _Parts:
    """What grows with a series of which `length` bins are done."""

    bank: RunningBank
    roots: RunningRoots
    near: RunningFamily
    far: RunningFamily | None
    length: int = 0


class Lineage:
    """A series that grows, and what the states of its lengths share. One thread at a time extends it.

    The latest midnight can be gone back to, when bins after it change.
    """

    _followers: WeakKeyDictionary[object, tuple[int, object]]

    def __init__(self, series: Series):
        self._lock, self._following = threading.Lock(), threading.Lock()
        self._followers = WeakKeyDictionary()
        self._series, seconds = series, series.bin_seconds
        lengths = Lengths.of(seconds)
        self._parts = _Parts(RunningBank(seconds), RunningRoots(lengths, seconds), RunningFamily(lengths, NEAR), None)
        self._midnight: _Parts | None = None
        self._far: Family | None = None

    def state(self, series: Series) -> AdaptiveState | None:
        """Return the state of a series that continues this one, in place or from the latest midnight; else None."""
        with self._lock:
            if self._shares(series, self._parts.length):
                return self._extended(series)
            if self._midnight is None or not self._shares(series, self._midnight.length):
                return None
            other, memo = copy.copy(self), cast(dict[int, Any], {FORK: True})
            other._lock, other._following, other._far = threading.Lock(), threading.Lock(), None
            other._followers = WeakKeyDictionary()
            other._parts = copy.deepcopy(self._midnight, memo)
            other._midnight = copy.deepcopy(other._parts)
        return other._extended(series)

    def far_of(self, state: AdaptiveState) -> Family:
        """Return the far family of a state, or that of a longer one, which forecasts the same from its origins."""
        with self._lock:
            parts = self._parts
            if parts.far is None:
                parts.far = RunningFamily(state.bank.lengths, FAR)
            if self._far is None or parts.far.length < len(state.bank.counts):
                self._far = parts.far.extend(state.columns, state.edges, state.near)
            return self._far

    def follow(self, owner: object, length: int, make: Callable[[T | None], T]) -> T:
        """Return what `make` derives from the state of a length, given what it made for a shorter one, or None.

        What was made for a longer state serves a shorter one too.
        """
        with self._following:
            before, earlier = self._followers.get(owner, (0, None))
            if before < length:
                before, earlier = length, make(cast("T | None", earlier))
                self._followers[owner] = before, earlier
            return cast("T", earlier)

    def _shares(self, series: Series, length: int) -> bool:
        """Return whether a longer series has the first `length` bins of this one."""
        mine, other = self._series.requests_count[:length], series.requests_count[:length]
        return len(series) > length and len(mine) == length and np.array_equal(mine, other, equal_nan=True)

    def _extended(self, series: Series) -> AdaptiveState:
        edges = block_edges(series)
        midnight = int(edges[-2])
        if self._parts.length < midnight < len(series):
            part = series.slice(0, midnight)
            self._advance(part, edges[edges <= midnight])
            self._midnight = copy.deepcopy(self._parts)
        self._series = series
        return self._advance(series, edges)

    def _advance(self, series: Series, edges: np.ndarray) -> AdaptiveState:
        parts = self._parts
        bank = parts.bank.extend(series, parts.length).cached()
        columns = parts.roots.extend(bank, parts.length)
        near = parts.near.extend(columns, edges)
        parts.length = len(series)
        return AdaptiveState(self, columns, edges, near)


def _continued(series: Series) -> AdaptiveState:
    key = (series.start, series.bin_seconds, series.time_zone, series.requests_count[:KEY_BINS].tobytes())
    lineage = _LATEST.get(key)
    state = None if lineage is None else lineage.state(series)
    if state is None:
        state = Lineage(series).state(series)
    if state is None:
        raise ValueError("a series without bins has no state")
    _LATEST.replace(key, state.lineage)
    return state


def split(origins: np.ndarray) -> list[np.ndarray]:
    """Return origins in parts of at most `CHUNK`."""
    return [origins[first : first + CHUNK] for first in range(0, len(origins), CHUNK)]


def _snapped(mix: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mix (h, n), set to the last count where it equals it but for rounding."""
    return np.where(np.abs(mix - counts) <= EQUAL * np.abs(counts), counts, mix)
