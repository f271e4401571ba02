"""What a series has reached: its height, and the ceiling at which an odd bin is cut.

One bin must not rule what is tuned, pooled, charged or recommended for days. The height is what two days reached, so a
single accident does not raise it; nothing above twice the height counts as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

HEIGHT_DAYS = 28
"""Days before a day whose maxima count."""

FEW_DAYS = 3
"""Known days below which the third highest bin counts instead: two of two days say little."""

CEILING = 2.0
"""The ceiling in heights."""

_EVIDENCE: Derived[Evidence] = Derived()
_WITHOUT: Derived[Series] = Derived()


@dataclass(frozen=True, eq=False)
class Evidence:
    """At the end of each bin (n,), in requests per bin, from the bins up to it: the height and the cut count.

    `height` is NaN before the first known bin. `cut` is the count at most at the ceiling, NaN if unknown. `odd` is
    whether a bin is above the ceiling and the one before it was not: an accident, unless the next one is as high.
    """

    height: np.ndarray
    cut: np.ndarray
    odd: np.ndarray

    @property
    def ceiling(self) -> np.ndarray:
        """The most that counts as evidence (n,)."""
        return CEILING * self.height


def evidence_of(series: Series) -> Evidence:
    """Return the evidence of a series, computed once."""
    return _EVIDENCE.of(series, lambda: _evidence(series))


def _evidence(series: Series) -> Evidence:
    counts, days = series.requests_count, series.wall // DAY
    starts = np.flatnonzero(np.r_[True, np.diff(days) != 0])
    ends = np.append(starts[1:], len(counts))
    height = np.full(len(counts), np.nan)
    maxima: list[tuple[int, float]] = []
    for start, end in zip(starts, ends, strict=True):
        filled = np.nan_to_num(counts[start:end], nan=-np.inf)
        today = np.maximum.accumulate(filled)
        maxima = [one for one in maxima if one[0] >= days[start] - HEIGHT_DAYS]
        if len(maxima) >= FEW_DAYS:
            first, second = sorted((value for _, value in maxima), reverse=True)[:2]
            height[start:end] = np.maximum(second, np.minimum(today, first))
        else:
            first_bin = max(0, int(start) - HEIGHT_DAYS * series.bins_per_day)
            height[start:end] = _third_highest(counts[first_bin:end])[start - first_bin :]
        if np.isfinite(today[-1]):
            maxima.append((int(days[start]), float(today[-1])))
    ceiling = np.where(np.isnan(height), np.inf, CEILING * height)
    above = np.nan_to_num(counts) > ceiling
    return Evidence(height, np.minimum(counts, ceiling), above & ~np.r_[False, above[:-1]])


def without_odd_bins(series: Series) -> Series:
    """Return the series with its odd bins unknown; the series itself, with its cache, if it has none.

    A forecast that takes one such bin for the new level would ask for a multiple of the need for hours. The second high
    bin in a row counts, so that a true rise is followed one bin later.
    """
    odd = evidence_of(series).odd
    if not odd.any():
        return series
    return _WITHOUT.of(series, lambda: series.with_counts(np.where(odd, np.nan, series.requests_count)))


def _third_highest(counts: np.ndarray) -> np.ndarray:
    """Return the third highest known value up to each bin, the lowest of them if there are fewer; NaN without any."""
    best = np.full(3, -np.inf)
    third = np.full(len(counts), np.nan)
    for at, value in enumerate(counts.tolist()):
        if value == value and value > best[0]:
            best[0] = value
            best.sort()
        known = best[np.isfinite(best)]
        if len(known):
            third[at] = known[0]
    return third
