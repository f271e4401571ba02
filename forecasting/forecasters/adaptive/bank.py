"""What the experts know of a series: levels at every bin, usual days and weeks at every position of the wall clock.

Every value at bin i, or at a position, comes from bins up to it; values of smoothed profiles come from `ahead` later
positions too, and are looked up that much further back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.forecasters.adaptive.outage import OutageWatch
from forecasting.forecasters.adaptive.outlier_cap import OutlierCap
from forecasting.forecasters.adaptive.wall_grid import RunningGrid, WallGrid, at
from forecasting.forecasters.nan_filters import last_known
from forecasting.forecasters.running_filters import CentredMeans, RunningMeans, SeasonalMeans, Tape
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

FAST_LEVELS = ((1.0, 20.0), (5.0, 8.0), (15.0, 6.0), (60.0, 17.0))
"""Half-life in bins of the fast level, by the minutes of a bin."""

NOISE_MINUTES = 480

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

    `fast` (n,) is the level that the direct heads divide by, `noise` (2, n) are the root mean squares of the changes
    from bin to bin, over a short and a long past.

    `day` (4, 1 + size): usual count, count, median, number of known counts; `week` (3, 1 + size) without the median.
    `day_narrow` and `week_narrow`: usual count and count, smoothed, and (day) their median; `day_wide` and `week_wide`
    (1 + size,): usual count, smoothed wider.
    `deviation` (2, 1 + size): usual distance from the usual day and week. `level_day`, `level_week` (2, 1 + size): the
    usual level and the level. `hour` (1 + size,): usual ratio to the hour's mean, empty for long bins.
    """

    series: Series
    grid: WallGrid
    lengths: Lengths
    counts: np.ndarray
    silent: np.ndarray
    levels: np.ndarray
    scale: np.ndarray
    fast: np.ndarray
    noise: np.ndarray
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
        return _BANKS.of(series, lambda: RunningBank(series.bin_seconds).extend(series, 0))

    def cached(self) -> Bank:
        """Return the bank of its series: this one, unless it has one."""
        return _BANKS.of(self.series, lambda: self)


def _fast_half_life(bin_seconds: int) -> float:
    minutes, bins = zip(*FAST_LEVELS, strict=True)
    return float(np.interp(np.log(bin_seconds / MINUTE), np.log(minutes), bins))


