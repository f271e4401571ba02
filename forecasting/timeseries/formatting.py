"""Numbers, shares, money, times and durations as people read them.

Everything that a person reads (pages, figures, reports, messages, the terminal) is written by these functions: three
significant digits, thousands separators, always a unit, never an exponent. What is unknown (None, NaN, infinite) is a
dash.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from forecasting.timeseries.clock import wall_seconds
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

UNKNOWN = "–"
DIGITS = 3
CURRENCY = "USD"
"""The currency of a price that does not name one."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SCALES = ((1e18, "quintillion"), (1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"))
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹"}
_LEAST = 1e-6
"""Below this a number is only said to be smaller than it."""

_YEAR = 365.25 * DAY
_MANY_DAYS = 100
"""From here on hours no longer matter."""

_NEGLIGIBLE = 0.01
"""A second unit of a duration is left out below this share of the whole."""


def number(value: float | None, digits: int = DIGITS) -> str:
    """Format a number with `digits` significant ones: 38.8, 421, 3,460,000, 60.3 billion, 0.00123.

    A whole number of no more digits has no decimals: 7, not 7.00.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return whole(value) if value == round(value) and abs(value) < 10**digits else _measured(value, digits)


def whole(value: float | None) -> str:
    """Format a count with thousands separators, from a billion on as `60.3 billion`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{round(value):,}" if abs(value) < _SCALES[-1][0] else _measured(value, DIGITS)


def exact(value: float | None, digits: int = 6) -> str:
    """Format a number that was given, not measured, without superfluous zeros: 0.2, 1.5, 0.001, 1 billion."""
    return UNKNOWN if value is None or not math.isfinite(value) else _without_zeros(_measured(value, digits))


def fixed(value: float | None, decimals: int) -> str:
    """Format a number with a fixed count of decimals, for columns and intervals whose figures are compared."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= _SCALES[-1][0]:
        return _measured(value, DIGITS)
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def percent(share: float | None, digits: int = DIGITS) -> str:
    """Format a share (0-1) as a percentage: 0.0123 is `1.23 %`, 0.009 is `0.9 %`, 0.5 is `50 %`."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return f"{_without_zeros(_measured(100 * share, digits))} %"


def points(share: float | None, decimals: int = 1) -> str:
    """Format a share (0-1) as a percentage with fixed decimals: savings and their intervals are compared so."""
    return UNKNOWN if share is None or not math.isfinite(share) else f"{fixed(100 * share, decimals)} %"


def points_between(low: float, high: float) -> str:
    """Format an interval of shares: `−0.2 to 5.1 %`."""
    return f"{fixed(100 * low, 1)} to {fixed(100 * high, 1)} %"


def money(amount: float | None, currency: str = CURRENCY) -> str:
    """Format an amount of a currency (ISO code): cents below 100, whole units from there on."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    decimals = 2 if round(abs(amount), 2) < 100 else 0
    sign = "−" if round(amount, decimals) < 0 else ""
    return f"{sign}{currency_sign(currency)}{fixed(abs(amount), decimals)}"


def price(amount: float | None, currency: str = CURRENCY) -> str:
    """Format the price of one unit with every digit that it has, up to five, and at least cents: $0.0104, $3.00."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    if amount == 0 or abs(amount) >= 1000:
        return money(amount, currency)
    figures = exact(abs(amount), 5)
    whole_part, _, decimals = figures.partition(".")
    shown = f"{whole_part}.{decimals.ljust(2, '0')}" if abs(amount) >= _LEAST else figures
    return f"{'−' if amount < 0 else ''}{currency_sign(currency)}{shown}"


def currency_sign(currency: str = CURRENCY) -> str:
    """Return what stands before an amount: `$`, `€`, or the code and a space for a currency without a known sign."""
    return _SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")


def change(share: float | None, more: str = "more", less: str = "less") -> str:
    """Format a relative change, its direction in a word: 0.076 is `7.6 % more`, under 0.05 % it is `the same`."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if abs(share) < 0.0005:
        return "the same"
    return f"{percent(abs(share))} {more if share > 0 else less}"


def counted(count: int, thing: str, things: str | None = None) -> str:
    """Format a count in words up to ten: `two outages`, `one gap`, `14 gaps`; `things` is an irregular plural."""
    return f"{_COUNTS[count] if count < len(_COUNTS) else whole(count)} {_of_count(count, thing, things)}"


def quantity(count: float, thing: str, things: str | None = None) -> str:
    """Format a count in figures: `1 replica`, `2 replicas`, `1,100 times`."""
    return f"{whole(count)} {_of_count(count, thing, things)}"


def duration(seconds: float | None) -> str:
    """Format a length of time in its two largest units, rounded: `3 d 10 h`, `35 min`, `1 h`, `30 s`, `5 years`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds >= _YEAR:
        return _years(seconds / _YEAR)
    seconds = round(seconds)
    if round(seconds / MINUTE) >= DAY // MINUTE:
        names, lengths = ("d", "h"), (DAY, HOUR)
    else:
        names, lengths = (("h", "min"), (HOUR, MINUTE)) if seconds >= HOUR else (("min", "s"), (MINUTE, 1))
    first, second = divmod(round(seconds / lengths[1]), lengths[0] // lengths[1])
    if first >= _MANY_DAYS and names[0] == "d":
        first, second = round(seconds / DAY), 0
    if first and second * lengths[1] < _NEGLIGIBLE * seconds:
        second = 0
    return " ".join(f"{count:,} {name}" for count, name in zip((first, second), names, strict=True) if count) or "0 s"


def moment(epoch_second: int, time_zone: str | None, *, with_year: bool = False) -> str:
    """Format an absolute second in the zone's wall time: `Thu 13 Jul 09:42`, or `Thu 13 Jul 1995 09:42`."""
    wall = datetime.fromtimestamp(int(wall_seconds(np.array([epoch_second]), time_zone)[0]), UTC)
    year = f" {wall.year}" if with_year else ""
    return f"{_WEEKDAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}{year} {wall:%H:%M}"


def _years(years: float) -> str:
    shown = round(years, 1) if years < 10 else round(years)
    return f"{shown:,g} {'year' if shown == 1 else 'years'}"


def _of_count(count: float, thing: str, things: str | None) -> str:
    return thing if count == 1 else things or f"{thing}s"


def _without_zeros(text: str) -> str:
    figures, space, scale = text.partition(" ")
    return f"{figures.rstrip('0').rstrip('.') if '.' in figures else figures}{space}{scale}"


def _measured(value: float, digits: int) -> str:
    """Format a finite number with all of its `digits` significant ones."""
    if value == 0:
        return "0"
    if abs(value) < _LEAST:
        return f"under {_LEAST:.6f}" if value > 0 else f"above -{_LEAST:.6f}"
    rounded = float(f"{value:.{digits - 1}e}")
    for scale, name in _SCALES:
        if abs(rounded) >= scale:
            return f"{_decimal(rounded / scale, digits)} {name}"
    return _decimal(rounded, digits)


def _decimal(rounded: float, digits: int) -> str:
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"
