"""Scores of several models from their sums by day and step, and whether two models differ clearly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.backtests.day_blocks import day_weights, interval_95
from forecasting.backtests.metrics import RATIOS, SUMS
from forecasting.errors import InputError
from forecasting.evaluation.model_names import short_percent
from forecasting.timeseries.formatting import UNKNOWN, number

LOSSES = ("mae", "rmse", "smape", "mase", "wql")
"""The metrics that models are ranked by: lower is better."""


METRIC_NAMES = {
    "mae": "MAE",
    "rmse": "RMSE",
    "smape": "sMAPE",
    "mase": "MASE",
    "wql": "WQL",
    "coverage_80": "coverage",
}
"""The readable names of the scores of a table."""


def format_score(metric: str, value: float | None) -> str:
    """Return a score as text, with `%` if it is a share."""
    if metric.startswith("coverage"):
        return UNKNOWN if value is None or np.isnan(value) else short_percent(value)
    is_share = metric == "smape" and value is not None and np.isfinite(value)
    return f"{number(value)}{' %' if is_share else ''}"


@dataclass(frozen=True)
class Comparison:
    """By what share the loss of one model is below that of another (0.14: 14 % better), with its 95 % interval.

    The interval is None if there are too few days.
    """

    share: float
    low: float | None = None
    high: float | None = None

    @property
    def clear(self) -> bool | None:
        """Whether the interval excludes 0; None without an interval."""
        return None if self.low is None or self.high is None else self.low * self.high > 0


def checked_loss(metric: str) -> str:
    """Return the name of a loss; raises InputError with the names that exist."""
    if metric not in LOSSES:
        raise InputError(f"metric must be one of {', '.join(LOSSES)} (got {metric!r}).", field="metric")
    return metric


def score(sums: np.ndarray, metric: str, seasonal_scale: float) -> np.ndarray:
    """Return a score from sums (sums, ...); NaN if it is undefined."""
    part, whole, power = RATIOS[metric]
    below = sums[SUMS.index(whole)] * (seasonal_scale if metric == "mase" else 1.0)
    above = sums[SUMS.index(part)]
    ratio = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return ratio**power


def compared(one: np.ndarray, other: np.ndarray, metric: str) -> Comparison | None:
    """Compare the loss of `one` with that of `other`, from their sums by day (sums, days) over identical targets.

    The interval is a bootstrap over blocks of days, the same for both. None if the other's loss is 0 or unknown.
    """
    weights = day_weights(one.shape[1])
    losses = [score(sums @ weights.T, metric, 1.0) for sums in (one, other)]
    with np.errstate(invalid="ignore", divide="ignore"):
        better = 1.0 - losses[0] / losses[1]
    if not np.isfinite(better[0]):
        return None
    return Comparison(float(better[0]), *(interval_95(better[1:], one.shape[1]) or ()))
