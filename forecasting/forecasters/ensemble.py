"""`ensemble`: the mean of LightGBM and seasonal smoothing, whose errors are only partly correlated.

The weights are equal: weights fitted on nine validation days changed the error by less than its variation between
days, and a smoother with a dozen parameters per step keeps its weight on a service that the trees were not trained on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.base import Forecaster
from forecasting.forecasters.seasonal_smoothing import SeasonalSmoothing
from forecasting.forecasters.trees.lightgbm_trees import LightGBMForecaster
from forecasting.progress import Progress, silent, within
from forecasting.timeseries.series import Series

MEMBERS = (SeasonalSmoothing, LightGBMForecaster)
SMOOTHING_SHARE = 0.1
"""The approximate share of the fitting time that the first member takes."""


class Ensemble:
    """The mean of its members' forecasts."""

    name = "ensemble"

    def __init__(self, members: tuple[Forecaster, ...] = ()):
        self.members = members or tuple(member() for member in MEMBERS)

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`; every member is fitted."""
        smoothing, trees = self.members
        smoothing.fit(series, stop_at=stop_at, report=within(report, 0.0, SMOOTHING_SHARE))
        trees.fit(series, stop_at=stop_at, report=within(report, SMOOTHING_SHARE, 1.0))
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        total = np.zeros((len(origins), len(steps)))
        for member in self.members:
            total += member.means(series, origins, steps)
        return total / len(self.members)

    def save(self, folder: Path) -> None:
        """Write one folder per member."""
        for member in self.members:
            (folder / member.name).mkdir()
            member.save(folder / member.name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load an ensemble that `save` wrote."""
        return cls(tuple(member.load(folder / member.name) for member in MEMBERS))
