"""Rows of a table as they stand in the file, and files that hold several tables one after another."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from forecasting.readers.streams import PEEK_BYTES, Pieces, TextStream
from forecasting.readers.tables.layout import Header

MOST_ROWS = 200
_ANNOTATION = re.compile(rb"#(?:group|datatype|default)\b")
"""What InfluxDB writes before the header of each table."""


def raw_rows(text: str, header: Header) -> list[str]:
    """Return the text of the first rows below a header, each with its line ends if a quoted cell has any."""
    lines = text.splitlines(keepends=True)[header.first_line :]
    if len(text) >= PEEK_BYTES // 4:
        lines = lines[:-1]  # which may be cut
    if header.separator == " ":
        return [line.strip() for line in lines[:MOST_ROWS] if line.strip()]
    rows, done = [], 0
    reader = csv.reader(lines, delimiter=header.separator, skipinitialspace=True)
    try:
        for cells in reader:
            raw = "".join(lines[done : reader.line_num]).strip("\r\n")
            done = reader.line_num
            if cells:
                rows.append(raw)
            if len(rows) == MOST_ROWS:
                break
    except csv.Error:  # pandas, which reads all rows, says what is wrong
        pass
    return rows


def tables_in(stream: TextStream) -> Iterator[TextStream]:
    """Yield the tables of an annotated CSV of InfluxDB, without the annotations; any other stream as it is.

    A table must be read before the next one is taken.
    """
    if not _ANNOTATION.match(stream.peek(PEEK_BYTES)[:PEEK_BYTES].lstrip()):
        yield stream
        return
    lines = _Lines(stream)
    while lines.skip_annotations():
        yield TextStream(Pieces(lines.rows()), stream.label)
        for _ in lines.rows():  # what its reader left
            continue


class _Lines:
    """The lines of an annotated CSV."""

    def __init__(self, stream: TextStream):
        self._stream = stream
        self._next = b""

    def skip_annotations(self) -> bool:
        """Go on to the header of the next table; False if there is none."""
        while True:
            line = self._next or self._stream.readline(PEEK_BYTES)
            self._next = b""
            if not line:
                return False
            if line.strip() and not _ANNOTATION.match(line):
                self._next = line
                return True

    def rows(self) -> Iterator[bytes]:
        """Yield the lines up to the next annotation."""
        while line := self._next or self._stream.readline(PEEK_BYTES):
            self._next = b""
            if _ANNOTATION.match(line):
                self._next = line
                return
            yield line
