"""What the experts know of a series: levels at every bin, usual days and weeks at every position of the wall clock.

Every value at bin i, or at a position, comes from bins up to it; values of smoothed profiles come from `ahead` later
positions too, and are looked up that much further back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.adaptive.outage import doubted
from forecasting.forecasters.adaptive.outlier_cap import capped
from forecasting.forecasters.adaptive.wall_grid import WallGrid
from forecasting.forecasters.nan_filters import centred_mean, decayed_means, delayed, last_known, seasonal_mean
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.moving_windows import row_medians
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, MINUTE

DAY_FORGETTING, WEEK_FORGETTING = 0.85, 0.7
WIDE_DAY_FORGETTING, WIDE_WEEK_FORGETTING = 0.9, 0.8
HOUR_FORGETTING = 0.9
MEDIAN_DAYS = 7
DEVIATION_BINS = 7
"""Half-width of the smoothing of the usual deviation, in bins."""

FINE_MINUTES = 30
"""Bins shorter than this have a profile of the hour."""

_BANKS: Derived[Bank] = Derived()


@dataclass(frozen=True)
class Lengths:
    """Lengths in bins: half-lives of the levels, half-widths of the smoothing, seasons."""

    levels: tuple[float, ...]
    narrow: int
    quarter: int
    wide: int
    day: int
    week: int
    hour: int

    @classmethod
    def of(cls, bin_seconds: int) -> Lengths:
        """Return the lengths for a bin. The level's half-life falls with the bin to the power .55."""
        minutes = bin_seconds / MINUTE
        level = max(1.5, 12 / minutes**0.55)
        day = DAY // bin_seconds
        return cls(
            levels=(0.35 * level, level, 2.5 * level, max(6.0, 150 / minutes), max(8.0, 480 / minutes), day, 3.0 * day),
            narrow=round(min(7.0, 7 / minutes)),
            quarter=round(15 / minutes) if minutes <= 30 else 0,
            wide=int(30 / minutes),
            day=day,
            week=7 * day,
            hour=round(60 / minutes) if minutes < FINE_MINUTES else 0,
        )


SHORT, LEVEL, LONG, HOURS, THIRD_OF_DAY, DAILY, DAYS = range(7)
"""The rows of `Bank.levels`."""


@dataclass(frozen=True, eq=False)
class Bank:
    """Capped `counts` (n,), `levels` (7, n) and `scale` (n,), the mean of a day, at bins; the rest at positions.

    `silent` (n,) bins are doubted and count as unknown.

    `day` (4, size + 1): usual count, count, median, number of known counts; `week` (3, size + 1) without the median.
    `day_narrow` and `week_narrow`: usual count and count, smoothed, and (day) their median; `day_wide` and `week_wide`
    (size + 1,): usual count, smoothed wider.
    `deviation` (2, size + 1): usual distance from the usual day and week. `level_day`, `level_week` (2, size + 1): the
    usual level and the level. `hour` (size + 1,): usual ratio to the hour's mean, empty for long bins.
    """

    series: Series
    grid: WallGrid
    lengths: Lengths
    counts: np.ndarray
    silent: np.ndarray
    levels: np.ndarray
    scale: np.ndarray
    day: np.ndarray
    week: np.ndarray
    day_narrow: np.ndarray
    week_narrow: np.ndarray
    day_wide: np.ndarray
    week_wide: np.ndarray
    deviation: np.ndarray
    level_day: np.ndarray
    level_week: np.ndarray
    hour: np.ndarray

    def share_of_day(self, scale: np.ndarray, origins: np.ndarray) -> np.ndarray:
        """Return scales (..., n) over the mean of a day at their origins, 0 if that is 0."""
        day = self.scale[origins]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(day > 0, scale / day, 0.0)

    @classmethod
    def of(cls, series: Series) -> Bank:
        """Return the bank of a series, computed once and cached with it."""
        return _BANKS.of(series, lambda: _filled(series))


