"""The bootstrap of days: whole days are drawn with replacement, so that what depends on its neighbours stays together.

Everything that is compared is weighted with the same draws (it is paired). Figures that are ratios of sums over days
need their sums a day only: a draw is then a weighted sum, and thousands of them one matrix product.
"""

from __future__ import annotations

import numpy as np

DRAWS = 2_000
LEAST_DAYS = 4
"""Days below which a bootstrap of days says nothing: there are no draws, and no interval."""

INTERVAL = (0.025, 0.975)


def day_weights(days: int, *, seed: int = 0) -> np.ndarray:
    """How often each day counts: ones in row 0, then a row a draw (1 + DRAWS, days); row 0 only with too few days."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(days, np.full(days, 1.0 / days), size=DRAWS if days >= LEAST_DAYS else 0)
    return np.vstack([np.ones(days), drawn])


def interval_95(drawn: np.ndarray) -> tuple[float, float] | None:
    """The central 95 % of the draws (n,) that have a value; None where fewer than half of DRAWS have one."""
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < DRAWS // 2:
        return None
    low, high = np.quantile(drawn, INTERVAL)
    return float(low), float(high)
