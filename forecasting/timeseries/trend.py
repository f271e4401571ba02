"""The trend: a robust moving mean over 24 hours."""

from __future__ import annotations

import numpy as np

from forecasting.timeseries.moving_windows import fill_lines, row_medians
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR

MIN_KNOWN_SHARE = 0.75
"""Share of the hours of a day that must be known for that day to have a mean."""


def trend(series: Series) -> np.ndarray:
    """Return requests per bin (bins,) averaged over the 24 hours around each bin, which cancels the daily cycle.

    The mean of a day is that of its hourly medians, which bursts shorter than half an hour do not shift. An hour is
    known if half its bins are, a day if 75 % of its hours are. Days without a mean are interpolated linearly; the
    first and last half day repeat the nearest value. All NaN if no complete day is known. Bins longer than an hour are
    used unchanged.
    """
    per_block = max(1, HOUR // series.bin_seconds)
    window = series.bins_per_day // per_block
    blocks = len(series) // per_block
    if blocks < window:
        return np.full(len(series), np.nan)
    rows = series.requests_count[: blocks * per_block].reshape(blocks, per_block)
    hours = row_medians(rows, min_known=(per_block + 1) // 2)
    days = np.lib.stride_tricks.sliding_window_view(hours, window)
    known = np.count_nonzero(~np.isnan(days), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(known >= MIN_KNOWN_SHARE * window, np.nansum(days, axis=1) / known, np.nan)
    middles = (np.arange(len(means)) + window / 2) * per_block - 0.5
    return fill_lines(middles, means, np.arange(len(series)))
