"""The times of posted points, into absolute seconds and a time zone, and back into the form they were written in.

All texts of one shape are read together; only if they differ are they read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from forecasting.errors import FieldError
from forecasting.readers.report import printable
from forecasting.readers.times.clock_changes import changes_of, zone_with
from forecasting.readers.times.times import DATE_WIDTH, ISO_WIDTH, iso_times, matrix
from forecasting.readers.times.zones import localise_rows
from forecasting.timeseries.clock import offset_text, utc_offsets, wall_texts, zone_of
from forecasting.timeseries.formatting import counted

_DS = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:(?P<separator>[T ])(?P<minutes>\d\d:\d\d)(?:(?P<seconds>:\d\d)(?P<fraction>\.\d{1,9})?)?"
    r"(?P<suffix>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?)?",
    re.ASCII,
)
_HOW_TO_WRITE = "write a time such as 1995-08-01 00:05:00"
_TURNS_BACK = (1_800, 3_600)
"""Seconds by which clocks go back."""


@dataclass(frozen=True)
class PointForm:
    """How the last posted `ds` was written: what stands between date and time, whether it has seconds, which fraction
    and which offset (`Z`, `+02:00`, `-0400`; empty for none). `zone` is the zone of the service's wall clock, None for
    the one that the offset names.
    """

    separator: str = " "
    has_seconds: bool = True
    fraction: str = ""
    suffix: str = ""
    zone: str | None = None

    @property
    def time_zone(self) -> str | None:
        """The zone of the wall clock; None without one."""
        return self.zone or self._written_zone

    @property
    def _written_zone(self) -> str | None:
        if not self.suffix:
            return None
        offset = _offset_seconds(self.suffix)
        return offset_text(offset) if offset else "UTC"

    def suffixes(self, epoch_seconds: np.ndarray) -> list[str]:
        """Return the offset of each absolute second (n,) as it was written; `Z` stays `Z`."""
        if self.suffix in ("", "Z") or self.zone is None:
            return [self.suffix] * len(epoch_seconds)
        texts = map(offset_text, utc_offsets(epoch_seconds, self.zone).tolist())
        return list(texts) if ":" in self.suffix else [text.replace(":", "") for text in texts]

    @property
    def text_zone(self) -> str | None:
        """The zone in which times are written."""
        return "UTC" if self.suffix == "Z" else self.time_zone


def format_ds(form: PointForm, epoch_seconds: np.ndarray) -> list[str]:
    """Absolute seconds (n,) as texts of the form."""
    width = ISO_WIDTH if form.has_seconds else ISO_WIDTH - 3
    seconds = np.asarray(epoch_seconds)
    return [
        text[:DATE_WIDTH] + form.separator + text[DATE_WIDTH + 1 : width] + form.fraction + suffix
        for text, suffix in zip(wall_texts(seconds, form.text_zone), form.suffixes(seconds), strict=True)
    ]


@dataclass(frozen=True, eq=False)
class PointTimes:
    """Absolute `seconds` (k,) of the texts (n,) that exist (`exists` (n,)), their form, and what is wrong with which.

    A wall time that clocks skipped does not exist.
    """

    seconds: np.ndarray
    exists: np.ndarray
    form: PointForm
    warnings: list[str] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        """The number of times that do not exist."""
        return int(np.count_nonzero(~self.exists))


def read_times(texts: Sequence[str], time_zone: str | None) -> PointTimes:
    """Return the times of posted texts; those without an offset are wall time of `time_zone`.

    An hour that clocks repeat is in the order of the points. Offsets that differ are one history if a clock change
    explains them. Raises InputError for an unknown zone.
    """
    zone_of(time_zone)
    last = _match(texts[-1])
    form = PointForm() if last is None else _form(last)
    rows = None if last is None or last["seconds"] is None else _alike(texts, form)
    times = None if rows is None else iso_times(rows)
    if times is not None and times.ok.all():
        wall, offsets = times.seconds, np.full(len(texts), _offset_seconds(form.suffix))
    else:
        wall, offsets, errors = _one_by_one(texts, form)
        if errors:
            return PointTimes(wall, np.ones(len(wall), bool), form, errors=errors)
    if not form.suffix:
        return _of_wall(wall, replace(form, zone=time_zone))
    return _of_offsets(texts, wall - offsets, offsets, replace(form, zone=time_zone))


def _of_wall(wall: np.ndarray, form: PointForm) -> PointTimes:
    """Return the times of wall times (n,) without an offset."""
    whole = np.ones(len(wall), bool)
    if form.zone is None:
        steps = wall[1:] - wall[:-1]
        back = np.flatnonzero(steps < 0)
        usual = int(np.median(steps)) if len(steps) else 0
        turned = len(back) == 1 and usual - int(steps[back[0]]) in _TURNS_BACK
        note = "data repeats an hour, as clocks that go back do; give time_zone to keep both."
        return PointTimes(wall, whole, form, [note] if turned else [])
    seconds, exists = localise_rows(wall, form.zone)
    if exists.all():
        return PointTimes(seconds, exists, form)
    skipped = counted(int(np.count_nonzero(~exists)), "point")
    note = f"data has {skipped} at times that clocks in {form.zone} skipped; left out."
    return PointTimes(seconds[exists], exists, form, [note])


def _of_offsets(texts: Sequence[str], seconds: np.ndarray, offsets: np.ndarray, form: PointForm) -> PointTimes:
    """Return the times of absolute seconds (n,) written with these offsets (n,), in the form's zone if it has one."""
    whole = np.ones(len(seconds), bool)
    if form.zone is not None:
        other = not (form.suffix == "Z" or (utc_offsets(seconds, form.zone) == offsets).all())
        note = f"ds has other offsets than {form.zone} has; they give the moments, and {form.zone} the time of day."
        return PointTimes(seconds, whole, form, [note] if other else [])
    if (offsets == offsets[-1]).all():
        return PointTimes(seconds, whole, form)
    moments, values = changes_of(seconds, offsets)
    written = " and ".join(offset_text(value) for value in dict.fromkeys(values))
    zone = zone_with(moments, values)
    if zone is not None:
        note = f"ds has the offsets {written}, as clocks change in {zone}, whose wall time is used; time_zone sets it."
        return PointTimes(seconds, whole, replace(form, zone=zone), [note])
    if len(set(values)) == 2:
        last = offset_text(values[-1])
        note = f"ds has the offsets {written}, which are of no one zone; {last} gives the time of day. Give time_zone."
        return PointTimes(seconds, whole, replace(form, zone=last), [note])
    errors = [
        FieldError(
            f"data.{i}.ds",
            f"{texts[i]!r} has another offset than the last point, {texts[-1]!r}; no zone has these offsets. Give all "
            "with those of one zone.",
        )
        for i in np.flatnonzero(offsets != offsets[-1]).tolist()
    ]
    return PointTimes(seconds, whole, form, errors=errors)


