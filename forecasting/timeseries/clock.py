"""Time zones: from their names to UTC offsets, without losing or repeating an hour.

A series is regular in *absolute* time. Its wall time, which the calendar features and every printed time use,
is absolute time plus the zone's offset. If the zone of a series is unknown (None), its wall time is treated as
UTC, so that nothing is shifted by a guess.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from forecasting.errors import InputError

EPOCH = datetime(1970, 1, 1)


@lru_cache(maxsize=256)
def zone_of(text: str | None) -> tzinfo | None:
    """Return the zone of an IANA name (`Europe/Paris`), an offset (`-04:00`, `+0530`), `UTC` or `Z`; None for None.

    Raises InputError for anything else.
    """
    if text is None:
        return None
    if text.upper() in ("UTC", "Z", "GMT"):
        return UTC
    match = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", text)
    if match and int(match[2]) < 24 and int(match[3]) < 60:
        minutes = int(match[2]) * 60 + int(match[3])
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    try:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-/]{1,63}", text):
            raise ZoneInfoNotFoundError(text)
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"time_zone must be an IANA name such as Europe/Paris, or an offset such as -04:00 (got {text!r}).",
            field="time_zone",
        ) from error


def offset_text(seconds: int) -> str:
    """Format an offset from UTC in seconds as `-04:00`."""
    sign = "-" if seconds < 0 else "+"
    minutes = abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def utc_offsets(epoch_seconds: np.ndarray, time_zone: str | None) -> np.ndarray:
    """Return offsets from UTC in seconds (int64, same shape) at absolute seconds; zeros if the zone is unknown."""
    zone = zone_of(time_zone)
    if zone is None or zone is UTC or len(epoch_seconds) == 0:
        return np.zeros(len(epoch_seconds), dtype=np.int64)
    if isinstance(zone, timezone):
        return np.full(len(epoch_seconds), int(zone.utcoffset(None).total_seconds()), dtype=np.int64)
    return _changing_offsets(np.asarray(epoch_seconds, dtype=np.int64), zone)


def _changing_offsets(epoch_seconds: np.ndarray, zone: tzinfo) -> np.ndarray:
    quarters, inverse = np.unique(epoch_seconds // 900, return_inverse=True)
    moments = pd.DatetimeIndex((quarters * 900).astype("datetime64[s]"), tz="UTC").tz_convert(zone)
    walls = moments.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    return (walls - quarters * 900)[inverse]


def wall_seconds(epoch_seconds: np.ndarray, time_zone: str | None) -> np.ndarray:
    """Return wall time as seconds since 1970-01-01 00:00 local time (int64, same shape)."""
    epoch_seconds = np.asarray(epoch_seconds, dtype=np.int64)
    return epoch_seconds + utc_offsets(epoch_seconds, time_zone)


def wall_text(epoch_second: int, time_zone: str | None) -> str:
    """Format one absolute second as `YYYY-MM-DD HH:MM:SS` in the zone's wall time."""
    return wall_texts(np.array([epoch_second]), time_zone)[0]


def wall_texts(epoch_seconds: np.ndarray, time_zone: str | None) -> list[str]:
    """Format absolute seconds as `YYYY-MM-DD HH:MM:SS` in the zone's wall time."""
    walls = wall_seconds(epoch_seconds, time_zone).astype("datetime64[s]")
    return [text.replace("T", " ") for text in np.datetime_as_string(walls, unit="s").tolist()]


def moment_of(text: str, time_zone: str | None, *, field: str = "time") -> int:
    """Parse an ISO date, or date and time, with an offset or in the zone's wall time, into absolute seconds.

    A wall time that occurs twice (when clocks go back) means its first occurrence. Raises InputError for `field`.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError) as error:
        raise InputError(
            f"{field} must be a time such as 1995-08-23 or 1995-08-23 00:05:00 (got {text!r}).", field=field
        ) from error
    if moment.tzinfo is not None:
        return round(moment.timestamp())
    zone = zone_of(time_zone)
    if zone is None:
        return round((moment - EPOCH).total_seconds())
    return round(moment.replace(tzinfo=zone).timestamp())
