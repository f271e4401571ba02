"""Access logs into requests per bin, in one pass and with the memory of one block.

Every record counts: equal lines are separate requests. A line is out of order if its time is earlier than that of any
line before it in the same file. Bins between the first and the last record without a request are 0. Lines that the
format of the file does not read are tried with the other formats, so that a file may hold two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from forecasting.readers.logs.bins import BinCounts
from forecasting.readers.logs.detect import detect, parser_for
from forecasting.readers.logs.filters import RequestFilter
from forecasting.readers.logs.refusal import no_record
from forecasting.readers.logs.repeats import FileLines, Repeats
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import MAX_EXAMPLES, NAIVE, Parser, Records
from forecasting.readers.report import MAX_SAMPLES, Sample, printable, sample_of
from forecasting.readers.streams import EmptyFile, OtherFile, TextStream, blocks
from forecasting.readers.times.bounds import plausible
from forecasting.readers.times.zones import LineLocaliser

GIVE_UP_BYTES = 64 << 20
"""A file whose first bytes, as many as these, hold no record of any format is refused without reading on."""

_BOM = b"\xef\xbb\xbf"
SAMPLE_LINES = 200
"""Lines of a file that a refusal looks at to propose a pattern."""


_SUMMED = (
    "lines",
    "records",
    "kept",
    "rolled_up",
    "ignored",
    "malformed",
    "out_of_order",
    "skipped_by_clocks",
    "impossible_times",
    "with_agent",
    "with_status",
    "without_status",
)


@dataclass
class LogTally:
    """What the logs of one import came to so far."""

    counts: BinCounts
    lines: int = 0
    records: int = 0
    kept: int = 0
    rolled_up: int = 0
    ignored: int = 0
    malformed: int = 0
    out_of_order: int = 0
    skipped_by_clocks: int = 0
    impossible_times: int = 0
    with_agent: int = 0
    with_status: int = 0
    without_status: int = 0
    examples: list[str] = field(default_factory=list)
    offsets: Counter[int] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def filtered(self) -> int:
        """Records that the filters left out."""
        return self.records - self.kept

    def include(self, other: LogTally) -> None:
        """Add the tally of one file."""
        self.counts.include(other.counts)
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.examples.extend(other.examples[: MAX_EXAMPLES - len(self.examples)])
        self.samples.extend(other.samples[: MAX_SAMPLES - len(self.samples)])
        self.offsets.update(other.offsets)
        self.formats.update(other.formats)
        self.notes.extend(other.notes)


class LogReader:
    """Reads whole logs into one tally."""

    def __init__(self, tally: LogTally, options: ImportOptions, new_counts: Callable[[], BinCounts]):
        self._tally = tally
        self._options = options
        self._filter = RequestFilter(options)
        self._new_counts = new_counts
        self._repeats = Repeats()

    @property
    def notes(self) -> list[str]:
        """What to say about files that repeat others."""
        return self._repeats.notes()

    def read(self, stream: TextStream, progress: Callable[[], None], *, is_alone: bool = False) -> None:
        """Read one log to its end; `progress` is called after every block.

        `is_alone` if it is the only log, which no other can repeat. A file with the same content as one before it is
        counted once. Raises FileRefused if no line is a record.
        """
        reader = _FileReader(LogTally(self._new_counts()), self._options, self._filter)
        lines = None if is_alone else FileLines()
        sample: list[bytes] = []
        for block in blocks(stream):
            if len(sample) < SAMPLE_LINES:
                sample += [line for line in bytes(block[: 1 << 16]).split(b"\n") if line.strip(b" \t\r\0")]
            if lines is not None:
                lines.add(block)
            reader.take(block)
            progress()
            if reader.gave_up:
                break
        tally = reader.tally
        if tally.records == 0 and all(line.lstrip(_BOM).startswith(b"#") for line in sample):
            what = "comments and no record" if sample else "blank lines only"
            raise EmptyFile(f"{stream.label} holds {what}.")
        if tally.records == 0:
            raise OtherFile(no_record(stream.label, self._options, sample[:SAMPLE_LINES], tally.impossible_times))
        if lines is not None:
            if self._repeats.is_twin(stream.label, lines, tally.records):
                return
            self._repeats.add(stream.label, lines, tally.counts)
        self._tally.include(tally)


SAMPLE_BYTES = 1 << 16


class _FileReader:
    """The state that belongs to one file: its formats, the latest time, the clock change it is in."""

    def __init__(self, tally: LogTally, options: ImportOptions, request_filter: RequestFilter):
        self.tally = tally
        self._options = options
        self._filter = request_filter
        self._format = ""
        self._parser: Parser | None = None
        self._others: dict[str, Parser] = {}
        self._unread_bytes = 0
        self._latest = np.iinfo(np.int64).min
        self._localiser = LineLocaliser(options.time_zone)
        self._is_forced = bool(options.format or options.pattern)
        if self._is_forced:
            self._set_format(options.format or "pattern")

    def _set_format(self, name: str) -> None:
        self._format = name
        self._parser = parser_for(name, self._options)

    @property
    def gave_up(self) -> bool:
        """Whether so much was read without a record that the rest is not worth looking at."""
        return self._parser is None and self._unread_bytes >= GIVE_UP_BYTES

    def take(self, block: memoryview) -> None:
        """Count a block of lines."""
        if self._parser is None and (name := detect(block, self._options)):
            self._set_format(name)
        if self._parser is None:
            self._unread_bytes += len(block)
            self._count_unread(bytes(block).split(b"\n")[:-1])
            return
        records = self._parser(block, self._filter.wanted)
        self.tally.lines += records.lines
        self.tally.ignored += records.ignored
        if len(self.tally.samples) < MAX_SAMPLES and len(records.seconds):
            self._take_samples(block)
        self._count(records, self._format)
        if records.malformed:
            self._count_unread(records.malformed if self._is_forced else self._second_look(records.malformed))

    def _second_look(self, lines: list[bytes]) -> list[bytes]:
        """Count the lines that other formats read, those of earlier blocks first; return the rest."""
        for name in list(self._others):
            lines = self._read_with(name, lines)
        while lines:
            every = max(1, len(lines) // SAMPLE_LINES)
            sample = memoryview(b"".join(line + b"\n" for line in lines[::every]))
            other = detect(sample, self._options, without=(self._format, *self._others))
            if other is None:
                break
            self._others[other] = parser_for(other, self._options)
            lines = self._read_with(other, lines)
        return lines

    def _read_with(self, name: str, lines: list[bytes]) -> list[bytes]:
        """Count the lines that one more format reads; return the rest."""
        if not lines:
            return lines
        block = memoryview(b"".join(line + b"\n" for line in lines))
        records = self._others[name](block, self._filter.wanted)
        self.tally.ignored += records.ignored
        self._count(records, name)
        return records.malformed

    def _take_samples(self, block: memoryview) -> None:
        """Read the first records of a block once more, each alone, to show them beside their lines."""
        for line in bytes(block[:SAMPLE_BYTES]).split(b"\n")[:SAMPLE_LINES]:
            if self._parser is None or len(self.tally.samples) >= MAX_SAMPLES:
                return
            if line.startswith(b"#"):
                continue
            records = self._parser(memoryview(line + b"\n"), self._filter.wanted)
            if len(records.seconds) != 1:
                continue
            seconds, exists = self._absolute(records)
            is_kept = records.fields is None or bool(self._filter.keep(records.fields)[0])
            if exists[0] and is_kept and plausible(seconds)[0]:
                weight = 1 if records.weights is None else int(records.weights[0])
                is_wall = records.offsets[0] == NAIVE and self._options.time_zone is None
                self.tally.samples.append(sample_of(line, int(seconds[0]), weight, is_wall=is_wall))

    def _count_unread(self, lines: list[bytes]) -> None:
        tally = self.tally
        malformed = [line for line in lines if line.strip(b" \t\r\0")]
        if self._parser is None:
            tally.lines += len(lines)
            tally.ignored += len(lines) - len(malformed)
        tally.malformed += len(malformed) if self._parser is None else len(lines)
        tally.examples.extend(printable(line) for line in malformed[: MAX_EXAMPLES - len(tally.examples)])

    def _count(self, records: Records, name: str) -> None:
        tally = self.tally
        if not len(records.seconds):
            return
        seconds, exists = self._absolute(records)
        possible = plausible(seconds)
        tally.impossible_times += int(np.count_nonzero(exists & ~possible))
        tally.skipped_by_clocks += int(np.count_nonzero(~exists))
        exists &= possible
        kept = exists if records.fields is None else exists & self._filter.keep(records.fields)
        seen = seconds if exists.all() else seconds[exists]
        tally.records += len(seen)
        tally.kept += int(np.count_nonzero(kept))
        if not len(seen):
            return
        tally.formats[name] += len(seen)
        tally.without_status += records.without_status
        if records.fields is not None:
            tally.with_agent += sum(b"/" in agent for agent in records.fields.agent)
            tally.with_status += int(np.count_nonzero(records.fields.status))
        self._count_order(seen)
        tally.counts.extend_to(int(seen.min()), int(seen.max()))
        weights = None if records.weights is None else records.weights[kept]
        if weights is not None:
            tally.rolled_up += int(weights.sum()) - len(weights)
        tally.counts.add(seconds if kept.all() else seconds[kept], weights)
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
        self.tally.out_of_order += int(np.count_nonzero(seconds < latest))
        self._latest = int(latest[-1])


def _counted(offsets: np.ndarray) -> dict[int, int]:
    if (offsets == offsets[0]).all():
        return {int(offsets[0]): len(offsets)}
    values, counts = np.unique(offsets, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
