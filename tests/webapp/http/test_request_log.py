"""Every line of the log belongs to a request, and every answer names it."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace

import orjson
import pytest
from flask import g

from webapp import create_app
from webapp.http.request_log import LOGGER, JsonLines, TextLines


def record_of(client, caplog, path: str = "/datasets") -> logging.LogRecord:
    with caplog.at_level(logging.DEBUG, LOGGER):
        client.get(path).close()
    return next(record for record in caplog.records if record.name == LOGGER)


def test_every_answer_has_an_id_of_its_own(client):
    ids = {client.get(path).headers["X-Request-Id"] for path in ("/health", "/nothing", "/datasets", "/")}
    assert len(ids) == 4


def test_an_id_is_taken_from_a_trusted_proxy_only(client, settings):
    given = {"X-Request-Id": "abc-123-def"}
    behind = create_app(replace(settings, proxies=1)).server.test_client()
    assert client.get("/health", headers=given).headers["X-Request-Id"] != "abc-123-def"
    assert behind.get("/health", headers=given).headers["X-Request-Id"] == "abc-123-def"
    assert behind.get("/health", headers={"X-Request-Id": "x" * 100}).headers["X-Request-Id"] != "x" * 100


def test_a_line_says_who_what_and_how_long(client, caplog):
    server = client.application
    record = record_of(client, caplog, "/datasets/sample")
    with server.test_request_context("/datasets/sample"):
        g.request_id, g.principal_name = "0123456789abcdef", "ann"
        entry = orjson.loads(JsonLines().format(record))
        text = TextLines().format(record)
    facts = {"request_id": "0123456789abcdef", "principal": "ann", "route": "/datasets/<name>", "status": 200}
    assert entry.items() >= facts.items()
    assert entry["ms"] >= 0
    assert entry["time"].endswith("+00:00")
    assert "0123456789abcdef ann GET /datasets/sample 200" in text


@pytest.mark.parametrize(
    ("path", "level"),
    [
        ("/datasets", logging.INFO),
        ("/assets/app.js", logging.DEBUG),
        ("/scaling/recommendation/sample", logging.WARNING),
    ],
)
def test_what_failed_is_a_warning_and_files_are_no_news(client, caplog, path, level):
    assert record_of(client, caplog, path).levelno == level


@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_a_name_cannot_forge_a_line(client, caplog, form):
    line = form().format(record_of(client, caplog, "/a%0Afake%1b[31m"))
    assert "\n" not in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_a_traceback_belongs_to_its_line(form):
    try:
        raise ValueError("reason")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    assert "ValueError: reason" in form().format(record)
