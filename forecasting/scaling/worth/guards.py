"""Bound and guards of the expected-worth rule: what no single odd bin may do, an outage, and a new level.

The bound: never more replicas than 1.5 times the height needs, or twice the median of the last three bins; the second
lets a true rise through after two bins. The outage guard: requests that stop coming though they were expected are an
outage, not a quiet hour, so replicas are held for an hour. The level guard: while bins keep surprising the forecast,
there are at least the replicas that the simple forecast would have, which follows a new level at once.
"""

from __future__ import annotations

import numpy as np

from forecasting.hindcasts.evidence import evidence_of
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.kernels.inputs import BY_LEVEL, BY_OUTAGE
from forecasting.scaling.worth.outlook import Bands, Outlook
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR

BOUND_HEIGHTS, BOUND_RECENT = 1.5, 2.0
RECENT_BINS = 3

OUTAGE_SHARE, OUTAGE_SPREADS = 0.2, 4.0
"""Demand under this share of the forecast, and more than OUTAGE_SPREADS spreads under it, is an outage."""

OUTAGE_BINS = 3
"""Of the last bins one must have been that low for new replicas to be ordered as before it."""

SURPRISES, SURPRISE_BINS = 2, 4


def bound_of(series: Series, service: ScaledService, first: int, end: int) -> np.ndarray:
    """Return the most replicas (bins,) that the evidence at the end of the bins first..end-1 supports, int32."""
    factor, count = service.demand_multiplier, end - first
    height = factor * evidence_of(series).height[first:end]
    before = factor * series.requests_count[max(first - RECENT_BINS + 1, 0) : end]
    recent = np.concatenate([np.full(RECENT_BINS - 1, np.nan), before])[-count - RECENT_BINS + 1 :]
    windows = np.lib.stride_tricks.sliding_window_view(recent, RECENT_BINS)
    ordered = np.sort(np.where(np.isnan(windows), np.inf, windows), axis=1)
    known = np.isfinite(ordered).sum(axis=1)
    middle = ordered[np.arange(len(ordered)), np.maximum((known - 1) // 2, 0)]
    most = np.fmax(BOUND_HEIGHTS * height, BOUND_RECENT * np.where(known > 0, middle, 0.0))
    replicas = np.ceil(np.nan_to_num(most, nan=np.inf) / service.usable_per_step(series.bin_seconds)) + 1.0
    return np.minimum(replicas, 2**31 - 1).astype(np.int32)


def guarded(outlook: Outlook, bands: Bands) -> Bands:
    """Return the bands of all bins with both guards."""
    series = outlook.source.series
    hour = max(1, HOUR // series.bin_seconds)
    out, keep = bands.out.copy(), bands.keep.copy()
    guard = np.zeros(len(out), np.int8)
    starts = np.flatnonzero(outlook.surprises)
    counts = np.concatenate([np.zeros(SURPRISE_BINS), np.cumsum(outlook.surprises)])
    often = starts[counts[starts + SURPRISE_BINS] - counts[starts] >= SURPRISES]
    followed = _within(often, hour, len(out))
    if len(followed):
        simple_out, simple_keep = outlook.simple_bands(followed + outlook.first, bands.prices)
        raised = (simple_keep > keep[followed]).any(axis=1)
        out[followed], keep[followed] = np.maximum(out[followed], simple_out), np.maximum(keep[followed], simple_keep)
        guard[followed[raised]] = BY_LEVEL
    low = outages(outlook)
    for start in np.flatnonzero(low):
        before = bands.out[max(start - hour, 0) : start]
        if len(before):
            highest = before.max(axis=0)
            held, bought = slice(start, start + hour), slice(start, start + OUTAGE_BINS)
            keep[held] = np.maximum(keep[held], highest)
            out[bought] = np.maximum(out[bought], highest)
            guard[held] = BY_OUTAGE
    return Bands(bands.first, bands.prices, out, np.maximum(out, keep), guard)


def outages(outlook: Outlook) -> np.ndarray:
    """Return whether each bin (bins,) is far below what was forecast of it one bin before."""
    series = outlook.source.series
    demand = series.requests_count[outlook.first : outlook.end] * outlook.service.demand_multiplier
    mean, spread = outlook.model.mean[:-1, 0], outlook.model.spread[:-1]
    with np.errstate(invalid="ignore"):
        low = (demand[1:] < OUTAGE_SHARE * mean) & (demand[1:] < mean - OUTAGE_SPREADS * spread)
    return np.r_[False, low]


def _within(starts: np.ndarray, length: int, end: int) -> np.ndarray:
    """Return the positions below `end` that are less than `length` after one of the starts, rising."""
    flags = np.zeros(end + 1, np.int64)
    np.add.at(flags, starts, 1)
    np.add.at(flags, np.minimum(starts + length, end), -1)
    return np.flatnonzero(np.cumsum(flags)[:-1] > 0)
