"""Burst detection: a documented rule that neither trend nor season sets off.

1. Counts are put on the square-root scale (Anscombe, 1948: sqrt(y + 3/8)), on which the noise of counts is about
   equally wide at every level.
2. What recurs daily is taken off: the level (moving median of a day) times the usual share of it at that slot of the
   wall day (median over days). A slot with fewer than `MIN_PROFILE_DAYS` known days is taken as flat.
3. What is left gets a local level (moving median of 6 hours) and a local spread (1.4826 times the moving median of
   absolute distances over a day, at least 0.5: the spread of Poisson counts). Both are robust: a burst of less than
   three hours does not move them.
4. z is the distance to the local level in spreads, ratio the count over the count that level stands for. A bin is the
   core of a burst where z >= 5 and ratio >= 1.5; the burst spreads from it over neighbours with z >= 2.5.

A bin inside an announced event (`is_event`) is no burst, and an unknown bin neither.
"""

from __future__ import annotations

import numpy as np

from forecasting.timeseries.moving_windows import moving_median, row_medians
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR

CORE_Z = 5.0
EDGE_Z = 2.5
CORE_RATIO = 1.5
MIN_PROFILE_DAYS = 4
LEVEL_WINDOW_SECONDS = 6 * HOUR
SPREAD_WINDOW_SECONDS = DAY

_MIN_WINDOW_BINS = 9
_POISSON_SPREAD = 0.5


def detect_bursts(series: Series) -> np.ndarray:
    """True for each bin (bins,) that belongs to a burst by the rule above."""
    if len(series) == 0:
        return np.zeros(0, dtype=bool)
    counts = (
        series.requests_count if series.is_event is None else np.where(series.is_event, np.nan, series.requests_count)
    )
    root = np.sqrt(np.maximum(counts, 0) + 0.375)
    recurring = _recurring(root, series)
    rest = root - recurring
    level = moving_median(rest, **_window(series, LEVEL_WINDOW_SECONDS, HOUR), least=_MIN_WINDOW_BINS)
    spread = 1.4826 * moving_median(np.abs(rest - level), **_window(series, SPREAD_WINDOW_SECONDS, 6 * HOUR))
    z = (rest - level) / np.maximum(spread, _POISSON_SPREAD)
    expected = np.maximum(recurring + level, 0) ** 2
    return _spread_from(core=(z >= CORE_Z) & (counts >= CORE_RATIO * expected), edge=z >= EDGE_Z)


def _window(series: Series, window_seconds: int, hop_seconds: int) -> dict[str, int]:
    """A window and its hop in bins; coarse bins get a window wide enough for a median."""
    window = max(_MIN_WINDOW_BINS, window_seconds // series.bin_seconds)
    return {"window": window, "hop": max(1, hop_seconds // series.bin_seconds)}


def _recurring(root: np.ndarray, series: Series) -> np.ndarray:
    """What is usual at each bin (bins,): the level of the day around it times its slot's usual share of that level."""
    level = moving_median(root, **_window(series, DAY, 6 * HOUR))
    day = series.wall // DAY
    rows = day - day[0]
    slots = series.wall % DAY // series.bin_seconds
    table = np.full((int(rows.max()) + 1, series.bins_per_day), np.nan)
    table[rows, slots] = root / level
    share = row_medians(table.T, min_known=MIN_PROFILE_DAYS)
    return level * np.where(np.isnan(share), 1.0, share)[slots]


def _spread_from(*, core: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """The runs of `edge` that hold at least one `core` (both (bins,) bool)."""
    inside = core | edge
    run = np.cumsum(np.diff(inside, prepend=False))
    with_core = np.zeros(int(run[-1]) + 1, dtype=bool)
    with_core[run[core]] = True
    return inside & with_core[run]
