"""Load on a server: closed loop (as fast as it responds) and open loop (at a given rate)."""

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
    """Requests per second, and the median and 99th percentile in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float


def client() -> str:
    """Return the client of the closed loop: wrk (which takes a few per cent of a core) if it is installed."""
    return "wrk" if shutil.which("wrk") else "Python threads, which take part of the time that they measure"


def closed(port: int, body: bytes, connections: int, seconds: float) -> Measured:
    """Repeat requests on every connection without a pause. Raises RuntimeError for a status other than 200."""
    if not shutil.which("wrk"):
        return _closed_here(port, body, connections, seconds)
    with tempfile.TemporaryDirectory() as folder:
        script, request = Path(folder) / "post.lua", Path(folder) / "body.json"
        script.write_text(SCRIPT)
        request.write_bytes(body)
        shape = ["--threads", "1", "--connections", str(connections), "--duration", f"{max(1, round(seconds))}s"]
        command = ["wrk", *shape, "--script", str(script), "--latency", f"http://127.0.0.1:{port}{PATH}"]
        environment = {**os.environ, "WRK_BODY": str(request)}
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(output)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", output)
    return Measured(float(rate), _percentile(output, 50), _percentile(output, 99))


def _percentile(output: str, percent: int) -> float:
    ((number, unit),) = re.findall(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", output, re.MULTILINE)
    return float(number) * _UNITS[unit]


def _closed_here(port: int, body: bytes, connections: int, seconds: float) -> Measured:
    taken: list[float] = []
    end = time.perf_counter() + seconds

    def client_loop() -> None:
        with Connection(port, body) as connection:
            while (began := time.perf_counter()) < end:
                connection.send()
                taken.append(1000 * (time.perf_counter() - began))

    _together([threading.Thread(target=client_loop) for _ in range(connections)])
    return Measured(len(taken) / seconds, *np.percentile(taken, [50, 99]).tolist())


def opened(port: int, body: bytes, rate: float, connections: int, seconds: float) -> Measured:
    """Send requests at random (Poisson) times at a rate, whether answered or not; times count from the arrival."""
    count = min(MOST_ARRIVALS, max(20, round(rate * seconds)))
    arrivals = np.cumsum(np.random.default_rng(1).exponential(1 / rate, count)).tolist()
    number, taken, begun = itertools.count(), [0.0] * count, time.perf_counter() + 0.1

    def client_loop() -> None:
        with Connection(port, body) as connection:
            while (mine := next(number)) < count:
                due = begun + arrivals[mine]
                time.sleep(max(0.0, due - time.perf_counter()))
                connection.send()
                taken[mine] = 1000 * (time.perf_counter() - due)

    _together([threading.Thread(target=client_loop) for _ in range(connections)])
    return Measured(rate, *np.percentile(taken, [50, 99]).tolist())


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Connection:
    """One persistent connection that repeats one request; far leaner than a client that reads every header."""

    def __init__(self, port: int, body: bytes):
        head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self.request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self) -> bytes:
        """Send the request and return the body of the response; raises RuntimeError for a status other than 200."""
        self.socket.sendall(self.request)
        response = b""
        while (end := response.find(b"\r\n\r\n")) < 0:
            response += self._received()
        (length,) = re.findall(rb"content-length: (\d+)", response[:end].lower())
        while len(response) < end + 4 + int(length):
            response += self._received()
        if not response.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(response[:600].decode())
        return response[end + 4 :]

    def _received(self) -> bytes:
        part = self.socket.recv(65_536)
        if not part:
            raise RuntimeError("The server closed the connection.")
        return part
