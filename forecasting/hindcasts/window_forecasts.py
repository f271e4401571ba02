"""Forecasts by a frozen model of the lead window and the next bin, from every origin of a span.

For a series that the model set was trained on, the validation days have the forecasts made before the final refit, and
the days after training those of the refitted model: every forecast is out of sample.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from forecasting.errors import InputError
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.hindcasts.array_cache import ArrayCache
from forecasting.hindcasts.cache import model_key
from forecasting.hindcasts.keyed_locks import KeyedLocks
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

MAX_POOL_BYTES = 2**24
"""Of cached pools; one of 14 days of minutes is 160 kB."""

_pools = ArrayCache(MAX_POOL_BYTES)
_pooling = KeyedLocks()


@dataclass(frozen=True, eq=False)
class WindowForecasts:
    """Forecasts from consecutive `origins` (n,): the windows of the lead time, and the next bin.

    `in_sample`: by a model that was trained on these bins.
    """

    origins: np.ndarray
    windows: LeadWindows
    next_bin: LeadWindows
    known_bins: np.ndarray
    in_sample: bool = False

    def since(self, first: int, last: int) -> WindowForecasts:
        """Return the forecasts of the origins at the bins first..last-1."""
        a, b = first - int(self.origins[0]), last - int(self.origins[0])
        parts = self.origins[a:b], self.windows.part(a, b), self.next_bin.part(a, b), self.known_bins[a:b]
        return WindowForecasts(*parts, self.in_sample)

    def scaled(self, factor: float) -> WindowForecasts:
        """Return the forecasts for `factor` times the traffic."""
        return replace(self, windows=self.windows.scaled(factor), next_bin=self.next_bin.scaled(factor))

    def mistaken(self, share: float) -> WindowForecasts:
        """Return forecasts that are too high by this share (too low if it is negative); the actuals stay."""
        return replace(self, windows=self.windows.mistaken(share), next_bin=self.next_bin.mistaken(share))


def window_forecasts_of(source: Source, first: int, last: int, length: int) -> WindowForecasts:
    """Return the forecasts of the origins at the bins first..last-1, with windows of `length` bins.

    Raises InputError if the window is longer than a forecast reaches.
    """
    refuse_unreachable(length)
    series, origins, steps = source.series, np.arange(first, last), window_steps(length)
    means, spreads = source.means_and_spread(origins, steps)
    days = wall_days(series.wall[origins])

    def windows(length: int, means: np.ndarray, spreads: np.ndarray) -> LeadWindows:
        level, spread, highest = _measured(series, origins, means, spreads, length)
        residuals = (highest - level) / spread
        prior = _prior(source, origins, residuals, length)
        pools = pooled(residuals, length, days, series.bins_per_day, prior)
        return LeadWindows(length, level, spread, highest, *pools)

    lead, next_bin = windows(length, means, spreads), windows(1, means[:, :1], spreads[:, :1])
    return WindowForecasts(origins, lead, next_bin, _known_bins(series, origins))


def refuse_unreachable(length: int) -> None:
    """Raise InputError if a window is longer than a forecast reaches."""
    if length > MAX_HORIZON:
        raise InputError(
            f"boot_seconds must fit within {MAX_HORIZON} bins, the longest forecast (got {length} bins); use a coarser "
            "timeframe for a longer start-up time.",
            field="service.boot_seconds",
        )


def window_forecasts_at(source: Source, origin: int, length: int, wanted: np.ndarray) -> WindowForecasts:
    """Return the forecasts of consecutive origins up to `origin`, made at the `wanted` (n,) of them only (else NaN).

    All use the pool of the last one's wall day, which is computed once a day.
    """
    refuse_unreachable(length)
    series, steps = source.series, window_steps(length)
    origins = np.arange(origin + 1 - len(wanted), origin + 1)
    means, spreads = np.full((2, len(origins), len(steps)), np.nan)
    means[wanted], spreads[wanted] = source.means_and_spread(origins[wanted], steps)

    def windows(length: int, means: np.ndarray, spreads: np.ndarray) -> LeadWindows:
        level, spread, highest = _measured(series, origins, means, spreads, length)
        pool = pool_at(source, origin, length)
        return LeadWindows(length, level, spread, highest, np.zeros(len(origins), np.int64), (pool,))

    lead, next_bin = windows(length, means, spreads), windows(1, means[:, :1], spreads[:, :1])
    return WindowForecasts(origins, lead, next_bin, _known_bins(series, origins))


def pool_at(source: Source, origin: int, length: int) -> np.ndarray:
    """Return the sorted residuals used on the wall day of an origin, as `window_forecasts_of` pools them; cached."""
    series = source.series
    day = wall_days(series.wall[: origin + 1])
    began = int(np.searchsorted(day, day[-1]))
    first = max(began - POOL_DAYS * series.bins_per_day, source.first_origin)
    counts = series.requests_count[max(0, first - 1) : began]
    content = hashlib.blake2b(counts.tobytes(), digest_size=16).hexdigest()
    key = f"{model_key(source.fitted, series)} {source.seen} {began} {length} {content}"
    with _pooling.held(key):
        pool = _pools.get(key)
        if pool is None:
            pool = _pool(source, first, began, length)
            _pools.put(key, pool)
        return pool


def _pool(source: Source, first: int, began: int, length: int) -> np.ndarray:
    origins, steps = np.arange(first, began), window_steps(length)
    if not len(origins):
        return np.sort(_prior(source, origins, np.empty(0), length))
    level, spread, highest = _measured(source.series, origins, *source.means_and_spread(origins, steps), length)
    residuals = (highest - level) / spread
    known = residuals[: max(0, len(residuals) - length)]
    known = known[np.isfinite(known)]
    if len(known) < POOL_LEAST_DAYS * source.series.bins_per_day:
        known = _prior(source, origins, residuals, length)
    return np.sort(known)


def _known_bins(series: Series, origins: np.ndarray) -> np.ndarray:
    return np.cumsum(~np.isnan(series.requests_count))[origins]


def _measured(
    series: Series, origins: np.ndarray, means: np.ndarray, spreads: np.ndarray, length: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return level, spread and actual maximum (each (n,)) of the windows after origins with these forecasts (n, h)."""
    rows, top = np.arange(len(origins)), np.argmax(np.nan_to_num(means, nan=-1.0), axis=1)
    highest = highest_coming(series.requests_count, origins, length)
    return means[rows, top], np.maximum(spreads[rows, top], 1e-9), highest


def _prior(source: Source, origins: np.ndarray, residuals: np.ndarray, length: int) -> np.ndarray:
    """Return residuals of the training days; for other series, the errors that the model expects at the first origin.

    The first tuning days use them, and so look ahead within the training days; no evaluation day does.
    """
    validated = residuals[(origins < source.seen - length) & np.isfinite(residuals)]
    if len(validated):
        return validated
    return source.prior(length, int(origins[0]) if len(origins) else 0)


def actuals_of(counts: np.ndarray, origins: np.ndarray, length: int) -> LeadWindows:
    """Return the windows of a perfect forecast: the level is the highest demand, and there is no spread.

    If nothing of a window is known, it is the last one known before.
    """
    longer = np.append(counts, np.full(length, np.nan))
    highest = highest_coming(longer, origins, length)
    known = np.where(np.isfinite(highest), np.arange(len(highest)), -1)
    last = np.maximum.accumulate(known)
    level = np.where(last >= 0, highest[last], 0.0)
    return LeadWindows(
        length, level, np.full(len(level), 1e-9), highest, np.zeros(len(level), np.int64), (np.zeros(1),)
    )
