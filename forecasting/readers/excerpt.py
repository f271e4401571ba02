"""The beginning of a file as a person can judge it: columns, keys or lines, and which of them would be read as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from forecasting.errors import ForecastingError
from forecasting.readers.json_documents import unfolded
from forecasting.readers.logs.detect import detect
from forecasting.readers.logs.json_keys import STATUS_KEYS, plain, value_moment
from forecasting.readers.logs.refusal import Proposal, proposal
from forecasting.readers.options import ImportOptions
from forecasting.readers.report import printable
from forecasting.readers.streams import PEEK_BYTES, Source, TextStream, files_of, opened
from forecasting.readers.tables.column_names import named
from forecasting.readers.tables.csv_file import sample_text
from forecasting.readers.tables.layout import Block, first_block, header_of, is_numeric, times_in
from forecasting.settings import Settings

MAX_ROWS = 8
MAX_COLUMNS = 200
MAX_KEYS = 60
MAX_VALUES = 12
"""Different values of a column that are listed, to choose rows by."""

_CELL = 60
_LINE = 300
_PROPOSAL_LINES = 50


@dataclass(frozen=True)
class Column:
    """A column of a table: the name that options call it, its first cells, and what they look like.

    `kind` is `time`, `number` or `text`; `role` what it is read as: `time`, `count` or nothing. `values` are the
    different cells of a text column if they are few, `chosen` the one that rows must have.
    """

    name: str
    title: str
    cells: list[str]
    kind: str
    role: str = ""
    values: list[str] = field(default_factory=list)
    chosen: str = ""


@dataclass(frozen=True)
class Key:
    """A key of JSON records: its path, its first value, and whether that is a time or a status."""

    name: str
    example: str
    kind: str
    role: str = ""


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a file: `kind` is `table`, `json` or `lines`, and says which of the lists is filled.

    `lines` are the first lines of any kind. `proposal` is a pattern for lines that no format reads.
    """

    file: str
    kind: str
    lines: list[str]
    columns: list[Column] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    proposal: Proposal | None = None


def excerpt(sources: Sequence[Source], options: ImportOptions, settings: Settings) -> Excerpt | None:
    """Return the beginning of the first file with text; None if no file can be opened.

    Open files are read from their start, and left anywhere.
    """
    for label, source in [file for given in sources for file in files_of(given)]:
        try:
            if isinstance(source, tuple):
                source[1].seek(0)
            limit = settings.max_expanded_bytes
            with opened(source, limit_bytes=limit, label=label, sheet=options.sheet) as (streams, _):
                stream = next(iter(streams), None)
                if stream is not None and stream.refusal is None:
                    return _excerpt(stream, options)
        except ForecastingError:
            continue  # the import says why
    return None


def _excerpt(stream: TextStream, options: ImportOptions) -> Excerpt:
    first = _first_lines(stream)
    lines = [printable(line, _LINE) for line in first[:MAX_ROWS]]
    given = bool(options.json_time or options.json_status)
    inner = stream if stream.table else unfolded(stream, keys_given=given)
    sample = bytes(inner.peek(PEEK_BYTES)[:PEEK_BYTES])
    if sample.lstrip()[:1] == b"{":
        return Excerpt(stream.label, "json", lines, keys=_keys(sample, options))
    is_named = bool(options.time_column or options.count_column or options.sum_columns)
    is_log = not stream.table and not is_named and detect(memoryview(sample + b"\n"), options) is not None
    block = first_block(sample_text(inner))
    if block is not None and (is_named or stream.table or options.format == "csv" or not (is_log or _is_prose(block))):
        return Excerpt(stream.label, "table", lines, columns=_columns(block, sample_text(inner), inner.label, options))
    return Excerpt(stream.label, "lines", lines, proposal=None if is_log else proposal(first))


def _first_lines(stream: TextStream) -> list[bytes]:
    sample = bytes(stream.peek(PEEK_BYTES)[:PEEK_BYTES])
    return [line for line in sample.splitlines()[:_PROPOSAL_LINES] if line.strip()]


