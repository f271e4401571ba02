"""Known events as people write them, a line each, read into the entries of a schedule.

sale = 20 from 1995-08-25 09:00 to 1995-08-25 18:00
weekday mornings = 12 at 0 8 * * MON-FRI for 240 min
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.scaling.config.calendar import CalendarEntry, calendar_entries_of

# Of a line in which a single space stands between words: where any number may, matching takes a cube of the time.
_LINE = re.compile(r"(?:(?P<name>[^=]*)=)? ?(?P<replicas>\d{1,9}) (?:(?P<span>from .*)|(?P<cron>at .*))")
_SPAN = re.compile(r"from (?P<start>.+?) to (?P<end>.+)")
_CRON = re.compile(r"at (?P<cron>\S+(?: \S+){4}) for (?P<minutes>\d{1,9}) ?(?:min|minutes)?")

HOW = "NAME = REPLICAS from TIME to TIME, or NAME = REPLICAS at CRON for MINUTES min"


@dataclass(frozen=True)
class Event:
    """An entry of a schedule with what people call it, empty where they do not say."""

    name: str
    entry: CalendarEntry

    @property
    def when(self) -> str:
        """When it holds, in words."""
        entry = self.entry
        if entry.cron is None:
            return f"{entry.start} to {entry.end}"
        return f"{entry.cron}, for {entry.duration_minutes} min"


def events_of(text: str) -> tuple[Event, ...]:
    """The events of a text, a line each; raises InputError naming `events` and the first line that is none."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    parts = [_parts(line) for line in lines]
    try:
        entries = calendar_entries_of([entry for _, entry in parts], "events")
    except InputError as error:
        place = re.search(r"events\.(\d+)", error.errors[0].field)
        line = f" (line {lines[int(place[1])]!r})" if place else ""
        raise InputError(f"{error.message}{line}", field="events") from error
    return tuple(Event(name, entry) for (name, _), entry in zip(parts, entries, strict=True))


def _parts(line: str) -> tuple[str, dict[str, object]]:
    found = _LINE.fullmatch(line)
    span = found and found["span"] and _SPAN.fullmatch(found["span"])
    cron = found and found["cron"] and _CRON.fullmatch(found["cron"])
    if span:
        when = {"start": span["start"], "end": span["end"]}
    elif cron:
        when = {"cron": cron["cron"], "duration_minutes": int(cron["minutes"])}
    else:
        raise InputError(f"{line!r} is no event; write {HOW}.", field="events")
    return (found["name"] or "").strip(), {"replicas": int(found["replicas"]), **when}