def _filled(series: Series) -> Bank:
    lengths, grid = Lengths.of(series.bin_seconds), WallGrid.of(series)
    silent = doubted(series.requests_count, grid, lengths.day, series.bin_seconds)
    counts = capped(np.where(silent, np.nan, series.requests_count), grid, lengths.day)
    levels = _levels(counts, lengths)
    values = grid.spread_out(counts)[:-1]
    level = grid.spread_out(levels[LEVEL])[:-1]
    narrow = centred_mean(values, lengths.narrow)
    wide = centred_mean(values, lengths.wide)
    day, week = seasonal_mean(values, lengths.day, DAY_FORGETTING), seasonal_mean(values, lengths.week, WEEK_FORGETTING)
    return Bank(
        series=series,
        grid=grid,
        lengths=lengths,
        counts=counts,
        silent=silent,
        levels=levels,
        scale=np.fmax(levels[DAILY], 0.0),
        day=_padded(day, values, _median(values, lengths.day), _known(values, lengths.day)),
        week=_padded(week, values, _known(values, lengths.week)),
        day_narrow=_padded(seasonal_mean(narrow, lengths.day, DAY_FORGETTING), narrow, _median(narrow, lengths.day)),
        week_narrow=_padded(seasonal_mean(narrow, lengths.week, WEEK_FORGETTING), narrow),
        day_wide=_padded(seasonal_mean(wide, lengths.day, WIDE_DAY_FORGETTING))[0],
        week_wide=_padded(seasonal_mean(wide, lengths.week, WIDE_WEEK_FORGETTING))[0],
        deviation=_padded(
            *(
                _deviation(values, usual, season, lengths.day)
                for usual, season in ((day, lengths.day), (week, lengths.week))
            )
        ),
        level_day=_padded(seasonal_mean(level, lengths.day, DAY_FORGETTING), level),
        level_week=_padded(seasonal_mean(level, lengths.week, WEEK_FORGETTING), level),
        hour=_padded(_hour_ratio(values, lengths.hour))[0] if lengths.hour else np.empty(0),
    )


def _levels(counts: np.ndarray, lengths: Lengths) -> np.ndarray:
    """Return exponentially weighted means (7, n); after a long gap the last known value of each."""
    levels = decayed_means(counts, lengths.levels)
    return np.stack([last_known(row) for row in levels]) if np.isnan(levels).any() else levels


def _padded(*rows: np.ndarray) -> np.ndarray:
    """Stack rows (size,) with a column of NaN behind (rows, size + 1)."""
    return np.pad(np.stack(rows), ((0, 0), (0, 1)), constant_values=np.nan)


def _known(values: np.ndarray, season: int) -> np.ndarray:
    """Return how many known values each position and the same ones of earlier seasons have (size,)."""
    rows = -(-len(values) // season)
    known = np.zeros(rows * season)
    known[: len(values)] = ~np.isnan(values)
    return np.cumsum(known.reshape(rows, season), axis=0).ravel()[: len(values)]


def _median(values: np.ndarray, season: int) -> np.ndarray:
    """Return the median (size,) of the last `MEDIAN_DAYS` values at the same time."""
    positions = np.arange(len(values))[:, None] - season * np.arange(MEDIAN_DAYS)
    return row_medians(delayed(values, positions))


def _deviation(values: np.ndarray, usual: np.ndarray, season: int, day: int) -> np.ndarray:
    """Return the usual distance (size,) at a time of day between a count and what was usual one season before."""
    before = delayed(usual, np.arange(len(values)) - season)
    return seasonal_mean(centred_mean(np.abs(values - before), DEVIATION_BINS), day, DAY_FORGETTING)


def _hour_ratio(values: np.ndarray, hour: int) -> np.ndarray:
    """Return the usual ratio (size,) of a count to the mean of the hour around it, by minute of the hour."""
    around = centred_mean(values, hour // 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(around > 0, values / around, np.nan)
    return seasonal_mean(ratio, hour, HOUR_FORGETTING)
