"""Markdown tables and numbers of the generated pages."""

from __future__ import annotations

import math
from collections.abc import Sequence

BILLION, MILLION = 1e9, 1e6


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int | None = None) -> str:
    """A Markdown table; the columns from `numbers_from` on are aligned to the right. Vertical bars are escaped."""
    lines = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (heads, *rows)]
    head, *body = (f"| {' | '.join(cells)} |" for cells in lines)
    left = len(heads) if numbers_from is None else numbers_from
    rule = "|".join(["---"] * left + ["---:"] * (len(heads) - left))
    return "\n".join([head, f"|{rule}|", *body])


def digits(value: float, significant: int = 3) -> str:
    """A number with that many significant digits, thousands separators, and millions and billions in words."""
    for size, word in ((BILLION, "billion"), (MILLION, "million")):
        if abs(value) >= size:
            return f"{value / size:.3g} {word}"
    rounded = float(f"{value:.{significant}g}")
    if rounded == 0:
        return "0"
    return f"{rounded:,.{max(0, significant - 1 - math.floor(math.log10(abs(rounded))))}f}"


def code(text: object) -> str:
    """Text as code."""
    return f"`{text}`"
