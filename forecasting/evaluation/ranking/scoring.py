"""Scores of several models from their sums a day and step, and whether two of them can be told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.backtests.metrics import RATIOS, SUMS
from forecasting.errors import InputError
from forecasting.evaluation.model_names import rough
from forecasting.timeseries.formatting import UNKNOWN, number

LOSSES = ("mae", "rmse", "smape", "mase", "wql")
"""What models are ranked by: the less the better."""


METRIC_NAMES = {
    "mae": "MAE",
    "rmse": "RMSE",
    "smape": "sMAPE",
    "mase": "MASE",
    "wql": "WQL",
    "coverage_80": "coverage",
}
"""What the scores of a table are called where people read them."""


def written(metric: str, value: float | None) -> str:
    """A score as people read it, with its unit where that is a share."""
    if metric.startswith("coverage"):
        return UNKNOWN if value is None or np.isnan(value) else rough(value)
    return f"{number(value)}{' %' if metric == 'smape' and value is not None and np.isfinite(value) else ''}"


@dataclass(frozen=True)
class Comparison:
    """By what share the loss of one is less than that of another (0.14: 14 % better), with its 95 % interval.

    The interval is None where there are too few days for one.
    """

    share: float
    low: float | None = None
    high: float | None = None

    @property
    def clear(self) -> bool | None:
        """Whether the interval excludes 0; None without an interval."""
        return None if self.low is None else self.low * self.high > 0


def checked_loss(metric: str) -> str:
    """The name itself; raises InputError listing what models can be ranked by."""
    if metric not in LOSSES:
        raise InputError(f"metric is {metric!r}; write one of {', '.join(LOSSES)}.", field="metric")
    return metric


def score(sums: np.ndarray, metric: str, seasonal_scale: float) -> np.ndarray:
    """A score from sums (sums, ...), over whatever they were taken; NaN where it has no meaning."""
    part, whole, power = RATIOS[metric]
    below = sums[SUMS.index(whole)] * (seasonal_scale if metric == "mase" else 1.0)
    above = sums[SUMS.index(part)]
    ratio = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return ratio**power


def compared(one: np.ndarray, other: np.ndarray, metric: str) -> Comparison | None:
    """How the loss of `one` stands to that of `other`, from their sums a day (sums, days) over identical targets.

    Days are drawn in blocks, the same for both. None where the other's loss is 0 or unknown.
    """
    weights = day_weights(one.shape[1])
    losses = [score(sums @ weights.T, metric, 1.0) for sums in (one, other)]
    with np.errstate(invalid="ignore", divide="ignore"):
        better = 1.0 - losses[0] / losses[1]
    if not np.isfinite(better[0]):
        return None
    return Comparison(float(better[0]), *(interval_95(better[1:], one.shape[1]) or ()))
