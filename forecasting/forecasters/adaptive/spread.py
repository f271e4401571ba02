"""How wide a forecast is: its usual absolute error, regressed like the means, and the shape of its past errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from forecasting.forecasters.adaptive.bank import Bank, Lengths
from forecasting.forecasters.adaptive.experts import EXPERTS, Made, row_weights
from forecasting.forecasters.adaptive.midnights import blocks
from forecasting.forecasters.adaptive.mixing import by_target
from forecasting.forecasters.adaptive.regressors import MOST
from forecasting.forecasters.adaptive.ridge import OnlineRidge
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.nan_filters import filled
from forecasting.forecasters.running_filters import CentredMeans, RunningMeans, SeasonalMeans, Tape

PENALTY, HALF_LIFE_DAYS = 0.003, 7.0
LEAST_FACTOR, MOST_FACTOR = 0.2, 5.0
RECENT_BINS, FIRST_BINS = 8.0, 10.0
TIME_FORGETTING, RAW_FORGETTING, WEEK_FORGETTING, HOUR_FORGETTING = 0.8, 0.85, 0.7, 0.93

NAMES = (
    "recent", "first", "daily", "weekly", "time_of_day", "time_of_day_raw", "time_of_week", "hour",
    "mean", "poisson", "fast_apart", "day_apart", "week_apart",
)  # fmt: skip
START = {"recent": 0.25, "daily": 0.25, "time_of_day": 0.25, "time_of_day_raw": 0.25}
USUAL = ("daily", "weekly", "time_of_day", "time_of_day_raw")
"""The columns whose mean bounds the regression."""

SHAPE_DAYS, SHAPE_ERRORS, SHAPE_LEAST = 10, 1_500, 30
NORMAL_SHAPE = ndtri(np.array(QUANTILES)) * np.sqrt(np.pi / 2)
"""Quantiles of a normal error in units of its mean absolute value, until enough errors are known."""

UNKNOWN_SHARE = 0.3
"""The error assumed before any is known, as a share of the scale; it counts less with every known error."""

UNKNOWN_ERRORS = 24
"""Known errors from which the assumed one no longer counts."""


@dataclass(frozen=True, eq=False)
class ErrorHistory:
    """The absolute errors of the mix, in the forms that the regression uses: by target, so all known at the origin.

    `errors` and `known`, how many are known, (knots, n), `first` (n,) the absolute errors at step 1; the rest are the
    usual ones: lately by bin, and by the time of day, week and hour at positions.
    """

    bank: Bank
    errors: np.ndarray
    known: np.ndarray
    first: np.ndarray
    trailing: np.ndarray
    smooth_first: np.ndarray
    phi: np.ndarray
    time: np.ndarray
    time_raw: np.ndarray
    week: np.ndarray
    hour: np.ndarray | None

    def columns(
        self, origins: np.ndarray, steps: np.ndarray, knot: np.ndarray, means: np.ndarray, mix: np.ndarray
    ) -> np.ndarray:
        """Return the columns (h, n, p) in requests per bin; `knot` (h,) are places of knots, means (experts, h, n)."""
        grid, lengths = self.bank.grid, self.bank.lengths
        targets = origins + steps[:, None]
        position = grid.position[targets]
        row = knot[:, None]
        recent, daily, weekly = self.trailing[:, row, origins]
        first = np.broadcast_to(self.smooth_first[origins], targets.shape)

        def then(values: np.ndarray, season: int, ahead: int = 0) -> np.ndarray:
            return values[row, np.maximum(position - grid.back(targets, origins, season, ahead), -1) + 1]

        recent = filled(recent, first)
        daily, weekly = filled(daily, recent), filled(weekly, recent)
        time = filled(then(self.time, lengths.day, lengths.quarter), daily)
        raw = filled(then(self.time_raw, lengths.day), time)
        week = filled(then(self.week, lengths.week), time)
        hour = daily if self.hour is None else filled(then(self.hour, lengths.hour), daily)
        expert = {name: means[place] for place, name in enumerate(EXPERTS)}
        poisson = np.sqrt(np.maximum(self.phi[origins] * mix, 0.0))
        columns = np.stack([
            recent, first, daily, weekly, time, raw, week, hour, mix, poisson,
            np.abs(expert["recent"] - expert["fast"]), np.abs(mix - expert["day"]), np.abs(mix - expert["week"]),
        ], axis=-1)  # fmt: skip
        return np.nan_to_num(columns)


class RunningErrors:
    """The errors of a series that grows at its end."""

    def __init__(self, lengths: Lengths, knots: np.ndarray):
        rows, day = len(knots), float(lengths.day)
        self._knots, self._size = knots, 0
        self._means = RunningMeans((RECENT_BINS, day, 7.0 * day))
        self._first_means = RunningMeans((FIRST_BINS,))
        self._noise, self._level = RunningMeans((7.0 * day,)), RunningMeans((7.0 * day,))
        self._bins = {name: Tape(rows) for name in ("errors", "known")}
        self._bins |= {"trailing": Tape(3, rows), "first": Tape(), "smooth_first": Tape(), "phi": Tape()}
        seasons = {
            "time": (lengths.day, TIME_FORGETTING, lengths.quarter),
            "time_raw": (lengths.day, RAW_FORGETTING, 0),
            "week": (lengths.week, WEEK_FORGETTING, 0),
            "hour": (lengths.hour, HOUR_FORGETTING, 0),
        }
        self._smooth = CentredMeans(lengths.quarter)
        self._usual = {
            name: SeasonalMeans(rows, season=season, forgetting=forgetting, reach=reach)
            for name, (season, forgetting, reach) in seasons.items()
            if season
        }
        self._places = {name: Tape(rows, lead=True) for name in self._usual}

    def extend(self, bank: Bank, mix: np.ndarray, begin: int, near: ErrorHistory | None) -> ErrorHistory:
        """Return the history with the targets from bin `begin` on, given the mix (knots, n).

        `near` has the errors at step 1 if the knots have no such step.
        """
        since, n = max(0, begin - int(self._knots.max())), len(bank.counts)
        forecast = by_target(mix[:, since:], self._knots)[:, begin - since :]
        errors = bank.counts[begin:] - forecast
        absolute = np.abs(errors)
        first = absolute[0] if near is None else near.first[begin:n]
        known = self._bins["known"].view(begin)[:, -1:] if begin else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            phi = self._noise.extend(first**2)[0] / self._level.extend(forecast[0])[0]
        new = {
            "errors": errors,
            "known": known + np.cumsum(np.isfinite(absolute), axis=1),
            "trailing": self._means.extend(absolute).transpose(1, 0, 2),
            "first": first,
            "smooth_first": self._first_means.extend(first)[0],
            "phi": phi,
        }
        for name, values in new.items():
            self._bins[name].put(begin, values)
        self._place(bank.grid.spread_new(absolute, begin, self._size))
        self._size = bank.grid.size
        at_bins = {name: tape.view(n) for name, tape in self._bins.items()}
        places = {name: tape.view(self._size) for name, tape in self._places.items()}
        return ErrorHistory(bank=bank, hour=places.pop("hour", None), **at_bins, **places)

    def _place(self, absolute: np.ndarray) -> None:
        """Add errors (knots, k) at new positions."""
        position, smooth = self._smooth.extend(absolute)
        for name, usual in self._usual.items():
            first, values = (position, smooth) if name == "time" else (self._size, absolute)
            self._places[name].put(first, usual.revise(first, values))


class SpreadRun:
    """The spread of a series that grows: `spread` (knots, n) in requests per bin; by block weights and errors' shape.

    `shape` (blocks, knots, levels) are quantiles of error over spread, `standardised` (knots, n) by target. The
    regression is as it was when the last block began.
    """

    def __init__(self, knots: np.ndarray):
        self._knots, self._reach = knots, int(knots.max())
        self.spread, self.standardised = Tape(len(knots)), Tape(len(knots))
        self.shape = np.empty((0, len(knots), len(QUANTILES)))
        self.weights: list[np.ndarray] = []
        self._ridge = OnlineRidge(
            np.array([START.get(name, 0.0) for name in NAMES]), len(knots), HALF_LIFE_DAYS, PENALTY
        )

    def extend(
        self, history: ErrorHistory, made: Made, scale: np.ndarray, mix: np.ndarray, edges: np.ndarray, begin: int
    ) -> None:
        """Add the spread from the origins since bin `begin`, given the rows' scale and the mix (knots, n)."""
        done = len(self.weights)
        if done == len(edges) - 1:
            self._add(history, made, scale, mix, begin, len(history.bank.counts), done - 1)
            return
        n = len(history.bank.counts)
        for number, first, end in blocks(edges, max(done - 1, 0)):
            if number == done:
                done += 1
                self.weights.append(self._ridge.weights)
                since = max(0, first - SHAPE_DAYS * history.bank.lengths.day)
                new = error_shape(self.standardised.view(first)[:, since:])
                self.shape = np.concatenate([self.shape, new[None]])
            before = max(0, first - self._reach)
            columns = self._add(history, made, scale, mix, first, end, number, before)
            if end < n:
                self._learn(history, columns, scale, before, slice(first, end))

    def _add(
        self,
        history: ErrorHistory,
        made: Made,
        scale: np.ndarray,
        mix: np.ndarray,
        first: int,
        end: int,
        number: int,
        before: int | None = None,
    ) -> np.ndarray:
        """Add the spread from the origins first..end-1 of block `number`; return the columns of those from `before`."""
        before = first if before is None else before
        means = made.means[:, :, before - made.first : end - made.first]
        origins, places = np.arange(before, end), np.arange(len(self._knots))
        columns = history.columns(origins, self._knots, places, means, mix[:, before:end])
        mine = columns[:, first - before :]
        known = history.known[:, first:end]
        self.spread.put(first, spread_of(mine, self.weights[number], scale[:, first:end], known))
        return columns

    def _learn(self, history: ErrorHistory, columns: np.ndarray, scale: np.ndarray, before: int, part: slice) -> None:
        """Add the errors of the targets in a block, with the columns (knots, bins, p) of origins from `before` on."""
        bank = history.bank
        origins = np.arange(part.start, part.stop) - self._knots[:, None]
        step, place = np.arange(len(self._knots))[:, None], np.maximum(origins, 0)
        width = np.where(origins >= 0, self.spread.view(part.stop)[step, place], np.nan)
        errors, scale = history.errors[:, part], scale[step, place]
        with np.errstate(divide="ignore", invalid="ignore"):
            self.standardised.put(part.start, np.where(width > 0, errors / width, np.nan))
        safe = np.where(scale > 0, scale, 1.0)
        actual, relative = np.abs(errors) / safe, _over(columns[step, place - before], safe)
        days = (part.stop - part.start) / bank.lengths.day
        self._ridge.learn(relative, actual, row_weights(bank, scale, origins), actual - width / safe, days)


