"""The baselines every model must beat: the last value, and the value one day or one week before."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.nan_filters import delayed, last_known
from forecasting.progress import Progress, silent
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK

MOST_SEASONS_BACK = 4


class Naive:
    """`naive`: the last known value, for every step."""

    name = "naive"

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """Do nothing: there are no parameters."""
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        return np.repeat(last_known(series.requests_count)[origins][:, None], len(steps), axis=1)

    def save(self, folder: Path) -> None:
        """Do nothing: there are no parameters."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return a new instance: there are no parameters."""
        return cls()


class SeasonalNaive(Naive):
    """`seasonal_naive`: the value one day before the target, or the nearest whole number of days with a known value.

    If the values four seasons back are all unknown, the last known value.
    """

    name = "seasonal_naive"
    season_seconds = DAY

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        season = self.season_seconds // series.bin_seconds
        targets = origins[:, None] + steps
        back = season * -(-steps // season)
        means = delayed(series.requests_count, targets - back)
        for _ in range(MOST_SEASONS_BACK - 1):
            back = back + season
            means = np.where(np.isnan(means), delayed(series.requests_count, targets - back), means)
        return np.where(np.isnan(means), super().means(series, origins, steps), means)


class SeasonalNaiveWeek(SeasonalNaive):
    """`seasonal_naive_week`: as `seasonal_naive`, one week before the target."""

    name = "seasonal_naive_week"
    season_seconds = WEEK
