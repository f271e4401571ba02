"""JSON log records, one a line: of any server, in an envelope, or behind the prefix of a log shipper.

Keys are found by name whatever their case, separators and depth (`logs.json_keys`). A record that holds the line of
another program in `log`, `message`, `MESSAGE`, `_raw` and the like is unwrapped one level, and the inner time wins.
"""

from __future__ import annotations

import json
import re

import orjson

from forecasting.readers.logs import json_keys as keys
from forecasting.readers.logs.access_line import access_line, access_line_without_time
from forecasting.readers.logs.json_keys import FlatRecord, plain
from forecasting.readers.logs.single_lines import Line, records_by_line, status_of
from forecasting.readers.records import Parser, Records
from forecasting.readers.times.anywhere import find_time
from forecasting.readers.times.times import Moment

MAX_PREFIX = 400
_MAX_ODD_BYTES = 1 << 16
_MOST_DIGITS = 308
_ODD_NUMBER = re.compile(rb"[:\s,\[-](?:NaN|Infinity|\d[\d.]*[eE]\+?\d{3}|\d{%d})" % (_MOST_DIGITS + 1))
"""Numbers that standard JSON does not have, or that no float holds."""


def parse_json_lines(block: memoryview, wanted: frozenset[str]) -> Records:
    """Return the records of a block of JSON objects, one a line.

    A record has a time and at least one of status, method, path or request line.
    """
    return records_by_line(block, json_line, wanted)


def loads(text: bytes | str) -> object:
    """Return the value of a JSON text, None if it is none.

    NaN and Infinity, which Python writes, are read, and so are numbers that no float holds.
    """
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        if len(text) > _MAX_ODD_BYTES or not _ODD_NUMBER.search(text if isinstance(text, bytes) else text.encode()):
            return None
        try:
            value = json.loads(text, parse_int=_integer)
        except (ValueError, RecursionError):
            return None
    return value


def _integer(digits: str) -> float:
    """An integer; infinite if no float holds it, as a larger number with an exponent is."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def json_parser(time_key: str | None, status_key: str | None) -> Parser:
    """Return a parser for JSON records whose keys for time and status are given; any object with them is a request."""

    def read(text: bytes) -> Line | None:
        return json_line(text, time_key, status_key)

    return lambda block, wanted: records_by_line(block, read, wanted)


def json_line(text: bytes, time_key: str | None = None, status_key: str | None = None) -> Line | None:
    """Return the record of a line that is a JSON object or ends with one; None if it is no access record."""
    brace = text.find(b'{"', 0, MAX_PREFIX)
    if brace < 0:
        brace = text.find(b"{", 0, MAX_PREFIX)
    if brace < 0 or not text.rstrip().endswith(b"}"):
        return None
    record = loads(text[brace:])
    if not isinstance(record, dict):
        return None
    line = _keyed_line(record, time_key, status_key) if time_key or status_key else record_line(record)
    if line is None:
        return None
    prefix = find_time(text[:brace]) if brace and line.moment is None else None
    moment = line.moment or (prefix[0] if prefix else None)
    return None if moment is None else line._replace(moment=moment)


def _keyed_line(record: dict[str, object], time_key: str | None, status_key: str | None) -> Line | None:
    """Return the record of an object whose keys for time and status are given; None if it lacks one of them."""
    flat = FlatRecord.of(record)
    time = flat.first([plain(time_key)]) if time_key else None
    moment = keys.value_moment(time) if time_key else flat.moment()
    status = flat.first([plain(status_key)] if status_key else keys.STATUS_KEYS)
    if moment is None or (status_key and status is None):
        return None
    return Line(moment, status_of(status), _request(flat), _bytes(flat.first(keys.AGENT_KEYS)), _weight(flat))


def record_line(record: dict[str, object], *, unwrap: bool = True) -> Line | None:
    """Return the access record that a JSON object holds, its `moment` None if only the surroundings tell the time."""
    flat = FlatRecord.of(record)
    if _is_error_entry(flat):
        return None
    status, request = status_of(flat.first(keys.STATUS_KEYS)), _request(flat)
    if not status:
        inner = _unwrapped(flat) if unwrap else None
        if inner is not None or not request:
            return inner
    agent = flat.first(keys.AGENT_KEYS)
    return Line(flat.moment(), status, request, _bytes(agent), _weight(flat))


def _unwrapped(flat: FlatRecord) -> Line | None:
    """The access record that stands as text inside a record of a log shipper."""
    outer: Moment | None = None
    for key in keys.TEXT_KEYS:
        for values in (flat.by_path, flat.by_key):
            text = values.get(plain(key))
            if not isinstance(text, str) or not text.strip():
                continue
            line = inner_line(text.strip())
            if line is not None:
                outer = outer or flat.moment()
                return line if line.moment is not None else line._replace(moment=outer)
    return None


def inner_line(text: str) -> Line | None:
    """Return the access record that a text inside another record is; None if it is none."""
    if text.startswith("{"):
        inner = loads(text)
        return record_line(inner, unwrap=False) if isinstance(inner, dict) else None
    line = text.encode("utf-8", "replace")
    return access_line(line) or access_line_without_time(line)


def _is_error_entry(flat: FlatRecord) -> bool:
    """Whether it is the entry of an error log that stands beside the access record of the same request (Caddy)."""
    logger = flat.by_path.get("logger")
    return isinstance(logger, str) and "log.error" in logger


def _request(flat: FlatRecord) -> bytes:
    """The request line, or method and path; empty if there is neither."""
    line = flat.first(keys.REQUEST_KEYS)
    method, path = flat.first(keys.METHOD_KEYS), flat.first(keys.PATH_KEYS)
    if isinstance(line, str) and " " in line:
        return _bytes(line)
    if path is None:
        path = line
    if method is None and not isinstance(line, str):
        # A path alone may be a file that a program opened.
        path = flat.first([key for key in keys.PATH_KEYS if key not in keys.FILE_KEYS])
    return b"" if method is None and path is None else _bytes(method) + b" " + _bytes(path)


def _weight(flat: FlatRecord) -> int:
    """How many requests a rolled-up record stands for: its `count`, 1 if it has none."""
    for key in keys.COUNT_KEYS:
        value = flat.by_path.get(key)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if 0 <= value < 10**12 and value == int(value):
            return int(value)
    return 1


def _bytes(value: object) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else b""
