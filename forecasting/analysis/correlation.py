"""How the columns of a series hang together: rank correlations as one labelled matrix.

Spearman's: Pearson's correlation of ranks (equal values share their mean rank), because counts have spikes that would
rule Pearson's own, and what is asked is whether one rises with the other, not along a straight line. A count has one
rank, taken among all known counts of the series up to the end of the range, wherever it appears (as itself or as a
lag). Each cell uses the bins of which both columns are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.chart_data.annotations import burst_flags
from forecasting.analysis.ranges import days_earlier, shown
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, WEEK

METHOD = "Spearman"
MIN_PAIRS = 8

CONSTANT = "always the same"
ABSENT = "not in this data set"
UNKNOWN = "too little is known"


@dataclass(frozen=True, eq=False)
class Correlations:
    """Rank correlations of the columns `labels` (k) in -1..1 as (k, k), NaN where two share fewer than 8 known bins.

    `pairs` (k, k) counts the bins behind each. `left_out` says of the columns that are missing why.
    """

    method: str
    labels: tuple[str, ...]
    correlation: np.ndarray
    pairs: np.ndarray
    left_out: dict[str, str]


def column_correlations(series: Series, first: int = 0, end: int | None = None) -> Correlations:
    """Correlations of requests, bursts, events, hour of day, weekend, and requests a bin, a day and a week before.

    Lags may lie before the range shown. Bursts are those of the source, else the detected ones.
    """
    bins = shown(series, first, end)
    columns, left_out = {}, {}
    for label, ranks in _columns(series, bins).items():
        reason = _reason(ranks)
        if reason:
            left_out[label] = reason
        else:
            columns[label] = ranks
    matrix = np.array([*columns.values()]).reshape(len(columns), bins.stop - bins.start)
    correlation, pairs = pairwise_pearson(matrix)
    return Correlations(METHOD, tuple(columns), correlation, pairs, left_out)


def pairwise_pearson(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pearson's correlation (k, k) and number of pairs (k, k) of columns (k, n), over the pairs known in both."""
    known = ~np.isnan(columns)
    with np.errstate(invalid="ignore"):
        middle = np.where(known, columns, 0).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1), 1)[:, None]
    values = np.where(known, columns - middle, 0.0)
    presence = known.astype(float)
    pairs = presence @ presence.T
    n = np.maximum(pairs, 1)
    sums, squares = values @ presence.T, (values**2) @ presence.T
    spread = np.maximum(squares / n - (sums / n) ** 2, 0.0)
    whole = np.diag(spread)[:, None]
    good = (pairs >= MIN_PAIRS) & (spread > 1e-12 * whole) & (spread.T > 1e-12 * whole.T)
    covariance = (values @ values.T) / n - sums * sums.T / n**2
    scale = np.sqrt(np.where(good, spread * spread.T, 1.0))
    return np.where(good, np.clip(covariance / scale, -1.0, 1.0), np.nan), np.rint(pairs).astype(np.int64)


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks (n,) from 1 of the known values (n,), equal ones sharing their mean rank; NaN stays."""
    known = ~np.isnan(values)
    _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    ranks = np.full(len(values), np.nan)
    ranks[known] = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks


def _columns(series: Series, bins: slice) -> dict[str, np.ndarray | None]:
    """What is to be correlated (n,) by label. A flag or a time of day stands for its own rank: it is linear in it."""
    until = series.slice(0, bins.stop)
    ranked = until.with_counts(mean_ranks(until.requests_count))
    ranks = ranked.requests_count
    wall = series.wall[bins]
    bursts = burst_flags(series)[bins].astype(float)
    return {
        "requests": ranks[bins],
        "burst": np.where(np.isnan(ranks[bins]), np.nan, bursts),
        "event": None if series.is_event is None else series.is_event[bins].astype(float),
        "hour of day": (wall % DAY).astype(float),
        "weekend": ((wall // DAY + 3) % 7 >= 5).astype(float),
        "1 bin before": np.concatenate([[np.nan], ranks[:-1]])[bins],
        "1 day before": days_earlier(ranked, bins, DAY),
        "1 week before": days_earlier(ranked, bins, WEEK),
    }


def _reason(column: np.ndarray | None) -> str | None:
    """Why a column is left out; None where it is not."""
    if column is None:
        return ABSENT
    known = column[~np.isnan(column)]
    if len(known) < MIN_PAIRS:
        return UNKNOWN
    return CONSTANT if known.min() == known.max() else None
