"""The outlook: what a frozen model said, from every origin of a span, about the bins and the lead window after it.

For a series that its model set was trained on, the validation days stand with the forecasts made before the final
refit, and what follows training with those of the refitted model: every forecast is out of sample.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace

import numpy as np

from forecasting.errors import InputError
from forecasting.forecasters.base import MAX_HORIZON, QUANTILES
from forecasting.hindcasts.lead_windows import (
    POOL_DAYS,
    POOL_LEAST_DAYS,
    LeadWindows,
    highest_coming,
    pooled,
    wall_days,
    window_steps,
)
from forecasting.hindcasts.source import Source
from forecasting.timeseries.series import Series

PRIOR_LEVELS = np.linspace(0.005, 0.995, 199)


@dataclass(frozen=True, eq=False)
class WindowForecasts:
    """What was forecast from each of consecutive `origins` (n,): windows of the lead, and the very next bin.

    `in_sample`: by a model that was trained on these bins.
    """

    origins: np.ndarray
    windows: LeadWindows
    next_bin: LeadWindows
    known_bins: np.ndarray
    in_sample: bool = False

    def since(self, first: int, last: int) -> WindowForecasts:
        """The outlook of the origins at the bins first..last-1."""
        a, b = first - int(self.origins[0]), last - int(self.origins[0])
        parts = self.origins[a:b], self.windows.part(a, b), self.next_bin.part(a, b), self.known_bins[a:b]
        return WindowForecasts(*parts, self.in_sample)

    def scaled(self, factor: float) -> WindowForecasts:
        """The outlook for `factor` times the traffic."""
        return replace(self, windows=self.windows.scaled(factor), next_bin=self.next_bin.scaled(factor))

    def mistaken(self, share: float) -> WindowForecasts:
        """The outlook of a forecast that is too high by this share (too low where it is negative); what came stays."""
        return replace(self, windows=self.windows.mistaken(share), next_bin=self.next_bin.mistaken(share))


def window_forecasts_of(source: Source, first: int, last: int, length: int) -> WindowForecasts:
    """The outlook of the origins at the bins first..last-1, with windows of `length` bins.

    Raises InputError where the window is longer than a forecast reaches.
    """
    refuse_unreachable(length)
    series, origins, steps = source.series, np.arange(first, last), window_steps(length)
    means = source.means(origins, steps)
    pairs = [_judged(source, origins, steps, means, length), _judged(source, origins, steps[:1], means[:, :1], 1)]
    days = wall_days(series.wall[origins])
    windows = []
    for n, (level, spread, highest) in zip((length, 1), pairs, strict=True):
        residuals = (highest - level) / spread
        prior = _prior(source, origins, residuals, n)
        windows.append(LeadWindows(n, level, spread, highest, *pooled(residuals, n, days, series.bins_per_day, prior)))
    return WindowForecasts(origins, *windows, _known_bins(series, origins))


def refuse_unreachable(length: int) -> None:
    """Raise InputError where a window is longer than a forecast reaches."""
    if length > MAX_HORIZON:
        raise InputError(
            f"boot_seconds asks for a forecast of {length} bins; forecasts reach {MAX_HORIZON}: write less, or take a "
            "coarser timeframe.",
            field="service.boot_seconds",
        )


def window_forecasts_at(source: Source, origin: int, length: int, wanted: np.ndarray) -> WindowForecasts:
    """The outlook of the consecutive origins up to one, forecast at the `wanted` (n,) of them only (NaN elsewhere).

    All share the pool of the last one's wall day, which is computed once a day.
    """
    refuse_unreachable(length)
    series, steps = source.series, window_steps(length)
    origins = np.arange(origin + 1 - len(wanted), origin + 1)
    means = np.full((len(origins), len(steps)), np.nan)
    means[wanted] = source.means(origins[wanted], steps)
    windows = []
    for n, columns in ((length, slice(None)), (1, slice(1))):
        level, spread, highest = _judged(source, origins, steps[columns], means[:, columns], n)
        pool = pool_at(source, origin, n)
        windows.append(LeadWindows(n, level, spread, highest, np.zeros(len(origins), np.int64), (pool,)))
    return WindowForecasts(origins, *windows, _known_bins(series, origins))


def pool_at(source: Source, origin: int, length: int) -> np.ndarray:
    """The sorted residuals that rule on the wall day of an origin, as `window_forecasts_of` would pool them; cached."""
    series = source.series
    day = wall_days(series.wall[: origin + 1])
    began = int(np.searchsorted(day, day[-1]))
    first = max(began - POOL_DAYS * series.bins_per_day, source.first_origin)
    counts = series.requests_count[max(0, first - 1) : began]
    digest = hashlib.blake2b(counts.tobytes(), digest_size=16).hexdigest()
    key = (source.fitted, series.start, began, length)
    with _POOLING:
        if (key, digest) not in _POOLS:
            while len(_POOLS) >= _MOST_POOLS:
                _POOLS.pop(next(iter(_POOLS)))
            _POOLS[key, digest] = _pool(source, first, began, length)
        return _POOLS[key, digest]


_POOLS: dict[tuple, np.ndarray] = {}
_POOLING = threading.Lock()
_MOST_POOLS = 64


def _pool(source: Source, first: int, began: int, length: int) -> np.ndarray:
    origins, steps = np.arange(first, began), window_steps(length)
    if not len(origins):
        return np.sort(_prior(source, origins, np.empty(0), length))
    level, spread, highest = _judged(source, origins, steps, source.means(origins, steps), length)
    residuals = (highest - level) / spread
    known = residuals[: max(0, len(residuals) - length)]
    known = known[np.isfinite(known)]
    if len(known) < POOL_LEAST_DAYS * source.series.bins_per_day:
        known = _prior(source, origins, residuals, length)
    return np.sort(known)


def _known_bins(series: Series, origins: np.ndarray) -> np.ndarray:
    return np.cumsum(~np.isnan(series.requests_count))[origins]


def _judged(
    source: Source, origins: np.ndarray, steps: np.ndarray, means: np.ndarray, length: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Level, spread and what came (each (n,)) of the windows after consecutive origins with means (n, h)."""
    phi = source.fitted.calibration.dispersion(source.series, origins)
    spreads = source.fitted.calibration.spread(means, phi, steps)
    rows, top = np.arange(len(origins)), np.argmax(np.nan_to_num(means, nan=-1.0), axis=1)
    highest = highest_coming(source.series.requests_count, origins, length)
    return means[rows, top], np.maximum(spreads[rows, top], 1e-9), highest


