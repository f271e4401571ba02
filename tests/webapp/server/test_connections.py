"""What slow, cut off and over-large requests cost: no thread, and no answer that is not the API's."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from webapp.server.connections import BODY_GRACE_SECONDS, HEAD_SECONDS, LEAST_BODY_RATE, Limits, Parser

TIMEOUT_SECONDS = 60
SLOW_PEERS = 40
"""Far more than a worker has threads."""

HEAD = b"POST /forecast/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n"
BEGINNINGS = {"head": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", "body": HEAD % b"application/json"}


def connected(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=TIMEOUT_SECONDS)


def exchange(url: str, raw: bytes, *, end: bool = False) -> tuple[int, dict]:
    """The status and the JSON body that the server answers to these very bytes."""
    with connected(url) as connection:
        connection.sendall(raw)
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while block := connection.recv(65_536):
            received += block
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.fixture
def parser() -> Parser:
    limits = Limits(max_request_body_size=1_001)
    limits.max_plain_body = 100
    return Parser(limits)


@pytest.mark.parametrize("part", BEGINNINGS)
def test_slow_peers_hold_no_thread(url, part):
    with ExitStack() as peers:
        for _ in range(SLOW_PEERS):
            peer = peers.enter_context(connected(url))
            peer.sendall(BEGINNINGS[part] + (b"Content-Length: 1000\r\n\r\n{" if part == "body" else b""))
        assert requests.get(f"{url}/health", timeout=TIMEOUT_SECONDS).status_code == 200
        assert requests.get(f"{url}/datasets", timeout=TIMEOUT_SECONDS).status_code == 200


def test_a_body_over_the_limit_is_refused_before_it_arrives(url):
    status, body = exchange(url, HEAD % b"application/json" + b"Content-Length: 900000000\r\n\r\n{")
    assert status == 413
    assert "DATAFLOW_MAX_JSON_BYTES" in body["message"]


def test_what_was_sent_before_the_end_is_never_taken_for_a_request(url):
    body = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    status, answer = exchange(url, HEAD % b"application/json" + b"Content-Length: 900000000\r\n\r\n" + body)
    assert status == 413
    assert answer["success"] is False


@pytest.mark.parametrize(
    ("raw", "end", "status"),
    [
        (HEAD % b"application/json" + b"Content-Length: 5\r\n\r\n{}", True, 400),
        (HEAD % b"application/json" + b"Content-Length: 5", True, 400),
        (HEAD % b"application/json" + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", False, 400),
        (HEAD % b"application/json" + b"Transfer-Encoding: gzip\r\n\r\n", False, 501),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", False, 431),
        (b"nonsense\r\n\r\n", False, 400),
    ],
)
def test_what_cannot_be_received_gets_the_error_body_of_the_api(url, raw, end, status):
    answered, body = exchange(url, raw, end=end)
    assert answered == status
    assert body.keys() == {"success", "message", "errors"}


def test_a_plain_body_has_the_limit_of_json_and_an_upload_its_own(parser):
    parser.received(b"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n")
    assert parser.completed
    assert parser.headers["CONNECTION"] == "close"
    upload = Parser(parser.adj)
    upload.received(b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n")
    assert not upload.completed


def test_a_chunked_body_is_bounded_too(parser):
    parser.received(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    parser.received(b"80\r\n" + b"x" * 128)
    assert parser.error.code == 413


def test_a_client_must_send_at_a_least_rate(parser):
    start = parser.started_at
    assert not parser.too_slow(start + HEAD_SECONDS)
    assert parser.too_slow(start + HEAD_SECONDS + 1)
    parser.received(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + b"x" * 50)
    assert not parser.too_slow(start + BODY_GRACE_SECONDS)
    assert parser.too_slow(start + BODY_GRACE_SECONDS + 1)
    parser.body_bytes_received = 2 * LEAST_BODY_RATE * (BODY_GRACE_SECONDS + 1)
    assert not parser.too_slow(start + BODY_GRACE_SECONDS + 1)
