"""The blocks of a series between the moments at which regressions are solved: local midnights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY

LEAST_BINS = 96
MOST_DAYS = 7


def block_edges(series: Series) -> np.ndarray:
    """Return the first bin of every block and the length of the series, rising from 0.

    A block is a local day; with long bins as many days as hold 96 bins, at most seven, on days that absolute time
    fixes, so that a series without its first weeks has the same blocks.
    """
    days = min(MOST_DAYS, max(1, -(-LEAST_BINS // series.bins_per_day)))
    number = np.maximum.accumulate(series.wall // DAY // days)
    return np.concatenate([[0], np.flatnonzero(number[1:] > number[:-1]) + 1, [len(series)]])


def blocks(edges: np.ndarray, done: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield (number, first bin, end) of every block after the first `done`."""
    for number in range(done, len(edges) - 1):
        yield number, int(edges[number]), int(edges[number + 1])


def parts_by_block(edges: np.ndarray, origins: np.ndarray) -> Iterator[tuple[int, slice]]:
    """Yield (number, part) for every block that some of the rising origins (n,) lie in: their places."""
    number = np.searchsorted(edges, origins, side="right") - 1
    for block in np.unique(number).tolist():
        yield block, slice(*np.searchsorted(number, [block, block + 1]).tolist())
