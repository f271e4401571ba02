"""Formats that are read line by line: what one line gives, and a block of them as records."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from forecasting.readers.records import MAX_EXAMPLES, NAIVE, Fields, Records
from forecasting.readers.times.times import Moment


class Line(NamedTuple):
    """One record; `moment` as in `times`, `status` 0 where there is none."""

    moment: Moment
    status: int
    request: bytes
    agent: bytes


def records_by_line(block: memoryview, read: Callable[[bytes], Line | None], wanted: frozenset[str]) -> Records:
    """The records of a block; `read` gives None for a line that is none."""
    lines = bytes(block).split(b"\n")[:-1]
    read_lines = [(line, read(line)) for line in lines if line.strip()]
    records = [record for _, record in read_lines if record is not None]
    malformed = (line for line, record in read_lines if record is None)
    return Records(
        lines=len(lines),
        seconds=np.array([record.moment[0] for record in records], dtype=np.int64),
        offsets=np.array([NAIVE if (o := record.moment[1]) is None else o for record in records], dtype=np.int64),
        ignored=len(lines) - len(read_lines),
        malformed=[line for line, _ in zip(malformed, range(MAX_EXAMPLES), strict=False)],
        fields=Fields(
            status=np.array([record.status for record in records], dtype=np.int64),
            request=[record.request for record in records] if "request" in wanted else (),
            agent=[record.agent for record in records] if "agent" in wanted else (),
        )
        if wanted
        else None,
    )


def status_of(value: object) -> int:
    """A status code of three digits; 0 for anything else."""
    text = str(value)
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else 0
