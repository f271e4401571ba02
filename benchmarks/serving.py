"""A real server for benchmarks: gunicorn with the project's configuration, on a free loopback port."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
BOOT_SECONDS = 120


@contextmanager
def server(workers: int, home: Path | None = None) -> Iterator[tuple[int, psutil.Process]]:
    """Yield the port and the master process of a server, by default with an empty home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as empty:
        variables = {"PORT": str(port), "WEB_CONCURRENCY": str(workers), "DATAFLOW_HOME": str(home or empty)}
        command = [sys.executable, "-m", "gunicorn", "--config", "webapp/app/gunicorn_conf.py", "wsgi:server"]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.DEVNULL)
        try:
            wait_until_up(port)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(40)


def wait_until_up(port: int) -> None:
    """Return when the server answers; raises TimeoutError."""
    end = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=BOOT_SECONDS)
        try:
            connection.request("GET", "/openapi.json")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise TimeoutError(f"The server did not answer within {BOOT_SECONDS} seconds.")
