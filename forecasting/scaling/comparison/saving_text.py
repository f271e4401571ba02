"""A saving as text, the same on pages, in reports, tables and the terminal: always with its direction in a word.

`7.6 % less` is what a policy costs less than the reference would at the same service level; the interval beside it has
the same direction.
"""

from __future__ import annotations

from forecasting.scaling.comparison.frontier import Saving
from forecasting.timeseries.formatting import points, points_between

NOT_COMPARABLE = "not comparable"
UNCLEAR = "no clear difference"


SAME = "the same"


def less(share: float) -> str:
    """Return a saving with its direction, no finer than its interval: `7.6 % less`; `the same` if it rounds to zero."""
    return SAME if points(abs(share)) == points(0.0) else f"{points(abs(share))} {'less' if share > 0 else 'more'}"


def less_than(share: float, other: str) -> str:
    """Return a saving beside the policy it is compared with: `7.6 % less than hpa`, `the same as hpa`."""
    words = less(share)
    return f"{words} {'as' if words == SAME else 'than'} {other}"


def interval_of(saving: Saving) -> str:
    """Return the bounds of a saving in the direction of its text: `4.0 to 11.0 %`; empty without an interval."""
    if saving.saving is None or saving.interval is None:
        return ""
    low, high = saving.interval
    return points_between(*((low, high) if saving.saving >= 0 else (-high, -low)))


def interval_words(saving: Saving) -> str:
    """Return what is known of the uncertainty of a saving: `95 % interval 4.0 to 11.0 %`."""
    interval = interval_of(saving)
    return f"95 % interval {interval}" if interval else "too few days for an interval"


def saving_words(saving: Saving) -> str:
    """Return a saving with its interval in one phrase: `7.6 % less (95 % interval 4.0 to 11.0 %)`."""
    if saving.saving is None:
        return NOT_COMPARABLE
    unclear = f"{UNCLEAR}, " if saving.interval is not None and not saving.clear else ""
    return f"{less(saving.saving)} ({unclear}{interval_words(saving)})"
