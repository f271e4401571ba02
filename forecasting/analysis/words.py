"""Numbers, times and lengths of time as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from forecasting.clock import wall_seconds
from forecasting.timeframes import DAY, HOUR, MINUTE

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits and thousands separators: `38.8`, `421`, `3,460,000`."""
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    is_short_whole = abs(value) < 10**digits and float(value).is_integer()
    return f"{rounded:,.0f}" if places <= 0 or is_short_whole else f"{rounded:,.{places}f}"


def percent(share: float) -> str:
    """A share as `62 %`; below one per cent with one digit, and never `0 %` for what is there: `0.3 %`, `<0.1 %`."""
    value = 100 * share
    if 0 < abs(value) < 0.095:
        return "<0.1 %" if value > 0 else ">-0.1 %"
    return f"{value:.1f} %" if 0 < abs(value) < 0.95 else f"{round(value)} %"


def counted(count: int, thing: str) -> str:
    """`two outages`, `one gap`, `14 gaps`."""
    return f"{_COUNTS[count] if count < len(_COUNTS) else f'{count:,}'} {thing}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """A length of time in its two largest units, rounded: `3 d 10 h`, `35 min`, `1 h`."""
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
