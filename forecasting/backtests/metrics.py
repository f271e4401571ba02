"""Scores of forecasts, summed in chunks so that a backtest of any length fits in memory.

Formulas: MAE, RMSE, bias; sMAPE = mean of 200 |e| / (|y| + |f|), 0/0 = 0, on 0-200 %; MASE = mean |y - median| / S_m
with S_m the mean |y_t - y_(t-m)| of the training bins and m one day (GIFT-Eval); WQL = mean over q = 0.1..0.9 of
sum 2 |(y - f_q) (1[y <= f_q] - q)| / sum |y|; coverage of the central 80 % and 90 % intervals. RMSE, MAE, sMAPE and
bias score the mean, MASE the median. Unknown targets are not scored.
"""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.base import QUANTILES
from forecasting.timeseries.series import Series

WQL_LEVELS = tuple(round(0.1 * k, 1) for k in range(1, 10))
_WQL_COLUMNS = [QUANTILES.index(level) for level in WQL_LEVELS]
_MEDIAN = QUANTILES.index(0.5)
_BOUNDS = {
    "coverage_80": (QUANTILES.index(0.1), QUANTILES.index(0.9)),
    "coverage_90": (QUANTILES.index(0.05), QUANTILES.index(0.95)),
}
SUMS = ("n", "squared", "absolute", "smape", "error", "median", "demand", "pinball", *_BOUNDS)
"""The quantities summed over forecasts."""

Score = float | int | None
"""A score, or the number of targets (int); None if nothing was scored or the score is undefined."""

RATIOS = {
    "rmse": ("squared", "n", 0.5),
    "mae": ("absolute", "n", 1.0),
    "smape": ("smape", "n", 1.0),
    "mase": ("median", "n", 1.0),
    "wql": ("pinball", "demand", 1.0),
    "coverage_80": ("coverage_80", "n", 1.0),
    "coverage_90": ("coverage_90", "n", 1.0),
    "bias": ("error", "n", 1.0),
}
"""How a score follows from the sums: numerator, denominator, power; `mase` is also divided by S_m."""


class ScoreSums:
    """Sums from which every score follows, one column per group (a step, an hour of day)."""

    def __init__(self, groups: int):
        self.sums = {name: np.zeros(groups) for name in SUMS}

    def add(self, group: np.ndarray, actual: np.ndarray, means: np.ndarray, quantiles: np.ndarray) -> None:
        """Add forecasts: group, actual, means (n,), quantiles (n, levels); a NaN actual or mean is skipped."""
        good = ~(np.isnan(actual) | np.isnan(means))
        group, actual, means, quantiles = group[good], actual[good], means[good], quantiles[good]
        error = means - actual
        size = np.abs(actual) + np.abs(means)
        under = actual[:, None] <= quantiles[:, _WQL_COLUMNS]
        pinball = 2 * np.abs((actual[:, None] - quantiles[:, _WQL_COLUMNS]) * (under - np.array(WQL_LEVELS)))
        values = {
            "n": np.ones(len(actual)),
            "squared": error**2,
            "absolute": np.abs(error),
            "smape": np.divide(200 * np.abs(error), size, out=np.zeros(len(actual)), where=size > 0),
            "error": error,
            "median": np.abs(actual - quantiles[:, _MEDIAN]),
            "demand": np.abs(actual),
            "pinball": pinball.mean(axis=1),
        }
        for name, (low, high) in _BOUNDS.items():
            values[name] = (actual >= quantiles[:, low]) & (actual <= quantiles[:, high])
        for name, total in self.sums.items():
            total += np.bincount(group, weights=values[name], minlength=len(total))

    def scores(self, seasonal_scale: float, groups: np.ndarray | slice = slice(None)) -> dict[str, Score]:
        """Return the scores pooled over `groups`; None if nothing was scored or a score is undefined."""
        total = {name: float(values[groups].sum()) for name, values in self.sums.items()}
        scale = {"mase": seasonal_scale}
        scored = {
            name: _ratio(total[part], total[whole] * scale.get(name, 1.0), power)
            for name, (part, whole, power) in RATIOS.items()
        }
        return {"n": int(total["n"]), **scored}


def seasonal_scale(series: Series) -> float:
    """Return S_m of MASE (requests per bin): mean |y_t - y_(t-m)|, m one day; 0 if no such pair is known."""
    counts, season = series.requests_count, series.bins_per_day
    if len(counts) <= season:
        return 0.0
    jumps = np.abs(counts[season:] - counts[:-season])
    return float(np.nanmean(jumps)) if np.isfinite(jumps).any() else 0.0


def _ratio(total: float, divisor: float, power: float) -> float | None:
    return (total / divisor) ** power if divisor > 0 else None