def _match(text: object) -> re.Match[str] | None:
    return _DS.fullmatch(text) if isinstance(text, str) else None


def _form(match: re.Match[str]) -> PointForm:
    """The form of one text; a date alone is answered with date and time."""
    has_seconds = match["separator"] is None or match["seconds"] is not None
    return PointForm(match["separator"] or " ", has_seconds, match["fraction"] or "", match["suffix"] or "")


def _alike(texts: Sequence[str], form: PointForm) -> np.ndarray | None:
    """Date and time (n, 19) of texts that have the form of the last in every place; None if one has not."""
    width = ISO_WIDTH + len(form.fraction) + len(form.suffix)
    if set(map(type, texts)) != {str} or set(map(len, texts)) != {width}:
        return None
    joined = "".join(texts)
    if not joined.isascii():
        return None
    rows = matrix([joined.encode()], len(joined)).reshape(-1, width)
    same = rows == rows[-1]
    fraction = slice(ISO_WIDTH + 1, ISO_WIDTH + len(form.fraction))
    same[:, fraction] = rows[:, fraction] - ord("0") < 10
    if not same[:, DATE_WIDTH].all() or not same[:, ISO_WIDTH:].all():
        return None
    return rows[:, :ISO_WIDTH]


def _one_by_one(texts: Sequence[str], form: PointForm) -> tuple[np.ndarray, np.ndarray, list[FieldError]]:
    """Return wall seconds and offsets (n,) of texts of any form, and what is wrong with which."""
    matches = [_match(text) for text in texts]
    rows = [b"0000-00-00 00:00:00" if match is None else _in_full(match) for match in matches]
    times = iso_times(matrix(rows, ISO_WIDTH))
    suffixes = [(match["suffix"] or "") if match else "" for match in matches]
    errors = []
    for i, (match, suffix) in enumerate(zip(matches, suffixes, strict=True)):
        if match is None or not times.ok[i]:
            errors.append(FieldError(f"data.{i}.ds", f"{printable(str(texts[i]), 40)!r} is no time; {_HOW_TO_WRITE}."))
        elif bool(suffix) != bool(form.suffix):
            message = f"{texts[i]!r} has another offset than the last point, {texts[-1]!r}; give one to all or to none."
            errors.append(FieldError(f"data.{i}.ds", message))
    return times.seconds, np.array([_offset_seconds(suffix) for suffix in suffixes]), errors


def _in_full(match: re.Match[str]) -> bytes:
    """A matched text as date, minutes and seconds, 19 characters."""
    return f"{match['date']} {match['minutes'] or '00:00'}{match['seconds'] or ':00'}".encode()


def _offset_seconds(suffix: str) -> int:
    """Seconds from UTC of `Z`, `+02:00` or `-0400`; 0 for no suffix."""
    if suffix in ("", "Z"):
        return 0
    seconds = 3600 * int(suffix[1:3]) + 60 * int(suffix[-2:])
    return -seconds if suffix[0] == "-" else seconds
