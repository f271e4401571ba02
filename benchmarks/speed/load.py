"""Load on a server: as much as it takes, and a given rate whether it keeps up or not."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PATH = "/forecast/predict"
SCRIPT = """
local file = io.open(os.getenv("WRK_BODY"), "rb")
wrk.method, wrk.body = "POST", file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
MOST_ARRIVALS = 4_000


@dataclass(frozen=True)
class Measured:
    """Requests a second, and milliseconds that half and 99 % of them took at most."""

    rate: float
    p50_ms: float
    p99_ms: float


def client() -> str:
    """What puts as many requests as are answered: wrk (its cost is a few per cent of a core) where it is installed."""
    return "wrk" if shutil.which("wrk") else "threads of Python, which take a part of what they measure"


def closed(port: int, body: bytes, connections: int, seconds: float) -> Measured:
    """Every connection asks anew as soon as it has its answer. Raises RuntimeError for an answer other than 200."""
    if not shutil.which("wrk"):
        return _closed_here(port, body, connections, seconds)
    with tempfile.TemporaryDirectory() as folder:
        script, question = Path(folder) / "post.lua", Path(folder) / "body.json"
        script.write_text(SCRIPT)
        question.write_bytes(body)
        shape = ["--threads", "1", "--connections", str(connections), "--duration", f"{max(1, round(seconds))}s"]
        command = ["wrk", *shape, "--script", str(script), "--latency", f"http://127.0.0.1:{port}{PATH}"]
        environment = {**os.environ, "WRK_BODY": str(question)}
        told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)[1]
    return Measured(float(rate), *(_percentile(told, percent) for percent in (50, 99)))


def _percentile(told: str, percent: int) -> float:
    number, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", told, re.MULTILINE).groups()
    return float(number) * _UNITS[unit]


def _closed_here(port: int, body: bytes, connections: int, seconds: float) -> Measured:
    taken: list[float] = []
    end = time.perf_counter() + seconds

    def ask() -> None:
        with Connection(port, body) as connection:
            while (began := time.perf_counter()) < end:
                connection.ask()
                taken.append(1000 * (time.perf_counter() - began))

    _together([threading.Thread(target=ask) for _ in range(connections)])
    return Measured(len(taken) / seconds, *np.percentile(taken, [50, 99]).tolist())


def opened(port: int, body: bytes, rate: float, connections: int, seconds: float) -> Measured:
    """Requests arrive at random (Poisson) at a rate, answered or not; times count from the arrival."""
    count = min(MOST_ARRIVALS, max(20, round(rate * seconds)))
    arrivals = np.cumsum(np.random.default_rng(1).exponential(1 / rate, count)).tolist()
    number, taken, begun = itertools.count(), [0.0] * count, time.perf_counter() + 0.1

    def ask() -> None:
        with Connection(port, body) as connection:
            while (mine := next(number)) < count:
                due = begun + arrivals[mine]
                time.sleep(max(0.0, due - time.perf_counter()))
                connection.ask()
                taken[mine] = 1000 * (time.perf_counter() - due)

    _together([threading.Thread(target=ask) for _ in range(connections)])
    return Measured(rate, *np.percentile(taken, [50, 99]).tolist())


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Connection:
    """One kept connection that asks one question; far leaner than a client that reads every header."""

    def __init__(self, port: int, body: bytes):
        head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self.question = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self) -> bytes:
        """The body of one answer; raises RuntimeError for another status than 200."""
        self.socket.sendall(self.question)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._received()
        length = int(re.search(rb"content-length: (\d+)", answer[:end].lower())[1])
        while len(answer) < end + 4 + length:
            answer += self._received()
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(answer[:600].decode())
        return answer[end + 4 :]

    def _received(self) -> bytes:
        part = self.socket.recv(65_536)
        if not part:
            raise RuntimeError("The server closed the connection.")
        return part
