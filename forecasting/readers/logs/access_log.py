"""Access logs into requests per bin, in one pass and with the memory of one block.

Every record counts: equal lines are separate requests. A line is out of order where its time is earlier than that of
any line before it in the same file. Bins between the first and the last record without a request are 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from forecasting.errors import FileRefused
from forecasting.readers.logs.bins import BinCounts
from forecasting.readers.logs.detect import detect, parser_for
from forecasting.readers.logs.filters import RequestFilter
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import MAX_EXAMPLES, NAIVE, Parser, Records
from forecasting.readers.report import printable
from forecasting.readers.streams import TextStream, blocks
from forecasting.readers.times.zones import LineLocaliser

GIVE_UP_BYTES = 64 << 20
"""A file whose first bytes, as many as these, hold no record of any format is refused without reading on."""


@dataclass
class LogTally:
    """What the logs of one import came to so far."""

    counts: BinCounts
    lines: int = 0
    records: int = 0
    kept: int = 0
    ignored: int = 0
    malformed: int = 0
    out_of_order: int = 0
    skipped_by_clocks: int = 0
    examples: list[str] = field(default_factory=list)
    offsets: Counter[int] = field(default_factory=Counter)
    formats: list[str] = field(default_factory=list)

    @property
    def filtered(self) -> int:
        """Records that the filters left out."""
        return self.records - self.kept


class LogReader:
    """Reads whole logs into one tally."""

    def __init__(self, tally: LogTally, options: ImportOptions):
        self._tally = tally
        self._options = options
        self._filter = RequestFilter(options)

    def read(self, stream: TextStream, progress: Callable[[], None]) -> None:
        """Read one log to its end; `progress` is called after every block.

        Raises FileRefused where no line is an access record, with the reason.
        """
        before = self._tally.records
        reader = _FileReader(self._tally, self._options, self._filter)
        first_line = b""
        for block in blocks(stream):
            first_line = first_line or bytes(block[:400]).lstrip(b"\0\r\n \t").partition(b"\n")[0].rstrip()
            reader.take(block)
            progress()
            if reader.gave_up:
                break
        if self._tally.records == before:
            raise FileRefused(_no_record(stream.label, self._options.format, first_line))
        if reader.format not in self._tally.formats:
            self._tally.formats.append(reader.format)


class _FileReader:
    """The state that belongs to one file: its format, the latest time seen, the clock change it is in."""

    def __init__(self, tally: LogTally, options: ImportOptions, request_filter: RequestFilter):
        self.format = ""
        self._tally = tally
        self._options = options
        self._filter = request_filter
        self._parser: Parser | None = None
        self._unread_bytes = 0
        self._latest = np.iinfo(np.int64).min
        self._localiser = LineLocaliser(options.time_zone)
        if options.format or options.pattern:
            self._set_format(options.format or "pattern")

    def _set_format(self, name: str) -> None:
        self.format = name
        self._parser = parser_for(name, self._options)

    @property
    def gave_up(self) -> bool:
        """Whether so much was read without a record that the rest is not worth looking at."""
        return self._parser is None and self._unread_bytes >= GIVE_UP_BYTES

    def take(self, block: memoryview) -> None:
        """Count a block of lines."""
        if self._parser is None and (name := detect(block)):
            self._set_format(name)
        if self._parser is None:
            self._unread_bytes += len(block)
            self._count_unread(bytes(block).split(b"\n")[:-1])
        else:
            self._count(self._parser(block, self._filter.wanted))

    def _count_unread(self, lines: list[bytes]) -> None:
        malformed = [line for line in lines if line.strip()]
        self._tally.lines += len(lines)
        self._tally.ignored += len(lines) - len(malformed)
        self._tally.malformed += len(malformed)
        self._show(malformed)

    def _count(self, records: Records) -> None:
        tally = self._tally
        tally.lines += records.lines
        tally.ignored += records.ignored
        tally.malformed += records.lines - records.ignored - len(records.seconds)
        self._show(records.malformed)
        seconds, exists = self._absolute(records)
        kept = exists if records.fields is None else exists & self._filter.keep(records.fields)
        tally.skipped_by_clocks += int(np.count_nonzero(~exists))
        seconds_seen = seconds if exists.all() else seconds[exists]
        tally.records += len(seconds_seen)
        tally.kept += int(np.count_nonzero(kept))
        if len(seconds_seen):
            self._count_order(seconds_seen)
            tally.counts.extend_to(int(seconds_seen.min()), int(seconds_seen.max()))
            tally.counts.add(seconds if kept.all() else seconds[kept])
            tally.offsets.update(_counted(records.offsets))

    def _absolute(self, records: Records) -> tuple[np.ndarray, np.ndarray]:
        """Absolute seconds (n,) and whether the time exists (n,); times without an offset are of the zone given."""
        seconds, exists = records.seconds, np.ones(len(records.seconds), dtype=bool)
        naive = records.offsets == NAIVE
        if self._options.time_zone is not None and naive.any():
            seconds = seconds.copy()
            seconds[naive], exists[naive] = self._localiser(records.seconds[naive])
        return seconds, exists

    def _count_order(self, seconds: np.ndarray) -> None:
        latest = np.maximum.accumulate(np.maximum(seconds, self._latest))
        self._tally.out_of_order += int(np.count_nonzero(seconds < latest))
        self._latest = int(latest[-1])

    def _show(self, malformed: list[bytes]) -> None:
        room = MAX_EXAMPLES - len(self._tally.examples)
        self._tally.examples.extend(printable(line) for line in malformed[:room])


def _counted(offsets: np.ndarray) -> dict[int, int]:
    if (offsets == offsets[0]).all():
        return {int(offsets[0]): len(offsets)}
    values, counts = np.unique(offsets, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _no_record(label: str, forced: str | None, first_line: bytes) -> str:
    what = f"no line is an access record of the format {forced}" if forced else "no line is an access record"
    return (
        f"{label} is refused: {what} (a time, and a request or a status), and it has no header of a CSV with a time "
        f"and a count. It begins: {printable(first_line)}. Give a pattern if its lines are records after all."
    )
