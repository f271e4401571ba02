"""Times as people and programs write them in a cell: months by name, slashes or points after the year."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_CLOCK = (
    r"(?:[ T,@]+(?:at )?(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?)?$"
)
_FORMS = tuple(
    re.compile(rf"(?i:(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? +)?{day}){_CLOCK}")
    for day in (
        rf"(?P<d>\d{{1,2}})[ -](?P<m>{_MONTH})\.?,?[ -](?P<y>(?:19|20)\d\d)",
        rf"(?P<m>{_MONTH})\.? +(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<y>(?:19|20)\d\d)",
        r"(?P<y>(?:19|20)\d\d)[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})",
        r"(?P<y>(?:19|20)\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    )
)


def written_time(text: str) -> datetime | None:
    """Return the time that a text writes, with its offset if it has one; None for any other text."""
    for form in _FORMS:
        if match := form.match(text):
            return _of_match(match)
    return None


def _of_match(match: re.Match[str]) -> datetime | None:
    hour = int(match["h"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    month = _MONTHS.get(match["m"].lower()) or int(match["m"])
    micros = int(f"{match['f'] or '0':0<6}"[:6])
    try:
        wall = datetime(
            int(match["y"]), month, int(match["d"]), hour, int(match["mi"] or 0), int(match["s"] or 0), micros
        )
    except ValueError:
        return None
    zone = match["zone"]
    if zone is None:
        return wall
    if zone[0] not in "+-":
        return wall.replace(tzinfo=UTC)
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return wall.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset)) if offset < timedelta(days=1) else None
