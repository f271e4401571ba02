"""Fetching the NASA logs, from a real server on this machine that fails in the ways servers do."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from forecasting.errors import InputError, WorkFailed
from forecasting.readers.nasa_http import NASA_LOGS, fetch_nasa_http

JULY, AUGUST = NASA_LOGS


def log_bytes(lines: int, tail: bytes = b"") -> bytes:
    return gzip.compress(b"x\n" * lines + tail, compresslevel=1)


@dataclass
class Mirror:
    """A server whose next answers can be told to go wrong; `asked` has the path and Range of every request."""

    files: dict[str, bytes]
    troubles: list[str] = field(default_factory=list)
    takes_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    mirror: Mirror

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""

    def do_GET(self) -> None:
        mirror, name = self.mirror, self.path.rpartition("/")[2]
        given = self.headers.get("Range")
        mirror.asked.append((name, given))
        trouble = mirror.troubles.pop(0) if mirror.troubles else ""
        if name not in mirror.files or trouble == "gone":
            self.send_error(404)
            return
        if trouble == "busy":
            self.send_error(503)
            return
        body = mirror.files[name]
        start = int(given.removeprefix("bytes=").rstrip("-")) if given and mirror.takes_ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Content-Encoding", "x-gzip")
        self.end_headers()
        part = body[start:]
        self.wfile.write(part[: len(part) // 2] if trouble == "half" else part)


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    # The archive's July log ends in a fragment of a line.
    return {JULY: log_bytes(NASA_LOGS[JULY], b"alyssa.p"), AUGUST: log_bytes(NASA_LOGS[AUGUST])}


@pytest.fixture
def mirror(bodies: dict[str, bytes]) -> Iterator[Mirror]:
    state = Mirror(dict(bodies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"mirror": state}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/traces"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(mirror: Mirror, destination: Path, **more: object) -> list[Path]:
    return fetch_nasa_http(destination, mirror=mirror.url, backoff_seconds=0, **more)


def test_both_logs_arrive_whole_and_progress_is_told(mirror: Mirror, tmp_path: Path, bodies: dict[str, bytes]) -> None:
    told: list[tuple[int, int | None]] = []
    paths = fetch(mirror, tmp_path / "new" / "folder", progress=lambda done, total: told.append((done, total)))
    assert [path.name for path in paths] == [JULY, AUGUST]
    assert [path.read_bytes() for path in paths] == [bodies[JULY], bodies[AUGUST]]
    assert (len(bodies[JULY]), len(bodies[JULY])) in told
    assert told[-1] == (len(bodies[AUGUST]), len(bodies[AUGUST]))
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted([JULY, AUGUST])


def test_a_transfer_that_stops_half_way_is_resumed(mirror: Mirror, tmp_path: Path, bodies: dict[str, bytes]) -> None:
    mirror.troubles = ["half", "half"]
    paths = fetch(mirror, tmp_path)
    assert paths[0].read_bytes() == bodies[JULY]
    half = len(bodies[JULY]) // 2
    assert mirror.asked[0] == (JULY, None)
    assert mirror.asked[1] == (JULY, f"bytes={half}-")
    assert mirror.asked[2] == (JULY, f"bytes={half + (len(bodies[JULY]) - half) // 2}-")


def test_a_server_without_ranges_is_asked_from_the_start(
    mirror: Mirror, tmp_path: Path, bodies: dict[str, bytes]
) -> None:
    mirror.troubles, mirror.takes_ranges = ["half"], False
    assert fetch(mirror, tmp_path)[0].read_bytes() == bodies[JULY]


def test_a_busy_server_is_asked_again(mirror: Mirror, tmp_path: Path) -> None:
    mirror.troubles = ["busy", "busy"]
    assert len(fetch(mirror, tmp_path)) == 2
    assert [name for name, _ in mirror.asked] == [JULY, JULY, JULY, AUGUST]


def test_it_gives_up_after_five_attempts_and_leaves_nothing(mirror: Mirror, tmp_path: Path) -> None:
    mirror.troubles = ["busy"] * 5
    with pytest.raises(WorkFailed, match="could not be fetched in 5 attempts: 503"):
        fetch(mirror, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_log_is_not_asked_for_again(mirror: Mirror, tmp_path: Path) -> None:
    mirror.troubles = ["gone"]
    with pytest.raises(WorkFailed, match="answers 404; give another mirror"):
        fetch(mirror, tmp_path)
    assert len(mirror.asked) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (log_bytes(7), r"it has 7 lines instead of 1,891,714\. Give another mirror"),
        (log_bytes(1000)[:-20], "is cut off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "is not text"),
    ],
)
def test_something_else_is_refused_and_leaves_nothing(mirror: Mirror, tmp_path: Path, body: bytes, reason: str) -> None:
    mirror.files[JULY] = body
    with pytest.raises(WorkFailed, match=reason):
        fetch(mirror, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_lies_there_whole_is_not_fetched_again(
    mirror: Mirror, tmp_path: Path, bodies: dict[str, bytes]
) -> None:
    (tmp_path / JULY).write_bytes(bodies[JULY])
    (tmp_path / AUGUST).write_bytes(bodies[AUGUST][:-5000])
    fetch(mirror, tmp_path)
    assert [name for name, _ in mirror.asked] == [AUGUST]
    assert (tmp_path / AUGUST).read_bytes() == bodies[AUGUST]


@pytest.mark.parametrize(
    ("mirror", "proxy", "cause"),
    [
        ("http://127.0.0.1:9/traces", "", "it cannot be reached from here"),
        ("http://nothing.invalid/traces", "", "its name is not known here; this machine seems to be offline"),
        ("http://nothing.invalid/traces", "http://127.0.0.1:9", "the proxy that this machine is told to use"),
    ],
)
def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: str, proxy: str, cause: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy)
    with pytest.raises(WorkFailed, match=f"could not be fetched in 5 attempts: {cause}"):
        fetch_nasa_http(tmp_path, mirror=mirror, backoff_seconds=0)


def test_files_at_hand_are_taken_instead(tmp_path: Path) -> None:
    file = tmp_path / "own.log"
    file.write_text("x\n")
    assert fetch_nasa_http(tmp_path, files=[file]) == [file]
    with pytest.raises(InputError, match="is no file; give the paths of the logs"):
        fetch_nasa_http(tmp_path, files=[tmp_path / "none.log"])


@pytest.mark.parametrize("mirror", ["ftp://example.com/x", "example.com", "file:///etc", ""])
def test_a_mirror_is_an_http_address(tmp_path: Path, mirror: str) -> None:
    with pytest.raises(InputError, match=r"mirror must be an address such as https://"):
        fetch_nasa_http(tmp_path, mirror=mirror)