def spread_of(columns: np.ndarray, weights: np.ndarray, scale: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the spread (h, n): the regression, bounded by the usual errors; wide while few errors are known."""
    safe = np.where(scale > 0, scale, 1.0)
    relative = _over(columns, safe)
    estimate = (relative @ weights[..., None])[..., 0] * safe
    usual = columns[..., [NAMES.index(name) for name in USUAL]].mean(axis=-1)
    estimate = np.clip(estimate, LEAST_FACTOR * usual, MOST_FACTOR * usual)
    doubt = np.clip(1.0 - known / UNKNOWN_ERRORS, 0.0, 1.0) ** 2
    return estimate + doubt * np.maximum(UNKNOWN_SHARE * scale - estimate, 0.0)


def _over(columns: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return columns (h, n, p) over a scale (h, n) that may be tiny, cut at `MOST`."""
    with np.errstate(over="ignore"):
        return np.clip(columns / scale[..., None], -MOST, MOST)


def error_shape(standardised: np.ndarray) -> np.ndarray:
    """Return quantiles (knots, levels) of standardised errors (knots, bins); normal ones while few are known."""
    stride = max(1, -(-standardised.shape[1] // SHAPE_ERRORS))
    ordered = np.sort(standardised[:, ::-1][:, ::stride], axis=1)
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    shape = np.tile(NORMAL_SHAPE, (len(ordered), 1))
    for row in np.flatnonzero(known >= SHAPE_LEAST):
        shape[row] = np.quantile(ordered[row, : known[row]], QUANTILES)
    return shape
