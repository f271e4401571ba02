"""The audit: a row for every change and every refusal of one, kept for a stated number of days."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from forecasting.access.access_tables import NAME_LENGTH, audit
from forecasting.access.moments import now
from forecasting.database.store import Store

MOST_CHARACTERS = 4000
"""Of what was stored before and after a change, and of a message."""

DONE, REFUSED = "done", "refused"
COMMAND = "command line"
"""How a caller of a command is identified: by the operating system."""

OUTCOMES = (DONE, REFUSED)
REFUSALS_A_MINUTE = 60
"""Most refusals that one process writes in a minute; those beyond are counted in the next row."""

LONGEST_PAGE = 500
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60
_SECRET_NAMES = ("password", "secret", "token", "apikey", "api_key", "authorization", "cookie")


@dataclass(frozen=True)
class Entry:
    """One row. `via` is how the caller was identified, `address` where the call came from."""

    action: str
    subject: str
    outcome: str
    who: str
    via: str
    address: str
    message: str = ""
    before: object = None
    after: object = None
    at: int = 0
    id: int = 0


@dataclass(frozen=True)
class Filter:
    """Which rows to list: equal to what is given, from `since` and before `until` (seconds), with ids below `below`."""

    who: str | None = None
    action: str | None = None
    subject: str | None = None
    outcome: str | None = None
    since: int | None = None
    until: int | None = None
    below: int | None = None


class Audit:
    """The audit in a database."""

    def __init__(self, store: Store, days: int):
        self._store = store
        self._seconds = days * _DAY
        self._pruned_at = 0.0
        self._minute, self._in_minute, self._left_out = 0, 0, 0

    def record(self, entry: Entry) -> None:
        """Store a row; once an hour also remove those that are too old."""
        at = now()
        if entry.outcome == REFUSED and not self._may_refuse(at):
            return
        if self._left_out:
            entry = replace(entry, message=f"{entry.message} ({self._left_out} more refusals were not recorded.)")
            self._left_out = 0
        row = _row(entry, at)
        prune = time.monotonic() > self._pruned_at
        self._pruned_at = time.monotonic() + _HOUR if prune else self._pruned_at

        def change(connection: sa.Connection) -> None:
            connection.execute(sa.insert(audit).values(row))
            if prune:
                connection.execute(sa.delete(audit).where(audit.c.at < at - self._seconds))

        self._store.write(change)

    def record_command(
        self,
        action: str,
        subject: str,
        who: str,
        host: str,
        *,
        before: object = None,
        after: object = None,
        refusal: str = "",
    ) -> None:
        """Store a row about a command on a host: done, or refused with the message of `refusal`."""
        outcome = REFUSED if refusal else DONE
        self.record(Entry(action, subject, outcome, who, COMMAND, host, refusal, before, after))

    def rows(self, wanted: Filter | None = None, limit: int = 100) -> list[Entry]:
        """Return at most `limit` rows, the newest first; those older than the stated days are left out."""
        wanted = wanted or Filter()
        equal = ("who", "action", "subject", "outcome")
        conditions = [audit.c[name] == value for name in equal if (value := getattr(wanted, name)) is not None]
        conditions.append(audit.c.at >= max(now() - self._seconds, wanted.since or 0))
        if wanted.until is not None:
            conditions.append(audit.c.at < wanted.until)
        if wanted.below is not None:
            conditions.append(audit.c.id < wanted.below)
        statement = sa.select(audit).where(*conditions).order_by(audit.c.id.desc()).limit(min(limit, LONGEST_PAGE))
        return [_entry(row) for row in self._store.read(statement)]

    def _may_refuse(self, at: int) -> bool:
        """Return whether one more refusal may be written in this minute; count those that may not."""
        if at // _MINUTE != self._minute:
            self._minute, self._in_minute = at // _MINUTE, 0
        self._in_minute += 1
        if self._in_minute <= REFUSALS_A_MINUTE:
            return True
        self._left_out += 1
        return False


def without_secrets(value: object) -> object:
    """Return JSON values without those whose name says that they are secret."""
    if isinstance(value, Mapping):
        return {
            str(name): "(hidden)" if any(word in str(name).lower() for word in _SECRET_NAMES) else without_secrets(one)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(one) for one in value]
    return value


def _row(entry: Entry, at: int) -> dict[str, object]:
    return {
        "at": at,
        "who": entry.who[:NAME_LENGTH],
        "via": entry.via[:16],
        "address": entry.address[:64],
        "action": entry.action[:64],
        "subject": entry.subject[:NAME_LENGTH],
        "outcome": entry.outcome,
        "message": _bounded(entry.message),
        "before": _text(entry.before),
        "after": _text(entry.after),
    }


def _text(value: object) -> str | None:
    """Return a value as bounded JSON; one that is too long as the beginning of its text."""
    if value is None:
        return None
    text = json.dumps(without_secrets(value), default=str, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else json.dumps(_bounded(text), ensure_ascii=False)


def _bounded(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS // 2]} … ({len(text)} characters)"


def _entry(row: sa.Row[Any]) -> Entry:
    values: dict[str, Any] = dict(row._mapping)
    parts = {name: None if values[name] is None else json.loads(values[name]) for name in ("before", "after")}
    return Entry(**{**values, **parts})
