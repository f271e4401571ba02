"""Any other log, through a regular expression that the user gives."""

from __future__ import annotations

import re

import regex

from forecasting.errors import InputError
from forecasting.readers.blocks.fast_lines import with_fast
from forecasting.readers.blocks.pattern_blocks import PatternBlocks
from forecasting.readers.blocks.pattern_clock import PatternClock
from forecasting.readers.logs.single_lines import Line, records_by_line, status_of
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import Parser, Records
from forecasting.readers.times.times import Moment, moment_reader

MAX_PATTERN_LENGTH = 1_000
MAX_REPEATS = 10_000
"""Most that the counts of a pattern (`{3,40}`) may multiply to; the library expands them when it compiles."""


def pattern_parser(options: ImportOptions) -> Parser:
    """A parser for the user's pattern: a regular expression with a group `time`.

    Raises InputError for a pattern that does not compile, lacks that group or one that a filter needs, or is out of
    bounds, and, while parsing, for one that takes too long: some expressions need years for one line.
    """
    compiled = _compiled(options.pattern or "")
    _require_groups(compiled, options)
    read_moment = moment_reader(options.time_format)
    groups = set(compiled.groupindex)
    clock = PatternClock(options.pattern or "")

    def group(match: regex.Match[bytes], name: str) -> bytes:
        return (match[name] or b"") if name in groups else b""

    def read(text: bytes) -> Line | None:
        match = clock.search(compiled, text)
        try:
            when = read_moment(match["time"].decode()) if match and match["time"] else None
        except (ValueError, OverflowError):
            return None
        if match is None or when is None:
            return None
        request = group(match, "method") + b" " + group(match, "path")
        return Line(when, status_of(group(match, "status").decode("latin-1")), request, group(match, "agent"))

    def moment_of(text: bytes) -> Moment | None:
        try:
            return read_moment(text.decode())
        except (ValueError, OverflowError):
            return None

    blocks = PatternBlocks(options.pattern or "", moment_of, clock, time_format=options.time_format)
    parse = with_fast(blocks, lambda block, wanted: records_by_line(block, read, wanted))

    def timed(block: memoryview, wanted: frozenset[str]) -> Records:
        clock.add(len(block))
        return parse(block, wanted)

    return timed


def _compiled(pattern: str) -> regex.Pattern[bytes]:
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise InputError(
            f"pattern must have at most {MAX_PATTERN_LENGTH} characters (got {len(pattern)}).", field="pattern"
        )
    repeats = 1
    for least, most in re.findall(r"\{(\d*)(?:,(\d*))?\}", pattern):
        repeats *= max(1, int(least or 0), int(most or 0))
    if repeats > MAX_REPEATS:
        raise InputError(
            f"pattern must repeat at most {MAX_REPEATS:,} times in all (got {repeats:,}); use + or smaller counts.",
            field="pattern",
        )
    try:
        compiled = regex.compile(pattern.encode())
    except regex.error as error:
        raise InputError(
            f"pattern must be a regular expression (got {pattern!r}: {error}).", field="pattern"
        ) from error
    return compiled


def _require_groups(compiled: regex.Pattern[bytes], options: ImportOptions) -> None:
    needed = {
        "time": True,
        "status": options.status,
        "method": options.method,
        "path": options.path_prefix or options.exclude_static,
        "agent": options.exclude_bots,
    }
    for name, is_needed in needed.items():
        if is_needed and name not in compiled.groupindex:
            raise InputError(
                f"pattern is {options.pattern!r}, which has no group named {name}; put (?P<{name}>...) around the "
                f"{name}.",
                field="pattern",
            )
