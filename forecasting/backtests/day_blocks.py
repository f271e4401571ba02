"""The bootstrap of days: whole days are drawn with replacement, so that what depends on its neighbours stays together.

Everything that is compared is weighted with the same draws (it is paired). Figures that are ratios of sums over days
need their sums a day only: a draw is then a weighted sum, and thousands of them one matrix product.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

DRAWS = 2_000
LEAST_DAYS = 4
"""Days below which a bootstrap of days says nothing: there are no draws, and no interval."""

COVERAGE = 0.95


def day_weights(days: int, *, seed: int = 0) -> np.ndarray:
    """How often each day counts: ones in row 0, then a row a draw (1 + DRAWS, days); row 0 only with too few days."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(days, np.full(days, 1.0 / days), size=DRAWS if days >= LEAST_DAYS else 0)
    return np.vstack([np.ones(days), drawn])


def interval_95(drawn: np.ndarray, days: int) -> tuple[float, float] | None:
    """The 95 % interval of what draws (n,) of so many days have as a value; None where fewer than half of DRAWS do.

    An expanded percentile interval (Hesterberg 2015, "What Teachers Should Know About the Bootstrap"): the central 95 %
    of the draws are too narrow for few days, as a normal interval is beside Student's: of nine days they cover the
    truth 87 to 90 % of the time.
    """
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < DRAWS // 2:
        return None
    tail = NormalDist().cdf(-math.sqrt(days / (days - 1)) * _student(days - 1))
    low, high = np.quantile(drawn, (tail, 1.0 - tail))
    return float(low), float(high)


def _student(freedom: int) -> float:
    """The quantile of Student's t that leaves COVERAGE between its two signs.

    Expanded around the normal one (Abramowitz and Stegun 26.7.5): within 1 % from 3 degrees of freedom on.
    """
    z = NormalDist().inv_cdf(0.5 + COVERAGE / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
