"""Where the table begins in a text file, how its cells are separated, and which columns hold times and counts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from forecasting.errors import FileRefused
from forecasting.readers.options import ImportOptions
from forecasting.readers.report import printable
from forecasting.readers.tables.cell_times import cell_moment
from forecasting.readers.tables.column_names import (
    CLOCK_COLUMNS,
    COUNT_COLUMNS,
    DAY_COLUMNS,
    FLAG_COLUMNS,
    MINUTE_COLUMNS,
    TIME_COLUMNS,
    named,
)

SEPARATORS = (",", ";", "\t", "|")
SAMPLE_ROWS = 40
MOST_PREAMBLE = 60
MOST_CELL_LINES = 20
MAX_LISTED = 12
_DATE = re.compile(r"\d{4}-?\d\d-?\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}")
_COUNTRY_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1(?:(?:19|20)\d\d|\d\d)(?:[ T,]+\d{1,2}:\d\d.*)?$")
"""A date whose order is a country's habit: a time, though which one is not certain."""

_NO_LABELS = frozenset(("result", "table", "_start", "_stop", "start", "stop", "end", *TIME_COLUMNS))
"""Columns that tell no series apart by what they mean."""

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
_RATE = re.compile(r"(?i)/ ?s(?:ec)?\b|/ ?min\b|per.?(?:sec|min)|\brps\b|\bqps\b|\brate\b")
MAX_TEXTS = 8


@dataclass(frozen=True)
class Header:
    """The columns of a table and which of them matter, by position; flags by name.

    `first_line` is the number of lines before the first row. `parts` are columns that complete the time (a clock, an
    hour, a minute; with `is_day_apart` first month and day), `sums` the columns that are added up; `where` holds
    (column, value) pairs that a row must have.
    """

    separator: str
    names: tuple[str, ...]
    time: int
    count: int
    flags: dict[str, int]
    first_line: int = 1
    is_day_apart: bool = False
    parts: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()
    where: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def used(self) -> list[int]:
        """Positions of all columns that are read, rising."""
        return sorted({self.time, *self.parts, *self.sums, *self.flags.values(), *(place for place, _ in self.where)})

    @cached_property
    def others(self) -> list[str]:
        """The columns that are not read, which stay aside."""
        return [name for place, name in enumerate(self.names) if place not in self.used]

    @cached_property
    def texts(self) -> tuple[int, ...]:
        """Positions of columns that are not read: they may tell apart rows with the same time."""
        unread = [place for place in range(len(self.names)) if place not in self.used and self.names[place].strip()]
        unread.sort(key=lambda place: named(self.names[place]) in _NO_LABELS)
        return tuple(sorted(unread[:MAX_TEXTS]))


@dataclass(frozen=True)
class Block:
    """Rows of cells that belong together, from a line of the sample on."""

    separator: str
    first: int
    rows: list[list[str]]


def header_of(text: str, label: str, options: ImportOptions, *, known_only: bool) -> Header | None:
    """Return the layout of the table that a sample of text begins with; None if it is none.

    `sep=` lines, comments and a preamble are skipped. `known_only`: only a table whose header names a time and a count
    column that are known, or that the options name. Raises FileRefused, naming the columns found, for a table whose
    time or count column is not certain.
    """
    lines, blocks, starts = _blocks(text)
    header = _header(lines, blocks, label, options, known_only=known_only)
    return None if header is None else replace(header, first_line=starts[header.first_line])


def _header(
    lines: list[str], blocks: list[Block], label: str, options: ImportOptions, *, known_only: bool
) -> Header | None:
    is_named = bool(options.time_column or options.count_column or options.sum_columns)
    if blocks and (is_named or _kind(blocks[0]) == "header"):
        return _chosen(blocks[0], label, options)
    if known_only:
        return None
    spaced = _block(lines, " ")
    if spaced and (is_named or _kind(spaced) == "header" or (not blocks and times_in(spaced))):
        return _chosen(spaced, label, options)
    return _uncertain(blocks, label, options)


def first_block(text: str) -> Block | None:
    """Return the rows that a text seems to begin with, whatever its header names; None if it has no columns."""
    lines, blocks, _ = _blocks(text)
    return next(iter(blocks), None) or _block(lines, " ")


def _blocks(text: str) -> tuple[list[str], list[Block], list[int]]:
    """The rows of a text, the tables that they make with each separator, the likeliest first, and each row's line."""
    physical = re.split(r"\r\n|\n|\r", text)
    starts = _row_starts(physical)
    lines = ["\n".join(physical[first:end]) for first, end in pairwise(starts)]
    separators: Sequence[str] = SEPARATORS
    if match := re.match(r"(?i)\ufeff?\s*sep=(.)\s*$", lines[0]):
        separators, lines[0] = (match[1],), ""
    blocks = [block for separator in separators if (block := _block(lines, separator))]
    blocks.sort(key=lambda one: (_kind(one) != "header", -len(one.rows)))
    return lines, blocks, starts


