"""The record of changes: what a view or a callback changes is written to the audit, and what it refuses."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import g

from forecasting.access.audit_log import DONE, REFUSED, Entry
from forecasting.errors import ForecastingError
from webapp.access.identity import entry_of
from webapp.app.context import context

log = logging.getLogger(__name__)


@dataclass
class Change:
    """A change in progress. Set `after` to what is stored then; `message` explains it."""

    before: object = None
    after: object = None
    message: str = ""


@contextmanager
def recorded(action: str, subject: str, before: object = None) -> Iterator[Change]:
    """Record a change that the block makes, or the error of the service layer that refuses it."""
    change = Change(before)
    try:
        yield change
    except ForecastingError as error:
        write(replace(entry_of(action, subject, REFUSED, error.message), before=change.before))
        raise
    write(replace(entry_of(action, subject, DONE, change.message), before=change.before, after=change.after))


def nothing_changed() -> None:
    """Say that this request, of an endpoint that changes something, changed nothing."""
    g.dataflow_recorded = True


def is_recorded() -> bool:
    """Return whether something about the current request is in the audit, or need not be."""
    return bool(g.get("dataflow_recorded"))


def write(entry: Entry) -> None:
    """Write a row. If that fails the log has it: the change is made, and a refusal stays one.

    With DATAFLOW_READ_ONLY=1 and no users nothing at all is stored, so a refusal is only logged.
    """
    g.dataflow_recorded = True
    settings = context().settings
    if entry.outcome == REFUSED and settings.read_only and not settings.is_restricted and settings.auth == "none":
        log.info("Refused: %s %s from %s: %s", entry.action, entry.subject, entry.address, entry.message)
        return
    try:
        context().accounts.audit.record(entry)
    except ForecastingError as error:
        log.error("The audit could not be written (%s): %s", error.message, entry)
