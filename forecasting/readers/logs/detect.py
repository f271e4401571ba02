"""Which format a file has: the one that reads the most lines of a block."""

from __future__ import annotations

from collections.abc import Callable

from forecasting.readers.logs.access_line import parse_access_lines
from forecasting.readers.logs.clf import parse_clf
from forecasting.readers.logs.json_lines import json_parser, parse_json_lines
from forecasting.readers.logs.line_formats import ALB, ELB, HAPROXY, haproxy_times, line_parser, utc_times
from forecasting.readers.logs.pattern import pattern_parser
from forecasting.readers.logs.w3c import W3CParser
from forecasting.readers.options import ImportOptions
from forecasting.readers.records import Parser

HEAD_BYTES = 1 << 16

_LOG_FORMATS: dict[str, Callable[[], Parser]] = {
    "common": lambda: parse_clf,
    "json_lines": lambda: parse_json_lines,
    "w3c": W3CParser,
    "alb": lambda: line_parser(ALB, utc_times),
    "elb": lambda: line_parser(ELB, utc_times),
    "haproxy": lambda: line_parser(HAPROXY, haproxy_times),
    "access_line": lambda: parse_access_lines,
}
"""Of formats that read equally many lines the first is taken, so the slow one that reads any of them stands last."""


def parser_for(name: str, options: ImportOptions) -> Parser:
    """A parser of its own (formats may remember earlier lines) for a named log format."""
    if name == "pattern":
        return pattern_parser(options)
    if name == "json_lines" and (options.json_time or options.json_status):
        return json_parser(options.json_time, options.json_status)
    return _LOG_FORMATS["common" if name == "combined" else name]()


def detect(block: memoryview, options: ImportOptions, *, without: str = "") -> str | None:
    """Return the name of the log format that reads the most lines of a block, None if none reads any.

    A block's first lines are tried first, because they are enough for most logs. `without` names a format that is
    known to read none of them.
    """
    head = bytes(block[:HEAD_BYTES])
    sample = memoryview(head[: head.rfind(b"\n") + 1])
    return _detect(sample, options, without) or _detect(block, options, without)


def _detect(block: memoryview, options: ImportOptions, without: str) -> str | None:
    if len(block) == 0:
        return None
    without = "common" if without == "combined" else without
    names = [name for name in _LOG_FORMATS if name != without]
    reads = {name: len(parser_for(name, options)(block, frozenset()).seconds) for name in names}
    best = max(reads, key=lambda name: reads[name])
    if reads[best] == 0:
        return None
    return "combined" if best == "common" and _has_agents(block) else best


def _has_agents(block: memoryview) -> bool:
    """Whether most records of a Common or Combined log have a user agent."""
    fields = parse_clf(block, frozenset(("agent",))).fields
    agents = fields.agent if fields is not None else ()
    return 2 * sum(map(bool, agents)) > len(agents)
