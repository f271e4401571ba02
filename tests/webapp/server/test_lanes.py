"""Heavy calls wait for each other only; a full queue refuses, and its refusal does not wait."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import orjson
import pytest

from webapp.server.lanes import HEAVY, RESERVED, RETRY_SECONDS, Lanes

SECONDS = 30


@dataclass
class Request:
    command: str
    path: str
    error: object = None


@dataclass
class Waiting:
    """A connection whose request works until `go`."""

    requests: list[Request]
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def service(self) -> None:
        self.begun.set()
        if self.requests[0].error is None:
            assert self.go.wait(SECONDS)
        self.done.set()

    def cancel(self) -> None:
        self.go.set()


def waiting(command: str, path: str) -> Waiting:
    return Waiting([Request(command, path)])


@pytest.fixture
def lanes():
    lanes = Lanes(heavy_threads=1, heavy_waiting=2)
    yield lanes
    lanes.shutdown()


def test_heavy_calls_are_bounded_and_the_others_pass_them(lanes):
    heavy = [waiting("POST", "/cost/compare") for _ in range(4)]
    lanes.add_task(heavy[0])
    assert heavy[0].begun.wait(SECONDS)
    for one in heavy[1:]:
        lanes.add_task(one)
    refused = heavy[3]
    assert refused.done.wait(SECONDS)
    status, headers, body = refused.requests[0].error.to_response()
    assert status.startswith("503")
    assert ("Retry-After", str(RETRY_SECONDS)) in headers
    assert "heavy calls" in orjson.loads(body)["message"]
    for command, path in (("GET", "/health"), ("GET", "/datasets"), ("POST", "/forecast/predict")):
        quick = waiting(command, path)
        quick.go.set()
        lanes.add_task(quick)
        assert quick.done.wait(SECONDS)
    assert not heavy[1].begun.is_set()
    for one in heavy[:3]:
        one.go.set()
        assert one.done.wait(SECONDS)


def test_polls_pass_pages(lanes):
    pages = [waiting("GET", "/cost") for _ in range(20)]
    for page in pages:
        lanes.add_task(page)
    poll = waiting("GET", "/scaling/recommendation/shop")
    poll.go.set()
    lanes.add_task(poll)
    assert poll.done.wait(SECONDS)
    for page in pages:
        page.go.set()
    assert all(page.done.wait(SECONDS) for page in pages)


@pytest.mark.parametrize(
    "path", ["/cost/compare", "/scaling/simulate", "/forecast/backtest", "/forecast/predict/csv", "/datasets"]
)
def test_what_may_take_seconds_is_heavy(path, client):
    assert HEAVY.fullmatch(path)
    assert "post" in client.get("/openapi.json").json["paths"][path]


def test_health_and_polls_have_threads_of_their_own(client):
    paths = [path for path in client.get("/openapi.json").json["paths"] if RESERVED.fullmatch(path)]
    assert {"/health", "/scaling/recommendation/{dataset}"} <= set(paths)
