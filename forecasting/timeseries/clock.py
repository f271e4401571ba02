"""Time zones: from what people write to offsets, without losing or doubling an hour.

A series is regular in *absolute* time. Its wall time, which the calendar features and every printed time use,
is absolute time plus the zone's offset. A series whose zone is unknown (None) counts its wall time as if it
were UTC, so nothing is ever shifted by a guess.
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
    """The zone named by an IANA name (`Europe/Paris`), an offset (`-04:00`, `+0530`), `UTC` or `Z`; None stays None.

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
            f"time_zone is {text!r}; write an IANA name such as Europe/Paris, or an offset such as -04:00.",
            field="time_zone",
        ) from error


def offset_text(seconds: int) -> str:
    """An offset from UTC in seconds, as `-04:00`."""
    sign = "-" if seconds < 0 else "+"
    minutes = abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def utc_offsets(epoch_seconds: np.ndarray, time_zone: str | None) -> np.ndarray:
    """Offset from UTC in seconds (int64, same shape) at each absolute second; zeros where the zone is unknown."""
    zone = zone_of(time_zone)
    if zone is None or zone is UTC or len(epoch_seconds) == 0:
        return np.zeros(len(epoch_seconds), dtype=np.int64)
    if isinstance(zone, timezone):
        return np.full(len(epoch_seconds), int(zone.utcoffset(None).total_seconds()), dtype=np.int64)
    return _changing_offsets(np.asarray(epoch_seconds, dtype=np.int64), zone)


def _changing_offsets(epoch_seconds: np.ndarray, zone: tzinfo) -> np.ndarray:
    hours, where = np.unique(epoch_seconds // 900, return_inverse=True)
    moments = pd.DatetimeIndex((hours * 900).astype("datetime64[s]"), tz="UTC").tz_convert(zone)
    walls = moments.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)
    return (walls - hours * 900)[where]


def wall_seconds(epoch_seconds: np.ndarray, time_zone: str | None) -> np.ndarray:
    """Wall time as seconds since 1970-01-01 00:00 on that wall (int64, same shape)."""
    epoch_seconds = np.asarray(epoch_seconds, dtype=np.int64)
    return epoch_seconds + utc_offsets(epoch_seconds, time_zone)


def wall_text(epoch_second: int, time_zone: str | None) -> str:
    """One absolute second as `YYYY-MM-DD HH:MM:SS` in the zone's wall time."""
    return wall_texts(np.array([epoch_second]), time_zone)[0]


def wall_texts(epoch_seconds: np.ndarray, time_zone: str | None) -> list[str]:
    """Absolute seconds as `YYYY-MM-DD HH:MM:SS` in the zone's wall time."""
    walls = wall_seconds(epoch_seconds, time_zone).astype("datetime64[s]")
    return [text.replace("T", " ") for text in np.datetime_as_string(walls, unit="s").tolist()]


def moment_of(text: str, time_zone: str | None, *, field: str = "time") -> int:
    """Absolute seconds of a time a person wrote: ISO date or date and time, with an offset or in the zone's wall time.

    A wall time that occurs twice (clocks go back) is its first occurrence. Raises InputError naming `field`.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError) as error:
        raise InputError(
            f"{field} is {text!r}; write a time such as 1995-08-23 or 1995-08-23 00:05:00.", field=field
        ) from error
    if moment.tzinfo is not None:
        return round(moment.timestamp())
    zone = zone_of(time_zone)
    if zone is None:
        return round((moment - EPOCH).total_seconds())
    return round(moment.replace(tzinfo=zone).timestamp())
