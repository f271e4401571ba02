"""Slow, plain readings of the formats, against which the fast ones are checked. They share no code with them."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from forecasting.timeseries.series import Series

CLF = re.compile(
    rb"\[(\d\d)/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "
    rb'"(?P<request>.*?)" (?P<status>\d{3}) [\d-]'
)
MONTHS = [b"", b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"]


def lines_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return data.split(b"\n")[:-1] if data.endswith(b"\n") else data.split(b"\n")


def clf_second(line: bytes) -> int | None:
    """Absolute second of a Common or Combined record, with datetime; None for a line that is none."""
    match = CLF.search(line)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, offset_hours, offset_minutes = match.groups()[:9]
    offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
    try:
        date = datetime(int(year), MONTHS.index(month), int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        return None
    if int(second) > 60 or not 1900 <= int(year) <= 2299:
        return None
    return int(date.timestamp()) + int(second) - int((-offset if sign == b"-" else offset).total_seconds())


def agent_of(line: bytes) -> bytes:
    """What stands between the third and fourth quote after a record's request; quotes after a backslash are none."""
    after = CLF.search(line).end()
    quotes = [i for i in range(after, len(line)) if line[i : i + 1] == b'"' and line[i - 1 : i] != b"\\"]
    return line[quotes[2] + 1 : quotes[3]] if len(quotes) > 3 else b""


def minutes(seconds: list[int]) -> Counter[int]:
    return Counter(second // 60 for second in seconds)


def minutes_of(series: Series) -> Counter[int]:
    """The bins of a 1m series that have requests, by minute since 1970."""
    used = np.flatnonzero(series.requests_count > 0)
    return Counter({series.start // 60 + int(i): int(series.requests_count[i]) for i in used})


def out_of_order(seconds: list[int]) -> int:
    latest, count = seconds[0], 0
    for second in seconds:
        count += second < latest
        latest = max(latest, second)
    return count


def wall(second: int, offset_hours: int = 0) -> str:
    return datetime.fromtimestamp(second, timezone(timedelta(hours=offset_hours))).strftime("%Y-%m-%d %H:%M:%S")
