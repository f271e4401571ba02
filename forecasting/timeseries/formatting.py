"""Numbers, times and lengths of time as people read them: three significant digits, thousands separators, a unit."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

UNKNOWN = "–"
DIGITS = 3

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float | None, digits: int = DIGITS) -> str:
    """A number with `digits` significant ones and thousands separated: 38.8, 421, 3,460,000, 1.23e+10.

    A whole number of no more digits has no decimals: 7, not 7.00.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return whole(value) if value == round(value) and abs(value) < 10**digits else _measured(value, digits)


def whole(value: float | None) -> str:
    """A count with thousands separated."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{round(value):,}"


def percent(share: float | None, digits: int = DIGITS) -> str:
    """A share (0-1) as a percentage: 0.0123 is `1.23 %`. It was measured, so 0.08 with two digits is `8.0 %`."""
    return UNKNOWN if share is None or not math.isfinite(share) else f"{_measured(100 * share, digits)} %"


def money(amount: float | None, currency: str = "$") -> str:
    """An amount: cents below 100, whole units from there on."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    cents = 2 if round(abs(amount), 2) < 100 else 0
    sign = "−" if round(amount, cents) < 0 else ""
    return f"{sign}{currency}{abs(amount):,.{cents}f}"


def change(share: float | None, more: str = "more", less: str = "less") -> str:
    """A relative change, its direction in a word: 0.076 is `7.60 % more`, under a twentieth of a percent `the same`."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if abs(share) < 0.0005:
        return "the same"
    return f"{percent(abs(share))} {more if share > 0 else less}"


def counted(count: int, thing: str) -> str:
    """`two outages`, `one gap`, `14 gaps`."""
    return f"{_COUNTS[count] if count < len(_COUNTS) else f'{count:,}'} {thing}{'' if count == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units, rounded: `3 d 10 h`, `35 min`, `1 h`, `30 s`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    seconds = round(seconds)
    if round(seconds / MINUTE) >= DAY // MINUTE:
        names, lengths = ("d", "h"), (DAY, HOUR)
    else:
        names, lengths = (("h", "min"), (HOUR, MINUTE)) if seconds >= HOUR else (("min", "s"), (MINUTE, 1))
    counts = divmod(round(seconds / lengths[1]), lengths[0] // lengths[1])
    return " ".join(f"{count} {name}" for count, name in zip(counts, names, strict=True) if count) or "0 s"


def moment(epoch_second: int, time_zone: str | None, *, with_year: bool = False) -> str:
    """An absolute second in the zone's wall time: `Thu 13 Jul 09:42`, with `with_year` `Thu 13 Jul 1995 09:42`."""
    wall = datetime.fromtimestamp(int(wall_seconds([epoch_second], time_zone)[0]), UTC)
    year = f" {wall.year}" if with_year else ""
    return f"{_WEEKDAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}{year} {wall:%H:%M}"


def _measured(value: float, digits: int) -> str:
    """A finite number with all of its `digits` significant ones."""
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude >= 9 or magnitude < -4:
        return f"{value:.{digits - 1}e}"
    rounded = round(value, digits - 1 - magnitude)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"
