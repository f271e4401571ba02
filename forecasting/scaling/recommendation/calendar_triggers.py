"""The calendar as cron triggers of KEDA: replicas from a time on and until another, both written like cron."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from forecasting.scaling.config.calendar import CalendarEntry
from forecasting.scaling.config.calendar_text import when_of
from forecasting.timeseries.clock import moment_of, zone_of

DAY_MINUTES = 24 * 60
_OFFSET = re.compile(r"(?:UTC)?([+-])(\d{2}):?00")


@dataclass
class CronTriggers:
    """The triggers of a calendar, and notes about what they cannot say."""

    triggers: list[dict[str, object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def cron_triggers(
    entries: Sequence[CalendarEntry], time_zone: str | None, replicas_of: Callable[[CalendarEntry], int]
) -> CronTriggers:
    """Return the triggers of entries; `replicas_of` is the number of replicas that one asks for at most.

    Times are of the entry's time zone, else `time_zone`, else UTC.
    """
    made = CronTriggers()
    for entry in entries:
        title = f"Event {entry.name or when_of(entry)}"
        zone = _iana(entry.time_zone or time_zone or "UTC")
        times = _cron_times(entry, entry.time_zone or time_zone)
        if zone is None or times is None:
            made.notes.append(f"{title} ({when_of(entry)}): no cron trigger can say this; the url above includes it.")
            continue
        start, end = times
        metadata = {"timezone": zone, "start": start, "end": end, "desiredReplicas": str(replicas_of(entry))}
        made.triggers.append({"type": "cron", "metadata": metadata})
        if entry.cron is None:
            made.notes.append(f"{title} ({when_of(entry)}): cron has no years, so remove its trigger afterwards.")
        if entry.factor is not None:
            made.notes.append(f"{title}: desiredReplicas is the most that {entry.factor:g} × the usual traffic needs.")
    return made


def _cron_times(entry: CalendarEntry, time_zone: str | None) -> tuple[str, str] | None:
    """Return start and end of an entry as cron expressions; None if cron cannot express its end."""
    if entry.cron is not None:
        end = _end_of(entry.cron, entry.duration_minutes or 0)
        return None if end is None else (entry.cron, end)
    if entry.start is None:
        return None
    first, last = (_single(str(text), time_zone) for text in (entry.start, entry.end))
    return first, last


def _single(text: str, time_zone: str | None) -> str:
    """Return the cron expression of one moment; it comes again every year."""
    second = moment_of(text, time_zone, field="schedule")
    time = datetime.fromtimestamp(second, UTC).astimezone(zone_of(time_zone) or UTC)
    return f"{time.minute} {time.hour} {time.day} {time.month} *"


def _end_of(cron: str, duration: int) -> str | None:
    """Return the cron expression of the ends of a repeated event."""
    minute, hours, day, month, weekday = cron.split()
    if not minute.isdigit() or not re.fullmatch(r"\d+(,\d+)*", hours) or duration >= DAY_MINUTES:
        return None
    ends = [int(hour) * 60 + int(minute) + duration for hour in hours.split(",")]
    daily = (day, month, weekday) == ("*", "*", "*")
    if max(ends) >= DAY_MINUTES and not daily:
        return None
    listed = ",".join(str(end % DAY_MINUTES // 60) for end in ends)
    return f"{ends[0] % 60} {listed} {day} {month} {weekday}"


def _iana(zone: str) -> str | None:
    """Return a time zone as KEDA knows it, by its IANA name; None for an offset that has none."""
    offset = _OFFSET.fullmatch(zone)
    if offset is None:
        return None if re.match(r"(?:UTC)?[+-]\d", zone) else zone
    hours = int(offset[2])
    return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "Etc/UTC"
