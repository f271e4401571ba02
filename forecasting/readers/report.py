"""The report of an import: what was read, repaired and left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TypedDict

from forecasting.timeseries.clock import wall_text

MAX_SAMPLES = 3
"""Records shown as they were read."""


class Sample(TypedDict):
    """One record as it was read: its line, its time and the requests that it counts.

    The time ends in `Z` if it is UTC; without it, it is wall time of an unknown zone.
    """

    line: str
    time: str
    count: float | None


def sample_of(line: bytes | str, seconds: int, count: float | None, *, is_wall: bool) -> Sample:
    """Return a record as a report shows it."""
    return Sample(line=printable(line, 300), time=wall_text(seconds, None) + ("" if is_wall else "Z"), count=count)


MAX_SPANS = 1_000
"""Gaps beyond this many are counted in a note instead of listed."""


@dataclass(frozen=True)
class ImportReport:
    """The account of one import. Times are wall time `YYYY-MM-DD HH:MM:SS`; an `end` is excluded.

    `lines` are the rows of a CSV (without its header) or all lines of logs; `requests` is the sum of the known bins,
    and for a log the number of requests that passed the filters. `samples` are the first records. `malformed` lines are
    no record of the format, `ignored` ones are blank or directives, `filtered` ones are records that the filters left
    out: the lines of a log are its records, `malformed`, `ignored`, `filtered` and `dropped`. `out_of_order` rows or
    lines are earlier than one before them in the same file. `dropped` counts rows, cells or records that could not be
    used, by reason. `gaps` are spans without data, `outages` spans masked as unknown. `append` is what an append did to
    the data set (see `Extension.to_dict`); `appended` holds the reports of later appends, for a stored data set.
    """

    name: str
    format: str
    timeframe: str
    time_zone: str | None
    start: str
    end: str
    bins: int
    lines: int
    requests: float
    samples: list[Sample] = field(default_factory=list)
    malformed: int = 0
    ignored: int = 0
    malformed_examples: list[str] = field(default_factory=list)
    filtered: int = 0
    duplicates: int = 0
    duplicates_rule: str = "last"
    out_of_order: int = 0
    gaps: list[dict[str, str]] = field(default_factory=list)
    outages: list[dict[str, str]] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    columns_kept_aside: list[str] = field(default_factory=list)
    unaligned: str | None = None
    notes: list[str] = field(default_factory=list)
    append: dict[str, object] | None = None
    appended: list[dict[str, object]] = field(default_factory=list)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; a whole number of requests is an int."""
        values = asdict(self)
        if float(self.requests).is_integer():
            values["requests"] = int(self.requests)
        return values


def printable(text: bytes | str, limit: int = 120) -> str:
    """A line as it can be shown anywhere: at most `limit` characters, control and invisible ones escaped."""
    if isinstance(text, bytes):
        text = text[: 4 * limit].decode("utf-8", "backslashreplace")
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
