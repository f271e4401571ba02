"""An Excel workbook (xlsx) as the text of a table: row by row, so that every option of a table holds for it."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO, Protocol
from xml.etree.ElementTree import ParseError

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers.extras import extra
from forecasting.readers.report import printable

MAGIC = b"PK\x03\x04"
MAX_ROWS = 1_048_576
"""As many as Excel itself has."""

MAX_CELLS = 50_000_000
MAX_COLUMNS = 1_000
MAX_CELL = 500
MAX_EXPANDED_BYTES = 1 << 30
MAX_STRINGS_BYTES = 128 << 20
"""Texts of all cells lie in one part, which is held in memory."""

_HEAD_ROWS = 50
_PIECE_BYTES = 1 << 16
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, NotImplementedError, RuntimeError),
    # openpyxl raises these for parts that are missing, and for values that are none.
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError),
)


class _Sheet(Protocol):
    """A sheet of a workbook that is only read; the published types know those that are written."""

    title: str
    sheet_state: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self, *, values_only: bool) -> Iterator[tuple[object, ...]]: ...


def workbook_rows(file: BinaryIO, label: str, limit_bytes: int, sheet: str | None) -> Iterator[bytes]:
    """Yield the rows of one sheet of a workbook (seekable) as CSV.

    `sheet` is its name or number; without it, the only one that has rows with several cells. Raises FileRefused for a
    broken file, without openpyxl, or if several sheets could be meant, TooLarge past the limits.
    """
    _refuse_other_documents(file, label, limit_bytes)
    openpyxl = extra("openpyxl", label, "an Excel workbook", "save the sheet as CSV")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        chosen = _chosen(book, label, sheet)
        yield from _csv(chosen, label)
    except (FileRefused, TooLarge):
        raise
    except _BROKEN as error:
        raise FileRefused(
            f"{label} is an Excel workbook that is cut off or broken: {printable(str(error) or type(error).__name__)}."
        ) from error


def _refuse_other_documents(file: BinaryIO, label: str, limit_bytes: int) -> None:
    """Refuse what is no xlsx, and what would expand without bounds: the sizes are those that zipfile enforces."""
    try:
        parts = {info.filename: info.file_size for info in zipfile.ZipFile(file).infolist()}
    except _BROKEN as error:
        raise FileRefused(f"{label} is an Office document that is cut off or broken: {error}.") from error
    if "xl/workbook.bin" in parts:
        raise FileRefused(f"{label} is a binary Excel workbook (xlsb); save it as xlsx, or the sheet as CSV.")
    if "xl/workbook.xml" not in parts:
        raise FileRefused(f"{label} is an Office document, but no Excel workbook; export the numbers as CSV.")
    limit = min(limit_bytes, MAX_EXPANDED_BYTES)
    if sum(parts.values()) > limit:
        raise TooLarge(f"{label} is larger than {limit:,} bytes when expanded; save the sheet as CSV.")
    strings = sum(size for name, size in parts.items() if not name.startswith("xl/worksheets/"))
    if strings > MAX_STRINGS_BYTES:
        raise TooLarge(
            f"{label} has {strings:,} bytes beside its sheets (texts, pictures), and at most {MAX_STRINGS_BYTES:,} are "
            "read; save the sheet as CSV."
        )


def _chosen(book: Any, label: str, sheet: str | None) -> _Sheet:
    sheets: list[_Sheet] = list(book.worksheets)
    names = [one.title for one in sheets]
    listed = ", ".join(repr(printable(name, 40)) for name in names[:12])
    if sheet is not None:
        for number, one in enumerate(sheets, 1):
            if one.title == sheet or (sheet == str(number) and sheet not in names):
                return one
        raise FileRefused(f"{label} has no sheet {sheet!r}. Sheets found: {listed}. Choose with --sheet.")
    filled = [one for one in sheets if one.sheet_state == "visible" and _has_rows(one)]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise FileRefused(f"{label} has no sheet with a table: none has two rows of several cells.")
    first = printable(filled[0].title, 40)
    raise FileRefused(
        f"{label} has {len(filled)} sheets with a table: "
        f"{', '.join(repr(printable(one.title, 40)) for one in filled[:12])}. Choose one with --sheet '{first}'."
    )


def _has_rows(sheet: _Sheet) -> bool:
    sheet.reset_dimensions()
    rows = islice(sheet.iter_rows(values_only=True), _HEAD_ROWS)
    return sum(sum(cell is not None for cell in row) > 1 for row in rows) > 1


def _csv(sheet: _Sheet, label: str) -> Iterator[bytes]:
    sheet.reset_dimensions()  # some programs write wrong ones
    text, cells = io.StringIO(), 0
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells += len(row)
        if number > MAX_ROWS or cells > MAX_CELLS:
            raise TooLarge(
                f"{label} has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells in one sheet; save it as CSV."
            )
        writer.writerow(_filled(row))
        if text.tell() > _PIECE_BYTES:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def _filled(row: Sequence[object]) -> list[str]:
    """The texts of a row up to its last cell with a value."""
    texts = [_cell(value) for value in row[:MAX_COLUMNS]]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        second = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return second.isoformat(" ") if second.time() != time() else second.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return " ".join(str(value)[:MAX_CELL].split())
