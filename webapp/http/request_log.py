"""The log of the server: a line for each request, and in every line the id of the request that it belongs to.

The id is in the answer too (`X-Request-Id`), and in the body of every 5xx, so that a user can name the line.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from datetime import UTC, datetime

import orjson
from flask import Flask, Response, g, has_request_context, request

from forecasting.settings import Settings
from webapp.server.connections import RECEIVED_AT

HEADER = "X-Request-Id"
LOGGER = "dataflow.requests"
QUIET = ("/assets/", "/vendor/", "/_dash-component-suites/", "/_favicon", "/live")
"""Beginnings of paths whose successful requests tell nothing."""

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_FIELDS = ("method", "route", "status", "ms", "client")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

log = logging.getLogger(LOGGER)


def request_id() -> str:
    """Return the id of the current request; a proxy that is trusted may have given it one."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "") if g.get("trusts_proxy") else ""
        g.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    return g.request_id


def install(server: Flask, settings: Settings) -> None:
    """Give every request of `server` an id, and write a line about it when it is answered. Call it first of all."""
    trusts_proxy = bool(settings.proxies)

    @server.url_value_preprocessor  # Flask calls this before any check
    def begin(_endpoint: str | None, _values: object) -> None:
        g.began_at, g.trusts_proxy = request.environ.get(RECEIVED_AT, time.monotonic()), trusts_proxy

    @server.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        level = _level(response.status_code)
        if log.isEnabledFor(level):
            log.log(level, "%s %s", request.method, request.path, extra=_facts(response))
        return response


def configure(settings: Settings) -> None:
    """Write the log of this process to standard error, in the form and from the level that the settings name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    logging.getLogger(LOGGER).setLevel(settings.log_level.upper())


class TextLines(logging.Formatter):
    """Lines to read: time, level, request, message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the traceback if there is one."""
        time_text = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
        words = [time_text, record.levelname.lower()]
        if has_request_context():
            words += [request_id(), _principal() or "-"]
        words.append(_UNPRINTABLE.sub("?", record.getMessage()).replace("\n", " "))
        if hasattr(record, "status"):
            words += [str(record.status), f"{getattr(record, 'ms', 0)} ms"]
        return "\n".join([" ".join(words), *([self.formatException(record.exc_info)] if record.exc_info else [])])


class JsonLines(logging.Formatter):
    """Lines for programs: one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as a line."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            entry |= {"request_id": request_id(), "principal": _principal()}
        entry |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


def _facts(response: Response) -> dict[str, object]:
    rule = request.url_rule
    return {
        "method": request.method,
        "route": rule.rule if rule else None,
        "status": response.status_code,
        "ms": round(1000 * (time.monotonic() - g.began_at), 1),
        "client": request.remote_addr,
    }


def _level(status: int) -> int:
    if status >= 500 or status in (403, 421, 429):
        return logging.WARNING
    return logging.DEBUG if request.path.startswith(QUIET) else logging.INFO


def _principal() -> str | None:
    """Return the name of the user or the key of the request, None if there is none."""
    return g.get("principal_name")
