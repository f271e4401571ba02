"""Planned events as people write them, a line each, read into the entries of the calendar.

sale = 20 from 1995-08-25 09:00 to 1995-08-25 18:00
weekday mornings = 12 at 0 8 * * MON-FRI for 240 min
campaign = x3 at 0 18 * * SUN for 120 min in Europe/Paris
8 on holidays of DE-BY

`x3` stands for three times the traffic that is usual then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.scaling.config.calendar import CalendarEntry, calendar_entries_of

# For a line with single spaces between words: if any number of spaces were allowed, matching would take cubic time.
_LINE = re.compile(
    r"(?:(?P<name>[^=]*)=)? ?(?:(?P<replicas>\d{1,9})|[x×] ?(?P<factor>\d{1,6}(?:\.\d{1,6})?)) "
    r"(?:(?P<span>from .*?)|(?P<cron>at .*?)|(?P<days>on holidays of .*?))(?: in (?P<zone>\S+))?"
)
_DAYS = re.compile(r"on holidays of (?P<country>[A-Z]{2,3})(?:-(?P<subdivision>[A-Z0-9]{1,6}))?")
_SPAN = re.compile(r"from (?P<start>.+?) to (?P<end>.+)")
_CRON = re.compile(r"at (?P<cron>\S+(?: \S+){4}) for (?P<minutes>\d{1,9}) ?(?:min|minutes)?")

HOW = (
    "NAME = REPLICAS from TIME to TIME, or NAME = REPLICAS at CRON for MINUTES min; x3 in place of REPLICAS for three "
    "times the usual traffic"
)


@dataclass(frozen=True)
class Event:
    """An entry of the calendar with its name, which may be empty."""

    name: str
    entry: CalendarEntry

    @property
    def when(self) -> str:
        """The time that it is active, as text."""
        return when_of(self.entry)

    @property
    def size(self) -> str:
        """What it asks for, as text: `20` replicas, or `x3` the usual traffic."""
        return size_of(self.entry)


def when_of(entry: CalendarEntry) -> str:
    """Return the time that an entry is active, as text."""
    zone = f" in {entry.time_zone}" if entry.time_zone else ""
    if entry.country is not None:
        return f"{_days_of(entry)}{zone}"
    if entry.cron is None:
        return f"{entry.start} to {entry.end}{zone}"
    return f"{entry.cron}, for {entry.duration_minutes} min{zone}"


def _days_of(entry: CalendarEntry) -> str:
    part = f"-{entry.subdivision}" if entry.subdivision else ""
    return f"on holidays of {entry.country}{part}"


def size_of(entry: CalendarEntry) -> str:
    """Return what an entry asks for, as text."""
    return f"x{entry.factor:g}" if entry.replicas is None else str(entry.replicas)


def text_of(entries: Iterable[CalendarEntry]) -> str:
    """Return entries as lines that `events_of` reads."""
    return "\n".join(map(_line_of, entries))


def _line_of(entry: CalendarEntry) -> str:
    name = f"{entry.name} = " if entry.name else ""
    zone = f" in {entry.time_zone}" if entry.time_zone else ""
    if entry.country is not None:
        return f"{name}{size_of(entry)} {_days_of(entry)}{zone}"
    if entry.cron is None:
        return f"{name}{size_of(entry)} from {entry.start} to {entry.end}{zone}"
    return f"{name}{size_of(entry)} at {entry.cron} for {entry.duration_minutes} min{zone}"


def events_of(text: str) -> tuple[Event, ...]:
    """Return the events of a text, one per line; raises InputError naming `events` and the first wrong line."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    parts = [_parts(line) for line in lines]
    try:
        entries = calendar_entries_of([entry for _, entry in parts], "events")
    except InputError as error:
        place = re.search(r"events\.(\d+)", error.errors[0].field)
        line = f" Line: {lines[int(place[1])]!r}." if place else ""
        raise InputError(f"{error.errors[0].message}{line}", field="events") from error
    return tuple(Event(name, entry) for (name, _), entry in zip(parts, entries, strict=True))


def _parts(line: str) -> tuple[str, dict[str, object]]:
    match = _LINE.fullmatch(line)
    when = _times(match["span"] or "", match["cron"] or "", match["days"] or "") if match else None
    if match is None or when is None:
        raise InputError(f"Each event must be {HOW} (got {line!r}).", field="events")
    name = (match["name"] or "").strip()
    size = {"replicas": int(match["replicas"])} if match["replicas"] else {"factor": float(match["factor"])}
    return name, {**size, **when, "time_zone": match["zone"], "name": name or None}


def _times(span: str, cron: str, days: str) -> dict[str, object] | None:
    if holidays := _DAYS.fullmatch(days):
        return {"country": holidays["country"], "subdivision": holidays["subdivision"]}
    if single := _SPAN.fullmatch(span):
        return {"start": single["start"], "end": single["end"]}
    if repeated := _CRON.fullmatch(cron):
        return {"cron": repeated["cron"], "duration_minutes": int(repeated["minutes"])}
    return None
