"""Wall times into absolute time, so that daylight saving neither loses nor doubles an hour.

When clocks go back, an hour of wall times comes twice. A file says which is which by its order:

* log lines: from where the time falls back by half an hour or more inside that hour, lines are of the second pass;
* rows of a CSV: from where the time does not go on inside that hour; if rows are in no order at all, the second
  row with the same time is of the second pass.

Where an hour came twice but the file has it once, it is the first pass. A wall time that clocks skipped does not exist
and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forecasting.readers.records import NAIVE
from forecasting.timeseries.clock import offset_text, utc_offsets, zone_of
from forecasting.timeseries.timeframes import DAY, MINUTE

_BACK_SECONDS = 1_800


@dataclass(frozen=True, eq=False)
class _Passes:
    """The absolute second of each wall time in the first and in the second pass; equal except if an hour repeats."""

    first: np.ndarray
    second: np.ndarray
    exists: np.ndarray


def series_zone(offsets: Mapping[int, int], time_zone: str | None) -> str | None:
    """The zone of a series: that of the options, else the commonest offset of its records (minutes), else None.

    Offset zero is UTC.
    """
    if time_zone is not None:
        return time_zone
    if not offsets:
        return None
    commonest = min(offsets, key=lambda offset: (-offsets[offset], offset))
    if commonest == NAIVE:
        return None
    return offset_text(MINUTE * commonest) if commonest else "UTC"


class LineLocaliser:
    """Gives absolute seconds for the wall times of one log's lines, block by block in file order."""

    def __init__(self, time_zone: str | None):
        self._time_zone = time_zone
        self._latest: dict[int, int] = {}
        self._second_pass: set[int] = set()

    def __call__(self, wall: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Absolute seconds (n,) and whether the wall time exists (n,)."""
        passes = _passes(wall, self._time_zone)
        seconds = passes.first.copy()
        twice = np.flatnonzero(passes.first != passes.second)
        for day in np.unique(wall[twice] // DAY).tolist():
            lines = twice[wall[twice] // DAY == day]
            later = lines[self._in_second_pass(day, wall[lines])]
            seconds[later] = passes.second[later]
        return seconds, passes.exists

    def _in_second_pass(self, day: int, wall: np.ndarray) -> np.ndarray:
        latest = np.maximum.accumulate(np.maximum(wall, self._latest.get(day, wall[0])))
        later = np.logical_or.accumulate(latest - wall >= _BACK_SECONDS) | (day in self._second_pass)
        self._latest[day] = int(latest[-1])
        if later[-1]:
            self._second_pass.add(day)
        return later


def localise_rows(wall: np.ndarray, time_zone: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Absolute seconds (n,) and whether the wall time exists (n,), for the rows of one table."""
    newest_first = np.count_nonzero(np.diff(wall) < 0) > len(wall) / 2
    ordered = wall[::-1] if newest_first else wall
    passes = _passes(ordered, time_zone)
    seconds = passes.first.copy()
    twice = np.flatnonzero(passes.first != passes.second)
    for day in np.unique(ordered[twice] // DAY).tolist():
        rows = twice[ordered[twice] // DAY == day]
        later = rows[_rows_in_second_pass(ordered[rows])]
        seconds[later] = passes.second[later]
    return (seconds[::-1], passes.exists[::-1]) if newest_first else (seconds, passes.exists)


def _rows_in_second_pass(wall: np.ndarray) -> np.ndarray:
    falls = np.diff(wall, prepend=wall[0] - 1) <= 0
    if np.count_nonzero(falls) <= 1:
        return np.logical_or.accumulate(falls)
    return pd.Series(wall).duplicated().to_numpy()


def _passes(wall: np.ndarray, time_zone: str | None) -> _Passes:
    zone = zone_of(time_zone)
    if not isinstance(zone, ZoneInfo):
        seconds = wall - utc_offsets(wall, time_zone)
        return _Passes(seconds, seconds, np.ones(len(wall), dtype=bool))
    passes = [_localised(wall, zone, np.full(len(wall), is_first)) for is_first in (True, False)]
    exists = passes[0] != np.iinfo(np.int64).min
    return _Passes(np.minimum(*passes), np.maximum(*passes), exists)


def _localised(wall: np.ndarray, zone: tzinfo, is_first: np.ndarray) -> np.ndarray:
    index = pd.DatetimeIndex(wall.astype("datetime64[s]"))
    return index.tz_localize(zone, ambiguous=is_first, nonexistent="NaT").asi8
