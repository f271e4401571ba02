"""One cell as a time: ISO and its relatives, calendar digits, epoch numbers."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from forecasting.readers.tables.written_times import written_time
from forecasting.readers.times.anywhere import text_moment
from forecasting.readers.times.bounds import is_plausible
from forecasting.readers.times.times import Moment, epoch_unit
from forecasting.timeseries.clock import EPOCH
from forecasting.timeseries.timeframes import DAY

_DIGITS = {
    4 + 2 * parts: form for parts, form in enumerate(("", "", "%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S"))
}
_UTC_WORD = re.compile(r"\s*(?:\+0000 UTC|\bUTC|\bGMT)$")
_SCIENTIFIC = re.compile(r"\d\.(\d+)[eE]\+?\d\d?$")
_EPOCH_DIGITS = 9
"""Digits behind the point that an epoch number in scientific form needs: with fewer it has lost its seconds."""

_MOST_DIGITS = 19
"""Of an epoch number in nanoseconds."""

_CLF_MINUTE = re.compile(r"(\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d)$")


def cell_moment(text: str) -> Moment | None:
    """Return the moment of a cell, None if it is no time between 1990 and tomorrow.

    Calendar digits (`2024020100`) are read as the calendar, not as an epoch number of the year 2034.
    """
    moment = _cell_moment(text.strip())
    return moment if moment is not None and is_plausible(moment[0]) else None


@lru_cache(maxsize=65_536)
def _cell_moment(text: str) -> Moment | None:
    if not text or (not text[0].isdigit() and not text[:3].isalpha()):
        return None
    if text.replace(".", "", 1).isdecimal():
        return _number(text)
    if match := _SCIENTIFIC.match(text):
        return _number(str(round(float(text)))) if len(match[1]) >= _EPOCH_DIGITS else None
    if match := _UTC_WORD.search(text):
        wall = _cell_moment(text[: match.start()])
        return None if wall is None else (wall[0], wall[1] or 0)
    try:
        return _of_datetime(datetime.fromisoformat(text))
    except ValueError:
        pass
    if (written := written_time(text)) is not None:
        return _of_datetime(written)
    if match := _CLF_MINUTE.match(text):
        text += ":00"
    return text_moment(text) if len(text) > 15 else None


def _number(text: str) -> Moment | None:
    whole = text.partition(".")[0]
    if text[:2] in ("19", "20") and text == whole and len(text) in (8, 10, 12, 14):
        try:
            return _of_datetime(datetime.strptime(text, _DIGITS[len(text)]))
        except ValueError:
            pass
    number = float(text)
    if _EPOCH_DIGITS <= len(whole) <= _MOST_DIGITS:
        seconds = round(number / epoch_unit(number) - 0.45)
        return seconds, 0
    return None


def _of_datetime(time: datetime) -> Moment:
    offset = time.utcoffset()
    naive = time.replace(tzinfo=None) - EPOCH
    wall = DAY * naive.days + naive.seconds + (naive.microseconds >= 950_000)
    if offset is None:
        return wall, None
    seconds = round(offset.total_seconds())
    return wall - seconds, seconds // 60