def _is_prose(block: Block) -> bool:
    """Whether the rows are rather sentences with a comma in them, or words between blanks, than cells."""
    if block.separator == " ":
        return not times_in(block) or len(block.rows[0]) > 4
    return any(len(cell.split()) > 4 for cell in block.rows[0])


def _columns(block: Block, text: str, label: str, options: ImportOptions) -> list[Column]:
    times = times_in(block)
    has_header = not any(place in times and _is_like_rows(block, place) for place in range(len(block.rows[0])))
    titles = block.rows[0] if has_header else [f"Column {place + 1}" for place in range(len(block.rows[0]))]
    body = block.rows[1:] if has_header else block.rows
    time, counts, where = _roles(block, text, label, options)
    time = times[0] if time is None and len(times) == 1 else time
    columns = []
    for place, title in enumerate(titles[:MAX_COLUMNS]):
        cells = [row[place] if place < len(row) else "" for row in body]
        kind = "time" if place in times else "number" if is_numeric(block, place) else "text"
        values = sorted({cell for cell in cells if cell})
        columns.append(
            Column(
                name=_name(titles, place) if has_header else str(place + 1),
                title=printable(title, _CELL) or f"Column {place + 1}",
                cells=[printable(cell, _CELL) for cell in cells[:MAX_ROWS]],
                kind=kind,
                role="time" if place == time else "count" if place in counts else "",
                values=values if kind == "text" and len(values) <= MAX_VALUES else [],
                chosen=where.get(place, ""),
            )
        )
    return columns


def _is_like_rows(block: Block, place: int) -> bool:
    """Whether the first row has a time where the others have one, so that it is no header."""
    return place in times_in(Block(block.separator, block.first, [block.rows[0], block.rows[0]]))


def _name(titles: Sequence[str], place: int) -> str:
    """The name of a column for options; its number if the name is not its own, or holds what separates names."""
    title = titles[place]
    same = sum(named(other) == named(title) for other in titles)
    return title if title and same == 1 and "," not in title and "=" not in title else str(place + 1)


def _roles(block: Block, text: str, label: str, options: ImportOptions) -> tuple[int | None, set[int], dict[int, str]]:
    """Positions of the time and of the counts as they are read or chosen, and the values that rows must have."""
    try:
        header = header_of(text, label, options, known_only=False)
    except ForecastingError:
        header = None
    if header is not None:
        return header.time, set(header.sums), dict(header.where)
    time = _place(block, options.time_column)
    counts = {_place(block, name) for name in (options.count_column, *options.sum_columns) if name}
    where = {_place(block, column): value for column, value in options.conditions}
    return time, {place for place in counts if place is not None}, {p: v for p, v in where.items() if p is not None}


def _place(block: Block, column: str | None) -> int | None:
    names = [named(name) for name in block.rows[0]]
    if column is None:
        return None
    if named(column) in names:
        return names.index(named(column))
    return int(column) - 1 if column.isdecimal() and 1 <= int(column) <= len(names) else None


def _keys(sample: bytes, options: ImportOptions) -> list[Key]:
    """The keys of the first records, in order, each with its first value."""
    values: dict[str, object] = {}
    for line in sample.splitlines()[:20]:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict):
            for name, value in _leaves(record, ""):
                values.setdefault(name, value)
    statuses = {plain(key) for key in STATUS_KEYS}
    given = {plain(options.json_time or ""): "time", plain(options.json_status or ""): "status"}
    keys = []
    for name, value in list(values.items())[:MAX_KEYS]:
        is_status = plain(name.rpartition(".")[2]) in statuses
        kind = "time" if value_moment(value) is not None else "status" if is_status else "text"
        role = given.get(plain(name), "") if name else ""
        keys.append(Key(name, printable(str(value), _CELL), kind, role))
    return keys


def _leaves(record: dict[str, object], prefix: str, depth: int = 0) -> list[tuple[str, object]]:
    leaves: list[tuple[str, object]] = []
    for name, value in record.items():
        if isinstance(value, dict) and depth < 4:
            leaves += _leaves(value, f"{prefix}{name}.", depth + 1)
        elif not isinstance(value, dict | list):
            leaves.append((prefix + name, value))
        if len(leaves) >= MAX_KEYS:
            break
    return leaves
