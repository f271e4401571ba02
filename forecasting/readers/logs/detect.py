"""Which format a file has: the one that reads the most lines of a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from forecasting.readers.blocks.columns import access_lines, balancer_lines
from forecasting.readers.blocks.fast_lines import with_fast
from forecasting.readers.blocks.json_blocks import MOST_LEFT_SHARE, JsonBlocks
from forecasting.readers.logs.access_line import parse_access_lines
from forecasting.readers.logs.clf import parse_clf
from forecasting.readers.logs.json_lines import json_parser, parse_json_lines
from forecasting.readers.logs.line_formats import ALB, ELB, HAPROXY, haproxy_times, line_parser, utc_times
from forecasting.readers.logs.pattern import pattern_parser
from forecasting.readers.logs.w3c import W3CParser
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import Parser

HEAD_BYTES = 1 << 16
_SLOW = "access_line"
_ENOUGH = 0.3
"""A fast format that reads this share of what the slow one reads is taken; the slow one then reads the other lines."""

FIRST_LINES = 32
"""A format that reads all of these first lines is taken without a look at the others."""

_LOG_FORMATS: dict[str, Callable[[], Parser]] = {
    "common": lambda: parse_clf,
    "json_lines": lambda: with_fast(JsonBlocks(), parse_json_lines, most_left=MOST_LEFT_SHARE),
    "w3c": W3CParser,
    "alb": lambda: with_fast(partial(balancer_lines, has_kind=True), line_parser(ALB, utc_times)),
    "elb": lambda: with_fast(partial(balancer_lines, has_kind=False), line_parser(ELB, utc_times)),
    "haproxy": lambda: line_parser(HAPROXY, haproxy_times),
    "access_line": lambda: with_fast(access_lines, parse_access_lines),
}
"""Of formats that read equally many lines the first is taken, so the slow one that reads any of them stands last."""


def parser_for(name: str, options: ImportOptions) -> Parser:
    """A parser of its own (formats may remember earlier lines) for a named log format."""
    if name == "pattern":
        return pattern_parser(options)
    if name == "json_lines" and (options.json_time or options.json_status):
        return json_parser(options.json_time, options.json_status)
    return _LOG_FORMATS["common" if name == "combined" else name]()


def detect(block: memoryview, options: ImportOptions, *, without: Sequence[str] = ()) -> str | None:
    """Return the name of the log format that reads the most lines of a block, None if none reads any.

    A block's first lines are tried first, because they are enough for most logs. `without` names formats that
    are known to read none of them.
    """
    head = bytes(block[:HEAD_BYTES])
    head = head[: head.rfind(b"\n") + 1]
    return (
        _reads_all(_first_lines(head), options, without)
        or _detect(memoryview(head), options, without)
        or _detect(block, options, without)
    )


def _first_lines(head: bytes) -> memoryview:
    lines = head.split(b"\n", FIRST_LINES)
    return memoryview(b"".join(line + b"\n" for line in lines[:-1]))


def _reads_all(block: memoryview, options: ImportOptions, without: Sequence[str]) -> str | None:
    """The first of the fast formats that reads every line of a block, if any does."""
    for name in _names(without) if len(block) else ():
        if name == _SLOW:
            continue
        records = parser_for(name, options)(block, frozenset())
        if len(records.seconds) and not records.malformed:
            return _with_agents(name, block)
    return None


def _names(without: Sequence[str]) -> list[str]:
    return [name for name in _LOG_FORMATS if name not in without and (name != "common" or "combined" not in without)]


def _detect(block: memoryview, options: ImportOptions, without: Sequence[str]) -> str | None:
    if len(block) == 0:
        return None
    reads = {name: len(parser_for(name, options)(block, frozenset()).seconds) for name in _names(without)}
    slow = reads.pop(_SLOW, 0)
    best = max(reads, key=lambda name: reads[name], default=_SLOW)
    if slow and reads.get(best, 0) < _ENOUGH * slow:
        return _SLOW
    return _with_agents(best, block) if reads.get(best) else None


def _with_agents(name: str, block: memoryview) -> str:
    return "combined" if name == "common" and _has_agents(block) else name


def _has_agents(block: memoryview) -> bool:
    """Whether most records of a Common or Combined log have a user agent."""
    fields = parse_clf(block, frozenset(("agent",))).fields
    agents = fields.agent if fields is not None else ()
    return 2 * sum(map(bool, agents)) > len(agents)
