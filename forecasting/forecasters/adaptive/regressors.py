"""The columns that the experts and the quantile heads regress on, all divided by the scale of their row.

The scale holds the *target's* usual count, so a silent night does not make the morning infinite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.adaptive.bank import DEVIATION_BINS, LEVEL, LONG, SHORT, Bank
from forecasting.forecasters.adaptive.wall_grid import at
from forecasting.forecasters.nan_filters import delayed, filled

LAGS = 6
MOST = 5.0
"""Columns are clipped to plus and minus this many scales."""

LEAST_SHARE = 0.02
"""The share of the mean of a day that every scale contains."""

EASE = 0.05
"""Share of the scale added to both sides of a ratio of profiles, so that small divisors do not rule."""

SPIKE_DAYS, SPIKE_WEEKS = 12, 5
SPIKE_SHARE = 0.3
"""A row is a spike if the profile exceeds its smoothed self by this share of the scale, beyond doubt."""

BASIC = (
    "level", "day", "week", "day_narrow", "week_narrow", "day_wide", "week_wide", "median", "median_narrow",
    "one_day_back", "one_week_back", "two_days_back",
    "move_day", "move_week", "move_day_narrow", "move_week_narrow", "move_one_day", "move_one_week",
    "shift_day", "shift_week", "root_day", "root_week", "level_day", "level_week", "level_one_day",
    *(f"lag_{lag}" for lag in range(LAGS)),
    "level_short", "level_long", "level_hours", "level_third_of_day", "level_daily", "level_days",
    "spike_day", "spike_week", "spike_week_narrow",
)  # fmt: skip
HOURLY = ("hour_level", "hour_hours", "one_hour_back")
NAMES = (*BASIC, *HOURLY)
"""The columns in order; long bins lack `HOURLY`."""


def columns_of(*names: str, hourly: bool) -> np.ndarray:
    """Return the positions of the named columns, without those that a series of long bins lacks."""
    return np.array([NAMES.index(name) for name in names if hourly or name not in HOURLY])


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of origins (n,) and steps (h,): `columns` (h, n, p), `scale` (h, n), the rest (h, n) in requests per bin."""

    columns: np.ndarray
    scale: np.ndarray
    day: np.ndarray
    week: np.ndarray
    quick: np.ndarray
    spike: np.ndarray
    targets: np.ndarray

    @property
    def safe_scale(self) -> np.ndarray:
        """The scale, 1 if it is 0: then every column is 0."""
        return np.where(self.scale > 0, self.scale, 1.0)


def rows_of(bank: Bank, origins: np.ndarray, steps: np.ndarray) -> Rows:
    """Return the rows of every origin (n,) and step (h,); a value that is unknown is replaced by a wider one."""
    targets = origins + steps[:, None]
    level = np.broadcast_to(bank.levels[LEVEL][origins], targets.shape)
    level = np.where(np.isnan(level), 0.0, level)
    seasons = _Seasons(bank, targets, origins, level)
    scale = 0.5 * (level + 0.5 * (seasons.day + seasons.week)) + LEAST_SHARE * np.nan_to_num(bank.scale[origins])
    hourly = bank.lengths.hour > 0
    columns = np.empty((len(NAMES) if hourly else len(BASIC), *targets.shape))
    spikes = _fill(columns, bank, origins, seasons, level, scale)
    safe = np.where(scale > 0, scale, 1.0)
    with np.errstate(over="ignore"):  # clipped below
        columns /= safe
    np.clip(columns, -MOST, MOST, out=columns)
    columns[:, scale <= 0] = 0.0
    spike = (np.maximum(np.abs(spikes[0]), np.abs(spikes[1])) > SPIKE_SHARE * scale) & (scale > 0)
    quick = np.broadcast_to(np.nan_to_num(bank.levels[SHORT][origins]), targets.shape)
    ordered = np.ascontiguousarray(np.moveaxis(columns, 0, -1))
    return Rows(ordered, scale, seasons.day, seasons.week, quick, spike, targets)


