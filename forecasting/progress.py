"""How far a piece of work is: a function that is told the share done, and whose exceptions end the work."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float], None]
"""Told the share done, rising from 0 to 1; whatever it raises ends the work."""


def silent(share: float) -> None:
    """A Report that nobody listens to."""


def within(report: Report, begin: float, end: float) -> Report:
    """The Report of a part of the work, which stands for the shares from `begin` to `end` of the whole."""
    return lambda share: report(begin + (end - begin) * share)