def _row_starts(lines: list[str]) -> list[int]:
    """The line in which each row begins, and the number of lines; a quoted cell may go on over some lines."""
    starts, first = [], 0
    while first < len(lines):
        starts.append(first)
        quotes, end = lines[first].count('"'), first + 1
        while quotes % 2 and end < min(len(lines), first + MOST_CELL_LINES):
            quotes += lines[end].count('"')
            end += 1
        first = first + 1 if quotes % 2 else end
    return [*starts, len(lines)]


def _uncertain(blocks: list[Block], label: str, options: ImportOptions) -> Header | None:
    """What a table without a known header comes to: usually a refusal that says what to choose from."""
    for block in blocks:
        is_header = any(named(cell) in TIME_COLUMNS for cell in block.rows[0])
        if not is_header and any(cell in _METHODS for cell in block.rows[0]):  # a log with commas
            return None
        if block.rows[0][0] == "DATAPOINTS" or any(row[0] == "DATAPOINTS" for row in block.rows[:3]):
            raise FileRefused(f"{label} is in CloudWatch's text format; ask for its answer with --output json.")
        if _kind(block) == "dates":
            raise FileRefused(
                f"{label} has dates as columns and one row for each of several series; turn it so that each row is a "
                "time, with a column for the time and one for the count."
            )
        if times_in(block):
            return _chosen(block, label, options)
    return None


