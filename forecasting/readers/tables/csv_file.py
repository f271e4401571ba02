"""CSV files into rows of time and count: any usual separator, BOM, CRLF, ISO or epoch times, decimal commas.

Cells that are no count become unknown and are counted by reason; rows without a readable time are dropped.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import MAX_EXAMPLES
from forecasting.readers.report import printable
from forecasting.readers.streams import PEEK_BYTES, TextStream
from forecasting.readers.tables.cells import column_counts, column_times, count_reason
from forecasting.readers.times.times import Moment, moment_reader

TIME_COLUMNS = ("timestamp", "ds", "datetime", "date_time", "time", "date")
COUNT_COLUMNS = ("requests_count", "y", "requests", "request_count", "count", "hits", "value")
FLAG_COLUMNS = ("is_burst", "is_event")
UNREADABLE_TIME = "row without a readable time"

_SEPARATORS = (",", ";", "\t", "|")
_TRUE = frozenset(("1", "1.0", "true", "yes", "t", "y"))
_CHUNK_ROWS = 20_000
_CHUNK_BYTES = 64 << 20
"""More bytes for one chunk of rows are no table but an endless cell, perhaps a quote that nothing closes."""


@dataclass(frozen=True)
class Header:
    """The columns of a CSV and which of them matter (positions; flags by name)."""

    separator: str
    names: tuple[str, ...]
    time: int
    count: int
    flags: dict[str, int]

    @property
    def others(self) -> list[str]:
        """The columns kept aside."""
        used = {self.time, self.count, *self.flags.values()}
        return [name for i, name in enumerate(self.names) if i not in used]


@dataclass
class Rows:
    """Rows of one or more CSV files in file order, chunk by chunk.

    A chunk of `seconds` is absolute where its `offsets` (minutes) are not `NAIVE`, else wall time; `counts` are NaN
    where unknown. `lines` are all rows read, `dropped` rows or cells by reason.
    """

    seconds: list[np.ndarray] = field(default_factory=list)
    offsets: list[np.ndarray] = field(default_factory=list)
    counts: list[np.ndarray] = field(default_factory=list)
    flags: dict[str, list[np.ndarray]] = field(default_factory=dict)
    lines: int = 0
    out_of_order: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    columns_kept_aside: list[str] = field(default_factory=list)


def header_of(stream: TextStream, *, is_forced: bool) -> Header | None:
    """The header, where the first line names a time and a count column; None where it does not.

    Raises FileRefused instead of None where CSV is forced.
    """
    sample = stream.peek(PEEK_BYTES)[:PEEK_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    line = sample.partition(b"\n")[0].decode("utf-8", "replace").strip("\r")
    for separator in _SEPARATORS:
        names = tuple(name.strip() for name in next(csv.reader([line], delimiter=separator, skipinitialspace=True), []))
        places = {name.lower(): i for i, name in reversed(list(enumerate(names)))}
        time, count = (
            next((places[n] for n in wanted if n in places), None) for wanted in (TIME_COLUMNS, COUNT_COLUMNS)
        )
        if time is not None and count is not None:
            flags = {name: places[name] for name in FLAG_COLUMNS if name in places}
            return Header(separator, names, time, count, flags)
    if is_forced:
        raise FileRefused(
            f"{stream.label} has the columns {printable(line)!r}; name the time one of {', '.join(TIME_COLUMNS)} and "
            f"the count one of {', '.join(COUNT_COLUMNS)}."
        )
    return None


def read_csv(
    stream: TextStream,
    header: Header,
    rows: Rows,
    options: ImportOptions,
    *,
    max_rows: int,
    progress: Callable[[], None],
) -> None:
    """Append a CSV's rows to `rows`; `progress` is called after every chunk.

    Raises FileRefused for a file that is no table or has no readable time, TooLarge for more than `max_rows` rows.
    """
    read_moment = moment_reader(options.time_format)
    first_line, latest, kept = 2, np.iinfo(np.int64).min, 0
    for texts in _chunks(stream, header):
        seconds = _take(rows, header, texts, read_moment, first_line)
        first_line += len(texts[header.time])
        if rows.lines > max_rows:
            raise TooLarge(f"{stream.label} has more than {max_rows:,} rows; split it, or raise DATAFLOW_MAX_BINS.")
        if len(seconds):
            reached = np.maximum.accumulate(np.maximum(seconds, latest))
            rows.out_of_order += int(np.count_nonzero(seconds < reached))
            latest, kept = int(reached[-1]), kept + len(seconds)
        progress()
    if kept == 0:
        example = f" The first: {rows.examples[0]}." if rows.examples else ""
        raise FileRefused(
            f"{stream.label} has no row with a time that can be read; write times such as 1995-08-01 00:05:00, or give "
            f"a time_format.{example}"
        )
    rows.columns_kept_aside.extend(name for name in header.others if name not in rows.columns_kept_aside)


class _Watched(io.RawIOBase):
    """A stream that refuses to feed an endless cell; `spent` is set back to 0 after every chunk of rows."""

    def __init__(self, stream: TextStream):
        self._stream = stream
        self.spent = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        count = self._stream.readinto(buffer)
        self.spent += count
        if self.spent > _CHUNK_BYTES:
            raise FileRefused(
                f"{self._stream.label} is no table that can be read: {_CHUNK_BYTES:,} bytes make fewer than "
                f"{_CHUNK_ROWS:,} rows. Close its quotes, or leave out columns."
            )
        return count


def _chunks(stream: TextStream, header: Header) -> Iterator[dict[int, list[str]]]:
    """The texts of the columns that matter, by position, a chunk of rows at a time."""
    used = sorted({header.time, header.count, *header.flags.values()})
    watched = _Watched(stream)
    try:
        frames = pd.read_csv(
            io.BufferedReader(watched),
            sep=header.separator,
            usecols=used,
            dtype=object,
            keep_default_na=False,
            index_col=False,
            skipinitialspace=True,
            encoding="utf-8",
            encoding_errors="replace",
            chunksize=_CHUNK_ROWS,
        )
        for frame in frames:
            watched.spent = 0
            yield {place: frame.iloc[:, i].fillna("").tolist() for i, place in enumerate(used)}
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileRefused(f"{stream.label} is no table that can be read: {error}.") from error


def _take(
    rows: Rows, header: Header, texts: dict[int, list[str]], read_moment: Callable[[str], Moment], first_line: int
) -> np.ndarray:
    """Append one chunk; returns the seconds of its usable rows."""
    rows.lines += len(texts[header.time])
    seconds, offsets, ok = column_times(texts[header.time], read_moment)
    for i in np.flatnonzero(~ok)[: MAX_EXAMPLES - len(rows.examples)].tolist():
        rows.examples.append(
            f"line {first_line + i}: {header.names[header.time]} is {printable(texts[header.time][i])!r}"
        )
    count_reason(rows.dropped, UNREADABLE_TIME, np.count_nonzero(~ok))
    counts = column_counts(texts[header.count], rows.dropped, has_decimal_comma=header.separator == ";")
    rows.seconds.append(seconds[ok])
    rows.offsets.append(offsets[ok])
    rows.counts.append(counts[ok])
    for name in FLAG_COLUMNS:
        values = [text.strip().lower() in _TRUE for text in texts[header.flags[name]]] if name in header.flags else None
        if values is not None:
            rows.flags.setdefault(name, []).append(np.array(values, dtype=bool)[ok])
    return seconds[ok]
