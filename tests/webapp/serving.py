"""A real server for tests: gunicorn with our configuration in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
BOOT_SECONDS = 90


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_server(home: Path, *, workers: int = 1, **variables: str) -> Iterator[str]:
    """The address of a server of its own; it ends with the block, and its log is shown where it does not come up."""
    port = free_port()
    environment = {
        **os.environ,
        "DATAFLOW_HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(workers),
        **variables,
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "webapp/app/gunicorn_conf.py", "wsgi:server"]
    log = home.parent / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        _wait_until_up(process, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(process: subprocess.Popen, url: str, log: Path) -> None:
    end = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(f"{url}/openapi.json", timeout=BOOT_SECONDS)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The server did not come up:\n{log.read_text()}")
