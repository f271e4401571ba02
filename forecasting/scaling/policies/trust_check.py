"""The gate: whether a forecast may decide now. Where it is shut, the reactive rule does.

It opens where all of this holds:
- the model was not trained on the bins that it is to be judged by;
- at least two seasons (days) of bins are known;
- the quantile asked for has held lately: of the lead windows that ended within the last day, no more went over it
  than chance explains (one-sided exact binomial test at 1 %). Windows that overlap are not independent, so only those
  of origins a window's length apart count;
- of the last ten bins no more lay outside the 99 % interval forecast one bin earlier than chance explains (the same
  test). To ask that none of them did would shut the gate for a tenth of the time by chance alone, and every change of
  mind costs a boot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.window_forecasts import WindowForecasts

SEASONS = 2
SIGNIFICANCE = 0.01
SURPRISE_BINS = 10
SURPRISE_SHARE = 0.99
CHECKS_A_DAY = 96

IN_SAMPLE = "the model was trained on these very days, so that nothing tells how wrong it would have been"
TOO_LITTLE_HISTORY = f"fewer than {SEASONS} days of history are known"
MISSED_LATELY = "over the last day demand exceeded the forecast quantile more often than chance explains"
SURPRISED = (
    f"more of the last {SURPRISE_BINS} bins than chance explains lay outside the 99 % interval forecast for them"
)


@dataclass(frozen=True, eq=False)
class TrustCheck:
    """The conditions at each origin, bool arrays (n,)."""

    unseen: np.ndarray
    enough: np.ndarray
    held: np.ndarray
    expected: np.ndarray

    @property
    def trusted(self) -> np.ndarray:
        """Where the gate is open (n,)."""
        return self.unseen & self.enough & self.held & self.expected

    def last(self, number: int) -> TrustCheck:
        """The conditions at the last `number` origins."""
        return TrustCheck(*(getattr(self, part.name)[-number:] for part in fields(self)))

    def reasons(self, position: int = -1) -> list[str]:
        """Why it is shut at an origin, in words; empty where it is open."""
        said = (
            (self.unseen, IN_SAMPLE),
            (self.enough, TOO_LITTLE_HISTORY),
            (self.held, MISSED_LATELY),
            (self.expected, SURPRISED),
        )
        return [reason for holds, reason in said if not holds[position]]


def trust_check_of(outlook: WindowForecasts, share: float, bins_per_day: int) -> TrustCheck:
    """The gate of a forecast's `share` quantile at every origin, from what is known there."""
    return TrustCheck(
        np.full(len(outlook.origins), not outlook.in_sample),
        outlook.known_bins >= SEASONS * bins_per_day,
        _held(outlook, share, bins_per_day),
        _expected(outlook.next_bin),
    )


def _held(outlook: WindowForecasts, share: float, bins_per_day: int) -> np.ndarray:
    windows, origins = outlook.windows, outlook.origins
    stride = max(windows.length, bins_per_day // CHECKS_A_DAY)
    counted = (origins % stride == 0) & np.isfinite(windows.highest)
    missed = counted & (windows.highest > windows.quantile(share))
    checks, misses = (_over_last_day(flags, windows.length, bins_per_day) for flags in (counted, missed))
    allowed = np.array([most_misses(int(n), 1.0 - share) for n in range(int(checks.max(initial=0)) + 1)])
    return misses <= allowed[checks]


def _over_last_day(flags: np.ndarray, length: int, bins_per_day: int) -> np.ndarray:
    """How many flagged windows were over by each origin (n,), and began within the day before it."""
    sums = np.concatenate([[0], np.cumsum(flags)])
    now = np.arange(len(flags))
    return sums[np.maximum(now - length + 1, 0)] - sums[np.maximum(now - max(bins_per_day, length) + 1, 0)]


def _expected(next_bin: LeadWindows) -> np.ndarray:
    tail = (1.0 - SURPRISE_SHARE) / 2.0
    low, high = next_bin.quantile(tail), next_bin.quantile(1.0 - tail)
    with np.errstate(invalid="ignore"):
        surprise = (next_bin.highest < low) | (next_bin.highest > high)
    sums = np.concatenate([[0], np.cumsum(surprise)])
    now = np.arange(len(surprise))
    surprises = sums[now] - sums[np.maximum(now - SURPRISE_BINS, 0)]
    return surprises <= most_misses(SURPRISE_BINS, 1.0 - SURPRISE_SHARE)


@lru_cache(maxsize=4096)
def most_misses(checks: int, chance: float) -> int:
    """The most misses in independent checks that do not speak against this chance of one, at SIGNIFICANCE."""
    log_chance = math.log(max(chance, 1e-300)), math.log1p(-min(chance, 1.0 - 1e-12))
    reached = 0.0
    for misses in range(checks + 1):
        ways = math.lgamma(checks + 1) - math.lgamma(misses + 1) - math.lgamma(checks - misses + 1)
        reached += math.exp(ways + misses * log_chance[0] + (checks - misses) * log_chance[1])
        if reached >= 1.0 - SIGNIFICANCE:
            return misses
    return checks
