"""What to do about times of a table that no reader knows, by what they look like."""

from __future__ import annotations

import re

from forecasting.readers.tables.cell_times import cell_moment

_DAY_NUMBER = re.compile(r"[34]\d{4}(?:[.,]\d+)?$")
_NAMED_ZONE = re.compile(r"\s*\(?\b([A-Z]{2,5}|[A-Z][a-z]+/[A-Za-z_]+)\)?$")
_WORD = re.compile(r"[^\W\d_]{3,}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def way_out(text: str) -> str:
    """Return what to do about a column whose times are such as this text."""
    text = text.strip()
    if _DAY_NUMBER.match(text):
        return (
            "They are the day numbers of a spreadsheet: give the column a date format with the clock (yyyy-mm-dd "
            "hh:mm:ss) there and export it again, or choose another column with --time-column."
        )
    zone = _NAMED_ZONE.search(text)
    if zone and cell_moment(text[: zone.start()]) is not None:
        return (
            f"The zone {zone[1]!r} is a name that several zones may have: export the times with an offset (+01:00) or "
            f"in UTC; if all rows have {zone[1]}, give --time-format with that word at its end, and --time-zone."
        )
    if _YEAR.search(text) and _WORD.search(text):
        return (
            "Months and days are read in English only: export the times in ISO form (2024-02-24 10:00:00), or as "
            "numbers of the calendar with --time-format."
        )
    return "Give --time-format, or --time-column for another column."
