"""Features of a forecast, all relative to the recent level: k times the history gives the same row.

A row describes one (origin, step) pair. The reference `level` is a short exponentially weighted mean at the origin;
a model predicts the target divided by it. The strongest features are that same ratio one day and one week earlier,
alone and averaged over earlier days and weeks with forgetting (seasonal increments in relative form).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.nan_filters import (
    centred_mean,
    decayed_means,
    delayed,
    last_known,
    seasonal_mean,
)
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE, WEEK

LAGS = 6
_LAGS = np.arange(LAGS)[:, None]
LEAST_SHARE = 0.02
"""The reference level is at least this share of the daily mean."""

DAY_FORGETTING = 0.85
WEEK_FORGETTING = 0.7

_BANKS: Derived[FeatureBank] = Derived()


@dataclass(frozen=True)
class Scales:
    """Lengths in bins, by bin length: of the level, of the other means, of the seasonal smoothing."""

    level: float
    means: tuple[float, ...]
    noise: tuple[float, ...]
    smoothing: int

    @classmethod
    def of(cls, bin_seconds: int) -> Scales:
        """Return the scales tuned on validation days of NASA-HTTP: a level of 12 min at 1m, 20 at 5m, 45 at 15m."""
        minutes = bin_seconds / MINUTE
        level = max(1.5, 12 / minutes**0.55)
        return cls(
            level=level,
            means=(0.6 * level**0.5, level**0.5 * 1.4, 2.5 * level, max(6.0, 150 / minutes), DAY / bin_seconds),
            noise=(2.5 * level, max(12.0, 8 * HOUR / bin_seconds)),
            smoothing=round(min(7, 7 / minutes)),
        )


@dataclass(frozen=True, eq=False)
class FeatureBank:
    """The filtered arrays of one series (each (n,)), from which rows for any origins and steps are taken."""

    series: Series
    scales: Scales
    level: np.ndarray
    means: np.ndarray
    noise: np.ndarray
    smooth: np.ndarray
    daily: tuple[np.ndarray, np.ndarray]
    weekly: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, series: Series) -> FeatureBank:
        """Return the bank of a series, computed once and cached with it."""
        return _BANKS.of(series, lambda: cls._filtered(series))

    @classmethod
    def _filtered(cls, series: Series) -> FeatureBank:
        counts, scales = series.requests_count, Scales.of(series.bin_seconds)
        means = decayed_means(counts, (scales.level, *scales.means))
        level = _reference(means[0], means[1:], counts)
        jumps = np.full(len(counts), np.nan)
        np.subtract(counts[1:], counts[:-1], out=jumps[1:])
        noise = np.sqrt(decayed_means(jumps * jumps, scales.noise))
        smooth = centred_mean(counts, scales.smoothing)
        day, week = series.bins_per_day, WEEK // series.bin_seconds
        return cls(
            series=series,
            scales=scales,
            level=level,
            means=means[1:],
            noise=noise,
            smooth=smooth,
            daily=(seasonal_mean(smooth, day, DAY_FORGETTING), seasonal_mean(level, day, DAY_FORGETTING)),
            weekly=(seasonal_mean(smooth, week, WEEK_FORGETTING), seasonal_mean(level, week, WEEK_FORGETTING)),
        )

    def rows(self, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Return features (len(origins), F) float32 of paired origins (bin positions) and steps (1-based)."""
        level = self.level[origins]
        rows = np.empty((len(origins), len(FEATURE_NAMES)), dtype=np.float32)
        # Values that overflow, divided by a level close to zero, count as unknown
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            recent = self._recent(origins, level)
            rows[:, : len(recent)] = recent.T
            columns = [*self._seasonal(origins, steps, level), *self._calendar(origins, steps), steps]
            for index, column in enumerate(columns, start=len(recent)):
                rows[:, index] = column
        rows[~np.isfinite(rows)] = np.nan
        return rows

    def _recent(self, origins: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return lags, means and noise over the level (columns, n)."""
        lags = delayed(self.series.requests_count, origins - _LAGS)
        return np.concatenate([lags, self.means[:, origins], self.noise[:, origins]]) / level

    def _seasonal(self, origins: np.ndarray, steps: np.ndarray, level: np.ndarray) -> list[np.ndarray]:
        columns = []
        for season, (profile, profile_level) in (
            (self.series.bins_per_day, self.daily),
            (WEEK // self.series.bin_seconds, self.weekly),
        ):
            # The smoothing uses `smoothing` later bins, so the season used must end that long before the origin.
            back = season * -(-(steps + self.scales.smoothing) // season)
            then, target = origins - back, origins + steps - back
            value, usual = delayed(self.smooth, target), delayed(profile, target)
            usual_then = delayed(profile_level, then)
            columns += [
                value / delayed(self.level, then),
                usual / usual_then,
                value / level,
                usual / level,
                usual_then / level,
            ]
        return columns

    def _calendar(self, origins: np.ndarray, steps: np.ndarray) -> list[np.ndarray]:
        wall = self.series.wall[origins] + steps * self.series.bin_seconds
        return [(wall % DAY) / DAY, (wall // DAY + 3) % 7]


FEATURE_NAMES = (
    *(f"lag_{lag}" for lag in range(LAGS)),
    *(f"mean_{length}" for length in ("instant", "short", "long", "hours", "day")),
    *(f"noise_{length}" for length in ("short", "long")),
    *(
        f"{season}_{kind}"
        for season in ("day", "week")
        for kind in ("increment", "usual_increment", "value", "usual", "usual_level")
    ),
    "time_of_day",
    "day_of_week",
    "step",
)
"""The columns of `FeatureBank.rows`, in order."""


def usable_levels(level: np.ndarray) -> np.ndarray:
    """Return whether each level (n,) can be a divisor in training: known, and not negligible compared with the mean."""
    mean = level[np.isfinite(level)].mean() if np.isfinite(level).any() else 0.0
    return level > LEAST_SHARE * mean


def _reference(level: np.ndarray, slower: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the level, at least a small share of the daily mean; if it is 0, a slower mean or the mean of all history.

    Without that floor the first requests after a quiet night would be a million times the level.
    """
    level = np.fmax(level, LEAST_SHARE * slower[-1])
    known = ~np.isnan(counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        overall = np.cumsum(np.where(known, counts, 0.0)) / np.cumsum(known)
    for candidate in (*slower[2:], last_known(overall)):
        level = np.where(level > 0, level, candidate)
    return level
