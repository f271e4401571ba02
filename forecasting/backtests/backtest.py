"""Backtests: rolling origins with frozen parameters; each forecast uses the history up to its origin only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from forecasting import deadline
from forecasting.backtests.metrics import Score, ScoreSums, seasonal_scale
from forecasting.errors import HistoryTooShort
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.progress import Progress
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR

CHUNK = 200_000
"""Forecasts (origins x steps) made at a time: bounds the memory and sets the granularity of the progress."""


@dataclass(frozen=True, eq=False)
class Backtest:
    """Means (n, h) in requests per bin forecast from `origins` (n,) (bin positions) for `steps` (h,).

    Means are NaN for targets outside the scored span. `in_sample_until` is a bin position: targets before it are
    training bins. With `follows` the intervals adapt to the model's recent errors, as those of a forecast do. Stored
    means have no `follows`: the model was since trained on the days that its errors would be measured on.
    """

    series: Series
    model: FittedModel
    origins: np.ndarray
    steps: np.ndarray
    means: np.ndarray
    seasonal_scale: float
    in_sample_until: int = 0
    follows: bool = True
    warnings: tuple[str, ...] = ()

    @cached_property
    def actual(self) -> np.ndarray:
        """The actuals (n, h); NaN if unknown or not to be scored."""
        targets = self.origins[:, None] + self.steps
        inside = np.minimum(targets, len(self.series) - 1)
        return np.where(np.isnan(self.means), np.nan, self.series.requests_count[inside])

    @property
    def reaches_training(self) -> bool:
        """Whether any target is a training bin."""
        targets = self.origins[:, None] + self.steps
        return bool(np.isfinite(self.means[targets < self.in_sample_until]).any())

    @property
    def in_sample(self) -> bool:
        """Whether the model was trained on any target: such scores enter no leaderboard and no saving."""
        return self.reaches_training and not self.model.always_out_of_sample

    def chunks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield (rows, quantiles (rows, h, levels)) in chunks."""
        size = max(1, CHUNK // len(self.steps))
        for first in range(0, len(self.origins), size):
            rows = slice(first, first + size)
            origins, means = self.origins[rows], self.means[rows]
            yield rows, self.model.quantiles(self.series, origins, means, self.steps, follows=self.follows)

    @cached_property
    def target_wall(self) -> np.ndarray:
        """The wall seconds of every target (n, h); targets past the last bin have those of the last bin."""
        return self.series.wall[np.minimum(self.origins[:, None] + self.steps, len(self.series) - 1)]

    @cached_property
    def days(self) -> np.ndarray:
        """The local days (days,) of the scored targets, as day numbers since 1970, in order."""
        scored = ~np.isnan(self.means)
        return np.unique(self.target_wall[scored if scored.any() else ...] // DAY)

    @cached_property
    def day_of(self) -> np.ndarray:
        """The position in `days` (n, h) of each target's day; 0 if the target is not scored."""
        day = np.where(np.isnan(self.means), self.days[0], self.target_wall // DAY)
        return np.searchsorted(self.days, day)

    @cached_property
    def _sums(self) -> tuple[ScoreSums, ScoreSums]:
        """Sums by (day, step) and by hour of day."""
        width = len(self.steps)
        by_day, by_hour = ScoreSums(len(self.days) * width), ScoreSums(24)
        for rows, quantiles in self.chunks():
            actual, means = self.actual[rows].ravel(), self.means[rows].ravel()
            quantiles = quantiles.reshape(len(actual), -1)
            by_day.add((self.day_of[rows] * width + np.arange(width)).ravel(), actual, means, quantiles)
            by_hour.add((self.target_wall[rows] % DAY // HOUR).ravel(), actual, means, quantiles)
        return by_day, by_hour

    def daily_sums(self) -> np.ndarray:
        """Return `metrics.SUMS` of every day and step (sums, days, h), from which the scores of any days follow."""
        return np.stack([values.reshape(len(self.days), -1) for values in self._sums[0].sums.values()])

    def hourly_sums(self) -> np.ndarray:
        """Return `metrics.SUMS` of every hour of day (sums, 24)."""
        return np.stack(list(self._sums[1].sums.values()))

    def scores(self) -> list[dict[str, Any]]:
        """Return one dict of scores per step and one for all steps (`step: "all"`); keys: n and those of `RATIOS`."""
        sums, scale, width = self._sums[0], self.seasonal_scale, len(self.steps)
        label = {"model": self.model.name, "timeframe": self.model.timeframe}
        rows: list[dict[str, object]] = [
            {**label, "step": int(step), **sums.scores(scale, slice(column, None, width))}
            for column, step in enumerate(self.steps)
        ]
        return [*rows, {**label, "step": "all", **sums.scores(scale)}]

    def by_hour(self) -> list[dict[str, Score]]:
        """Return the same scores by the target's local hour of day (0-23)."""
        by_hour = self._sums[1]
        return [{"hour": hour, **by_hour.scores(self.seasonal_scale, np.array([hour]))} for hour in range(24)]

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield every forecast in chunks: origin, step, ds, y, yhat and one column per quantile; times in wall time."""
        for rows, quantiles in self.chunks():
            yield self._frame(rows, quantiles)

    def frame(self) -> pd.DataFrame:
        """Return `frames` as one frame."""
        return pd.concat(list(self.frames()), ignore_index=True)

    def _frame(self, rows: slice, quantiles: np.ndarray) -> pd.DataFrame:
        made = ~np.isnan(self.means[rows])
        origins = np.repeat(self.origins[rows], len(self.steps)).reshape(made.shape)[made]
        steps = np.broadcast_to(self.steps, made.shape)[made]
        second = self.series.start + self.series.bin_seconds * np.stack([origins, origins + steps])
        return pd.DataFrame(
            {
                "origin": wall_texts(second[0], self.series.time_zone),
                "step": steps,
                "ds": wall_texts(second[1], self.series.time_zone),
                "y": self.actual[rows][made],
                "yhat": self.means[rows][made],
                **{f"q{100 * level:g}": quantiles[made][:, k] for k, level in enumerate(QUANTILES)},
            }
        )


def backtest(
    series: Series,
    model: FittedModel,
    *,
    first_target: int,
    end_target: int,
    steps: np.ndarray,
    stride: int = 1,
    in_sample_until: int = 0,
    progress: Progress | None = None,
    means_of: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> Backtest:
    """Forecast every target in bins [first_target, end_target) from every `stride`-th origin.

    `series` is in the model's timeframe. `means_of` (origins (n,), steps (h,)), if given, returns the means (n, h)
    instead of the model. Raises HistoryTooShort if no target has a bin of history before it.
    """
    first_origin = max(0, first_target - int(steps.max()))
    origins = np.arange(first_origin, end_target - int(steps.min()), stride)
    targets = origins[:, None] + steps
    scored = (targets >= first_target) & (targets < end_target)
    if not scored.any():
        raise HistoryTooShort(
            f"No bin of {series.name!r} can be forecast between start and end: it has {len(series)} bins of "
            f"{series.timeframe}. Choose a longer period."
        )
    means = np.empty((len(origins), len(steps)))
    size = max(1, CHUNK // len(steps))
    follows = means_of is None
    means_of = means_of or partial(model.means, series)
    for first in range(0, len(origins), size):
        deadline.check()
        rows = slice(first, first + size)
        means[rows] = means_of(origins[rows], steps)
        if progress:
            progress(min(1.0, (first + size) / len(origins)))
    means[~scored] = np.nan
    scale = _scale(series, model, first_target, in_sample_until)
    return Backtest(series, model, origins, steps, means, scale, in_sample_until, follows)


def _scale(series: Series, model: FittedModel, first_target: int, in_sample_until: int) -> float:
    """Return S_m of the training bins if the set was trained on this series, else of the bins before the targets."""
    if in_sample_until:
        return float(model.trained_entry()["seasonal_scale"])
    return seasonal_scale(series.slice(0, first_target)) or seasonal_scale(series)
