"""What a log format makes of a block of lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MAX_EXAMPLES = 5
"""Malformed lines shown in a report."""

NAIVE = -100_000
"""Stands for the offset of a time that has none."""


@dataclass(frozen=True, eq=False)
class Fields:
    """What filters look at, one entry a record, in file order; a sequence is empty if no filter needs it.

    `status` (n,) int64 is 0 if the record has none; a `request` is `GET /path HTTP/1.1`, or without the last part.
    """

    status: np.ndarray
    request: Sequence[bytes] = ()
    agent: Sequence[bytes] = ()


@dataclass(frozen=True, eq=False)
class Records:
    """The access records of a block of `lines` lines, in file order.

    `seconds` (n,) int64 are absolute, `offsets` (n,) int64 their minutes from UTC; if the offset is `NAIVE` the line
    gave none and the seconds are wall time.
    `ignored` lines are blank or directives; `malformed` holds the lines that are no record of the format, which another
    format may read. `weights` (n,) int64 are the requests that each record stands for, None if that is one.
    """

    lines: int
    seconds: np.ndarray
    offsets: np.ndarray
    ignored: int
    malformed: list[bytes]
    fields: Fields | None = None
    weights: np.ndarray | None = None
    without_status: int = 0
    """Records without a status, if the format is read line by line."""


Parser = Callable[[memoryview, frozenset[str]], Records]
"""Reads one block; the set names the fields that filters want."""
