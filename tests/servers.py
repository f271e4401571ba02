"""Real servers for tests: PostgreSQL and Redis, started by the session on free ports of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROLE = "dataflow"
NOT_DURABLE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
"""A test kills processes, not the machine."""


def free_port() -> int:
    """Return a port of this machine that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; `run` runs one of its programs as the user that owns it."""

    port: int
    folder: Path
    run: Callable[..., Any]

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database."""
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str, template: str = "template1") -> str:
        """Create a database, as a copy of another one that nobody uses, and return its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)


@contextmanager
def postgresql_server(options: str = NOT_DURABLE, parent: Path | None = None) -> Iterator[PostgreSQL]:
    """Start a PostgreSQL server in a temporary folder, in `parent` if given; remove the folder at the end."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    initdb = shutil.which("initdb", path=str(programs) if programs else None)
    if initdb is None:
        pytest.skip("needs PostgreSQL's initdb (Debian's postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="dataflow-postgresql-", dir=parent))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        command = [str(Path(initdb).with_name(program)), "-D", str(folder / "data"), *arguments]
        # A server that inherits a pipe keeps it open, and its reader waiting.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **owner)

    port = free_port()
    listens = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100 {options}"
    try:
        run("initdb", "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", listens)
        try:
            yield PostgreSQL(port, folder, run)
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


@contextmanager
def redis_server(port: int | None = None) -> Iterator[str]:
    """Start a Redis server that writes nothing to disk, at a free port unless one is given; yield its REDIS_URL."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs redis-server")
    port = port or free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/")
    try:
        assert process.stdout is not None
        if not any("Ready to accept connections" in line for line in process.stdout):
            raise RuntimeError("redis-server did not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.communicate()
