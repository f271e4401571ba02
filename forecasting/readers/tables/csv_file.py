"""CSV files and their relatives into rows of time and count.

Cells that are no count become unknown and are counted by reason; rows without a readable time are dropped.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import pandas as pd

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import MAX_EXAMPLES, NAIVE
from forecasting.readers.report import MAX_SAMPLES, printable
from forecasting.readers.streams import PEEK_BYTES, EmptyFile, TextStream
from forecasting.readers.tables.column_names import FLAG_COLUMNS
from forecasting.readers.tables.layout import Header, header_of
from forecasting.readers.tables.numbers import CountColumn, count_reason
from forecasting.readers.tables.raw_rows import raw_rows
from forecasting.readers.tables.time_column import TimeColumn
from forecasting.readers.tables.unread_times import way_out

NO_ROW = "ruler or empty row"
REPEATED_HEADER = "header that comes again"
UNREADABLE_TIME = "row without a readable time"
OTHER_ROWS = "row that --where leaves out"
MOST_UNREADABLE_TIMES = 0.1

LONG_ROW = "row whose count a comma splits"
_RULER = re.compile(r"[-+=| :]{3,}")
_CLOCK_RANGE = re.compile(r"(\d{1,2}(?::\d\d){1,2}) ?[-\u2013] ?\d{1,2}(?::\d\d){1,2}$")
_TRUE = frozenset(("1", "1.0", "true", "yes", "t", "y"))
_CHUNK_ROWS = 20_000
MAX_VALUES = 1_000
_BLOCK_ROWS = 1 << 22
_CHUNK_BYTES = 64 << 20
"""More bytes for one chunk of rows are no table but an endless cell, perhaps a quote that nothing closes."""


@dataclass
class Rows:
    """Rows of one or more tables in file order, chunk by chunk.

    A chunk of `seconds` is absolute if its `offsets` (minutes) are not `NAIVE`, else wall time; `counts` are NaN if
    unknown. `lines` are all rows read, `dropped` rows or cells by reason, `values` the distinct cells of other columns,
    by which rows with the same time may differ.
    """

    seconds: list[np.ndarray] = field(default_factory=list)
    offsets: list[np.ndarray] = field(default_factory=list)
    counts: list[np.ndarray] = field(default_factory=list)
    flags: dict[str, list[np.ndarray]] = field(default_factory=dict)
    values: dict[str, dict[str, None]] = field(default_factory=dict)
    lines: int = 0
    out_of_order: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    columns_kept_aside: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    time_name: str = ""
    count_name: str = ""
    samples: list[tuple[str, int, bool, float]] = field(default_factory=list)
    format: str = "csv"
    _blocks: dict[str, tuple[np.ndarray, int]] = field(default_factory=dict)

    def store(self, values: np.ndarray) -> np.ndarray:
        """Return the values as part of a large block of their type.

        Small arrays would be freed into the heap, which keeps their memory; blocks are given back to the system.
        """
        block, used = self._blocks.get(values.dtype.name, (values[:0], 0))
        if used + len(values) > len(block):
            block, used = np.empty(max(_BLOCK_ROWS, len(values)), dtype=values.dtype), 0
        self._blocks[values.dtype.name] = block, used + len(values)
        part = block[used : used + len(values)]
        part[:] = values
        return part

    def taken(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all seconds and counts (n,), which are given up here one after the other."""
        self._blocks, self.offsets = {}, []
        seconds = np.concatenate(self.seconds, dtype=np.int64)
        self.seconds = []
        counts = np.concatenate(self.counts)
        self.counts = []
        return seconds, counts


def table_header(stream: TextStream, options: ImportOptions, *, known_only: bool) -> Header | None:
    """Return the layout of the table in a stream; None if it is none. See `header_of`, which may raise FileRefused."""
    return header_of(sample_text(stream), stream.label, options, known_only=known_only)


def sample_text(stream: TextStream) -> str:
    """Return the beginning of a stream as text, without taking it."""
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES].removeprefix(b"\xef\xbb\xbf")
    return sample.decode(_encoding(sample), "replace")


