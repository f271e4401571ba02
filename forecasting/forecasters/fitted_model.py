"""A fitted forecaster with its calibration and its entry in the card of its model set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import numpy as np

from forecasting.forecasters.base import Forecaster
from forecasting.forecasters.calibration import Calibration
from forecasting.forecasters.interval_adaptation import adapted_width
from forecasting.timeseries.series import Series


class CardScores(TypedDict, total=False):
    """Scores by step and, last, pooled (`step: "all"`); `metrics_on` is `test` or `validation`, the times wall time."""

    metrics_on: str
    metrics_from: str
    metrics_until: str
    metrics: list[dict[str, Any]]


class TrainingSpan(TypedDict):
    """The bins that a model was trained on, in wall time, and S_m of MASE over them."""

    trained_from: str
    trained_until: str
    validation_from: str
    seasonal_scale: float


class CardEntry(TrainingSpan, CardScores):
    """One model in the card of its set; while it is being trained it has neither scores nor a duration."""

    train_seconds: NotRequired[float]


@dataclass(frozen=True, eq=False)
class FittedModel:
    """One forecaster of one set and timeframe, with its calibration and its entry in the card.

    `day_hashes` are those of the series it was trained on (`Series.day_hashes`).
    """

    model_set: str
    timeframe: str
    forecaster: Forecaster
    calibration: Calibration
    entry: CardEntry
    day_hashes: dict[str, str]

    def knows(self, hashes: dict[str, str]) -> bool:
        """Return whether the model was trained on the series with these `Series.day_hashes`: any day is equal."""
        return shares_a_day(hashes, self.day_hashes)

    def quantiles(
        self, series: Series, origins: np.ndarray, means: np.ndarray, steps: np.ndarray, *, follows: bool = True
    ) -> np.ndarray:
        """Return quantiles (n, h, levels) of forecasts with `means` (n, h) from `origins` (n,) for `steps` (h,).

        Their widths come from the calibration and, with `follows`, adapt to the model's errors on the day before each
        origin, which is only valid if the model was not trained on that day.
        """
        width = adapted_width(self.forecaster, self.calibration, series, origins, steps) if follows else None
        return self.calibration.quantiles(means, self.calibration.dispersion(series, origins), steps, width)


def shares_a_day(hashes: dict[str, str], known: dict[str, str]) -> bool:
    """Return whether any day has the same fingerprint (`Series.day_hashes`) in both."""
    return any(known.get(day) == digest for day, digest in hashes.items())
