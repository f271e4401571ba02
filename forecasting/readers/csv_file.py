"""CSV files into rows of time and count: any usual separator, BOM, CRLF, ISO or epoch times, decimal commas.

Cells that are no count become unknown and are counted by reason; rows without a readable time are dropped.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import MAX_EXAMPLES, NAIVE
from forecasting.readers.report import printable
from forecasting.readers.sources import PEEK_BYTES, TextStream
from forecasting.readers.times import DATE_WIDTH, ISO_WIDTH, Moment, iso_times, matrix, moment_reader

TIME_COLUMNS = ("timestamp", "ds", "datetime", "date_time", "time", "date")
COUNT_COLUMNS = ("requests_count", "y", "requests", "request_count", "count", "hits", "value")
FLAG_COLUMNS = ("is_burst", "is_event")
MAX_COUNT = 1e15
"""A larger count of requests in a bin is taken for an error: beyond it floats no longer count every request."""

UNREADABLE_TIME = "row without a readable time"

_SEPARATORS = (",", ";", "\t", "|")
_EMPTY = frozenset(("", "na", "n/a", "nan", "null", "none", "-"))
_TRUE = frozenset(("1", "1.0", "true", "yes", "t", "y"))
_CHUNK_ROWS = 100_000


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


def _first_place(places: dict[str, int], names: Sequence[str]) -> int | None:
    return next((places[name] for name in names if name in places), None)


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
    lines_before, latest, kept = rows.lines, np.iinfo(np.int64).min, 0
    used = sorted({header.time, header.count, *header.flags.values()})
    try:
        for frame in pd.read_csv(
            stream,
            sep=header.separator,
            usecols=used,
            dtype=object,
            keep_default_na=False,
            index_col=False,
            skipinitialspace=True,
            encoding="utf-8",
            encoding_errors="replace",
            chunksize=_CHUNK_ROWS,
        ):
            texts = {place: frame.iloc[:, i].fillna("").tolist() for i, place in enumerate(used)}
            seconds = _take(rows, header, texts, read_moment, rows.lines - lines_before + 2)
            rows.lines += len(frame)
            if rows.lines > max_rows:
                raise TooLarge(f"{stream.label} has more than {max_rows:,} rows; split it, or raise DATAFLOW_MAX_BINS.")
            if len(seconds):
                reached = np.maximum.accumulate(np.maximum(seconds, latest))
                rows.out_of_order += int(np.count_nonzero(seconds < reached))
                latest, kept = int(reached[-1]), kept + len(seconds)
            progress()
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise FileRefused(f"{stream.label} is no table that can be read: {error}.") from error
    if kept == 0:
        example = f" The first: {rows.examples[0]}." if rows.examples else ""
        raise FileRefused(
            f"{stream.label} has no row with a time that can be read; write times such as 1995-08-01 00:05:00, or give "
            f"a time_format.{example}"
        )
    rows.columns_kept_aside.extend(name for name in header.others if name not in rows.columns_kept_aside)


def _take(
    rows: Rows, header: Header, texts: dict[int, list[str]], read_moment: Callable[[str], Moment], first_line: int
) -> np.ndarray:
    """Append one chunk; returns the seconds of its usable rows."""
    seconds, offsets, ok = _column_times(texts[header.time], read_moment)
    for i in np.flatnonzero(~ok)[: MAX_EXAMPLES - len(rows.examples)].tolist():
        rows.examples.append(
            f"line {first_line + i}: {header.names[header.time]} is {printable(texts[header.time][i])!r}"
        )
    _count_reason(rows.dropped, UNREADABLE_TIME, np.count_nonzero(~ok))
    counts = _column_counts(texts[header.count], rows.dropped, has_decimal_comma=header.separator == ";")
    rows.seconds.append(seconds[ok])
    rows.offsets.append(offsets[ok])
    rows.counts.append(counts[ok])
    for name in FLAG_COLUMNS:
        values = [text.strip().lower() in _TRUE for text in texts[header.flags[name]]] if name in header.flags else None
        if values is not None:
            rows.flags.setdefault(name, []).append(np.array(values, dtype=bool)[ok])
    return seconds[ok]


def _column_times(
    texts: Sequence[str], read_moment: Callable[[str], Moment]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds, offsets in minutes and readability (n,) of a column; times of one fixed width are read together."""
    seconds = np.zeros(len(texts), dtype=np.int64)
    offsets = np.full(len(texts), NAIVE, dtype=np.int64)
    ok = np.zeros(len(texts), dtype=bool)
    width = len(texts[0]) if texts else 0
    joined = "".join(texts)
    if width in (ISO_WIDTH, DATE_WIDTH) and joined.isascii() and all(len(text) == width for text in texts):
        times = iso_times(matrix([joined.encode()], width * len(texts)).reshape(-1, width))
        seconds, ok = times.seconds, times.ok
    for i in np.flatnonzero(~ok).tolist():
        try:
            seconds[i], offset = read_moment(texts[i])
        except (ValueError, OverflowError):
            continue
        offsets[i], ok[i] = NAIVE if offset is None else offset, True
    return seconds, offsets, ok


def _column_counts(texts: Sequence[str], dropped: Counter[str], *, has_decimal_comma: bool) -> np.ndarray:
    """Counts (n,), NaN where the cell is empty, negative, not a number or beyond `MAX_COUNT`; reasons are counted."""
    if has_decimal_comma:
        texts = [text.replace(",", ".") for text in texts]
    counts = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype=np.float64, copy=True)
    unread = np.flatnonzero(np.isnan(counts)).tolist()
    empty = sum(texts[i].strip().lower() in _EMPTY for i in unread)
    with np.errstate(invalid="ignore"):
        negative, huge = counts < 0, counts > MAX_COUNT
    _count_reason(dropped, "empty count (unknown)", empty)
    _count_reason(dropped, "count that is not a number (unknown)", len(unread) - empty)
    _count_reason(dropped, "negative count (unknown)", np.count_nonzero(negative))
    _count_reason(dropped, f"count above {MAX_COUNT:.0e} (unknown)", np.count_nonzero(huge))
    counts[negative | huge] = np.nan
    return counts


def _count_reason(dropped: Counter[str], reason: str, count: int) -> None:
    if count:
        dropped[reason] += int(count)
