"""Scores of forecasts, summed in chunks so that no backtest is too long.

Formulas: MAE, RMSE, bias; sMAPE = mean of 200 |e| / (|y| + |f|), 0/0 = 0, on 0-200 %; MASE = mean |y - median| / S_m
with S_m the mean |y_t - y_(t-m)| of the training bins and m one day (GIFT-Eval); WQL = mean over q = 0.1..0.9 of
sum 2 |(y - f_q) (1[y <= f_q] - q)| / sum |y|; coverage of the central 80 % and 90 % intervals. RMSE, MAE, sMAPE and
bias score the mean, MASE the median. An unknown target is never scored.
"""

from __future__ import annotations

import numpy as np

from forecasting.forecasters.base import QUANTILES
from forecasting.series import Series

WQL_LEVELS = tuple(round(0.1 * k, 1) for k in range(1, 10))
_WQL_COLUMNS = [QUANTILES.index(level) for level in WQL_LEVELS]
_MEDIAN = QUANTILES.index(0.5)
_BOUNDS = {
    "coverage_80": (QUANTILES.index(0.1), QUANTILES.index(0.9)),
    "coverage_90": (QUANTILES.index(0.05), QUANTILES.index(0.95)),
}
_SUMS = ("n", "squared", "absolute", "smape", "error", "median", "demand", "pinball", *_BOUNDS)


class ScoreSums:
    """Sums from which every score follows, one column a group (a step, an hour of day)."""

    def __init__(self, groups: int):
        self.sums = {name: np.zeros(groups) for name in _SUMS}

    def add(self, group: np.ndarray, actual: np.ndarray, means: np.ndarray, quantiles: np.ndarray) -> None:
        """Add forecasts: group, actual, means (n,), quantiles (n, levels); NaN actual or mean is left out."""
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

    def scores(self, seasonal_scale: float, groups: np.ndarray | slice = slice(None)) -> dict[str, float | int | None]:
        """Scores pooled over `groups`; None where nothing was scored or a score has no meaning."""
        total = {name: float(values[groups].sum()) for name, values in self.sums.items()}
        n = total["n"]
        return {
            "n": int(n),
            "rmse": _ratio(total["squared"], n, 0.5),
            "mae": _ratio(total["absolute"], n),
            "smape": _ratio(total["smape"], n),
            "mase": _ratio(total["median"], n * seasonal_scale),
            "wql": _ratio(total["pinball"], total["demand"]),
            "coverage_80": _ratio(total["coverage_80"], n),
            "coverage_90": _ratio(total["coverage_90"], n),
            "bias": _ratio(total["error"], n),
        }


def seasonal_scale(series: Series) -> float:
    """S_m of MASE (requests per bin): mean |y_t - y_(t-m)|, m one day; 0 where no such pair is known."""
    counts, season = series.requests_count, series.bins_per_day
    if len(counts) <= season:
        return 0.0
    jumps = np.abs(counts[season:] - counts[:-season])
    return float(np.nanmean(jumps)) if np.isfinite(jumps).any() else 0.0


def _ratio(total: float, by: float, power: float = 1.0) -> float | None:
    return (total / by) ** power if by > 0 else None
