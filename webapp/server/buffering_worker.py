"""gunicorn's worker: waitress reads the requests and buffers the answers, threads of its own call the application.

gunicorn's own threaded worker reads heads and bodies in the threads that call the application: a few clients that send
a byte now and then hold all of them. Here a thread works on a request only when all of it is there, and is done when
the answer is written to a buffer. gunicorn starts, watches and replaces the processes as ever.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable
from typing import Any

import psutil
from gunicorn.workers.base import Worker
from waitress import wasyncore

from forecasting.settings import Settings
from webapp.server.connections import Connection, Limits, Server
from webapp.server.lanes import Lanes

LOOP_SECONDS = 1
MEMORY_LOOK_SECONDS = 10
LEAST_LIFE_SECONDS = 300
"""A worker is not replaced for its memory sooner: one that needs this much must not be started again and again."""

FILES_PER_CONNECTION = 3
"""Its socket, and the files of a large body and a large answer."""

SPARE_FILES = 200
MOST_CONNECTIONS = 2_000
IN_MEMORY_BYTES = 128 << 10
"""Bytes of a body or an answer that are buffered in memory; more lie in a temporary file."""

ANSWER_BYTES = 1 << 30
"""Bytes of an answer that wait for its client before the thread that writes them waits too."""


class BufferingWorker(Worker):
    """A process that serves the application."""

    alive: bool

    def run(self) -> None:
        """Serve until the master says to stop, goes away, or this process has grown too large; then finish."""
        settings = Settings.from_environment()
        self._lanes = Lanes(settings.heavy_calls, settings.heavy_queue)
        self._channels: dict[int, Any] = {}
        servers = [self._server(listener.sock, settings) for listener in self.sockets]
        started = looked = time.monotonic()
        while self.alive and os.getppid() == self.ppid:
            self.notify()
            wasyncore.loop(LOOP_SECONDS, use_poll=True, map=self._channels, count=1)
            now = time.monotonic()
            if now - looked > MEMORY_LOOK_SECONDS:
                looked = now
                if now - started > LEAST_LIFE_SECONDS and self._too_large(settings.worker_bytes):
                    self.alive = False
        self._finish(servers)

    def _server(self, listener: Any, settings: Settings) -> Server:
        limits = Limits(
            sockets=[listener],
            connection_limit=_most_connections(),
            backlog=self.cfg.backlog,
            channel_timeout=self.cfg.keepalive,
            cleanup_interval=2,
            asyncore_use_poll=True,
            inbuf_overflow=IN_MEMORY_BYTES,
            outbuf_overflow=IN_MEMORY_BYTES,
            outbuf_high_watermark=ANSWER_BYTES,
            max_request_header_size=64 << 10,
            max_request_body_size=settings.max_upload_bytes + 1,
            clear_untrusted_proxy_headers=False,  # the application knows which proxies are trusted
            log_socket_errors=False,
            ident="dataflow",
        )
        limits.max_plain_body = settings.max_json_bytes
        address = (listener.family, listener.type, listener.proto, listener.getsockname())
        return Server(
            self._counted,
            self._channels,
            _sock=listener,
            dispatcher=self._lanes,
            adj=limits,
            sockinfo=address,
            bind_socket=False,
        )

    def _counted(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        return self.wsgi(environ, start_response)

    def _too_large(self, most_bytes: int) -> bool:
        size = psutil.Process().memory_info().rss
        if size > most_bytes:
            self.log.warning("A worker of %d MiB is replaced (DATAFLOW_WORKER_BYTES).", size >> 20)
        return size > most_bytes

    def _finish(self, servers: list[Server]) -> None:
        """Accept nothing more, and answer what has been received."""
        for server in servers:
            server.accepting = False
            server.del_channel()  # other workers accept on the same socket
        end = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < end and os.getppid() == self.ppid:
            self.notify()
            connections = [one for one in self._channels.values() if isinstance(one, Connection)]
            if not any(one.requests or one.total_outbufs_len for one in connections):
                break
            wasyncore.loop(0.1, use_poll=True, map=self._channels, count=1)
        self._lanes.shutdown(timeout=1)


def _most_connections() -> int:
    """Return how many connections the open files of a process allow, after raising that limit as far as it goes."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = most if most != resource.RLIM_INFINITY else FILES_PER_CONNECTION * MOST_CONNECTIONS + SPARE_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return max(100, min(MOST_CONNECTIONS, (files - SPARE_FILES) // FILES_PER_CONNECTION))
