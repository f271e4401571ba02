"""Times as people and servers write them, to seconds: many at once where their width is fixed, else one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from forecasting.errors import InputError
from forecasting.timeseries.clock import EPOCH
from forecasting.timeseries.timeframes import DAY, HOUR, MINUTE

CLF_WIDTH = 26
ISO_WIDTH = 19
DATE_WIDTH = 10

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIRST_YEAR, LAST_YEAR = 1900, 2299

Moment = tuple[int, int | None]
"""Seconds and the offset from UTC in minutes; with None as offset the seconds are wall time, else absolute."""

_MONTH_STARTS = (
    np.arange((FIRST_YEAR - 1970) * 12, (LAST_YEAR + 1 - 1970) * 12 + 1)
    .astype("datetime64[M]")
    .astype("datetime64[D]")
    .astype(np.int64)
)
_ZERO = ord("0")
_CLF_SEPARATORS = np.frombuffer(b"//::: ", dtype=np.uint8)[:, None]


def _month_tables() -> tuple[np.ndarray, np.ndarray]:
    """Month number by the sum of its second and third letters (all twelve differ), and its letters as one number."""
    numbers = np.zeros(512, dtype=np.int32)
    letters = np.zeros(13, dtype=np.int32)
    for number, name in enumerate(MONTHS, start=1):
        numbers[ord(name[1]) + ord(name[2])] = number
        letters[number] = int.from_bytes(name.encode(), "big")
    return numbers, letters


_MONTH_NUMBERS, _MONTH_LETTERS = _month_tables()


@dataclass(frozen=True, eq=False)
class Times:
    """Times read from rows of text: `seconds` (n,) int64, `offsets` (n,) minutes or None for wall time, `ok` (n,)."""

    seconds: np.ndarray
    offsets: np.ndarray | None
    ok: np.ndarray


def clf_times(rows: np.ndarray) -> Times:
    """Times written `01/Jul/1995:00:00:01 -0400`, from a (n, 26) uint8 array; seconds are absolute."""
    text = np.ascontiguousarray(rows.T)
    digits = text[[0, 1, 7, 8, 9, 10, 12, 13, 15, 16, 18, 19, 22, 23, 24, 25]] - _ZERO
    ok = (digits < 10).all(axis=0) & ((text[21] == ord("+")) | (text[21] == ord("-")))
    ok &= (text[[2, 6, 11, 14, 17, 20]] == _CLF_SEPARATORS).all(axis=0)
    letters = text[3:6].astype(np.int32)
    month = _MONTH_NUMBERS[letters[1] + letters[2]]
    ok &= _MONTH_LETTERS[month] == (letters[0] << 16) + (letters[1] << 8) + letters[2]
    pairs = _pairs(digits)
    wall, valid = _wall(100 * pairs[1] + pairs[2], month, pairs[0], pairs[3:6])
    offsets = 60 * pairs[6] + pairs[7]
    offsets = np.where(text[21] == ord("-"), -offsets, offsets)
    return Times(wall - MINUTE * offsets, offsets.astype(np.int64), ok & valid)


def iso_times(rows: np.ndarray) -> Times:
    """Wall times written `1995-07-01 00:00:01` (any byte between date and time), from a (n, 19) uint8 array.

    A (n, 10) array holds dates alone: midnight.
    """
    text = np.ascontiguousarray(rows.T)
    digits = text[[0, 1, 2, 3, 5, 6, 8, 9]] - _ZERO
    ok = (digits < 10).all(axis=0) & (text[4] == ord("-")) & (text[7] == ord("-"))
    date = _pairs(digits)
    clock = np.zeros((3, len(rows)), dtype=np.int64)
    if len(text) == ISO_WIDTH:
        digits = text[[11, 12, 14, 15, 17, 18]] - _ZERO
        ok &= (digits < 10).all(axis=0) & (text[13] == ord(":")) & (text[16] == ord(":"))
        clock = _pairs(digits)
    wall, valid = _wall(100 * date[0] + date[1], date[2], date[3], clock)
    return Times(wall, None, ok & valid)


def _pairs(digits: np.ndarray) -> np.ndarray:
    """Two-digit numbers (k, n) from (2k, n) digits."""
    wide = digits.astype(np.int32)
    return 10 * wide[0::2] + wide[1::2]


def _wall(year: np.ndarray, month: np.ndarray, day: np.ndarray, clock: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds on the wall and whether date and time exist; a leap second counts as the next second."""
    index = 12 * (year - FIRST_YEAR) + month - 1
    ok = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    index = np.where(ok, index, 0)
    starts = _MONTH_STARTS[index]
    ok &= (day >= 1) & (day <= _MONTH_STARTS[index + 1] - starts)
    hour, minute, second = clock
    ok &= (hour < 24) & (minute < 60) & (second < 61)
    return DAY * (starts + day - 1) + HOUR * hour + MINUTE * minute + second, ok


