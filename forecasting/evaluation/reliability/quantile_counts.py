"""How often actuals lie below each quantile: the counts from which all calibration figures are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from forecasting.backtests.backtest import Backtest
from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.forecasters.base import QUANTILES

PIT_EDGES = tuple(round(0.1 * k, 1) for k in range(1, 10))
"""Levels between the ten classes of the histogram: all among the quantiles, so that nothing is interpolated."""

_PIT_COLUMNS = [QUANTILES.index(level) for level in PIT_EDGES]
_CLASSES = len(PIT_EDGES) + 1


@dataclass(frozen=True, eq=False)
class Shares:
    """Observed shares (k,) of `n` targets, with their 95 % bootstrap intervals over days; NaN without an interval."""

    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int


@dataclass(frozen=True, eq=False)
class QuantileCounts:
    """Counts by day and step: of `known` (days, h) targets, those at most at and those below each quantile.

    `at_most` and `below` are (days, h, levels); `classes` (days, h, 10) are the targets in each tenth of the forecast
    distribution. A target that equals several quantiles, as 0 does in quiet hours, counts for the classes between them
    in equal parts (Czado, Gneiting and Held 2009).
    """

    known: np.ndarray
    at_most: np.ndarray
    below: np.ndarray
    classes: np.ndarray

    @classmethod
    def of(cls, run: Backtest) -> Self:
        """Return the counts of a backtest."""
        shape = len(run.days), len(run.steps)
        known = np.zeros(shape)
        at_most, below = (np.zeros((*shape, len(QUANTILES))) for _ in range(2))
        classes = np.zeros((*shape, _CLASSES))
        groups = run.day_of * shape[1] + np.arange(shape[1])
        for rows, quantiles in run.chunks():
            actual = run.actual[rows]
            good = np.isfinite(actual) & np.isfinite(run.means[rows])
            group, y, q = groups[rows][good], actual[good][:, None], quantiles[good]
            known += np.bincount(group, minlength=known.size).reshape(shape)
            at_most += _counted(group, y <= q, shape)
            below += _counted(group, y < q, shape)
            classes += _counted(group, _class_shares(y, q[:, _PIT_COLUMNS]), shape)
        return cls(known, at_most, below, classes)

    def reliability(self, column: int | None = None) -> Shares:
        """Return the share of targets at or below each of QUANTILES, at one step or over all."""
        return self._shares(self.at_most, column)

    def histogram(self, column: int | None = None) -> Shares:
        """Return the share of targets in each tenth of the forecast distribution: 0.1 each if calibrated."""
        return self._shares(self.classes, column)

    def inside(self, share: float) -> np.ndarray:
        """Return the targets (days, h) within the central interval of this share (its edges are in QUANTILES)."""
        low, high = (QUANTILES.index(round((1 + side * share) / 2, 3)) for side in (-1, 1))
        return self.at_most[..., high] - self.below[..., low]

    def coverage_by_step(self, share: float) -> np.ndarray:
        """Return the share of targets (h,) within that interval at each step; NaN if none is known."""
        inside, known = self.inside(share).sum(axis=0), self.known.sum(axis=0)
        return np.divide(inside, known, out=np.full(len(known), np.nan), where=known > 0)

    def _shares(self, counts: np.ndarray, column: int | None) -> Shares:
        part = slice(None) if column is None else slice(column, column + 1)
        return shares_of(counts[:, part].sum(axis=1), self.known[:, part].sum(axis=1))


def shares_of(counts: np.ndarray, known: np.ndarray) -> Shares:
    """Return the shares (k,) of counts (days, k) in known targets (days,), with intervals from a block bootstrap."""
    weights = day_weights(len(known))
    total = (weights @ known)[:, None]
    samples = np.divide(weights @ counts, total, out=np.full((len(weights), counts.shape[1]), np.nan), where=total > 0)
    edges = np.array([interval_95(column[1:], len(known)) or (np.nan, np.nan) for column in samples.T])
    return Shares(samples[0], edges[:, 0], edges[:, 1], int(known.sum()))


def _counted(group: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the sums of values (n, k) by group as (*shape, k)."""
    size = shape[0] * shape[1]
    return np.stack([np.bincount(group, weights=v, minlength=size) for v in values.T], axis=-1).reshape(*shape, -1)


def _class_shares(y: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the part of each target (n, 1) in each class (n, 10) between edges (n, 9)."""
    first, last = (edges < y).sum(axis=1)[:, None], (edges <= y).sum(axis=1)[:, None]
    number = np.arange(_CLASSES)
    return ((number >= first) & (number <= last)) / (last - first + 1)
