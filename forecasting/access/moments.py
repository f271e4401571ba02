"""Moments in the rows about access: seconds since 1970."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> int:
    """Return the present one."""
    return int(time.time())


def time_text(seconds: int | None) -> str:
    """Return one in UTC to the second; a dash for none."""
    return "–" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