def _encoding(sample: bytes) -> str:
    """Return utf-8, or Windows' own (cp1252) for a sample with bytes that utf-8 does not have."""
    try:
        sample[:-4].decode("utf-8")  # the last character may be cut
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def read_csv(
    stream: TextStream,
    header: Header,
    rows: Rows,
    options: ImportOptions,
    *,
    max_rows: int,
    progress: Callable[[], None],
) -> None:
    """Append a table's rows to `rows`; `progress` is called after every chunk.

    Raises FileRefused for a file that is no table or whose times or counts cannot be read, TooLarge for more than
    `max_rows` rows.
    """
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES]
    reader = _Reader(header, rows, options, raw_rows(sample.decode(_encoding(sample), "replace"), header))
    for cells in _chunks(stream, header):
        reader.take(cells)
        if rows.lines > max_rows:
            raise TooLarge(f"{stream.label} has more than {max_rows:,} rows; split it, or raise DATAFLOW_MAX_BINS.")
        progress()
    reader.finish(stream.label)
    rows.columns_kept_aside.extend(name for name in header.others if name not in rows.columns_kept_aside)


class _Reader:
    """Takes the chunks of one table."""

    def __init__(self, header: Header, rows: Rows, options: ImportOptions, raw: Sequence[str]):
        self._raw = raw
        self._header = header
        self._rows = rows
        self._times = TimeColumn(options, header.names[header.time])
        self._counts = {
            place: CountColumn(header.names[place], header.separator, options.decimal_mark) for place in header.sums
        }
        self._line = header.first_line + 1
        self._latest = np.iinfo(np.int64).min
        self._kept = 0
        self._read = 0
        self._unread_times = 0
        self._long = 0
        self._first_unread = ""

    def take(self, cells: dict[int, list[str]]) -> None:
        """Append one chunk of columns by position."""
        header, rows = self._header, self._rows
        texts = self._time_texts(cells)
        rows.lines += len(texts)
        self._read += len(texts)
        chosen = self._chosen_rows(cells, len(texts))
        extra = cells[len(header.names)]
        split = np.zeros(len(texts), dtype=bool)
        if any(extra):
            self._long += sum(bool(cell.strip()) for cell in extra)
        if any(extra) and len(header.names) - 1 in header.sums:  # `1,204` without quotes
            split = np.array([len(cell.strip()) == 3 and cell.strip().isdigit() for cell in extra], dtype=bool) & chosen
        count_reason(rows.dropped, LONG_ROW, int(np.count_nonzero(split)))
        again = self._headers(cells, len(texts))
        count_reason(rows.dropped, REPEATED_HEADER, int(np.count_nonzero(again)))
        none = self._rulers(cells, texts) & ~again
        count_reason(rows.dropped, NO_ROW, int(np.count_nonzero(none)))
        split |= again | none
        chosen &= ~split
        seconds, offsets, ok = self._times(texts)
        self._show_unread(texts, np.flatnonzero(~ok & chosen))
        count_reason(rows.dropped, UNREADABLE_TIME, int(np.count_nonzero(~ok & chosen)))
        count_reason(rows.dropped, OTHER_ROWS, int(np.count_nonzero(~chosen & ~split)))
        self._unread_times += int(np.count_nonzero(~ok & chosen))
        usable = ok & chosen
        picked = np.flatnonzero(usable).tolist()
        columns = [column([cells[place][i] for i in picked], rows.dropped) for place, column in self._counts.items()]
        rows.seconds.append(rows.store(_compact_seconds(seconds[usable])))
        rows.offsets.append(_compact(offsets[usable]))
        rows.counts.append(rows.store(np.sum(columns, axis=0)))
        for place, i in enumerate(picked[: MAX_SAMPLES - len(rows.samples)]):
            row = self._read - len(texts) + i
            text = header.separator.join([texts[i], *(cells[place][i] for place in self._counts)])
            text = self._raw[row] if row < len(self._raw) else text
            rows.samples.append((text, int(seconds[i]), bool(offsets[i] == NAIVE), float(rows.counts[-1][place])))
        for name in FLAG_COLUMNS:
            if name in header.flags:
                values = [cells[header.flags[name]][i].strip().lower() in _TRUE for i in picked]
                rows.flags.setdefault(name, []).append(np.array(values, dtype=bool))
        self._note_values(cells, picked)
        self._line += len(texts)
        self._count_order(seconds[usable])

    def _note_values(self, cells: dict[int, list[str]], picked: list[int]) -> None:
        for place in self._header.texts:
            known = self._rows.values.setdefault(self._header.names[place], {})
            if len(known) < MAX_VALUES:
                column = cells[place]
                known.update(dict.fromkeys(column if len(picked) == len(column) else [column[i] for i in picked]))

    def _time_texts(self, cells: dict[int, list[str]]) -> list[str]:
        """The text of each row's time; a date and a clock, or an hour and a minute, are joined."""
        parts = [cells[place] for place in self._header.parts]
        if not parts:
            return cells[self._header.time]
        if self._header.is_day_apart:
            days = zip(cells[self._header.time], parts[0], parts[1], strict=True)
            texts = [f"{year.strip()}-{month.strip():0>2}-{day.strip():0>2}" for year, month, day in days]
            if len(parts) == 2:
                return texts
            return [f"{date} {_clock(*clock)}" for date, *clock in zip(texts, *parts[2:], strict=True)]
        return [
            f"{date.strip()} {_clock(*clock)}" for date, *clock in zip(cells[self._header.time], *parts, strict=True)
        ]

    def _headers(self, cells: dict[int, list[str]], rows: int) -> np.ndarray:
        """Which rows (n,) are the header once more, as in files that were joined."""
        again = np.zeros(rows, dtype=bool)
        header = self._header
        name = header.names[header.time]
        if name in cells[header.time]:
            for i in (i for i, cell in enumerate(cells[header.time]) if cell == name):
                again[i] = all(cells[place][i].strip() == header.names[place] for place in header.sums)
        return again

    def _rulers(self, cells: dict[int, list[str]], texts: list[str]) -> np.ndarray:
        """Which rows (n,) are lines between header and rows, or have neither a time nor a count."""
        return np.array(
            [
                _RULER.fullmatch(text) is not None
                if text.strip()
                else not any(cells[place][i].strip() for place in self._header.sums)
                for i, text in enumerate(texts)
            ],
            dtype=bool,
        )

    def _chosen_rows(self, cells: dict[int, list[str]], rows: int) -> np.ndarray:
        chosen = np.ones(rows, dtype=bool)
        for place, value in self._header.where:
            chosen &= np.array([cell.strip() == value for cell in cells[place]], dtype=bool)
        return chosen

    def _show_unread(self, texts: list[str], places: np.ndarray) -> None:
        name = self._header.names[self._header.time]
        if len(places) and not self._first_unread:
            self._first_unread = texts[int(places[0])]
        for i in places[: MAX_EXAMPLES - len(self._rows.examples)].tolist():
            self._rows.examples.append(f"line {self._line + i}: {name} is {printable(texts[i])!r}")

    def _count_order(self, seconds: np.ndarray) -> None:
        self._kept += len(seconds)
        if len(seconds):
            reached = np.maximum.accumulate(np.maximum(seconds, self._latest))
            self._rows.out_of_order += int(np.count_nonzero(seconds < reached))
            self._latest = int(reached[-1])

    def finish(self, label: str) -> None:
        """Raise FileRefused if too few rows can be used; add the notes of the columns."""
        rows, name = self._rows, self._header.names[self._header.time]
        example = f" The first: {rows.examples[0]}." if rows.examples else ""
        if not self._read:
            raise EmptyFile(f"{label} has a header and no row below it.")
        if self._long > MOST_UNREADABLE_TIMES * self._read and self._long > 1:
            raise FileRefused(
                f"{label}: {self._long:,} of {self._read:,} rows have more cells than the header has columns, as when "
                "numbers are written with a comma (1,204) and without quotes. Export the counts without thousands "
                "separators, or put them in quotes."
            )
        if self._kept == 0 and rows.dropped[OTHER_ROWS]:
            raise EmptyFile(f"{label} has no row that --where chooses; check the column and the value.")
        if self._kept == 0 or self._unread_times > max(1, MOST_UNREADABLE_TIMES * self._read):
            raise FileRefused(
                f"{label}: {self._unread_times:,} of {self._read:,} rows have a time in column {name!r} that cannot be "
                f"read in the form of the others. {way_out(self._first_unread)}{example}"
            )
        if self._long:
            rows.notes.append(f"{self._long:,} rows have more cells than the header has columns.")
        left_out = self._unread_times
        if left_out > 0.01 * self._read:
            rows.notes.append(
                f"{left_out:,} of {self._read:,} rows have no time in column {name!r} and are left out.{example}"
            )
        rows.time_name = name
        rows.count_name = self._header.names[self._header.sums[0]]
        rows.notes += [*self._header.notes, *(column.note for column in self._counts.values() if column.note)]