def _block(lines: list[str], separator: str) -> Block | None:
    """The first run of lines that have the same number of cells, at least two, and a second row."""
    cells = [_cells(line, separator) for line in lines[: MOST_PREAMBLE + SAMPLE_ROWS]]
    for first, row in enumerate(cells[:MOST_PREAMBLE]):
        if len(row) < 2 or _kind_of(row) != "header":
            continue
        rows = [one for one in cells[first + 1 : first + 1 + SAMPLE_ROWS] if len(one) >= len(row)]
        if times_in(known := Block(separator, first, [row, *rows])):
            return known
    for first, row in enumerate(cells[:MOST_PREAMBLE]):
        if len(row) < 2 or row[0].lstrip().startswith("#") or not any(cell.strip() for cell in row):
            continue
        rows = [one for one in cells[first + 1 : first + 1 + SAMPLE_ROWS] if any(cell.strip() for cell in one)]
        # The last line of a sample may be cut, and a table may end in a total: most rows decide.
        same = sum(abs(len(one) - len(row)) <= 1 for one in rows)
        block = Block(separator, first, [row, *rows])
        if (rows and same >= 0.7 * len(rows)) or (not rows and _kind(block) == "header"):
            return block
    return None


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    try:
        row = next(csv.reader([line.removeprefix("\ufeff")], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in row]


def _kind(block: Block) -> str:
    return _kind_of(block.rows[0])


def _kind_of(row: list[str]) -> str:
    """`header` if a row names a time and a count column that are known; `dates` if it holds dates."""
    names = [named(name) for name in row]
    if sum(cell_moment(name) is not None for name in row) >= max(2, len(names) // 2):
        return "dates"
    has_time = any(name in TIME_COLUMNS or name.startswith(("@timestamp", "_time")) for name in names)
    return "header" if has_time and any(name in COUNT_COLUMNS for name in names) else ""


def times_in(block: Block) -> list[int]:
    """Positions of the columns whose cells are times in most rows below the first."""
    rows = block.rows[1:]
    return [
        place
        for place in range(len(block.rows[0]))
        if sum(place < len(row) and _is_time(row[place], block.separator) for row in rows) > 0.6 * len(rows)
    ]


def _is_time(cell: str, separator: str) -> bool:
    return cell_moment(cell) is not None or (separator != " " and _COUNTRY_DATE.match(cell) is not None)


def _chosen(block: Block, label: str, options: ImportOptions) -> Header:
    first_is_row = any(_is_time(cell, block.separator) for cell in block.rows[0])
    names = tuple(str(n + 1) for n in range(len(block.rows[0]))) if first_is_row else tuple(block.rows[0])
    if first_is_row and not (options.time_column and (options.count_column or options.sum_columns)):
        shown = ", ".join(
            f"{n} (such as {printable(cell, 30)})" for n, cell in enumerate(block.rows[0][:MAX_LISTED], 1)
        )
        raise FileRefused(
            f"{label} has no header. Columns found: {shown}. Name the columns by their numbers with --time-column and "
            "--count-column." + (" If it is a log, its format needs a --pattern." if block.separator == " " else "")
        )
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(named(name), place)
    time = _time_column(block, names, places, label, options)
    day_parts = _day_parts(block, places) if not options.time_column else ()
    if day_parts:
        time = day_parts[0]
    parts = _time_parts(block, time, places, is_day=bool(day_parts))
    parts = (*day_parts[1:], *parts)
    sums, notes = _count_columns(block, names, places, {time, *parts}, label, options)
    flags = {name: places[name] for name in FLAG_COLUMNS if name in places}
    where = tuple((_place(column, places, names, label), value) for column, value in options.conditions)
    first_line = block.first + (0 if first_is_row else 1)
    return Header(block.separator, names, time, sums[0], flags, first_line, bool(day_parts), parts, sums, where, notes)


def _time_column(
    block: Block, names: tuple[str, ...], places: dict[str, int], label: str, options: ImportOptions
) -> int:
    if options.time_column:
        return _place(options.time_column, places, names, label)
    timed = times_in(block)
    known = [places[name] for name in TIME_COLUMNS if name in places]
    if known:
        return next((place for place in known if place in timed), known[0])
    for name, place in places.items():
        if name.startswith(("@timestamp", "_time")):
            return place
    if len(timed) == 1:
        return timed[0]
    raise FileRefused(
        f"{label}: no column is known to be the time. {_columns(names)} Choose with --time-column and --count-column."
    )


def _day_parts(block: Block, places: dict[str, int]) -> tuple[int, ...]:
    """The columns of year, month and day, if a table has all three as numbers."""
    if not all(name in places for name in DAY_COLUMNS):
        return ()
    chosen = tuple(places[name] for name in DAY_COLUMNS)
    rows = [row for row in block.rows[1:20] if max(chosen) < len(row)]
    return chosen if rows and all(row[place].isdigit() for row in rows for place in chosen) else ()


def _time_parts(block: Block, time: int, places: dict[str, int], *, is_day: bool) -> tuple[int, ...]:
    """Columns with the clock, or the hour and the minute, of a column of dates."""
    dates = [row[time] for row in block.rows[1:] if time < len(row)]
    if not is_day and (not dates or not all(_DATE.fullmatch(cell) for cell in dates[:20])):
        return ()
    clock = next((places[name] for name in CLOCK_COLUMNS if name in places and places[name] != time), None)
    if clock is None:
        return ()
    minute = next((places[name] for name in MINUTE_COLUMNS if name in places), None)
    has_colon = any(":" in row[clock] for row in block.rows[1:] if clock < len(row))
    return (clock,) if minute is None or has_colon else (clock, minute)


def _count_columns(
    block: Block,
    names: tuple[str, ...],
    places: dict[str, int],
    taken: set[int],
    label: str,
    options: ImportOptions,
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Positions of the columns that are added up to the count, and what there is to say about the others."""
    if options.sum_columns:
        return tuple(_place(column, places, names, label) for column in options.sum_columns), ()
    if options.count_column:
        return (_place(options.count_column, places, names, label),), ()
    known = [place for name in COUNT_COLUMNS for place, own in enumerate(names) if named(own) == name]
    known = [place for place in known if place not in taken]
    if known:
        others = ", ".join(repr(names[place]) for place in known[1:])
        note = (
            f"The count is column {names[known[0]]!r}; {others} may be counts of several series too: add them up with "
            "--sum-columns, or choose a column with --count-column."
        )
        return (known[0],), (note,) if others else ()
    numeric = [place for place in range(len(names)) if place not in taken and is_numeric(block, place)]
    if len(numeric) > 1:
        listed = ",".join(names[place] for place in numeric)
        if len(numeric) > MAX_LISTED or any(mark in listed for mark in "\"'") or listed.count(",") >= len(numeric):
            listed = ",".join(str(place + 1) for place in numeric)
        raise FileRefused(
            f"{label} has several count columns ({len(numeric)}). {_columns(names)} Add them up with --sum-columns "
            f"'{listed}', or import one data set each with --count-column NAME."
        )
    rate = next((name for name in names if _RATE.search(name)), None)
    hint = f" Column {rate!r} looks like a rate: then add --unit per-second (or per-minute)." if rate else ""
    raise FileRefused(
        f"{label}: no column is known to be the count. {_columns(names)} Choose with --count-column.{hint}"
    )


def is_numeric(block: Block, place: int) -> bool:
    cells = [row[place] for row in block.rows[1:] if place < len(row) and row[place]]
    return bool(cells) and all(re.fullmatch(r"-?[\d.,]+", cell) for cell in cells)


def _columns(names: Iterable[str]) -> str:
    listed = [printable(name, 40) for name in names]
    more = f" and {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else ""
    return f"Columns found: {', '.join(listed[:MAX_LISTED])}{more}."


def _place(column: str, places: dict[str, int], names: tuple[str, ...], label: str) -> int:
    if column in names:
        return names.index(column)
    if named(column) in places:
        return places[named(column)]
    if column.isdecimal() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise FileRefused(f"{label} has no column {column!r}. {_columns(names)}")