def _prior(source: Source, origins: np.ndarray, residuals: np.ndarray, length: int) -> np.ndarray:
    """Residuals of the validation days; of an unseen series, the offsets that the calibration learnt elsewhere.

    The first days of tuning lean on it, which thus look ahead within the validation days; no day that is judged does.
    """
    validated = residuals[(origins < source.seen - length) & np.isfinite(residuals)]
    if len(validated):
        return validated
    calibration = source.fitted.calibration
    offsets = np.array([np.interp(length, calibration.knots, column) for column in calibration.offsets.T])
    return np.interp(PRIOR_LEVELS, QUANTILES, offsets)


def actuals_of(counts: np.ndarray, origins: np.ndarray, length: int) -> LeadWindows:
    """Windows as somebody sees them who knows what comes: the level is the highest demand, and there is no spread.

    Where nothing of a window is known, it is the last one known before.
    """
    longer = np.append(counts, np.full(length, np.nan))
    highest = highest_coming(longer, origins, length)
    known = np.where(np.isfinite(highest), np.arange(len(highest)), -1)
    last = np.maximum.accumulate(known)
    level = np.where(last >= 0, highest[last], 0.0)
    return LeadWindows(
        length, level, np.full(len(level), 1e-9), highest, np.zeros(len(level), np.int64), (np.zeros(1),)
    )
