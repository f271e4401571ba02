"""A time somewhere in a line of text, in the forms that servers write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from forecasting.readers.times.times import MONTHS, Moment
from forecasting.timeseries.clock import EPOCH
from forecasting.timeseries.timeframes import HOUR, MINUTE

_CLOCK = rb"(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)(?:[.,]\d{1,9})?"
_ZONE = rb"(?: ?(?P<z>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d(?!\d)))?"
TIME = re.compile(
    rb"(?:(?P<d>\d{1,2})/(?P<mon>[A-Z][a-z]{2})/(?P<y>\d{4})[: ]"
    + _CLOCK
    + _ZONE
    + rb")|(?:(?P<y2>(?:19|20)\d\d)[-/](?P<m2>\d\d)[-/](?P<d2>\d\d)(?:[T ]| - )"
    + re.sub(rb"\?P<(\w+)>", rb"?P<\g<1>2>", _CLOCK + _ZONE)
    + rb")|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<mon3>[A-Z][a-z]{2}) +(?P<d3>\d{1,2}) "
    + re.sub(rb"\?P<(\w+)>", rb"?P<\g<1>3>", _CLOCK)
    + rb"(?: (?P<zone3>[+-]\d{4}|UTC|GMT))? (?P<y3>(?:19|20)\d\d))"
    + rb"|(?:(?:^\[?|\b(?:ts|t|time|timestamp|msec)[=:]\"?)"
    + rb"(?P<epoch>1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?)(?![\d.]))"
)
"""`24/Feb/2024:10:00:05 +0000`, `2024-02-24T10:00:05.123Z`, `2024/02/24 10:00:05`, `Sat Feb 24 10:00:05 2024`, and
epoch numbers at the start of a line or behind a key. The groups of each form end with its number."""

_AFTER_TIME = re.compile(rb" *(?:(?P<half>[aApP])\.?[mM]\.?)?(?: UTC)?(?: m=[+-][\d.]+)?")
"""What may follow a time in a text of its own; Go adds the reading of its monotonic clock."""

_MONTH_NUMBERS = {name.encode(): number for number, name in enumerate(MONTHS, start=1)}


def find_time(text: bytes, start: int = 0) -> tuple[Moment, int] | None:
    """Return the first time in a line at or after `start`, and where its text ends; None if there is none."""
    for match in TIME.finditer(text, start):
        moment = _moment(match[0])
        if moment is not None:
            return moment, match.end()
    return None


@lru_cache(maxsize=8192)
def _moment(text: bytes) -> Moment | None:
    match = TIME.match(text)
    if match is None:
        return None
    if match["epoch"]:
        number = float(match["epoch"])
        digits = len(match["epoch"].partition(b".")[0])
        return int(number // 10 ** (digits - 10)), 0
    suffix = "" if match["y"] else "2" if match["y2"] else "3"
    try:
        if suffix == "2":
            year, month, day = int(match["y2"]), int(match["m2"]), int(match["d2"])
        else:
            year, month, day = int(match["y" + suffix]), _MONTH_NUMBERS[match["mon" + suffix]], int(match["d" + suffix])
        clock = (int(match[name + suffix]) for name in ("h", "mi", "s"))
        hour, minute, second = clock
        leap = second == 60
        wall = datetime(year, month, day, hour, minute, 59 if leap else second) - EPOCH
    except (KeyError, ValueError):
        return None
    seconds = wall // timedelta(seconds=1) + leap
    zone = match["zone3"] if suffix == "3" else match["z" + suffix]
    if zone is None:
        return seconds, None
    offset = _offset_minutes(zone)
    return seconds - MINUTE * offset, offset


def _offset_minutes(zone: bytes) -> int:
    if zone in (b"Z", b"UTC", b"GMT"):
        return 0
    digits = zone[1:].replace(b":", b"")
    minutes = 60 * int(digits[:2]) + int(digits[2:])
    return -minutes if zone[:1] == b"-" else minutes


def text_moment(text: str) -> Moment | None:
    """Return the moment of a text that is nothing but a time, with brackets or blanks around it at most.

    `AM` and `PM` after it are read; a zone by its name (`CET`) is not, for several zones may have it.
    """
    stripped = text.encode("utf-8", "replace").strip(b" []\"'")
    match = TIME.match(stripped)
    moment = _moment(match[0]) if match else None
    if match is None or moment is None:
        return None
    rest = _AFTER_TIME.fullmatch(stripped, match.end())
    if rest is None:
        return None
    if rest["half"] is None:
        return moment
    hour = int(next(match[name] for name in ("h", "h2", "h3") if match[name]))
    if not 1 <= hour <= 12:
        return None
    return moment[0] + HOUR * (hour % 12 + (12 if rest["half"] in b"pP" else 0) - hour), moment[1]
