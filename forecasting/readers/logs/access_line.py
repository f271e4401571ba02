"""Access lines in any order of fields: a time, and a request or a status, anywhere in the line.

This reads what the fast readers do not: fields between time, request and status, an unquoted request, nginx proxy
manager, Envoy and Istio text, S3, Tomcat, Squid, uWSGI, and `key=value` lines (logfmt) such as Heroku's router writes.
"""

from __future__ import annotations

import re

from forecasting.readers.logs.single_lines import Line, records_by_line
from forecasting.readers.records import Records
from forecasting.readers.times.anywhere import find_time

_METHODS = rb"GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE|PROPFIND|REPORT|PURGE|MKCOL|COPY|MOVE|LOCK|UNLOCK"
REQUEST = re.compile(
    rb"(?:^|[\"'\s|\[])(?P<method>" + _METHODS + rb")[ \t]+(?:https?[ \t]+[^\s/\"]+[ \t]+)?\"?(?P<path>[^\s\"]+)\"?"
    rb"(?:[ \t]+HTTP/\d(?:\.\d)?)?"
)
_CELLS = re.compile(
    rb"[|,;\t]\"?(?P<method>"
    + _METHODS
    + rb")\"?(?P<mark>[|,;\t])\"?(?P<path>(?:/|https?:)[^|,;\t\"]*)\"?(?=(?P=mark)|$)"
)
"""A method and a path in cells of their own, as in `time|GET|/a|200`."""

_KEY_METHOD = re.compile(rb"\b(?:request_|http)?[mM]ethod[=:>]\"?(?P<method>[A-Z]+)\b")
_KEY_PATH = re.compile(rb"\b(?:path|uri|url|request_uri|resourcePath)[=:>]\"?(?P<path>[^\s\"<]+)")
_KEY_STATUS = re.compile(rb"\b(?:http_)?(?:status|status_code|code)[=:>]\"?(?P<status>[1-5]\d\d)(?!\d)")
_STATUS = re.compile(rb"[\s\"(|,;](?P<status>[1-5]\d\d)(?=[\s\"),;|]|$)(?!\s*(?:[mun\xb5]?s|bytes|B|[kK]B)\b)")
_SQUID_STATUS = re.compile(rb"\b(?:TCP|UDP|NONE|HIT|MISS)[A-Z_]*/(?P<status>[1-5]\d\d)\b")
_ERROR_LINE = re.compile(
    rb"\[(?:\w+:)?(?:emerg|alert|crit|error|warn|warning|notice|info|debug|trace\d?)\]|\b(?:level|lvl)=(?:error|warn)"
)
"""Lines of an error log may quote the request that failed; they are no access records."""

_COLOUR = re.compile(rb"\x1b\[[\d;]*m")
_CONNECTION = re.compile(rb"(?:tls|tcp|udp|tcp_udp) \d\.\d \d{4}-\d\d-\d\dT[\d:.]+Z? net/")
"""A line of a network load balancer (NLB): a connection, in UTC."""

_TCP = re.compile(rb"\] \S+ \S+ -?\d+/-?\d+/\+?\d+ \+?\d+ [\w-]{2} (?:\d+/){4}\+?\d+ \d+/\d+")
"""What follows the time of a connection through HAProxy in TCP mode."""

_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*+)(?P<end>"|\\?\Z)')
"""A quoted text, or the rest of the line if nothing closes the quote: looking on from each quote would take seconds."""

_PRODUCT = re.compile(rb"\w/\d")
_KEY_AGENT = re.compile(rb"\b(?:http_)?(?:user_agent|useragent|agent)=\"((?:[^\"\\]|\\.)*)\"")


def parse_access_lines(block: memoryview, wanted: frozenset[str]) -> Records:
    """Return the records of a block whose lines hold a time and a request or a status."""
    return records_by_line(block, access_line, wanted)


def access_line(text: bytes) -> Line | None:
    """Return the record of a line, None if the line has no time, or neither a request nor a status."""
    # What follows is a body or a cookie, and looking through megabytes takes seconds.
    text = _COLOUR.sub(b"", text[:8192])
    found = find_time(text)
    if found is None:
        return None
    moment, after_time = found
    if _CONNECTION.match(text):
        return Line((moment[0], 0), 0, b"", b"")
    if _TCP.search(text, after_time):
        return Line(moment, 0, b"", b"")
    if _ERROR_LINE.search(text[:200]):
        return None
    request = _request(text, max(0, after_time - 1)) or _request(text, 0)
    keyed = _KEY_METHOD.search(text), _KEY_PATH.search(text)
    status = _status(text, request, after_time)
    if request is None and not keyed[0]:
        # A number alone proves nothing, and a path may be that of a file; `status=200` does.
        return Line(moment, status, _words(keyed), b"") if _KEY_STATUS.search(text) else None
    words = _words(keyed) if request is None else request["method"] + b" " + request["path"]
    return Line(moment, status, words, _agent(text, request.end() if request else after_time))


def _words(keyed: tuple[re.Match[bytes] | None, ...]) -> bytes:
    """Method and path that stand behind keys."""
    return b" ".join(part[1] if part else b"" for part in keyed) if any(keyed) else b""


def access_line_without_time(text: bytes) -> Line | None:
    """Return the record of a line that has a request and a status, and whose time only its surroundings tell."""
    text = _COLOUR.sub(b"", text[:8192])
    request = None if _ERROR_LINE.search(text[:200]) else _request(text, 0)
    status = _status(text, request, 0) if request is not None else 0
    if request is None or not status:
        return None
    return Line(None, status, request["method"] + b" " + request["path"], _agent(text, request.end()))


def _request(text: bytes, start: int) -> re.Match[bytes] | None:
    return REQUEST.search(text, start) or _CELLS.search(text, start)


def _status(text: bytes, request: re.Match[bytes] | None, after_time: int) -> int:
    for pattern in (_KEY_STATUS, _SQUID_STATUS):
        if match := pattern.search(text):
            return int(match["status"])
    after = _STATUS.search(text, request.end()) if request else None
    match = after or (_STATUS.search(text, after_time, request.start()) if request else None)
    return int(match["status"]) if match else 0


def _agent(text: bytes, start: int) -> bytes:
    """The user agent: the value of its key, else the first quoted text with a product and a version."""
    if keyed := _KEY_AGENT.search(text):
        return keyed[1]
    quoted = (match[1] for match in _QUOTED.finditer(text, start) if match["end"] == b'"')
    return next((one for one in quoted if not one.startswith((b"http", b"/")) and _PRODUCT.search(one)), b"")
