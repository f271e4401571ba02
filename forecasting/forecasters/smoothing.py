"""Exponential smoothing tuned for each step: the strongest forecaster with one parameter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.calibration import KNOTS
from forecasting.forecasters.nan_filters import decayed_means, last_known
from forecasting.progress import Progress, silent
from forecasting.timeseries.series import Series

HALF_LIVES = (0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 2.5, 3.5, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 60.0)
"""Candidates in bins; a half-life h is the smoothing constant alpha = 1 - 0.5**(1/h), so 2.4 bins is alpha 0.25."""


class Smoothing:
    """`smoothing`: the exponentially weighted mean at the origin, its half-life chosen per step by squared error."""

    name = "smoothing"

    def __init__(self, half_lives: dict[int, float] | None = None):
        self.half_lives = half_lives or {}

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """Choose the half-life of every knot step on the bins before `stop_at`."""
        counts = series.requests_count[:stop_at]
        levels = decayed_means(counts, HALF_LIVES)
        for step in (knot for knot in KNOTS if knot < len(counts)):
            squares = (counts[step:] - levels[:, :-step]) ** 2
            errors = np.nanmean(squares, axis=1) if np.isfinite(squares).any() else np.zeros(len(HALF_LIVES))
            self.half_lives[step] = HALF_LIVES[int(np.argmin(errors))]
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        knots = np.array(sorted(self.half_lives))
        nearest = knots[np.abs(steps[:, None] - knots).argmin(axis=1)]
        chosen = [self.half_lives[int(knot)] for knot in nearest]
        distinct = tuple(sorted(set(chosen)))
        counts = series.requests_count
        levels = decayed_means(counts, distinct)[:, origins]
        means = levels[[distinct.index(half_life) for half_life in chosen]].T
        return np.where(np.isnan(means), last_known(counts)[origins][:, None], means)

    def save(self, folder: Path) -> None:
        """Write one small JSON file."""
        (folder / "half_lives.json").write_text(json.dumps(self.half_lives))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a forecaster that `save` wrote."""
        stored = json.loads((folder / "half_lives.json").read_text())
        return cls({int(step): half_life for step, half_life in stored.items()})
