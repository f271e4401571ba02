"""What a job is, and what requests one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import orjson

QUEUED, RUNNING, DONE, FAILED, CANCELLED = STATES = ("queued", "running", "done", "failed", "cancelled")
ACTIVE = (QUEUED, RUNNING)

TIMES = ("created", "started", "ended")


@dataclass(frozen=True)
class JobRequest:
    """A request for work: its kind, the arguments of that kind, and the version of the data it is about.

    An empty version means the data as it is when the job runs. Two equal requests are one job while it is queued or
    running, regardless of what submits them.
    """

    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    requested_by: str = ""

    @property
    def arguments_json(self) -> str:
        """The arguments as JSON text, the same for equal arguments; raises TypeError if they have no JSON."""
        return orjson.dumps(dict(self.arguments), option=orjson.OPT_SORT_KEYS).decode()

    @property
    def key(self) -> str:
        """The hash of all but who submits it."""
        parts = "\0".join((self.kind, self.version, self.arguments_json))
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True)
class Job:
    """One job as its row describes it. Times are seconds since 1970, by the clock of the database."""

    id: str
    kind: str
    version: str
    arguments: Mapping[str, Any]
    state: str
    requested_by: str
    requests: int
    attempt: int
    owner: str | None
    lease_until: float | None
    heartbeat: float | None
    share: float
    stage: str
    created: float
    started: float | None
    ended: float | None
    error: str | None
    result_key: str | None
    result_hash: str | None
    result_bytes: int | None

    @property
    def active(self) -> bool:
        """Whether it is queued or running."""
        return self.state in ACTIVE

    def to_dict(self) -> dict[str, object]:
        """Return what is public of it as JSON, with times in UTC."""
        shown: dict[str, object] = {name: getattr(self, name) for name in PUBLIC}
        for name in TIMES:
            seconds = getattr(self, name)
            shown[name] = None if seconds is None else utc_text(seconds)
        return shown


PRIVATE = ("owner", "lease_until", "heartbeat", "requests", "result_key")
PUBLIC = tuple(one.name for one in fields(Job) if one.name not in PRIVATE)


def utc_text(seconds: float) -> str:
    """Return a time as ISO 8601 text in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
