"""The calendar of a data set: its known events, stored beside its configuration under its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from forecasting.catalog.dataset_info import DatasetInfo
from forecasting.timeseries.known_events import KnownEvent, known_events_of, to_json

CALENDAR = "calendar"
"""The key of the events in the stored configuration."""


def events_in(payload: str | None) -> tuple[KnownEvent, ...]:
    """Return the events of a stored configuration."""
    return known_events_of(json.loads(payload).get(CALENDAR)) if payload else ()


def configuration_in(payload: str | None) -> dict[str, Any] | None:
    """Return a stored configuration without the events; None if there is nothing else."""
    given = {key: value for key, value in json.loads(payload).items() if key != CALENDAR} if payload else {}
    return given or None


def payload_of(configuration: dict[str, Any] | None, events: Sequence[KnownEvent]) -> str:
    """Return what is stored of a configuration and events."""
    calendar = {CALENDAR: to_json(events)} if events else {}
    return json.dumps({**(configuration or {}), **calendar}, allow_nan=False)


def version_with(version: str, events: Sequence[KnownEvent]) -> str:
    """Return the version of a data set with these events: that of its content if there are none."""
    if not events:
        return version
    text = f"{version} {json.dumps(to_json(events), sort_keys=True)}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def info_with(info: DatasetInfo, payload: str | None) -> DatasetInfo:
    """Return the facts of a data set whose stored configuration is `payload`."""
    return replace(info, version=version_with(info.version, events_in(payload)))
