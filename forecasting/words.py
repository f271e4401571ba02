"""Numbers as people read them: three significant digits, thousands separators, a unit always."""

from __future__ import annotations

import math

from forecasting.timeframes import DAY, HOUR, MINUTE

UNKNOWN = "–"
DIGITS = 3


def number(value: float | None, digits: int = DIGITS) -> str:
    """A number with `digits` significant ones and thousands separated: 38.8, 421, 3,460,000, 1.23e+10."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude >= 9 or magnitude < -4:
        return f"{value:.{digits - 1}e}"
    rounded = round(value, digits - 1 - magnitude)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def whole(value: float | None) -> str:
    """A count with thousands separated."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:,.0f}"


def percent(share: float | None, digits: int = DIGITS) -> str:
    """A share (0-1) as a percentage: 0.0123 is `1.23 %`."""
    return UNKNOWN if share is None or not math.isfinite(share) else f"{number(100 * share, digits)} %"


def money(amount: float | None, currency: str = "$") -> str:
    """An amount: cents below 100, whole units from there on."""
    if amount is None or not math.isfinite(amount):
        return UNKNOWN
    sign = "−" if amount < 0 else ""
    return f"{sign}{currency}{abs(amount):,.{2 if abs(amount) < 100 else 0}f}"


def change(share: float | None, more: str = "more", less: str = "less") -> str:
    """A relative change with its direction in a word: 0.076 is `7.60 % more`, under a twentieth of a percent `the same`."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if abs(share) < 0.0005:
        return "the same"
    return f"{percent(abs(share))} {more if share > 0 else less}"


def duration(seconds: float) -> str:
    """A length of time in its two largest units: `3 d 10 h`, `4 min`, `30 s`."""
    seconds = round(seconds)
    parts, names = [], (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1))
    for name, length in names:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
