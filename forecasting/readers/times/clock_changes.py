"""The time zone that offsets from UTC at known moments belong to."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

LIKELY = (
    *("Europe/Paris", "Europe/London", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Anchorage", "America/Halifax", "America/St_Johns", "America/Santiago"),
    *("America/Havana", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland", "Asia/Jerusalem", "Africa/Cairo"),
)
"""The zones to try first: of those whose clocks change alike the best known one."""


def changes_of(seconds: np.ndarray, offsets: np.ndarray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the moments at both sides of every change of the offset, and at both ends, with the offsets there."""
    order = np.argsort(seconds, kind="stable")
    seconds, offsets = seconds[order], offsets[order]
    after = np.flatnonzero(np.diff(offsets)) + 1
    places = np.unique(np.r_[0, after - 1, after, len(seconds) - 1])
    return tuple(seconds[places].tolist()), tuple(offsets[places].tolist())


@lru_cache(maxsize=256)
def zone_with(moments: tuple[int, ...], offsets: tuple[int, ...]) -> str | None:
    """Return a zone that has these offsets (seconds) at these moments (absolute seconds), a likely one first."""
    others = sorted(name for name in available_timezones() - set(LIKELY) if "/" in name and not name.startswith("Etc/"))
    times = [datetime.fromtimestamp(moment, UTC) for moment in moments]
    for name in (*LIKELY, *others):
        zone = ZoneInfo(name)
        if all(_offset(time, zone) == offset for time, offset in zip(times, offsets, strict=True)):
            return name
    return None


def _offset(time: datetime, zone: ZoneInfo) -> int | None:
    offset = time.astimezone(zone).utcoffset()
    return None if offset is None else round(offset.total_seconds())