def _compact_seconds(seconds: np.ndarray) -> np.ndarray:
    """The seconds in half the memory, if they are of the years 1970 to 2105."""
    fits = len(seconds) > 0 and seconds.min() >= 0 and seconds.max() <= np.iinfo(np.uint32).max
    return seconds.astype(np.uint32) if fits else seconds


def _compact(values: np.ndarray) -> np.ndarray:
    """The values; without memory of their own if all are the same."""
    is_same = len(values) > 0 and bool((values == values[0]).all())
    return np.broadcast_to(values[0].copy(), values.shape) if is_same else values


def _clock(hour: str, minute: str = "") -> str:
    hour = hour.strip()
    if is_range := _CLOCK_RANGE.match(hour):
        hour = is_range[1]
    return hour if ":" in hour else f"{hour.split('.')[0]:0>2}:{minute.strip() or '0':0>2}:00"


class _Watched(io.RawIOBase):
    """A stream that refuses to feed an endless cell; `spent` is set back to 0 after every chunk of rows."""

    def __init__(self, stream: BinaryIO, label: str, first: bytes):
        self._stream = stream
        self._label = label
        self._first = first
        self.spent = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._first:
            count = min(len(self._first), len(buffer))
            buffer[:count], self._first = self._first[:count], self._first[count:]
            return count
        data = self._stream.read(len(buffer))
        count = len(data)
        buffer[:count] = data
        self.spent += count
        if self.spent > _CHUNK_BYTES:
            raise FileRefused(
                f"{self._label} is no table that can be read: {_CHUNK_BYTES:,} bytes make fewer than "
                f"{_CHUNK_ROWS:,} rows. Close its quotes, or leave out columns."
            )
        return count


