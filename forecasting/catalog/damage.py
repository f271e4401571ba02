"""Damage of a data set: facts in its row that cannot be true, and the error about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from forecasting.errors import Damaged, InputError
from forecasting.timeseries.clock import zone_of
from forecasting.timeseries.timeframes import DAY, MINUTE

_LAST_SECOND = 200_000_000_000
"""Seconds (of either sign) beyond which no date can be written."""


def _is_zone(name: str | None) -> bool:
    try:
        zone_of(name)
    except InputError:
        return False
    return True


_CHECKS: dict[str, tuple[Callable[[Any], bool], Any]] = {
    "time_zone": (_is_zone, None),
    "bin_seconds": (lambda seconds: 0 < seconds <= 366 * DAY, MINUTE),
    "start": (lambda second: abs(second) < _LAST_SECOND, 0),
    "bins": (lambda bins: 0 < bins < _LAST_SECOND // DAY * 1_000, 1),
}
"""By column of `datasets`, what makes it valid, and what is shown in place of an invalid value."""


def invalid_facts(facts: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return what is wrong with the facts of a row, None if nothing is, and what to show in place of invalid ones."""
    wrong = {column: shown for column, (is_valid, shown) in _CHECKS.items() if not is_valid(facts[column])}
    reason = " and ".join(f"its {column} {facts[column]!r} is invalid" for column in wrong) or None
    return reason, wrong


def damaged(name: str, reason: str) -> Damaged:
    """Return the error about a damaged data set."""
    return Damaged(
        f"Data set {name!r} is damaged: {reason}. Restore it from a backup, or remove it and import it again; other "
        "data sets are not affected."
    )