def matrix(texts: Sequence[bytes], width: int) -> np.ndarray:
    """Equally wide texts as a (n, width) uint8 array."""
    return np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(texts), width)


def moment(text: str) -> Moment:
    """One time in ISO form, as `01/Jul/1995:00:00:01 -0400`, or as epoch seconds, milli-, micro- or nanoseconds.

    Raises ValueError for anything else.
    """
    text = text.strip()
    if text.replace(".", "", 1).isdecimal() and len(text.partition(".")[0]) > 8:
        return epoch_moment(float(text))
    if text[2:3] == "/" and len(text) == CLF_WIDTH:
        return _clf_moment(text)
    return _of_datetime(datetime.fromisoformat(text))


def epoch_moment(number: float) -> Moment:
    """An epoch number; its size tells seconds from milli-, micro- and nanoseconds. Raises ValueError off the range."""
    if not 0 <= number < 1e20:
        raise ValueError(f"{number} is no epoch time")
    return int(number // epoch_unit(number)), 0


def epoch_unit(number: float) -> int:
    """How many of an epoch number's units make a second: 1, 1,000, 1,000,000 or 1,000,000,000."""
    return next((unit for limit, unit in ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000)) if number < limit), 10**9)


@lru_cache(maxsize=4096)
def _clf_moment(text: str) -> Moment:
    times = clf_times(matrix([text.encode("latin-1", "replace")], CLF_WIDTH))
    if not times.ok[0]:
        raise ValueError(f"{text!r} is no time")
    return int(times.seconds[0]), None if times.offsets is None else int(times.offsets[0])


def _of_datetime(time: datetime) -> Moment:
    offset = time.utcoffset()
    naive = time.replace(tzinfo=None) - EPOCH
    wall = DAY * naive.days + naive.seconds
    if offset is None:
        return wall, None
    seconds = round(offset.total_seconds())
    return wall - seconds, seconds // MINUTE


def moment_reader(time_format: str | None) -> Callable[[str], Moment]:
    """A function that reads one time in the given form: strptime's, `iso`, `epoch`, `epoch_ms`, or None for any.

    The function raises ValueError for a text in another form. Raises InputError for a format that is none.
    """
    if time_format in (None, "iso"):
        return moment
    if time_format in ("epoch", "epoch_ms"):
        unit = 1 if time_format == "epoch" else 1_000
        return lambda text: (int(float(text) // unit), 0)
    _check_strptime(time_format)
    return lru_cache(maxsize=4096)(lambda text: _of_datetime(datetime.strptime(text.strip(), time_format)))


def _check_strptime(time_format: str) -> None:
    sample = datetime(2001, 12, 31, 23, 58, 59, tzinfo=UTC)
    try:
        day = datetime.strptime(sample.strftime(time_format), time_format).date()
    except ValueError as error:
        raise InputError(
            f"time_format is {time_format!r}: {error}. It must be made of strptime codes such as %d/%b/%Y:%H:%M:%S %z, "
            "or iso, epoch, epoch_ms.",
            field="time_format",
        ) from error
    if day != sample.date():
        raise InputError(
            f"time_format must give year, month and day (got {time_format!r}), with strptime codes such as "
            "%Y-%m-%d %H:%M:%S.",
            field="time_format",
        )
