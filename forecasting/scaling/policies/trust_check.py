"""The trust check: whether a forecast may decide now. If it fails, the reactive policy does.

It passes if all of this holds:
- the model was not trained on the bins that it is evaluated on;
- at least two seasons (days) of bins are known;
- the quantile has held lately: of the lead windows that ended within the last day, no more exceeded it than chance
  explains (one-sided exact binomial test at 1 %). Windows that overlap are not independent, so only those of origins
  a window's length apart count;
- of the last ten bins no more fell outside the 99 % interval forecast one bin earlier than chance explains (the same
  test). Requiring that none of them does would fail a tenth of the time by chance alone, and every change of mind
  costs a start-up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from scipy.special import bdtr

from forecasting.hindcasts.lead_windows import LeadWindows
from forecasting.hindcasts.window_forecasts import WindowForecasts

SEASONS = 2
SIGNIFICANCE = 0.01
SURPRISE_BINS = 10
SURPRISE_SHARE = 0.99
CHECKS_A_DAY = 96

IN_SAMPLE = "the model was trained on these days, so its errors on new days are unknown"
TOO_LITTLE_HISTORY = f"fewer than {SEASONS} days of history are known"
MISSED_LATELY = "over the last day demand exceeded the forecast quantile more often than chance explains"
SURPRISED = f"too many of the last {SURPRISE_BINS} bins fell outside their 99 % interval (binomial test, 1 %)"


@dataclass(frozen=True, eq=False)
class TrustCheck:
    """The conditions at each origin, bool arrays (n,)."""

    unseen: np.ndarray
    enough: np.ndarray
    held: np.ndarray
    expected: np.ndarray

    @property
    def trusted(self) -> np.ndarray:
        """Whether the forecast may decide (n,)."""
        return self.unseen & self.enough & self.held & self.expected

    def last(self, number: int) -> TrustCheck:
        """Return the conditions at the last `number` origins."""
        return TrustCheck(*(getattr(self, part.name)[-number:] for part in fields(self)))

    def reasons(self, position: int = -1) -> list[str]:
        """Return why the check fails at an origin; empty if it passes."""
        conditions = (
            (self.unseen, IN_SAMPLE),
            (self.enough, TOO_LITTLE_HISTORY),
            (self.held, MISSED_LATELY),
            (self.expected, SURPRISED),
        )
        return [reason for holds, reason in conditions if not holds[position]]


def trust_check_of(forecasts: WindowForecasts, share: float, bins_per_day: int) -> TrustCheck:
    """Return the trust check of a forecast's `share` quantile at every origin, from what is known there."""
    return TrustCheck(
        np.full(len(forecasts.origins), not forecasts.in_sample),
        forecasts.known_bins >= SEASONS * bins_per_day,
        _held(forecasts, share, bins_per_day),
        _expected(forecasts.next_bin),
    )


def _held(forecasts: WindowForecasts, share: float, bins_per_day: int) -> np.ndarray:
    windows, origins = forecasts.windows, forecasts.origins
    stride = max(windows.length, bins_per_day // CHECKS_A_DAY)
    counted = (origins % stride == 0) & np.isfinite(windows.highest)
    missed = counted & (windows.highest > windows.quantile(share))
    checks, misses = (_over_last_day(flags, windows.length, bins_per_day) for flags in (counted, missed))
    allowed = np.array([most_misses(int(n), 1.0 - share) for n in range(int(checks.max(initial=0)) + 1)])
    return misses <= allowed[checks]


def _over_last_day(flags: np.ndarray, length: int, bins_per_day: int) -> np.ndarray:
    """Return how many flagged windows were complete by each origin (n,), and began within the day before it."""
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
    """Return the most misses in independent checks that the test does not reject, given the chance of one miss."""
    cumulative = bdtr(np.arange(checks + 1), checks, min(max(chance, 0.0), 1.0))
    return int(np.argmax(cumulative >= 1.0 - SIGNIFICANCE))
