"""JSON lines, as nginx, Caddy, Traefik and others write them."""

from __future__ import annotations

import orjson

from forecasting.readers.records import Records
from forecasting.readers.single_lines import Line, records_by_line, status_of
from forecasting.readers.times import Moment, epoch_moment, moment

_TIME_KEYS = (
    ("time",),
    ("timestamp",),
    ("@timestamp",),
    ("ts",),
    ("time_iso8601",),
    ("time_local",),
    ("msec",),
    ("date",),
    ("datetime",),
    ("StartUTC",),
    ("start_time",),
)
_STATUS_KEYS = (
    ("status",),
    ("status_code",),
    ("DownstreamStatus",),
    ("response_code",),
    ("http", "response", "status_code"),
    ("httpRequest", "status"),
)
_METHOD_KEYS = (
    ("request", "method"),
    ("method",),
    ("request_method",),
    ("RequestMethod",),
    ("http", "request", "method"),
    ("httpRequest", "requestMethod"),
)
_PATH_KEYS = (
    ("request", "uri"),
    ("uri",),
    ("request_uri",),
    ("RequestPath",),
    ("path",),
    ("url", "path"),
    ("url",),
    ("httpRequest", "requestUrl"),
)
_AGENT_KEYS = (
    ("request", "headers", "User-Agent"),
    ("user_agent",),
    ("http_user_agent",),
    ("request_User-Agent",),
    ("user_agent", "original"),
    ("agent",),
    ("httpRequest", "userAgent"),
)


def parse_json_lines(block: memoryview, wanted: frozenset[str]) -> Records:
    """The records of a block of JSON objects, one a line, as nginx, Caddy, Traefik and others write them.

    A record has a time and at least one of status, method, path or request line.
    """
    return records_by_line(block, _json_line, wanted)


def _json_line(text: bytes) -> Line | None:
    if not text.lstrip().startswith(b"{"):
        return None
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    status = _first(record, _STATUS_KEYS)
    request = _json_request(record)
    when = _json_moment(record)
    if when is None or (status is None and not request):
        return None
    agent = _first(record, _AGENT_KEYS)
    return Line(when, status_of(status), request, _bytes(agent[0] if isinstance(agent, list) and agent else agent))


def _json_request(record: dict) -> bytes:
    """The request line, or method and path; empty where there is neither."""
    if isinstance(record.get("request"), str):
        return _bytes(record["request"])
    method, path = _first(record, _METHOD_KEYS), _first(record, _PATH_KEYS)
    return b"" if method is None and path is None else _bytes(method) + b" " + _bytes(path)


def _json_moment(record: dict) -> Moment | None:
    for keys in _TIME_KEYS:
        value = _at(record, keys)
        try:
            if isinstance(value, str):
                return moment(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return epoch_moment(value)
        except ValueError:
            continue
    return None


def _first(record: dict, paths: tuple[tuple[str, ...], ...]) -> object:
    """The first value that is there and no object."""
    values = (_at(record, keys) for keys in paths)
    return next((value for value in values if value is not None and not isinstance(value, dict)), None)


def _at(record: dict, keys: tuple[str, ...]) -> object:
    value: object = record
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _bytes(value: object) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else b""
