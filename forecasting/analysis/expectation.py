"""The expectation of each day from weekday and time of day alone, computed before the day begins.

For wall day d and slot s of the day it is level_d x share_ds. The level is the mean of the seven days before d, so it
contains each weekday once. The share is the ratio of that slot to the level of its own day on earlier days: a ratio of
weighted sums in which the same weekday weighs 1, another day of the same kind (Monday to Friday, or weekend) 1/4 and
one of the other kind 1/20, halving every four weeks. Nothing of day d or after is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.ranges import day_slot_seconds
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

SAME_WEEKDAY, SAME_KIND, OTHER_KIND = 1.0, 0.25, 0.05
HALF_LIFE_DAYS = 28.0
LEVEL_DAYS = 7

_MONDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, eq=False)
class Expectation:
    """`requests_per_bin` (bins,) is the expectation of each bin, NaN without a comparable earlier bin.

    `day` (bins,) counts wall days from the first, `past_days` (days,) the known days before each.
    """

    requests_per_bin: np.ndarray
    day: np.ndarray
    past_days: np.ndarray


def calendar_expectation(series: Series) -> Expectation:
    """Return the expectation of every bin of a series of a few hundred days at most (the cost is quadratic)."""
    slot_seconds = day_slot_seconds(series)
    day = series.wall // DAY
    first_day = int(day.min())
    day = day - first_day
    days, slots = int(day.max()) + 1, DAY // slot_seconds
    cell = day * slots + series.wall % DAY // slot_seconds
    rates = _cell_means(series.requests_count, cell, days * slots).reshape(days, slots)
    daily = _daily_means(rates)
    level = _level_before(daily)
    weekday = (first_day + _MONDAY_OF_EPOCH + np.arange(days)) % 7
    expected = level[:, None] * _shares(rates, level, _weights(weekday))
    past_days = np.cumsum(~np.isnan(daily)) - ~np.isnan(daily)
    return Expectation(expected.ravel()[cell], day, past_days)


def _cell_means(counts: np.ndarray, cell: np.ndarray, cells: int) -> np.ndarray:
    """Return the mean of the known counts (cells,) in each cell; NaN if none is known."""
    known = ~np.isnan(counts)
    in_cell = np.bincount(cell[known], minlength=cells)
    total = np.bincount(cell[known], weights=counts[known], minlength=cells)
    return np.where(in_cell > 0, total / np.maximum(in_cell, 1), np.nan)


def _daily_means(rates: np.ndarray) -> np.ndarray:
    """Return the mean of each row (days,); NaN if fewer than half of its slots are known."""
    known = ~np.isnan(rates)
    in_day = known.sum(axis=1)
    total = np.where(known, rates, 0.0).sum(axis=1)
    return np.where(2 * in_day >= rates.shape[1], total / np.maximum(in_day, 1), np.nan)


def _level_before(daily: np.ndarray) -> np.ndarray:
    """Return the mean (days,) of the known days among the seven before each; NaN if there is none."""
    known = ~np.isnan(daily)
    before = np.lib.stride_tricks.sliding_window_view(np.r_[np.zeros(LEVEL_DAYS), np.nan_to_num(daily)], LEVEL_DAYS)
    count = np.lib.stride_tricks.sliding_window_view(np.r_[np.zeros(LEVEL_DAYS), known], LEVEL_DAYS)
    count = count[:-1].sum(axis=1)
    return np.where(count > 0, before[:-1].sum(axis=1) / np.maximum(count, 1), np.nan)


def _weights(weekday: np.ndarray) -> np.ndarray:
    """Return the weight (days, days) of day j (column) for day d (row), 0 from d on."""
    is_weekend = weekday >= 5
    same_kind = is_weekend[:, None] == is_weekend
    weights = np.where(weekday[:, None] == weekday, SAME_WEEKDAY, np.where(same_kind, SAME_KIND, OTHER_KIND))
    ago = np.arange(len(weekday))[:, None] - np.arange(len(weekday))
    return np.where(ago > 0, weights * 0.5 ** (np.maximum(ago, 0) / HALF_LIFE_DAYS), 0.0)


def _shares(rates: np.ndarray, level: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return each slot's share of the day's level (days, slots); NaN without a weighted day."""
    known = ~np.isnan(rates) & ~np.isnan(level)[:, None]
    total = weights @ np.where(known, rates, 0.0)
    levels = weights @ np.where(known, level[:, None], 0.0)
    return np.where(levels > 0, total / np.where(levels > 0, levels, 1.0), np.nan)
