"""What a peer may see: the bins up to an origin, unknown ones filled from before them. Nothing after it ever enters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

DAY_SECONDS = 86_400
LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""The quantiles that a peer gives."""

CENTRAL = (90, 80, 60, 40, 20)
"""The central intervals in per cent between which these quantiles lie, the widest first; the median is the centre."""


@dataclass(frozen=True, eq=False)
class Job:
    """One series for one peer: `counts` (bins,) with NaN unknown, forecast from `origins` (n,) for 1 to `horizon` bins.

    `start` is the wall second of the first bin; parameters that are fitted once see the bins before `train_end` only.
    """

    counts: np.ndarray
    start: int
    bin_seconds: int
    train_end: int
    origins: np.ndarray
    horizon: int

    @property
    def day(self) -> int:
        """Bins in a day."""
        return DAY_SECONDS // self.bin_seconds

    @property
    def times(self) -> np.ndarray:
        """The wall time of every bin and of those forecast past the last one."""
        seconds = self.start + self.bin_seconds * np.arange(len(self.counts) + self.horizon)
        return seconds.astype("datetime64[s]")

    @cached_property
    def filled(self) -> np.ndarray:
        """The counts without a gap, each filled from the past alone."""
        return filled(self.counts, self.day)

    def window(self, origin: int, length: int) -> np.ndarray:
        """The last `length` bins, fewer where there are no more, up to and with the origin."""
        return self.filled[max(0, origin + 1 - length) : origin + 1]

    def shortest(self, length: int) -> int:
        """The length that windows of `length` bins have at the first origin."""
        return min(length, int(self.origins.min()) + 1)


def filled(counts: np.ndarray, day: int) -> np.ndarray:
    """Unknown bins become the value a week before, else a day before, else the last one; 0 where nothing is known."""
    whole = counts.astype(float)
    for bin in np.flatnonzero(np.isnan(whole)):
        back = next((lag for lag in (7 * day, day, 1) if lag <= bin), None)
        whole[bin] = 0.0 if back is None else whole[bin - back]
    return whole


def checked(means: np.ndarray, quantiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts in order: none below 0 requests, no quantile above the next; raises ValueError for one that is NaN."""
    if not (np.isfinite(means).all() and np.isfinite(quantiles).all()):
        raise ValueError("A forecast is not a finite number.")
    return np.maximum(means, 0.0), np.maximum(np.sort(quantiles, axis=-1), 0.0)
