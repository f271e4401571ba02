"""A column of text into counts: the whole column decides how numbers are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecasting.errors import FileRefused
from forecasting.readers.report import printable

MAX_COUNT = 1e15
"""A larger count of requests in a bin is taken for an error: beyond it floats no longer count every request."""

MOST_UNREADABLE = 0.1
"""A larger share of cells that are no number is a notation, or a wrong column; fewer are unknown counts."""

_EMPTY = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "#n/a", "#value!", "#ref!", "#div/0!"))
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_GROUPED = {mark: re.compile(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+$") for mark in ".'_ \u2019\u00a0\u202f"}
_GROUPED[","] = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}$")  # India groups by two
_THREE_DECIMALS = re.compile(r"[1-9]\d{0,2}\.\d{3}$")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+$")
_BOTH = {
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})*,\d+$"),
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})*\.\d+$"),
}
_MAGNITUDE = re.compile(r"[+-]?[\d.,]+\s*[kKMGTB]")
_UNIT = re.compile(r"[+-]?[\d.,]+\s*([^\d\s.,+-][^\d]{0,20})$")


class CountColumn:
    """Reads the counts of one table; the first chunk that shows the notation decides it for all."""

    def __init__(self, name: str, separator: str, decimal_mark: str | None):
        self._name = name
        self._separator = separator
        self._decimal = decimal_mark
        self._thousands = {",": ".", ".": ","}.get(decimal_mark or "", "")
        self._decided = decimal_mark is not None
        self.note = ""

    def __call__(self, texts: Sequence[str], dropped: Counter[str]) -> np.ndarray:
        """Return counts (n,), NaN if the cell is empty, negative or beyond `MAX_COUNT`; reasons are counted.

        Raises FileRefused if two readings are possible, or more than a few cells are no numbers.
        """
        cells = [text.strip() for text in texts]
        if not self._decided:
            self._decide([cell for cell in cells if not _PLAIN.match(cell) and cell.lower() not in _EMPTY], cells)
        if self._thousands:
            cells = [cell.replace(self._thousands, "") for cell in cells]
        if self._decimal == ",":
            cells = [cell.replace(",", ".") for cell in cells]
        counts = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(dtype=np.float64, copy=True)
        unread = np.flatnonzero(np.isnan(counts)).tolist()
        empty = sum(cells[i].lower() in _EMPTY for i in unread)
        self._refuse_units(texts, [i for i in unread if cells[i].lower() not in _EMPTY], len(texts))
        with np.errstate(invalid="ignore"):
            negative, huge = counts < 0, counts > MAX_COUNT
        self._refuse_negative(texts, np.flatnonzero(negative).tolist())
        count_reason(dropped, "empty count (unknown)", empty)
        count_reason(dropped, "count that is not a number (unknown)", len(unread) - empty)
        count_reason(dropped, "negative count (unknown)", int(np.count_nonzero(negative)))
        count_reason(dropped, f"count above {MAX_COUNT:,.0f} (unknown)", int(np.count_nonzero(huge)))
        counts[negative | huge] = np.nan
        return counts

    def _decide(self, odd: list[str], cells: list[str]) -> None:
        """The decimal mark and the thousands separator that all odd cells agree on."""
        self._refuse_points(odd, cells)
        dotted = [cell for cell in cells if _GROUPED["."].match(cell)] if self._separator == ";" else []
        if not odd and not dotted:
            return
        marks = [mark for mark, both in _BOTH.items() if odd and all(both.match(cell) for cell in odd)]
        only_commas = bool(odd) and all(_DECIMAL_COMMA.match(cell) for cell in odd)
        grouped = [mark for mark, form in _GROUPED.items() if odd and all(form.match(cell) for cell in odd)]
        below = all(len(cell.lstrip("+-")) <= 3 for cell in cells if cell.isdigit())
        if dotted and not odd:
            self._set(".", "") if not below or any(re.search(r"\.\d{1,2}$", c) for c in cells) else self._set(",", ".")
        elif len(marks) == 1 and not grouped:
            mark = marks[0]
            self._set(mark, "." if mark == "," else ",")
        elif grouped and grouped[0] != ",":
            self._set(".", grouped[0])
        elif grouped and below:
            self._set(".", ",")
        elif only_commas and not grouped:
            self._set(",", "")
        elif grouped:
            raise FileRefused(
                f"Counts such as {odd[0]!r} in column {self._name!r} can be read with a decimal comma or with a "
                "thousands separator. Say which with --decimal-mark , or --decimal-mark . (a point)."
            )

    def _refuse_points(self, odd: list[str], cells: list[str]) -> None:
        """Refuse `1.204` beside `998`: a thousand or a fraction. With semicolons the point groups thousands."""
        pointed = [cell for cell in cells if "." in cell]
        below = all(len(cell) <= 3 for cell in cells if cell.isdigit())
        if self._separator == ";" or odd or len(pointed) < 2 or not below:
            return
        if all(_THREE_DECIMALS.match(cell) for cell in pointed):
            raise FileRefused(
                f"Counts such as {pointed[0]!r} in column {self._name!r} can be read with a point between thousands or "
                "as fractions, as a rate has. Say which: --decimal-mark , (then the point separates thousands), or "
                "--decimal-mark . and, for a rate, --unit per-second."
            )

    def _set(self, decimal: str, thousands: str) -> None:
        self._decimal, self._thousands, self._decided = decimal, thousands, True
        parts = [f"{thousands!r} as the thousands separator"] if thousands else []
        parts += ["a decimal comma"] if decimal == "," else []
        if parts:
            self.note = f"Counts in column {self._name!r} are read with {' and '.join(parts)}."

    def _refuse_negative(self, texts: Sequence[str], negative: list[int]) -> None:
        if len(negative) > MOST_UNREADABLE * len(texts) and len(negative) > 1:
            raise FileRefused(
                f"{len(negative):,} of {len(texts):,} counts in column {self._name!r} are negative (such as "
                f"{printable(texts[negative[0]])!r}), so it holds differences or something else than requests. Choose "
                "another with --count-column."
            )

    def _refuse_units(self, texts: Sequence[str], unread: list[int], rows: int) -> None:
        rounded = next((texts[i] for i in unread if _MAGNITUDE.fullmatch(texts[i].strip())), None)
        if rounded is not None:
            raise FileRefused(
                f"Counts in column {self._name!r} carry the unit or suffix {rounded.strip()[-1]!r} (such as "
                f"{printable(rounded)!r}), so their exact number is not known. Export plain numbers."
            )
        if len(unread) <= MOST_UNREADABLE * rows or len(unread) < 2:
            return
        example = printable(texts[unread[0]])
        if unit := _UNIT.match(texts[unread[0]].strip()):
            raise FileRefused(
                f"Counts in column {self._name!r} carry the unit or suffix {unit[1]!r} (such as {example!r}), so their "
                "exact number is not known. Export plain numbers; if they are rates, say so with --unit."
            )
        raise FileRefused(
            f"{len(unread):,} of {rows:,} cells of the count column {self._name!r} are no numbers (such as "
            f"{example!r}), in a notation that is not known. Export plain "
            "numbers without units or separators, or choose the count with --count-column."
        )


def count_reason(dropped: Counter[str], reason: str, count: int) -> None:
    """Add to what was dropped for a reason, which is named only if it occurred."""
    if count:
        dropped[reason] += int(count)
