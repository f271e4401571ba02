"""How wide a forecast is: its usual absolute error, regressed like the means, and the shape of its past errors."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.experts import EXPERTS, ExpertRun, row_weights
from forecasting.forecasters.adaptive.midnights import blocks
from forecasting.forecasters.adaptive.mixing import by_target
from forecasting.forecasters.adaptive.regressors import MOST
from forecasting.forecasters.adaptive.ridge import OnlineRidge
from forecasting.forecasters.base import QUANTILES
from forecasting.forecasters.nan_filters import centred_mean, decayed_means, filled, seasonal_mean

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


@dataclass(eq=False)
class SpreadRun:
    """`spread` (knots, n) in requests per bin, and for every block the regression's weights and the errors' shape.

    `shape` (blocks, knots, levels) are quantiles of error over spread, `standardised` (knots, n) by target. `ridge` is
    as it was when the last block began.
    """

    spread: np.ndarray
    standardised: np.ndarray
    shape: np.ndarray
    weights: list[np.ndarray]
    ridge: OnlineRidge


class ErrorHistory:
    """The absolute errors of the mix, in the forms that the regression uses: by target, so all known at the origin."""

    def __init__(self, bank: Bank, knots: np.ndarray, mix: np.ndarray, first: np.ndarray | None):
        self._bank = bank
        forecast = by_target(mix, knots)
        self.errors = bank.counts - forecast
        absolute = np.abs(self.errors)
        per_day = bank.lengths.day
        trailing = decayed_means(absolute, (RECENT_BINS, float(per_day), 7.0 * per_day))
        self._trailing = trailing.transpose(1, 0, 2)
        self.first = absolute[0] if first is None else first
        self._first = decayed_means(self.first, (FIRST_BINS,))[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            noise = decayed_means(self.first**2, (7.0 * per_day,))[0]
            self._phi = noise / decayed_means(forecast[0], (7.0 * per_day,))[0]
        self.known = np.cumsum(np.isfinite(absolute), axis=1)
        self._grids(absolute)

    def _grids(self, absolute: np.ndarray) -> None:
        bank, lengths = self._bank, self._bank.lengths
        on_grid = bank.grid.spread_out(absolute)[:, :-1]

        def usual(season: int, forgetting: float, half_width: int = 0) -> np.ndarray:
            rows = [seasonal_mean(centred_mean(row, half_width), season, forgetting) for row in on_grid]
            return np.pad(np.stack(rows), ((0, 0), (0, 1)), constant_values=np.nan)

        self._time = usual(lengths.day, TIME_FORGETTING, lengths.quarter)
        self._time_raw = usual(lengths.day, RAW_FORGETTING)
        self._week = usual(lengths.week, WEEK_FORGETTING)
        self._hour = usual(lengths.hour, HOUR_FORGETTING) if lengths.hour else None

    def columns(
        self, origins: np.ndarray, steps: np.ndarray, knot: np.ndarray, means: np.ndarray, mix: np.ndarray
    ) -> np.ndarray:
        """Return the columns (h, n, p) in requests per bin; `knot` (h,) are places of knots, means (experts, h, n)."""
        grid, lengths = self._bank.grid, self._bank.lengths
        targets = origins + steps[:, None]
        position = grid.position[targets]
        row = knot[:, None]
        recent, daily, weekly = self._trailing[:, row, origins]
        first = np.broadcast_to(self._first[origins], targets.shape)

        def then(values: np.ndarray, season: int, ahead: int = 0) -> np.ndarray:
            return values[row, np.maximum(position - grid.back(targets, origins, season, ahead), -1)]

        recent = filled(recent, first)
        daily, weekly = filled(daily, recent), filled(weekly, recent)
        time = filled(then(self._time, lengths.day, lengths.quarter), daily)
        raw = filled(then(self._time_raw, lengths.day), time)
        week = filled(then(self._week, lengths.week), time)
        hour = daily if self._hour is None else filled(then(self._hour, lengths.hour), daily)
        expert = {name: means[place] for place, name in enumerate(EXPERTS)}
        poisson = np.sqrt(np.maximum(self._phi[origins] * mix, 0.0))
        columns = np.stack([
            recent, first, daily, weekly, time, raw, week, hour, mix, poisson,
            np.abs(expert["recent"] - expert["fast"]), np.abs(mix - expert["day"]), np.abs(mix - expert["week"]),
        ], axis=-1)  # fmt: skip
        return np.nan_to_num(columns)


def run_spread(
    bank: Bank, run: ExpertRun, mix: np.ndarray, history: ErrorHistory, earlier: SpreadRun | None = None
) -> SpreadRun:
    """Return the spread and the errors' shape of a mix (knots, n) from every origin.

    With `earlier`, that of the series which the run continues, only the rest is computed.
    """
    n, places, reach = len(bank.counts), np.arange(len(run.knots)), int(run.knots.max())
    result = _begun(run, n, earlier)
    for number, first, end in blocks(run.edges, len(result.weights)):
        before = max(0, first - reach)
        origins, part = np.arange(before, end), slice(first, end)
        means = run.means[:, :, before - run.first : end - run.first]
        columns = history.columns(origins, run.knots, places, means, mix[:, before:end])
        result.weights.append(result.ridge.weights)
        since = max(0, first - SHAPE_DAYS * bank.lengths.day)
        result.shape[number] = error_shape(result.standardised[:, since:first])
        result.spread[:, part] = spread_of(
            columns[:, first - before :], result.ridge.weights, run.scale[:, part], history.known[:, part]
        )
        if end == n:
            break
        made = np.arange(first, end) - run.knots[:, None]
        step, place = places[:, None], np.maximum(made, 0)
        width = np.where(made >= 0, result.spread[step, place], np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            result.standardised[:, part] = np.where(width > 0, history.errors[:, part] / width, np.nan)
        _learn(bank, result.ridge, history, columns[step, place - before], run.scale[step, place], width, made, part)
    return result


def _begun(run: ExpertRun, n: int, earlier: SpreadRun | None) -> SpreadRun:
    """Return a result with nothing, or with the blocks before the earlier one's last."""
    knots, blocks_ = len(run.knots), len(run.edges) - 1
    begun = SpreadRun(
        spread=np.empty((knots, n)),
        standardised=np.full((knots, n), np.nan),
        shape=np.empty((blocks_, knots, len(QUANTILES))),
        weights=[],
        ridge=OnlineRidge(np.array([START.get(name, 0.0) for name in NAMES]), knots, HALF_LIFE_DAYS, PENALTY),
    )
    if earlier is not None:
        done = len(earlier.weights) - 1
        start = int(run.edges[done])
        begun.spread[:, :start], begun.standardised[:, :start] = (
            earlier.spread[:, :start],
            earlier.standardised[:, :start],
        )
        begun.shape[:done] = earlier.shape[:done]
        begun.weights, begun.ridge = earlier.weights[:done], copy.copy(earlier.ridge)
    return begun


def _learn(
    bank: Bank,
    ridge: OnlineRidge,
    history: ErrorHistory,
    columns: np.ndarray,
    scale: np.ndarray,
    width: np.ndarray,
    made: np.ndarray,
    part: slice,
) -> None:
    """Add the errors of the targets in a block, with the columns (knots, bins, p) of the origins that made them."""
    safe = np.where(scale > 0, scale, 1.0)
    actual = np.abs(history.errors[:, part]) / safe
    relative = _over(columns, safe)
    days = (part.stop - part.start) / bank.lengths.day
    ridge.learn(relative, actual, row_weights(bank, scale, made), actual - width / safe, days)


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
