"""A column of text into times; dates whose order is a country's habit are refused with the formats that read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from forecasting.errors import FileRefused
from forecasting.readers.blocks.fast_lines import Text, Usual, iso_moments
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import NAIVE
from forecasting.readers.report import printable
from forecasting.readers.tables.cell_times import cell_moment
from forecasting.readers.times.bounds import plausible
from forecasting.readers.times.times import DATE_WIDTH, ISO_WIDTH, Moment, iso_times, matrix, moment_reader

EPOCH_MS_WIDTH = 13
CALENDAR_FROM = 1_900_000_000
_NUMBERS = re.compile(
    r"(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<y>(?:19|20)?\d\d)"
    r"(?:[ T,]+(?P<h>\d{1,2})(?::(?P<m>\d\d))?(?::(?P<s>\d\d))?(?:[.,]\d+)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?$"
)


class TimeColumn:
    """Reads the times of one table, chunk by chunk."""

    def __init__(self, options: ImportOptions, name: str):
        self._forced = moment_reader(options.time_format) if options.time_format else None
        self._name = name

    def __call__(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return seconds, offsets in minutes and readability (n,) of a chunk; offsets are `NAIVE` for wall times."""
        seconds = np.zeros(len(texts), dtype=np.int64)
        offsets = np.full(len(texts), NAIVE, dtype=np.int64)
        ok = np.zeros(len(texts), dtype=bool)
        if self._forced is not None:
            self._fill(texts, range(len(texts)), _quiet(self._forced), seconds, offsets, ok)
            return seconds, offsets, ok
        usual = _usual(texts)
        if usual is not None:
            seconds, offsets, ok = usual.seconds, usual.offsets, usual.ok & plausible(usual.seconds)
            seconds[~ok], offsets[~ok] = 0, NAIVE
        self._fill(texts, np.flatnonzero(~ok).tolist(), cell_moment, seconds, offsets, ok)
        rest = np.flatnonzero(~ok).tolist()
        if 2 * len(rest) > len(texts) and all(_NUMBERS.match(texts[i].strip()) for i in rest[:200]):
            self._refuse_numbers([texts[i] for i in rest])
        return seconds, offsets, ok

    @staticmethod
    def _fill(
        texts: Sequence[str],
        places: Sequence[int] | range,
        read: Callable[[str], Moment | None],
        seconds: np.ndarray,
        offsets: np.ndarray,
        ok: np.ndarray,
    ) -> None:
        for i in places:
            moment = read(texts[i])
            if moment is None:
                continue
            seconds[i], ok[i] = moment[0], True
            if moment[1] is not None:
                offsets[i] = moment[1]

    def _refuse_numbers(self, texts: Sequence[str]) -> None:
        """Refuse dates such as 2/24/2024, whose order is a country's habit, with the formats that read the column."""
        matches = [match for text in texts if (match := _NUMBERS.match(text.strip()))]
        pairs = [(int(match["a"]), int(match["b"])) for match in matches]
        readings = []
        if all(b <= 12 for _, b in pairs):
            readings.append(("day", _format(matches[0], "%d", "%m")))
        if all(a <= 12 for a, _ in pairs):
            readings.append(("month", _format(matches[0], "%m", "%d")))
        options = " or ".join(f"--time-format '{form}' (the {first} first)" for first, form in readings)
        certain = "no row tells which is meant" if len(readings) > 1 else "only one reading fits every row"
        raise FileRefused(
            f"Times in column {self._name!r} are such as {printable(texts[0])!r}, with the day or the month first; "
            f"{certain}. Give {options or '--time-format'}."
        )


def _usual(texts: Sequence[str]) -> Usual | None:
    """The times of a chunk that are in ISO form without a fraction, or whole epoch numbers of seconds or milliseconds.

    They are read as `cell_moment` reads them; None if nothing can be said of the chunk.
    """
    width = len(texts[0]) if texts else 0
    joined = "".join(texts)
    if not joined.isascii() or width < DATE_WIDTH:
        return None
    if width in (DATE_WIDTH, EPOCH_MS_WIDTH) and len(joined) == width * len(texts) and joined.isdigit():
        return _epochs(joined, width, texts)
    if width == DATE_WIDTH and all(len(text) == width for text in texts):
        dates = iso_times(matrix([joined.encode()], width * len(texts)).reshape(-1, width))
        return Usual(dates.seconds, np.full(len(texts), NAIVE), dates.ok)
    text = Text.of("\n".join([*texts, ""]).encode())
    if len(text.ends) != len(texts):
        return None
    times = iso_moments(text, text.starts, text.ends)
    has_fraction = np.isin(text.at(text.starts + ISO_WIDTH), (ord("."), ord(",")))
    return Usual(times.seconds, times.offsets, times.ok & ~has_fraction)


def _epochs(joined: str, width: int, texts: Sequence[str]) -> Usual | None:
    if any(len(text) != width for text in texts):
        return None
    numbers = np.frombuffer(joined.encode(), dtype=f"S{width}").astype(np.int64)
    unit = 1 if width == DATE_WIDTH else 1_000
    # Ten digits of this century may be those of a calendar, to the hour.
    is_certain = (numbers < CALENDAR_FROM) if unit == 1 else np.ones(len(numbers), dtype=bool)
    seconds = np.rint(numbers / unit - 0.45).astype(np.int64)
    return Usual(seconds, np.zeros(len(numbers), dtype=np.int64), is_certain)


def _format(match: re.Match[str], first: str, second: str) -> str:
    mark, year = match["mark"], "%Y" if len(match["y"]) == 4 else "%y"
    clock = "" if match["h"] is None else (" %I" if match["half"] else " %H") + (":%M" if match["m"] else "")
    return f"{first}{mark}{second}{mark}{year}{clock}{':%S' if match['s'] else ''}{' %p' if match['half'] else ''}"


def _quiet(read: Callable[[str], Moment]) -> Callable[[str], Moment | None]:
    def moment(text: str) -> Moment | None:
        try:
            return read(text)
        except (ValueError, OverflowError):
            return None

    return moment
