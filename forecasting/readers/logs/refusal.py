"""What a refusal of a text log says: what the lines look like, and the pattern that would read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from forecasting.readers.logs.access_line import REQUEST
from forecasting.readers.options import ImportOptions
from forecasting.readers.report import printable
from forecasting.readers.times.anywhere import TIME
from forecasting.readers.times.bounds import is_plausible
from forecasting.readers.times.times import moment_reader

_IIS_REST = r"(?:, [^,]*){3}(?:, \d+){3}, (?P<status>[1-5]\d\d), \d+, (?P<method>[A-Z]+), (?P<path>[^,]+),"
"""What follows the time in the native format of IIS, after the service, the server and its address."""

_PROPOSALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?P<time>\d{1,2}/\d{1,2}/\d\d, \d{1,2}:\d\d:\d\d)" + _IIS_REST, ("%m/%d/%y, %H:%M:%S", "%d/%m/%y, %H:%M:%S")),
    (r"(?P<time>\d{1,2}/\d{1,2}/\d{4}, \d{1,2}:\d\d:\d\d)" + _IIS_REST, ("%m/%d/%Y, %H:%M:%S", "%d/%m/%Y, %H:%M:%S")),
    (r"(?P<time>\d{1,2}/\d{1,2}/\d{4} \d\d:\d\d:\d\d)", ("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S")),
    (r"(?P<time>\d{1,2}\.\d{1,2}\.\d{4} \d\d:\d\d:\d\d)", ("%d.%m.%Y %H:%M:%S",)),
    (r"(?P<time>(?:19|20)\d{6} \d{6})", ("%Y%m%d %H%M%S",)),
    (r"(?P<time>(?:19|20)\d{6}T\d{6})", ("%Y%m%dT%H%M%S",)),
    (r"(?P<time>(?:19|20)\d{12})", ("%Y%m%d%H%M%S",)),
    (r"(?P<time>\b1\d{12}\b)", ("epoch_ms",)),
    (r"(?P<time>\b1\d{9}(?:\.\d+)?\b)", ("epoch",)),
    (r"(?P<time>\d{1,2}/\d{1,2}/\d{4}, \d{1,2}:\d\d:\d\d)", ("%m/%d/%Y, %H:%M:%S", "%d/%m/%Y, %H:%M:%S")),
    (r"(?P<time>\b\d{6} \d\d:\d\d:\d\d)", ("%y%m%d %H:%M:%S",)),
    (r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)", ("iso",)),
    (r"\[(?P<time>\d\d/\w{3}/\d\d:\d\d:\d\d:\d\d)", ("%d/%b/%y:%H:%M:%S",)),
    (r"\[(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d)", ("%d/%b/%Y:%H:%M:%S",)),
)
"""Expressions for times, and the formats that may read them, the likelier first."""

_FOREIGN_MONTH = re.compile(
    rb"\[\d\d/(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/)[^\s\]/]{3,12}/\d{4}:\d\d:\d\d:\d\d"
)
_NO_YEAR = re.compile(rb"(?:<\d{1,3}>)?((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d)\s")
_KEY = re.compile(rb'"([^"\\]{1,40})"\s*:')
_TIMELESS = "none of them has a time"


def no_record(label: str, options: ImportOptions, lines: Sequence[bytes], impossible_times: int) -> str:
    """Return the message for a file without a record: the cause as far as it is known, and the way out."""
    if not lines:
        return f"{label} holds blank lines only."
    begins = printable(lines[0])
    if options.format and options.format != "pattern":
        cause = f"{label} has no record of the format {options.format}; leave --format out to have it recognised."
    elif options.pattern:
        cause = f"{label} has no line that --pattern and --time-format read. Its first line: {begins}."
    elif impossible_times:
        cause = f"{label} has {impossible_times:,} records, and all of their times lie outside 1990 to tomorrow."
    else:
        cause = f"{label} {_looks_like(lines)}"
    return f"{cause} It begins: {begins}." if "first line" not in cause else cause


def _looks_like(lines: Sequence[bytes]) -> str:
    if sum(bool(_FOREIGN_MONTH.search(line)) for line in lines) > len(lines) / 2:
        return (
            "writes its months in another language, which no format reads; log with English months "
            "(LC_TIME=C), or replace the names before the import."
        )
    if 2 * sum(bool(_NO_YEAR.match(line)) for line in lines) > len(lines) and not any(map(TIME.search, lines)):
        time = _NO_YEAR.match(next(line for line in lines if _NO_YEAR.match(line)))
        return (
            f"has times without a year (such as {printable(time[1]) if time else ''}), so their day is not certain; "
            "log with the year (in rsyslog the template RSYSLOG_FileFormat, in journalctl -o short-iso), or put the "
            "year in front of each line."
        )
    if lines and re.match(rb"\s*(?:\{|\[\s*(?:[\[{]|$))", lines[0]) and _KEY.search(b" ".join(lines[:30])):
        return f"is JSON without an access record. {_json_keys(b' '.join(lines[:30]))}"
    if any(line.lower().startswith(b"#fields:") for line in lines):
        return (
            "has a #Fields line, and no date: the lines need a date and a time column, or a line such as "
            "`#Date: 2024-02-24 10:00:00` before them in the file."
        )
    proposal = _proposal(lines)
    timed, requests = (sum(bool(regular.search(line)) for line in lines) for regular in (TIME, REQUEST))
    if proposal:
        return f"has {len(lines):,} lines in an unknown format. A pattern reads {proposal}."
    if timed and not requests:
        return (
            f"has {timed:,} lines with a time, and none with a request or a status (an error log or another log?). "
            "If they are requests in another format, give a --pattern with a group (?P<time>...)."
        )
    if columns := _columns(lines):
        return (
            f"is neither a log of a known format nor a table with a known header: its lines have {columns}, and no "
            "column holds a date with a time."
        )
    return (
        f"is neither a table nor a log: of {len(lines):,} lines {_TIMELESS}. The format of a log must have a time in "
        "each line, a table a header with a time column and a count column."
    )


def _columns(lines: Sequence[bytes]) -> str:
    """The number of columns that most lines have, and what separates them; empty if lines differ."""
    rows = [line for line in lines if not line.startswith(b"#")]
    if not any(re.search(rb"\d", row) for row in rows):
        return ""
    for mark, name in ((b",", "commas"), (b";", "semicolons"), (b"\t", "tabs"), (None, "blanks")):
        counts = [len(row.split(mark)) for row in rows]
        usual = max(set(counts), key=counts.count, default=0)
        if 1 < usual <= (4 if mark is None else 200) and counts.count(usual) > 0.8 * len(counts):
            return f"{usual} columns separated by {name}"
    return ""


def _json_keys(line: bytes) -> str:
    names = _KEY.findall(line)
    listed = ", ".join(printable(name) for name in dict.fromkeys(names[:20]))
    return f"Keys found: {listed or 'none'}; name the right ones with --json-time KEY and --json-status KEY."


@dataclass(frozen=True)
class Proposal:
    """A pattern that reads most lines of a log, and the format of its time.

    `other_format` reads the times too, with day and month the other way round; it is empty if the order is certain.
    """

    pattern: str
    time_format: str
    reads: int
    lines: int
    other_format: str = ""


def proposal(lines: Sequence[bytes]) -> Proposal | None:
    """Return the pattern that reads the most of some lines; None if none reads more than half of them."""
    best = Proposal("", "", 0, len(lines))
    for time, formats in _PROPOSALS:
        for rest in (r'.*?"(?P<method>[A-Z]+) (?P<path>\S+)[^"]*"\D*(?P<status>[1-5]\d\d)\b', ""):
            compiled = regex.compile((time + rest).encode())
            matches = (compiled.search(line[:4096], timeout=1) for line in lines)
            times = [match["time"].decode() for match in matches if match is not None]
            reads = {one: _readable(times, one) for one in formats}
            chosen = max(formats, key=lambda one: reads[one])
            if reads[chosen] > best.reads:
                other = next((one for one in formats if one != chosen and reads[one] == reads[chosen]), "")
                best = Proposal(time + rest, chosen, reads[chosen], len(lines), other)
    return best if best.reads > len(lines) / 2 else None


def _readable(times: Sequence[str], time_format: str) -> int:
    """How many texts are times between 1990 and tomorrow in a format."""
    read, count = moment_reader(time_format), 0
    for text in times:
        try:
            count += is_plausible(read(text)[0])
        except ValueError:
            continue
    return count


def _proposal(lines: Sequence[bytes]) -> str:
    """A pattern that fits most lines, as options of the command line; empty if there is none."""
    best = proposal(lines)
    if best is None:
        return ""
    other = f" (if the day and the month are the other way round: '{best.other_format}')" if best.other_format else ""
    return f"{best.reads} of {best.lines}: --pattern '{best.pattern}' --time-format '{best.time_format}'{other}"
