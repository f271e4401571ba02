"""Rank correlations between the columns of a series, as one labelled matrix.

Spearman's: Pearson's correlation of ranks (equal values share their mean rank), because spikes would dominate Pearson's
own, and because the question is whether one column rises with the other, not whether the relation is linear. A count
has one rank among all known counts of the series up to the end of the range, also when it appears as a lag. Each cell
uses the bins in which both columns are known.
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
UNKNOWN = "too few known bins"


@dataclass(frozen=True, eq=False)
class Correlations:
    """Rank correlations of the columns `labels` (k) in -1..1 as (k, k), NaN if two share fewer than 8 known bins.

    `pairs` (k, k) counts the bins behind each. `left_out` has the reason for each column that is left out.
    """

    method: str
    labels: tuple[str, ...]
    correlation: np.ndarray
    pairs: np.ndarray
    left_out: dict[str, str]


def column_correlations(series: Series, first: int = 0, end: int | None = None) -> Correlations:
    """Return the correlations of requests, bursts, events, hour of day, weekend and lagged requests.

    The lags are a bin, a day and a week, and may lie before the range. Bursts are those of the source, else detected.
    """
    bins = shown(series, first, end)
    columns: dict[str, np.ndarray] = {}
    left_out: dict[str, str] = {}
    for label, ranks in _columns(series, bins).items():
        reason = _reason(ranks)
        if ranks is None or reason:
            left_out[label] = reason or ABSENT
        else:
            columns[label] = ranks
    matrix = np.array([*columns.values()]).reshape(len(columns), bins.stop - bins.start)
    correlation, pairs = pairwise_pearson(matrix)
    return Correlations(METHOD, tuple(columns), correlation, pairs, left_out)


def pairwise_pearson(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Pearson's correlation (k, k) and number of pairs (k, k) of columns (k, n), over pairs known in both."""
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
    """Return the ranks (n,) from 1 of the known values (n,); equal values share their mean rank, NaN stays."""
    known = ~np.isnan(values)
    _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    ranks = np.full(len(values), np.nan)
    ranks[known] = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks


def _columns(series: Series, bins: slice) -> dict[str, np.ndarray | None]:
    """Return the columns (n,) by label. A flag or a time of day needs no ranking: its rank is linear in it."""
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
    """Return why a column is left out; None if it is not."""
    if column is None:
        return ABSENT
    known = column[~np.isnan(column)]
    if len(known) < MIN_PAIRS:
        return UNKNOWN
    return CONSTANT if known.min() == known.max() else None
