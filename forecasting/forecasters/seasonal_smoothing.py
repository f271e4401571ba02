"""`seasonal_smoothing`: level, day and week smoothed separately and combined by one regression per step.

A double-seasonal smoother (Taylor 2003; the Holt-Winters state, updated by filters instead of bin by bin) on the
square root of the counts, on which the noise is about uniform and k times the traffic is sqrt(k) times everything:

    sqrt(y) = level + day + week + remainder

The profiles of the day and the week are means over earlier days and weeks with forgetting, of counts smoothed over a
short, a medium and a long window: noisy services need the long one, others the short one. Exponential means with
several half-lives track the remainder. The weights of these terms at a step come from a ridge regression over all
training origins towards "level plus profile": a dozen parameters per step, few enough to carry over to other services.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from forecasting.forecasters.calibration import KNOTS
from forecasting.forecasters.nan_filters import centred_mean, decayed_means, delayed, last_known, seasonal_mean
from forecasting.progress import Progress, silent
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE, WEEK

SMOOTHED_MINUTES = (15, 60, 120)
DAY_FORGETTING, WEEK_FORGETTING = 0.93, 0.85
LEVEL_HALF_LIFE_DAYS = 1.0
REMAINDER_HALF_LIVES = (0.6, 2.0, 6.0, 20.0, 60.0)
"""In bins of a minute; they shrink with the bin length to the power 0.55, as the level of the tree models does."""

RIDGE = 20.0
"""The weight of the regression's prior, as a number of origins."""

WARM_UP_DAYS = 2

_STATES: Derived[SmoothedState] = Derived()


@dataclass(frozen=True, eq=False)
class Profile:
    """Typical day and week (n,) of counts smoothed over `half_width` bins on both sides, on the square-root scale."""

    half_width: int
    day: np.ndarray
    week: np.ndarray


