"""JSON lines, as nginx, Caddy, Traefik and others write them."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from forecasting.readers.logs.single_lines import Line, records_by_line, status_of
from forecasting.readers.records import Records
from forecasting.readers.times.times import Moment, epoch_moment, moment

_TIME = ("time", "timestamp", "@timestamp", "ts", "time_iso8601", "time_local", "msec", "date", "datetime")
_TIME += ("StartUTC", "start_time")


@dataclass(frozen=True)
class _Places:
    """Where a value is looked for: keys of the record itself, then paths into objects inside it."""

    keys: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    def first(self, record: dict) -> object:
        """The first value that is there and no object."""
        for key in self.keys:
            value = record.get(key)
            if value is not None and not isinstance(value, dict):
                return value
        for path in self.paths:
            value = record
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None and not isinstance(value, dict):
                return value
        return None


_STATUS = _Places(
    ("status", "status_code", "DownstreamStatus", "response_code"),
    (("http", "response", "status_code"), ("httpRequest", "status")),
)
_METHOD = _Places(
    ("method", "request_method", "RequestMethod"),
    (("request", "method"), ("http", "request", "method"), ("httpRequest", "requestMethod")),
)
_PATH = _Places(
    ("uri", "request_uri", "RequestPath", "path", "url"),
    (("request", "uri"), ("url", "path"), ("httpRequest", "requestUrl")),
)
_AGENT = _Places(
    ("user_agent", "http_user_agent", "request_User-Agent", "agent"),
    (("request", "headers", "User-Agent"), ("user_agent", "original"), ("httpRequest", "userAgent")),
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
    when = _moment(record)
    if when is None:
        return None
    status, request = _STATUS.first(record), _request(record)
    if status is None and not request:
        return None
    agent = _AGENT.first(record)
    return Line(when, status_of(status), request, _bytes(agent[0] if isinstance(agent, list) and agent else agent))


def _request(record: dict) -> bytes:
    """The request line, or method and path; empty where there is neither."""
    if isinstance(record.get("request"), str):
        return _bytes(record["request"])
    method, path = _METHOD.first(record), _PATH.first(record)
    return b"" if method is None and path is None else _bytes(method) + b" " + _bytes(path)


def _moment(record: dict) -> Moment | None:
    for key in _TIME:
        value = record.get(key)
        try:
            if isinstance(value, str):
                return moment(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return epoch_moment(value)
        except ValueError:
            continue
    return None


def _bytes(value: object) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else b""
