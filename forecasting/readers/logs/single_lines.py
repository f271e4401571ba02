"""Formats that are read line by line: what one line gives, and a block of them as records."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from forecasting.readers.records import NAIVE, Fields, Records
from forecasting.readers.times.times import Moment

DIRECTIVE = re.compile(rb"\0*#(?:Version|Fields|Software|Date|Start-Date|End-Date|Remark): ")
"""Lines of a W3C log that are about the others."""


class Line(NamedTuple):
    """One record; `moment` as in `times`, `status` 0 if there is none.

    `moment` is None while only what surrounds the record can tell it. `weight` is how many requests it stands for.
    """

    moment: Moment | None
    status: int
    request: bytes
    agent: bytes
    weight: int = 1


def records_by_line(block: memoryview, read: Callable[[bytes], Line | None], wanted: frozenset[str]) -> Records:
    """The records of a block; `read` gives None for a line that is none."""
    lines = bytes(block).split(b"\n")[:-1]
    read_lines = [
        (line, read(line.lstrip(b"\0"))) for line in lines if line.strip(b" \t\r\0") and not DIRECTIVE.match(line)
    ]
    read_lines = [(line, None if record is None or record.moment is None else record) for line, record in read_lines]
    records = [record for _, record in read_lines if record is not None]
    moments = [record.moment for record in records if record.moment is not None]
    weights = np.array([record.weight for record in records], dtype=np.int64)
    return Records(
        lines=len(lines),
        seconds=np.array([seconds for seconds, _ in moments], dtype=np.int64),
        offsets=np.array([NAIVE if offset is None else offset for _, offset in moments], dtype=np.int64),
        ignored=len(lines) - len(read_lines),
        malformed=[line for line, record in read_lines if record is None],
        without_status=[record.status for record in records].count(0),
        weights=None if (weights == 1).all() else weights,
        fields=Fields(
            status=np.array([record.status for record in records], dtype=np.int64),
            request=[record.request for record in records] if "request" in wanted else (),
            agent=[record.agent for record in records] if "agent" in wanted else (),
        )
        if wanted
        else None,
    )


def status_of(value: object) -> int:
    """Return a status code, 100 to 599; 0 for anything else."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() and "1" <= text[0] <= "5" else 0
