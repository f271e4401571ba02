"""Timeframes: the length of a bin, as text (`5m`) and in seconds."""

from __future__ import annotations

import re

from forecasting.errors import InputError

MINUTE = 60
HOUR = 3_600
DAY = 86_400
WEEK = 7 * DAY

API_TIMEFRAMES = ("1m", "5m", "15m")
"""The timeframes of the REST API and of the shipped model set."""

_UNITS = {"m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}


def bin_seconds_of(timeframe: str, *, field: str = "timeframe") -> int:
    """Return the seconds of a bin written as `1m`, `90m`, `1h` or `1d`.

    Raises InputError unless it is a whole number of minutes, at most a day, and divides a day.
    """
    match = re.fullmatch(r"(\d{1,4})(m|min|h|d)", timeframe) if isinstance(timeframe, str) else None
    if match:
        seconds = int(match[1]) * _UNITS[match[2]]
        if 0 < seconds <= DAY and DAY % seconds == 0:
            return seconds
    raise InputError(
        f"{field} must be whole minutes or hours that divide a day, such as 1m, 5m, 15m, 1h or 1d (got {timeframe!r}).",
        field=field,
    )


def timeframe_of(bin_seconds: int) -> str:
    """Return the shortest name of a bin: 60 -> `1m`, 3600 -> `1h`, 86400 -> `1d`."""
    for unit, length in (("d", DAY), ("h", HOUR)):
        if bin_seconds % length == 0:
            return f"{bin_seconds // length}{unit}"
    return f"{bin_seconds // MINUTE}m"
