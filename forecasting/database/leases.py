"""Leases: work that one process at a time does, whatever machine it is on.

A lease is a row with an owner and a moment at which it ends. Its holder moves that moment on by a heartbeat, so that
the lease of a killed process ends by itself; if that process was on this machine, it ends at once. The clock is that of
the database.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import sqlalchemy as sa

from forecasting.database.database_clock import database_time
from forecasting.database.metadata import metadata
from forecasting.database.store import Store
from forecasting.errors import Conflict, ForecastingError

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
HEARTBEAT_SECONDS = 10.0

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(32), nullable=False),
    sa.Column("holder", sa.String(255), nullable=False),
    sa.Column("acquired_at", sa.Double, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
)


@dataclass(frozen=True)
class Lease:
    """A lease that this process holds."""

    name: str
    owner: str
    busy: str

    def check(self, connection: sa.Connection) -> None:
        """Raise Conflict unless the lease is still held here; it then stays so until the transaction ends."""
        statement = sa.select(leases.c.owner).where(leases.c.name == self.name).with_for_update()
        if connection.execute(statement).scalar() != self.owner:
            raise Conflict(f"{self.busy} This process was away for too long, and another one took over.")


@contextmanager
def held(store: Store, name: str, *, busy: str) -> Iterator[Lease]:
    """Hold the lease `name` in the block. Raises Conflict with the text `busy` while another process holds it."""
    lease = Lease(name, secrets.token_hex(16), busy)
    store.write(lambda connection: _take(connection, lease), conflict=busy)
    done = threading.Event()
    beating = threading.Thread(target=_beat, args=(store, lease, done), name=f"lease {name}", daemon=True)
    beating.start()
    try:
        yield lease
    finally:
        done.set()
        beating.join()
        _release(store, lease)


def holder_of(store: Store, name: str) -> str | None:
    """Return which process holds a lease now, in words; None if it is free."""
    rows = store.read(sa.select(leases).where(leases.c.name == name))
    return None if not rows or _is_gone(rows[0].holder) else _words(rows[0].holder)


def _take(connection: sa.Connection, lease: Lease) -> None:
    row = connection.execute(sa.select(leases).where(leases.c.name == lease.name).with_for_update()).first()
    now = database_time(connection)
    if row is not None:
        if row.expires_at > now and not _is_gone(row.holder):
            raise Conflict(f"{lease.busy} ({_words(row.holder)}, since {now - row.acquired_at:.0f} s)")
        connection.execute(sa.delete(leases).where(leases.c.name == lease.name))
    values = {"name": lease.name, "owner": lease.owner, "holder": _this_process()}
    connection.execute(sa.insert(leases).values(**values, acquired_at=now, expires_at=now + LEASE_SECONDS))


def _beat(store: Store, lease: Lease, done: threading.Event) -> None:
    """Move the end of the lease on until the work is done. A beat that fails is followed by others before the end."""
    while not done.wait(HEARTBEAT_SECONDS):
        try:
            if not store.write(lambda connection: _extend(connection, lease)):
                log.warning("The lease %s was lost to another process.", lease.name)
                return
        except ForecastingError as error:
            log.warning("The lease %s cannot be renewed: %s", lease.name, error.message)


def _extend(connection: sa.Connection, lease: Lease) -> bool:
    own = (leases.c.name == lease.name) & (leases.c.owner == lease.owner)
    values = {"expires_at": database_time(connection) + LEASE_SECONDS}
    return connection.execute(sa.update(leases).where(own).values(**values)).rowcount > 0


def _release(store: Store, lease: Lease) -> None:
    own = (leases.c.name == lease.name) & (leases.c.owner == lease.owner)
    try:
        store.write(lambda connection: connection.execute(sa.delete(leases).where(own)).rowcount)
    except ForecastingError as error:
        log.warning("The lease %s ends in %.0f s: %s", lease.name, LEASE_SECONDS, error.message)


def _this_process() -> str:
    """Return what identifies this process on any machine: host, start of the system, process, and its start."""
    return f"{socket.gethostname()[:128]} {_machine()} {os.getpid()} {psutil.Process().create_time():.2f}"


def _machine() -> str:
    """Return what processes that see each other share: the start of the system and the space of process numbers."""
    try:
        return f"{psutil.boot_time():.0f}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return f"{psutil.boot_time():.0f}"


def _is_gone(holder: str) -> bool:
    """Return whether a holder was a process of this machine that has ended."""
    host, machine, number, started = holder.split(" ")
    if (host, machine) != (socket.gethostname()[:128], _machine()):
        return False
    try:
        process = psutil.Process(int(number))
        return abs(process.create_time() - float(started)) > 1.0 or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _words(holder: str) -> str:
    host, _, number, _ = holder.split(" ")
    return f"process {number} on {host}"
