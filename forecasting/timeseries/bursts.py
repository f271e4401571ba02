"""Burst detection: a documented rule that neither trend nor seasonality triggers.

1. Counts are put on the square-root scale (Anscombe, 1948: sqrt(y + 3/8)), on which count noise has
   about the same width at every level.
2. The daily pattern is subtracted: the level (moving median over a day) times the typical ratio to it in that slot of
   the local day (median over days). A slot with fewer than `MIN_PROFILE_DAYS` known days counts as flat.
3. The remainder has a local level (moving median over 6 hours) and a local spread (1.4826 times the moving median of
   absolute deviations over a day, at least 0.5: the spread of Poisson counts). Both are robust: a burst shorter than
   three hours does not shift them.
4. z is the deviation from the local level in units of the spread; ratio is the count divided by the count expected at
   that level. A bin is the core of a burst if z >= 5 and ratio >= 1.5; the burst extends from it over neighbouring
   bins with z >= 2.5.

A bin inside an announced event (`is_event`) is not a burst, nor is an unknown bin.
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
    """Return True for each bin (bins,) that belongs to a burst by the rule above."""
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
    """Return a window and its hop in bins; with coarse bins the window is still wide enough for a median."""
    window = max(_MIN_WINDOW_BINS, window_seconds // series.bin_seconds)
    return {"window": window, "hop": max(1, hop_seconds // series.bin_seconds)}


def _recurring(root: np.ndarray, series: Series) -> np.ndarray:
    """Return the daily pattern at each bin (bins,): the level of the day around it times its slot's typical ratio."""
    level = moving_median(root, **_window(series, DAY, 6 * HOUR))
    day = series.wall // DAY
    rows = day - day[0]
    slots = series.wall % DAY // series.bin_seconds
    table = np.full((int(rows.max()) + 1, series.bins_per_day), np.nan)
    table[rows, slots] = root / level
    share = row_medians(table.T, min_known=MIN_PROFILE_DAYS)
    return level * np.where(np.isnan(share), 1.0, share)[slots]


def _spread_from(*, core: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Return the runs of `edge` that contain at least one `core` bin (both (bins,) bool)."""
    inside = core | edge
    run = np.cumsum(np.diff(inside, prepend=False))
    with_core = np.zeros(int(run[-1]) + 1, dtype=bool)
    with_core[run[core]] = True
    return inside & with_core[run]
