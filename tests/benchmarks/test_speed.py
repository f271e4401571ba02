"""What measures speed reads answers as they come and tells what differs; no figure is judged here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.speed.answers import differences, requests
from benchmarks.speed.load import Connection, _percentile, opened

TOLD = """
  Latency Distribution
     50%  812.00us
     75%    1.10ms
     90%    1.41ms
     99%    1.02s
  1203 requests in 2.00s, 400.10KB read
"""


class Echo(BaseHTTPRequestHandler):
    """Answers with what was posted, in two parts; the body `wrong` with 400."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400 if body == b"wrong" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:2])
        self.wfile.flush()
        self.wfile.write(body[2:])

    def log_message(self, *_: object) -> None:
        """Nothing is written into the test's output."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_kept_connection_reads_whole_answers_and_refuses_any_that_is_not_200(port):
    with Connection(port, b"x" * 100_000) as connection:
        assert [len(connection.send()) for _ in range(3)] == [100_000] * 3
    with Connection(port, b"wrong") as connection, pytest.raises(RuntimeError, match="400"):
        connection.send()


def test_a_given_rate_waits_for_every_answer(port):
    found = opened(port, b"question", 200.0, 3, 0.2)
    assert found.rate == 200.0
    assert 0 < found.p50_ms <= found.p99_ms


@pytest.mark.parametrize(("percent", "milliseconds"), [(50, 0.812), (75, 1.1), (99, 1020.0)])
def test_the_percentiles_of_wrk_in_any_unit(percent, milliseconds):
    assert _percentile(TOLD, percent) == pytest.approx(milliseconds)


def test_a_changed_a_missing_and_a_new_answer_are_told():
    same, other = ({"status": 200, "headers": [], "body": body} for body in ("1.0", "1.1"))
    assert differences({"a": same}, {"a": same}) == []
    (changed,) = differences({"a": same}, {"a": other})
    assert changed.startswith("a: body 1.0")
    assert len(differences({"a": same}, {})) == len(differences({}, {"a": same})) == 3


def test_no_two_of_the_recorded_requests_have_the_same_name():
    names = [name for name, _ in requests()]
    assert len(names) == len(set(names)) > 300