class _Seasons:
    """Looked-up values (h, n) of the target's time on earlier days, weeks and hours; unknown ones filled."""

    def __init__(self, bank: Bank, targets: np.ndarray, origins: np.ndarray, level: np.ndarray):
        grid, lengths = bank.grid, bank.lengths
        position, here = grid.position[targets], np.broadcast_to(grid.position[origins], targets.shape)

        def back(season: int, ahead: int = 0) -> np.ndarray:
            return grid.back(targets, origins, season, ahead)

        one_day, one_week = back(lengths.day), back(lengths.week)
        self.day, self.one_day, self.median, known_days = at(bank.day, position - one_day)
        self.day = filled(self.day, level)
        self.week, self.one_week, known_weeks = at(bank.week, position - one_week)
        self.week = filled(self.week, self.day)
        self.one_day, self.median = filled(self.one_day, self.day), filled(self.median, self.day)
        self.one_week = filled(self.one_week, self.week)
        self.two_days = filled(at(bank.day[1], position - one_day - lengths.day), self.day)
        narrow = at(bank.day_narrow, position - back(lengths.day, lengths.narrow))
        self.day_narrow, self.narrow_one_day, self.median_narrow = (filled(row, self.day) for row in narrow)
        narrow = at(bank.week_narrow, position - back(lengths.week, lengths.narrow))
        self.week_narrow, self.narrow_one_week = filled(narrow[0], self.day_narrow), filled(narrow[1], self.week)
        self.day_wide = filled(at(bank.day_wide, position - back(lengths.day, lengths.wide)), self.day_narrow)
        self.week_wide = filled(at(bank.week_wide, position - back(lengths.week, lengths.wide)), self.day_wide)
        self.level_day, self.level_one_day = (filled(row, level) for row in at(bank.level_day, here - one_day))
        self.level_week, level_one_week = at(bank.level_week, here - one_week)
        self.level_week = filled(self.level_week, self.level_day)
        self.level_one_week = filled(level_one_week, self.level_one_day)
        self._standard_errors(bank, position - back(lengths.day, DEVIATION_BINS), known_days, known_weeks)
        if lengths.hour:
            self.hour = at(bank.hour, position - back(lengths.hour, lengths.hour // 2 + 1))
            self.hour = np.nan_to_num(self.hour, nan=1.0)
            self.one_hour = filled(at(bank.day[1], position - back(lengths.hour)), level)

    def _standard_errors(self, bank: Bank, then: np.ndarray, days: np.ndarray, weeks: np.ndarray) -> None:
        of_day, of_week = at(bank.deviation, then)
        of_week = np.fmin(of_day, of_week)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_day = 1.0 / np.minimum(np.nan_to_num(days), SPIKE_DAYS)
            per_week = 1.0 / np.minimum(np.nan_to_num(weeks), SPIKE_WEEKS)
            self.error_day = _doubtful(of_day * np.sqrt(per_day))
            self.error_week = _doubtful(of_week * np.sqrt(per_day + per_week))


def _doubtful(error: np.ndarray) -> np.ndarray:
    """An unknown standard error is infinite: nothing stands out of it."""
    return np.where(np.isnan(error), np.inf, error)


def _beyond_doubt(values: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return values (h, n) shrunk to 0 within three standard errors of 0 (firm shrinkage)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 3.0 * error / np.abs(values)
        return np.where(ratio < 1.0, values * (1.0 - ratio * ratio), 0.0)


def _fill(
    columns: np.ndarray, bank: Bank, origins: np.ndarray, seasons: _Seasons, level: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fill the columns (p, h, n) in requests per bin; return the spikes of day and week."""
    s, ease = seasons, EASE * scale
    ease = np.where(ease > 0, ease, 1.0)

    def moved(then: np.ndarray, level_then: np.ndarray) -> np.ndarray:
        return level * (then + ease) / (level_then + ease)

    def root(then: np.ndarray, level_then: np.ndarray) -> np.ndarray:
        return np.maximum(np.sqrt(level) + np.sqrt(then) - np.sqrt(level_then), 0.0) ** 2

    spikes = (
        _beyond_doubt(s.day - s.day_wide, s.error_day),
        _beyond_doubt(s.week - s.day, s.error_week),
        _beyond_doubt(s.week_narrow - s.day_narrow, s.error_week),
    )
    lags = filled(delayed(bank.counts, origins - np.arange(LAGS)[:, None]), level[0])
    others = bank.levels[[SHORT, *range(LONG, len(bank.levels))]][:, origins]
    others = filled(others, level[0])
    values = (
        level, s.day, s.week, s.day_narrow, s.week_narrow, s.day_wide, s.week_wide, s.median, s.median_narrow,
        s.one_day, s.one_week, s.two_days,
        moved(s.day, s.level_day), moved(s.week, s.level_week),
        moved(s.day_narrow, s.level_day), moved(s.week_narrow, s.level_week),
        moved(s.narrow_one_day, s.level_one_day), moved(s.narrow_one_week, s.level_one_week),
        level + s.day_narrow - s.level_day, level + s.week_narrow - s.level_week,
        root(s.day_narrow, s.level_day), root(s.week_narrow, s.level_week),
        s.level_day, s.level_week, s.level_one_day,
        *lags, *others, *spikes,
    )  # fmt: skip
    for place, value in enumerate(values):
        columns[place] = value
    if bank.lengths.hour:
        hours = others[2]
        columns[len(values) :] = s.hour * level, s.hour * hours, s.one_hour
    return spikes[0], spikes[1]