@dataclass(frozen=True, eq=False)
class SmoothedState:
    """The state at every bin (n,) of one series: `root` the square root of the counts, `remainder` (half-lives, n)."""

    series: Series
    root: np.ndarray
    level: np.ndarray
    profiles: tuple[Profile, ...]
    remainder: np.ndarray

    @classmethod
    def of(cls, series: Series) -> SmoothedState:
        """Return the state of a series, computed once and cached with it."""
        return _STATES.of(series, lambda: cls._smoothed(series))

    @classmethod
    def _smoothed(cls, series: Series) -> SmoothedState:
        root = np.sqrt(series.requests_count)
        level = decayed_means(root, (LEVEL_HALF_LIFE_DAYS * series.bins_per_day,))[0]
        profiles = tuple(_profile(series, root, level, width) for width in half_widths(series.bin_seconds))
        state = cls(series, root, level, profiles, np.empty((0, len(root))))
        rest = root - level - state._expected(profiles[len(profiles) // 2])
        half_lives = tuple(max(0.2, half / (series.bin_seconds / MINUTE) ** 0.55) for half in REMAINDER_HALF_LIVES)
        return cls(series, root, level, profiles, decayed_means(rest, half_lives))

    def _expected(self, profile: Profile) -> np.ndarray:
        """Return the one-step forecast of a profile for every bin (n,)."""
        day, week = self.seasonal(profile, np.arange(len(self.root)) - 1, np.ones(1, dtype=np.int64))
        return (day + week)[:, 0]

    def seasonal(self, profile: Profile, origins: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the typical day and week (n, h) at `steps` after `origins`, from bins up to the origin; 0 if unknown.

        A profile uses `half_width` later bins, so the season used must end that long before the origin.
        """
        targets = origins[:, None] + steps
        seasons = []
        for season, values in ((self.series.bins_per_day, profile.day), (_week(self.series), profile.week)):
            back = season * -(-(steps + profile.half_width) // season)
            value = delayed(values, targets - back)
            seasons.append(np.where(np.isnan(value), 0.0, value))
        return seasons[0], seasons[1]

    def terms(self, origins: np.ndarray, step: int) -> np.ndarray:
        """Return the columns (n, 1 + 2 profiles + half-lives) of a step's regression: level, profiles, remainder."""
        steps = np.array([step])
        seasons = [part[:, 0] for profile in self.profiles for part in self.seasonal(profile, origins, steps)]
        return np.column_stack([self.level[origins], *seasons, *np.nan_to_num(self.remainder[:, origins])])


class SeasonalSmoothing:
    """`seasonal_smoothing` in the registry.

    `weights` (knots, terms) apply to `SmoothedState.terms` at the steps `knots`. `lift` (knots,) is the mean count over
    the squared forecast of the root: the mean of a square exceeds the square of the mean.
    """

    name = "seasonal_smoothing"

    def __init__(
        self, knots: np.ndarray | None = None, weights: np.ndarray | None = None, lift: np.ndarray | None = None
    ):
        self.knots = np.empty(0, dtype=np.int64) if knots is None else knots
        self.weights = np.empty((0, 0)) if weights is None else weights
        self.lift = np.empty(0) if lift is None else lift

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`; every knot has a regression over the bins before `stop_at`."""
        known = series.slice(0, len(series) if stop_at is None else stop_at)
        state = SmoothedState.of(known)
        begin = min(WARM_UP_DAYS * known.bins_per_day, len(known) // 4)
        self.knots = np.array([knot for knot in KNOTS if knot < (len(known) - begin) // 2])
        fitted = []
        for number, knot in enumerate(self.knots.tolist()):
            fitted.append(_regression(state, np.arange(begin, len(known) - knot), knot))
            report((number + 1) / len(self.knots))
        self.weights = np.array([weights for weights, _ in fitted])
        self.lift = np.array([lift for _, lift in fitted])
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        state = SmoothedState.of(series)
        weights, lift = self._at(steps)
        remainder = np.nan_to_num(state.remainder[:, origins])
        root = state.level[origins][:, None] * weights[:, 0] + remainder.T @ weights[:, -len(remainder) :].T
        for number, profile in enumerate(state.profiles):
            day, week = state.seasonal(profile, origins, steps)
            root += day * weights[:, 1 + 2 * number] + week * weights[:, 2 + 2 * number]
        means = np.maximum(root, 0.0) ** 2 * lift
        unknown = np.isnan(means)
        if unknown.any():
            means[unknown] = np.repeat(last_known(series.requests_count)[origins], len(steps))[unknown.ravel()]
        return means

    def _at(self, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return weights (h, terms) and lift (h,) at any steps."""
        return _interpolated(self, np.ascontiguousarray(steps, dtype=np.int64).tobytes())

    def save(self, folder: Path) -> None:
        """Write plain arrays (.npz, no pickle)."""
        np.savez_compressed(folder / "smoothing.npz", knots=self.knots, weights=self.weights, lift=self.lift)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a forecaster that `save` wrote; refuses files that need unpickling."""
        with np.load(folder / "smoothing.npz", allow_pickle=False) as stored:
            return cls(stored["knots"], stored["weights"], stored["lift"])


@lru_cache(maxsize=256)
def _interpolated(forecaster: SeasonalSmoothing, steps: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return `SeasonalSmoothing._at`; cached, as every forecast with the same steps needs the same values."""
    at, knots = np.log(np.frombuffer(steps, dtype=np.int64)), np.log(forecaster.knots)
    weights = np.column_stack([np.interp(at, knots, column) for column in forecaster.weights.T])
    return weights, np.interp(at, knots, forecaster.lift)


def half_widths(bin_seconds: int) -> tuple[int, ...]:
    """Return the half widths of the profiles' smoothing, in bins: at most three, distinct, rising."""
    return tuple(sorted({round(minutes * MINUTE / bin_seconds / 2) for minutes in SMOOTHED_MINUTES}))


def _week(series: Series) -> int:
    return WEEK // series.bin_seconds


def _profile(series: Series, root: np.ndarray, level: np.ndarray, half_width: int) -> Profile:
    """Return the typical day of the deviation from the level, and the typical week of the deviation from that day."""
    season = series.bins_per_day
    deviation = centred_mean(root, half_width) - level
    day = seasonal_mean(deviation, season, DAY_FORGETTING)
    before = np.nan_to_num(delayed(day, np.arange(len(root)) - season))
    return Profile(half_width, day, seasonal_mean(deviation - before, _week(series), WEEK_FORGETTING))


def _regression(state: SmoothedState, origins: np.ndarray, step: int) -> tuple[np.ndarray, float]:
    """Return weights (terms,) of one step, by ridge regression towards level plus the profiles' mean, and the lift."""
    actual = state.root[origins + step]
    good = np.isfinite(actual) & np.isfinite(state.level[origins])
    profiles, terms = len(state.profiles), 1 + 2 * len(state.profiles) + len(state.remainder)
    start = np.r_[1.0, np.full(2 * profiles, 1 / profiles), np.zeros(terms - 1 - 2 * profiles)]
    if not good.any():
        return start, 1.0
    columns, actual = state.terms(origins[good], step), actual[good]
    squares = columns.T @ columns
    ridge = RIDGE * np.trace(squares[1:, 1:]) / (terms - 1) / len(actual) or 1.0
    weights = start + np.linalg.solve(squares + ridge * np.eye(terms), columns.T @ (actual - columns @ start))
    fitted = float(np.sum(np.maximum(columns @ weights, 0.0) ** 2))
    return weights, float(np.sum(actual**2)) / fitted if fitted > 0 else 1.0
