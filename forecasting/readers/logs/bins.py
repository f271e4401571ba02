"""Counting requests into bins with memory for the bins that occur, not for the span they lie in."""

from __future__ import annotations

from math import gcd

import numpy as np

from forecasting.errors import TooLarge
from forecasting.timeseries.clock import utc_offsets, wall_text
from forecasting.timeseries.timeframes import timeframe_of

_QUARTER_HOUR = 900
"""Offsets from UTC are whole quarters of an hour, so bins of any zone are sums of these or of finer ones."""

_MERGE_AT = 1 << 20


class BinCounts:
    """Requests per bin of absolute time, added block by block in any order."""

    def __init__(self, bin_seconds: int, max_bins: int):
        self._bin_seconds = bin_seconds
        self._fine_seconds = gcd(bin_seconds, _QUARTER_HOUR)
        self._max_bins = max_bins
        self._keys: list[np.ndarray] = []
        self._counts: list[np.ndarray] = []
        self._pending = 0
        self._range: tuple[int, int] | None = None

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last second that was seen; `extend_to` comes first."""
        if self._range is None:
            raise AssertionError("extend_to comes first")
        return self._range

    def extend_to(self, first: int, last: int) -> None:
        """Let the series reach from `first` to `last` (absolute seconds) even without requests there."""
        low, high = self._range or (first, last)
        self._range = min(low, first), max(high, last)

    def add(self, seconds: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count a request at each of these absolute seconds (n,), or as many as its weight (n,) says."""
        if len(seconds) == 0:
            return
        keys = seconds // self._fine_seconds
        if weights is not None:
            used, places = np.unique(keys, return_inverse=True)
            self._append(used, np.bincount(places, weights=weights).astype(np.int64))
            return
        low, width = int(keys.min()), int(np.ptp(keys)) + 1
        if width <= 4 * len(keys) + 10_000:
            counts = np.bincount(keys - low, minlength=width)
            used = np.flatnonzero(counts)
            self._append(used + low, counts[used])
        else:
            self._append(*np.unique(keys, return_counts=True))

    def _append(self, keys: np.ndarray, counts: np.ndarray) -> None:
        self._keys.append(keys)
        self._counts.append(counts)
        self._pending += len(keys)
        if self._pending > _MERGE_AT:
            self._merge()

    def include(self, other: BinCounts) -> None:
        """Add all that another with the same bin has counted."""
        if other._range is None:
            return
        self.extend_to(*other._range)
        for keys, counts in zip(other._keys, other._counts, strict=True):
            self._append(keys, counts)

    @property
    def profile(self) -> tuple[bytes, int]:
        """The bins and what they count as bytes, and how many bins there are: equal for logs of the same requests."""
        if not self._keys:
            return b"", 0
        self._merge()
        return self._keys[0].tobytes() + self._counts[0].tobytes(), len(self._keys[0])

    def far_apart(self, gap_seconds: int, most: int) -> list[tuple[int, int]]:
        """Take out what is far from everything else: at most `most` requests on one side of a gap this long.

        Returns (second, requests) of each bin taken out.
        """
        if self._range is None or self._range[1] - self._range[0] <= gap_seconds or not self._keys:
            return []
        self._merge()
        keys, counts = self._keys[0], self._counts[0]
        taken: list[tuple[int, int]] = []
        while len(keys) > 1:
            gaps = np.diff(keys) * self._fine_seconds
            edge = int(np.argmax(gaps)) + 1
            few = slice(0, edge) if counts[:edge].sum() <= counts[edge:].sum() else slice(edge, None)
            if gaps[edge - 1] <= gap_seconds or counts[few].sum() > most:
                break
            taken += [
                (int(key) * self._fine_seconds, int(count)) for key, count in zip(keys[few], counts[few], strict=True)
            ]
            keep = slice(edge, None) if few.start == 0 else slice(0, edge)
            keys, counts = keys[keep], counts[keep]
        if taken:
            low, high = int(keys[0]) * self._fine_seconds, int(keys[-1] + 1) * self._fine_seconds - 1
            self._range = max(self._range[0], low), min(self._range[1], high)
            self._keys, self._counts = [keys], [counts]
        return taken

    def _merge(self) -> None:
        keys, places = np.unique(np.concatenate(self._keys), return_inverse=True)
        counts = np.bincount(places, weights=np.concatenate(self._counts)).astype(np.int64)
        if len(keys) > self._max_bins:
            raise self._too_many(len(keys))
        self._keys, self._counts, self._pending = [keys], [counts], 0

    def dense(self, time_zone: str | None) -> tuple[int, np.ndarray]:
        """The start of the first bin in absolute seconds, and the counts (bins,); bins without requests are 0.

        Bins lie on whole multiples of their length in the wall time of the first. Raises TooLarge for a span of more
        than `max_bins`.
        """
        first, last = self.reach
        offset = int(utc_offsets(np.array([first]), time_zone)[0])
        start = first - (first + offset) % self._bin_seconds
        bins = (last - start) // self._bin_seconds + 1
        if bins > self._max_bins:
            raise self._too_many(bins, f" from {wall_text(first, time_zone)} to {wall_text(last, time_zone)}")
        dense = np.zeros(bins)
        if self._keys:
            self._merge()
            places = np.clip((self._keys[0] * self._fine_seconds - start) // self._bin_seconds, 0, bins - 1)
            np.add.at(dense, places, self._counts[0])
        return start, dense

    def _too_many(self, bins: int, span: str = "") -> TooLarge:
        return TooLarge(
            f"The times{span} make {bins:,} bins of {timeframe_of(self._bin_seconds)}, and at most {self._max_bins:,} "
            "are taken; ask for a coarser timeframe, or raise DATAFLOW_MAX_BINS.",
            field="timeframe",
        )
