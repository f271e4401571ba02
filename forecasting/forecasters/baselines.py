"""The floor every model has to beat: the last value, and the value a day or a week before."""

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
        """Nothing to learn."""
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        return np.repeat(last_known(series.requests_count)[origins][:, None], len(steps), axis=1)

    def save(self, folder: Path) -> None:
        """Nothing to store."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Nothing to read."""
        return cls()


class SeasonalNaive(Naive):
    """`seasonal_naive`: the value one day before the target, or the nearest whole number of days that is known.

    Where four seasons back are all unknown, the last known value.
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
    """`seasonal_naive_week`: as `seasonal_naive`, a week before the target."""

    name = "seasonal_naive_week"
    season_seconds = WEEK
