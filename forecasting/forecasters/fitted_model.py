"""A forecaster that was fitted, with its calibration and the days that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.forecasters.base import Forecaster
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.interval_adaptation import adapted_width
from forecasting.timeseries.series import Series


@dataclass(frozen=True, eq=False)
class FittedModel:
    """One forecaster of one set and timeframe, with its calibration and its entry of the card.

    `day_hashes` are those of the series it was trained on (`Series.day_hashes`).
    """

    model_set: str
    timeframe: str
    forecaster: Forecaster
    calibration: Calibration
    entry: dict[str, Any]
    day_hashes: dict[str, str]

    def knows(self, hashes: dict[str, str]) -> bool:
        """Whether it was trained on the series with these `Series.day_hashes`: any day of training bins is equal."""
        return shares_a_day(hashes, self.day_hashes)

    def quantiles(
        self, series: Series, origins: np.ndarray, means: np.ndarray, steps: np.ndarray, *, follows: bool = True
    ) -> np.ndarray:
        """Quantiles (n, h, levels) of its forecasts with `means` (n, h) from `origins` (n,) for `steps` (h,).

        Their widths are the calibration's and, with `follows`, follow how wrong the model was on the day before each
        origin: not to be done where it has learnt that day.
        """
        width = adapted_width(self.forecaster, self.calibration, series, origins, steps) if follows else None
        return self.calibration.quantiles(means, self.calibration.dispersion(series, origins), steps, width)


def shares_a_day(hashes: dict[str, str], known: dict[str, str]) -> bool:
    """Whether any day has the same fingerprint (`Series.day_hashes`) in both."""
    return any(known.get(day) == digest for day, digest in hashes.items())
