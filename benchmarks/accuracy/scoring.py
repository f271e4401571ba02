"""Scores and their intervals, computed equally from the forecasts of our models and of other packages.

The sums and their formulas are the product's own (`forecasting.backtests.metrics`): RMSE, MAE and sMAPE score the mean,
MASE the median; WQL and SQL the quantiles 0.1 to 0.9. SQL is the mean over quantiles and targets of
2 |(y - f_q) (1[y <= f_q] - q)|, over S_m. Intervals come from whole days drawn with replacement, with equal draws for
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
"""The scores by which rows are compared."""

_N, _SQUARED, _PINBALL = (SUMS.index(name) for name in ("n", "squared", "pinball"))


@dataclass(frozen=True, eq=False)
class Row:
    """One model on one task: its name, its times, and its `sums` (metrics.SUMS, days, h) over one set of origins.

    `by` is `ours` or the library; `parameters` is their origin (shipped, own, zero-shot) or the window and season.
    """

    model: str
    by: str
    parameters: str
    fit_seconds: float | None
    forecast_seconds: float | None
    sums: np.ndarray = field(repr=False)

    @property
    def label(self) -> str:
        """The label of the model in a table."""
        return f"{self.model}, zero-shot" if self.parameters == "zero-shot" else self.model


def daily_sums(task: Task, chunks: Iterable[Chunk], scored: np.ndarray) -> np.ndarray:
    """Return sums (metrics.SUMS, days, h) of the forecasts from the `scored` origins (n,).

    Raises WorkFailed if one of their targets has no forecast: every model is scored on every target.
    """
    width = len(task.steps)
    sums = ScoreSums(len(task.days) * width)
    for origins, means, quantiles in chunks:
        rows = np.isin(origins, scored)
        group = task.day_of(origins[rows]) * width + np.arange(width)
        actual = task.actual(origins[rows])
        sums.add(group.ravel(), actual.ravel(), means[rows].ravel(), quantiles[rows].reshape(actual.size, -1))
    missing = np.isfinite(task.actual(scored)).sum() - int(sums.sums["n"].sum())
    if missing:
        raise WorkFailed(f"{task.name}: {missing:,} targets have no forecast; every model must forecast all of them.")
    return np.stack([values.reshape(len(task.days), width) for values in sums.sums.values()])


def figure(sums: np.ndarray, name: str, seasonal_scale: float) -> np.ndarray:
    """Return a score by name from sums (metrics.SUMS, ...); NaN if undefined."""
    if name == "mse":
        return sums[_SQUARED] / sums[_N]
    if name == "sql":
        by = sums[_N] * seasonal_scale
        return np.divide(sums[_PINBALL], by, out=np.full(np.shape(by), np.nan), where=by > 0)
    return score(sums, name, seasonal_scale)


def figures(task: Task, row: Row, steps: tuple[int, ...]) -> dict[str, list[float | None]]:
    """Return every score over these steps as [value, low, high]; without an interval if there are too few days.

    The published split also gets the mean squared error, which its table has.
    """
    daily = _over(row.sums, steps)
    drawn = daily @ day_weights(daily.shape[1]).T
    names = (*FIGURES, "mse") if task.positive_only else FIGURES
    return {name: _with_interval(figure(drawn, name, task.seasonal_scale), daily.shape[1]) for name in names}


def pinball(row: Row, steps: tuple[int, ...]) -> float:
    """Return the summed quantile loss of a row, which ranks rows of identical targets as WQL does."""
    return float(_over(row.sums, steps)[_PINBALL].sum())


def targets_of(row: Row, steps: tuple[int, ...]) -> int:
    """Return the number of scored targets over these steps."""
    return int(_over(row.sums, steps)[_N].sum())


def coverage_by_step(row: Row, steps: tuple[int, ...]) -> list[float]:
    """Return the smallest and the largest coverage of the 80 % interval at a single step."""
    shares = score(row.sums.sum(axis=1), "coverage_80", 1.0)[np.array(steps) - 1]
    return [float(shares.min()), float(shares.max())]


def better(row: Row, other: Row, steps: tuple[int, ...], loss: str) -> list[float | None]:
    """Return the reduction of the loss of `row` against `other` as [share, low, high]: paired draws of days."""
    comparison = compared(_over(row.sums, steps), _over(other.sums, steps), loss)
    return [None, None, None] if comparison is None else [comparison.share, comparison.low, comparison.high]


def _over(sums: np.ndarray, steps: tuple[int, ...]) -> np.ndarray:
    """Return sums (metrics.SUMS, days) over steps; days without a scored target are dropped."""
    daily = sums[:, :, np.array(steps) - 1].sum(axis=2)
    return daily[:, daily[_N] > 0]


def _with_interval(drawn: np.ndarray, days: int) -> list[float | None]:
    low, high = interval_95(drawn[1:], days) or (None, None)
    return [float(drawn[0]) if np.isfinite(drawn[0]) else None, low, high]
