"""The facts about a data set, from its row, from a Series or from what is built in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sqlalchemy as sa

from forecasting.catalog.built_in import BUILT_IN
from forecasting.catalog.damage import invalid_facts
from forecasting.catalog.stored_points import DTYPES
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import timeframe_of

_HASHED_AT_ONCE = 1 << 16
"""The chunk size of earlier releases; with another one, the same content would get another version."""


@dataclass(frozen=True)
class DatasetInfo:
    """The facts about a data set that need no reading of its points.

    `start` and `end` are absolute seconds, end excluded; `requests` is the sum over the known bins. `version` is a
    hash of the content and its history: it changes with a count, a flag or the grid, but not with the name.
    `created_at` is the time of the import in UTC, None for a built-in one. `source` is the source and
    terms of a built-in data set, None if not recorded. `damage` says what is wrong with what is stored, None if nothing
    is known to be; a part that cannot be read is then replaced.
    """

    name: str
    bin_seconds: int
    start: int
    end: int
    time_zone: str | None
    bins: int
    known_bins: int
    requests: float
    synthetic: bool
    embedded: bool
    version: str
    created_at: str | None
    source: str | None = None
    damage: str | None = None

    @property
    def timeframe(self) -> str:
        """The bin's name, such as `5m`."""
        return timeframe_of(self.bin_seconds)

    def to_dict(self) -> dict[str, object]:
        """Return all fields for JSON, with `start` and `end` as `YYYY-MM-DD HH:MM:SS` in wall time."""
        edges = {edge: wall_text(getattr(self, edge), self.time_zone) for edge in ("start", "end")}
        facts = {"name": self.name, "timeframe": self.timeframe} | vars(self) | edges
        if self.damage is None:
            del facts["damage"]
        return facts


@cache
def built_in_info(name: str) -> DatasetInfo:
    built_in = BUILT_IN[name]
    return info_of(built_in.series(), created_at=None, embedded=True, source=built_in.source)


def info_of_row(row: sa.Row[Any]) -> DatasetInfo:
    """Return the facts in a row of `datasets`."""
    facts = row._asdict()
    reason, shown = invalid_facts(facts)
    facts |= shown | {"damage": reason or facts["damage"]}
    return DatasetInfo(**facts, end=facts["start"] + facts["bins"] * facts["bin_seconds"], embedded=False)


def info_of(
    series: Series, *, created_at: str | None, embedded: bool = False, source: str | None = None
) -> DatasetInfo:
    counts = series.requests_count
    with np.errstate(over="ignore"):
        requests = float(np.nan_to_num(np.nansum(counts)))
    return DatasetInfo(
        name=series.name,
        bin_seconds=series.bin_seconds,
        start=series.start,
        end=series.end,
        time_zone=series.time_zone,
        bins=len(series),
        known_bins=int(np.count_nonzero(~np.isnan(counts))),
        requests=requests,
        synthetic=series.synthetic,
        embedded=embedded,
        version=version_of(series),
        created_at=created_at,
        source=source,
    )


def version_of(series: Series) -> str:
    """Return the version of a series that is stored as a whole: a hash of its grid and its content."""
    grid = (series.bin_seconds, series.start, series.time_zone, series.synthetic)
    digest = hashlib.blake2b(repr(grid).encode(), digest_size=8)
    for array, dtype in DTYPES.items():
        if getattr(series, array) is not None:
            values = np.ascontiguousarray(getattr(series, array), dtype=dtype)
            for first in range(0, len(values), _HASHED_AT_ONCE):
                digest.update(array.encode() + values[first : first + _HASHED_AT_ONCE].tobytes())
    return digest.hexdigest()