def _chunks(stream: TextStream, header: Header) -> Iterator[dict[int, list[str]]]:
    """The texts of the columns that matter, by position, a chunk of rows at a time."""
    used = sorted({*header.used, *header.texts, len(header.names)})
    encoding = _encoding(stream.peek(PEEK_BYTES)[:PEEK_BYTES])
    lines = io.BufferedReader(stream)
    for _ in range(header.first_line):
        lines.readline()
    # pandas refuses a column that no row has: a first row has them all.
    watched = _Watched(lines, stream.label, header.separator.join("x" * (len(header.names) + 1)).encode() + b"\n")
    try:
        frames = pd.read_csv(
            io.BufferedReader(watched),
            sep=r"\s+" if header.separator == " " else header.separator,
            header=None,
            names=range(len(header.names) + 1),  # one more, to see rows that are too long
            usecols=used,
            dtype=object,
            keep_default_na=False,
            index_col=False,
            skipinitialspace=True,
            on_bad_lines="skip" if header.separator == " " else "error",
            encoding=encoding,
            encoding_errors="replace",
            chunksize=_CHUNK_ROWS,
        )
        for number, frame in enumerate(frames):
            watched.spent = 0
            frame = frame if number else frame.iloc[1:]
            yield {place: frame.iloc[:, i].fillna("").tolist() for i, place in enumerate(used)}
    except pd.errors.EmptyDataError:
        return
    except pd.errors.ParserError as error:
        raise FileRefused(f"{stream.label} is no table that can be read: {error}.") from error
