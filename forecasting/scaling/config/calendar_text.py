"""Planned events as people write them, a line each, read into the entries of the calendar.

sale = 20 from 1995-08-25 09:00 to 1995-08-25 18:00
weekday mornings = 12 at 0 8 * * MON-FRI for 240 min
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.scaling.config.calendar import CalendarEntry, calendar_entries_of

# For a line with single spaces between words: if any number of spaces were allowed, matching would take cubic time.
_LINE = re.compile(r"(?:(?P<name>[^=]*)=)? ?(?P<replicas>\d{1,9}) (?:(?P<span>from .*)|(?P<cron>at .*))")
_SPAN = re.compile(r"from (?P<start>.+?) to (?P<end>.+)")
_CRON = re.compile(r"at (?P<cron>\S+(?: \S+){4}) for (?P<minutes>\d{1,9}) ?(?:min|minutes)?")

HOW = "NAME = REPLICAS from TIME to TIME, or NAME = REPLICAS at CRON for MINUTES min"


@dataclass(frozen=True)
class Event:
    """An entry of the calendar with its name, which may be empty."""

    name: str
    entry: CalendarEntry

    @property
    def when(self) -> str:
        """The time that it is active, as text."""
        entry = self.entry
        if entry.cron is None:
            return f"{entry.start} to {entry.end}"
        return f"{entry.cron}, for {entry.duration_minutes} min"


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
    when = _times(match["span"] or "", match["cron"] or "") if match else None
    if match is None or when is None:
        raise InputError(f"Each event must be {HOW} (got {line!r}).", field="events")
    return (match["name"] or "").strip(), {"replicas": int(match["replicas"]), **when}


def _times(span: str, cron: str) -> dict[str, object] | None:
    if single := _SPAN.fullmatch(span):
        return {"start": single["start"], "end": single["end"]}
    if repeated := _CRON.fullmatch(cron):
        return {"cron": repeated["cron"], "duration_minutes": int(repeated["minutes"])}
    return None
