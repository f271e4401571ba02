"""Filters of `nan_filters` over rows that grow at their end: each value costs its own work only.

The values, however the rows were cut into pieces, are those of one piece but for rounding. A filter stores what the
next values need; the results lie in a `Tape`, whose earlier views stay as they are.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from forecasting.forecasters.nan_filters import block_length, centred_mean, decayed_sums

SPARE_SHARE, LEAST_SPARE = 1 / 16, 128
"""Room for later values, as a share of those that there are."""

FORK = "fork"
"""In the memo of `copy.deepcopy`: tapes are copied too, as the values that follow will differ."""


class Tape:
    """An array (..., n) that grows at its end. With `lead`, NaN stands before the first value: the index -1 of `at`."""

    def __init__(self, *shape: int, lead: bool = False, dtype: type = np.float64) -> None:
        self._lead = int(lead)
        self._buffer: np.ndarray = np.empty((*shape, 0), dtype)

    def put(self, first: int, values: np.ndarray) -> None:
        """Write values (..., k) from position `first` on. Views made before do not look at them."""
        begin, end = self._lead + first, self._lead + first + values.shape[-1]
        if end > self._buffer.shape[-1]:
            room = end + max(LEAST_SPARE, int(SPARE_SHARE * end))
            larger = np.empty((*self._buffer.shape[:-1], room), self._buffer.dtype)
            kept = min(begin, self._buffer.shape[-1])
            larger[..., :kept] = self._buffer[..., :kept]
            if self._lead:
                larger[..., 0] = np.nan
            self._buffer = larger
        self._buffer[..., begin:end] = values

    def view(self, end: int) -> np.ndarray:
        """Return the values before position `end` (..., end), behind the leading NaN if there is one."""
        return self._buffer[..., : self._lead + end]

    def __deepcopy__(self, memo: dict[Any, Any]) -> Tape:
        """Copies of what holds a tape share it, as its values stay; with `FORK` in the memo they get their own."""
        if FORK not in memo:
            return self
        again = copy.copy(self)
        again._buffer = self._buffer.copy()
        return again


class RunningMeans:
    """`decayed_means`."""

    def __init__(self, half_lives: tuple[float, ...]) -> None:
        self._half_lives = half_lives
        self._decay = 0.5 ** (1.0 / np.array(half_lives))
        self._sums: np.ndarray | None = None
        self._lengths = np.array([block_length(each) for each in half_lives])[:, None]
        self._last: np.ndarray | int = -1
        self._size = 0

    def extend(self, values: np.ndarray) -> np.ndarray:
        """Return the means (..., half-lives, k) at the next values (..., k)."""
        known = ~np.isnan(values)
        sums = decayed_sums(np.stack([np.where(known, values, 0.0), known]), self._half_lives)
        length = values.shape[-1]
        if self._sums is not None:
            sums += self._sums[..., None] * self._decay[:, None] ** np.arange(1, length + 1)
        self._sums = sums[..., -1].copy()
        total, weight = sums
        means = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
        self._forget(known, means)
        return means

    def _forget(self, known: np.ndarray, means: np.ndarray) -> None:
        """Make means unknown that rest on values from before the last block of `RANGE_BITS` half-lives."""
        bins = np.arange(self._size, self._size + known.shape[-1])
        self._size += known.shape[-1]
        if known.all():
            self._last = np.full(known.shape[:-1], bins[-1]) if len(bins) else self._last
            return
        before = np.broadcast_to(np.asarray(self._last), known.shape[:-1])[..., None]
        last = np.maximum(np.maximum.accumulate(np.where(known, bins, -1), axis=-1), before)
        self._last = last[..., -1]
        means[last[..., None, :] // self._lengths < bins // self._lengths - 1] = np.nan


class CentredMeans:
    """`centred_mean`: each extension revises the last `half_width` values, which now have a right neighbour."""

    def __init__(self, half_width: int) -> None:
        self._half_width = half_width
        self._last: np.ndarray | None = None
        self._size = 0

    def extend(self, values: np.ndarray) -> tuple[int, np.ndarray]:
        """Return the first position that is new or revised and the means (..., m) from it on."""
        size, self._size = self._size, self._size + values.shape[-1]
        if not self._half_width:
            return size, values
        last = values[..., :0] if self._last is None else self._last
        joined = np.concatenate([last, values], axis=-1)
        self._last = joined[..., -2 * self._half_width :].copy()
        revised = min(self._half_width, size)
        return size - revised, centred_mean(joined, self._half_width)[..., last.shape[-1] - revised :]


class SeasonalMeans:
    """`seasonal_mean` of rows whose last `reach` values may be revised."""

    def __init__(self, *shape: int, season: int, forgetting: float, reach: int = 0) -> None:
        self._season, self._forgetting = season, forgetting
        self._ring = np.zeros((2, *shape, season + reach))

    def revise(self, first: int, values: np.ndarray) -> np.ndarray:
        """Return the means (..., m) at the values (..., m) from position `first` on, which end the rows."""
        season, size = self._season, self._ring.shape[-1]
        known = ~np.isnan(values)
        both = np.stack([np.where(known, values, 0.0), known])
        end = first + values.shape[-1]
        if end - first <= season:
            both += self._forgetting * self._ring[..., np.arange(first - season, end - season) % size]
            self._ring[..., np.arange(first, end) % size] = both
        else:
            both = self._many(first, both)
            last = np.arange(max(first, end - size), end)
            self._ring[..., last % size] = both[..., last - first]
        total, weight = both
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / weight

    def _many(self, first: int, both: np.ndarray) -> np.ndarray:
        season, length = self._season, both.shape[-1]
        seasons = 1 - (-length // season)
        padded = np.zeros((*both.shape[:-1], seasons * season))
        padded[..., :season] = self._ring[..., np.arange(first - season, first) % self._ring.shape[-1]]
        padded[..., season : season + length] = both
        phases = padded.reshape(*both.shape[:-1], seasons, season)
        for number in range(1, seasons):
            phases[..., number, :] += self._forgetting * phases[..., number - 1, :]
        return padded[..., season : season + length]