class RunningBank:
    """The bank of a series that grows at its end."""

    def __init__(self, bin_seconds: int) -> None:
        self._lengths = lengths = Lengths.of(bin_seconds)
        self._grid, self._size = RunningGrid(), 0
        self._watch, self._cap = OutageWatch(lengths.day, bin_seconds), OutlierCap(lengths.day)
        self._means, self._levels = RunningMeans(lengths.levels), Tape(len(lengths.levels))
        self._fast = RunningMeans((_fast_half_life(bin_seconds),))
        level, long = lengths.levels[LEVEL], max(12.0, NOISE_MINUTES * MINUTE / bin_seconds)
        self._jumps = RunningMeans((2.5 * level, long))
        self._bins = {"fast": Tape(), "noise": Tape(2), "silent": Tape(dtype=np.bool_)}
        self._narrow, self._wide = CentredMeans(lengths.narrow), CentredMeans(lengths.wide)
        self._profiles = {
            "day": self._profile(2, lengths.day, DAY_FORGETTING),
            "week": self._profile(2, lengths.week, WEEK_FORGETTING),
            "day_narrow": self._profile(1, lengths.day, DAY_FORGETTING, lengths.narrow),
            "week_narrow": self._profile(1, lengths.week, WEEK_FORGETTING, lengths.narrow),
            "day_wide": self._profile(1, lengths.day, WIDE_DAY_FORGETTING, lengths.wide),
            "week_wide": self._profile(1, lengths.week, WIDE_WEEK_FORGETTING, lengths.wide),
        }
        self._deviations = CentredMeans(DEVIATION_BINS)
        self._usual_deviations = SeasonalMeans(2, season=lengths.day, forgetting=DAY_FORGETTING, reach=DEVIATION_BINS)
        self._hours = _RunningHours(lengths.hour) if lengths.hour else None
        rows = {"day": 4, "week": 3, "day_narrow": 3, "week_narrow": 2, "day_wide": 1, "week_wide": 1, "hour": 1}
        rows |= {"deviation": 2, "level_day": 2, "level_week": 2}
        self._tapes = {name: Tape(count, lead=True) for name, count in rows.items()}

    @staticmethod
    def _profile(rows: int, season: int, forgetting: float, reach: int = 0) -> SeasonalMeans:
        return SeasonalMeans(rows, season=season, forgetting=forgetting, reach=reach)

    def extend(self, series: Series, begin: int) -> Bank:
        """Return the bank of a series whose bins before `begin` are known."""
        size, lengths, end = self._size, self._lengths, len(series)
        grid = self._grid.extend(series, begin)
        self._size = grid.size
        silent = self._watch.extend(series.requests_count, grid, begin, size)
        self._bins["silent"].put(begin, silent)
        counts = self._cap.extend(np.where(silent, np.nan, series.requests_count[begin:]), grid, begin, size)
        before = self._levels.view(begin)[:, -1:] if begin else np.full((len(lengths.levels), 1), np.nan)
        levels = self._means.extend(counts[begin:])
        if np.isnan(levels).any():
            levels = np.stack([last_known(row) for row in np.concatenate([before, levels], axis=1)])[:, 1:]
        self._levels.put(begin, levels)
        on_grid = grid.spread_new(np.stack([counts[begin:], levels[LEVEL]]), begin, size)
        self._bins["fast"].put(begin, self._fast.extend(counts[begin:])[0])
        jumps = np.diff(counts[begin:], prepend=counts[begin - 1] if begin else np.nan)
        self._bins["noise"].put(begin, np.sqrt(self._jumps.extend(jumps * jumps)))
        self._profile_counts(on_grid, size)
        views = {name: tape.view(grid.size) for name, tape in self._tapes.items()}
        levels = self._levels.view(end)
        for name in ("day_wide", "week_wide", "hour"):
            views[name] = views[name][0]
        if not lengths.hour:
            views["hour"] = np.empty(0)
        return Bank(
            series=series,
            grid=grid,
            lengths=lengths,
            counts=counts,
            levels=levels,
            scale=np.fmax(levels[DAILY], 0.0),
            **views,
            **{name: tape.view(end) for name, tape in self._bins.items()},
        )

    def _profile_counts(self, on_grid: np.ndarray, size: int) -> None:
        """Add counts and levels (2, k) at the positions from `size` on."""
        values, day, week = on_grid[0], self._lengths.day, self._lengths.week
        end = size + len(values)
        usual, levels_day = self._profiles["day"].revise(size, on_grid)
        self._put("level_day", size, levels_day, on_grid[1])
        usual_week, levels_week = self._profiles["week"].revise(size, on_grid)
        self._put("level_week", size, levels_week, on_grid[1])
        self._put("day", size, usual, values, values, values)
        self._put("week", size, usual_week, values, values)
        rows = self._tapes["day"].view(end)
        rows[2, 1 + size :] = _median(rows[1], size, day)
        self._count(rows[3], values, size, day)
        self._count(self._tapes["week"].view(end)[2], values, size, week)
        first, narrow = self._narrow.extend(values)
        self._put("day_narrow", first, self._profiles["day_narrow"].revise(first, narrow[None])[0], narrow, narrow)
        rows = self._tapes["day_narrow"].view(end)
        rows[2, 1 + first :] = _median(rows[1], first, day)
        self._put("week_narrow", first, self._profiles["week_narrow"].revise(first, narrow[None])[0], narrow)
        first, wide = self._wide.extend(values)
        for name in ("day_wide", "week_wide"):
            self._put(name, first, self._profiles[name].revise(first, wide[None])[0])
        new = np.arange(size, end)
        before = np.stack(
            [at(self._tapes[name].view(end)[0], new - each) for name, each in (("day", day), ("week", week))]
        )
        first, deviations = self._deviations.extend(np.abs(values - before))
        self._tapes["deviation"].put(first, self._usual_deviations.revise(first, deviations))
        if self._hours:
            first, hour = self._hours.extend(values)
            self._put("hour", first, hour)

    def _put(self, name: str, first: int, *rows: np.ndarray) -> None:
        self._tapes[name].put(first, np.stack(rows))

    @staticmethod
    def _count(row: np.ndarray, values: np.ndarray, size: int, season: int) -> None:
        """Set how many known values each position from `size` on and the same ones of earlier seasons have."""
        known = (~np.isnan(values)).astype(np.float64)
        for first in range(0, len(values), season):
            new = np.arange(size + first, min(size + first + season, size + len(values)))
            row[1 + new] = known[new - size] + np.nan_to_num(at(row, new - season))


def _median(values: np.ndarray, first: int, season: int) -> np.ndarray:
    """Return the medians (k,) from `first` on of the last `MEDIAN_DAYS` values (1 + size,) at the same time."""
    positions = np.arange(first, len(values) - 1)[:, None] - season * np.arange(MEDIAN_DAYS)
    return row_medians(at(values, positions))


class _RunningHours:
    """The usual ratio of a count to the mean of the hour around it, by minute of the hour."""

    def __init__(self, hour: int) -> None:
        self._half = hour // 2
        self._around = CentredMeans(self._half)
        self._usual = SeasonalMeans(season=hour, forgetting=HOUR_FORGETTING, reach=self._half)
        self._last = np.empty(0)

    def extend(self, values: np.ndarray) -> tuple[int, np.ndarray]:
        """Return the first position that is new or revised, and the usual ratio (m,) from it on."""
        first, around = self._around.extend(values)
        joined = np.concatenate([self._last, values])
        self._last = joined[len(joined) - min(len(joined), self._half) :]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(around > 0, joined[len(joined) - len(around) :] / around, np.nan)
        return first, self._usual.revise(first, ratio)
