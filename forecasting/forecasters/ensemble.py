"""`ensemble`: the mean of LightGBM and seasonal smoothing, whose errors differ where one of them is wrong.

Equal weights: weights learnt on nine validation days moved the error by less than the days differ, and a smoother that
fits a dozen numbers a step keeps its share on a service that the trees never saw.
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
"""The share of a fit's time that the first member takes, about."""


class Ensemble:
    """The forecaster around its members."""

    name = "ensemble"

    def __init__(self, members: tuple[Forecaster, ...] = ()):
        self.members = members or tuple(member() for member in MEMBERS)

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`: every member's own."""
        smoothing, trees = self.members
        smoothing.fit(series, stop_at=stop_at, report=within(report, 0.0, SMOOTHING_SHARE))
        trees.fit(series, stop_at=stop_at, report=within(report, SMOOTHING_SHARE, 1.0))
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        return sum(member.means(series, origins, steps) for member in self.members) / len(self.members)

    def save(self, folder: Path) -> None:
        """A folder a member."""
        for member in self.members:
            (folder / member.name).mkdir()
            member.save(folder / member.name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(tuple(member.load(folder / member.name) for member in MEMBERS))
