"""Scores and their intervals from the forecasts of whoever made them: the one way in which every figure comes about.

The sums and their formulas are the product's own (`forecasting.backtests.metrics`): RMSE, MAE and sMAPE score the mean,
MASE the median; WQL and SQL the quantiles 0.1 to 0.9. SQL is the mean over quantiles and targets of
2 |(y - f_q) (1[y <= f_q] - q)|, over S_m. Intervals come from whole days drawn with replacement, the same draws for
every row (`forecasting.backtests.day_blocks`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.accuracy.tasks import Task
from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.backtests.metrics import RATIOS, SUMS, ScoreSums
from forecasting.errors import WorkFailed
from forecasting.evaluation.ranking.scoring import compared, score

Chunk = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Origins (n,), means (n, h) and quantiles (n, h, levels of `forecasting.forecasters.base.QUANTILES`)."""

FIGURES = (*(name for name in RATIOS if name != "bias"), "sql")
LOSSES = ("rmse", "wql")
"""What rows are compared by."""

_N, _SQUARED, _PINBALL = (SUMS.index(name) for name in ("n", "squared", "pinball"))


@dataclass(frozen=True, eq=False)
class Row:
    """One model on one task: what it is, what it cost, and its `sums` (metrics.SUMS, days, h) over one set of origins.

    `by` is `ours` or the library; `parameters` says whose (shipped, own, zero-shot) or with which window and season.
    """

    model: str
    by: str
    parameters: str
    fit_seconds: float | None
    forecast_seconds: float | None
    sums: np.ndarray = field(repr=False)

    @property
    def label(self) -> str:
        """The model as a table names it."""
        return f"{self.model}, zero-shot" if self.parameters == "zero-shot" else self.model


def daily_sums(task: Task, chunks: Iterable[Chunk], wanted: np.ndarray) -> np.ndarray:
    """Sums (metrics.SUMS, days, h) of the forecasts made at the `wanted` origins (n,).

    Raises WorkFailed where a target of theirs has no forecast: every model is scored on every target.
    """
    width = len(task.steps)
    sums = ScoreSums(len(task.days) * width)
    for origins, means, quantiles in chunks:
        kept = np.isin(origins, wanted)
        group = task.day_of(origins[kept]) * width + np.arange(width)
        actual = task.actual(origins[kept])
        sums.add(group.ravel(), actual.ravel(), means[kept].ravel(), quantiles[kept].reshape(actual.size, -1))
    missing = np.isfinite(task.actual(wanted)).sum() - int(sums.sums["n"].sum())
    if missing:
        raise WorkFailed(f"{task.name}: {missing:,} targets have no forecast; every model must forecast all of them.")
    return np.stack([values.reshape(len(task.days), width) for values in sums.sums.values()])


def figure(sums: np.ndarray, name: str, seasonal_scale: float) -> np.ndarray:
    """A figure by name from sums (metrics.SUMS, ...); NaN where it has no meaning."""
    if name == "mse":
        return sums[_SQUARED] / sums[_N]
    if name == "sql":
        by = sums[_N] * seasonal_scale
        return np.divide(sums[_PINBALL], by, out=np.full(np.shape(by), np.nan), where=by > 0)
    return score(sums, name, seasonal_scale)


def figures(task: Task, row: Row, steps: tuple[int, ...]) -> dict[str, list[float | None]]:
    """Every figure over these steps as [value, low, high]; without an interval where there are too few days.

    The published split, whose table has it, also gets the mean squared error.
    """
    daily = _over(row.sums, steps)
    drawn = daily @ day_weights(daily.shape[1]).T
    names = (*FIGURES, "mse") if task.positive_only else FIGURES
    return {name: _with_interval(figure(drawn, name, task.seasonal_scale), daily.shape[1]) for name in names}


def pinball(row: Row, steps: tuple[int, ...]) -> float:
    """The summed loss of a row's quantiles, by which rows of identical targets are ranked as by WQL."""
    return float(_over(row.sums, steps)[_PINBALL].sum())


def targets_of(row: Row, steps: tuple[int, ...]) -> int:
    """How many targets were scored over these steps."""
    return int(_over(row.sums, steps)[_N].sum())


def coverage_by_step(row: Row, steps: tuple[int, ...]) -> list[float]:
    """The smallest and the largest share of targets of one step inside the 80 % interval."""
    shares = score(row.sums.sum(axis=1), "coverage_80", 1.0)[np.array(steps) - 1]
    return [float(shares.min()), float(shares.max())]


def better(row: Row, other: Row, steps: tuple[int, ...], loss: str) -> list[float | None]:
    """By what share the loss of `row` is below that of `other` as [share, low, high]: paired draws of whole days."""
    found = compared(_over(row.sums, steps), _over(other.sums, steps), loss)
    return [None, None, None] if found is None else [found.share, found.low, found.high]


def _over(sums: np.ndarray, steps: tuple[int, ...]) -> np.ndarray:
    """Sums (metrics.SUMS, days) over steps; days without a scored target are left out."""
    daily = sums[:, :, np.array(steps) - 1].sum(axis=2)
    return daily[:, daily[_N] > 0]


def _with_interval(drawn: np.ndarray, days: int) -> list[float | None]:
    low, high = interval_95(drawn[1:], days) or (None, None)
    return [float(drawn[0]) if np.isfinite(drawn[0]) else None, low, high]
